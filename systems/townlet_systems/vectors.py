"""Vectors: what several compiled twins are made of; they are as long as their arguments."""

from typing import Any

from llvmlite import ir

_INT = ir.IntType(32)


def repeat(builder: Any, value: Any, vector: Any) -> Any:
    """A vector of which every element is a value."""
    single = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.Constant(_INT, 0))
    zeros = ir.Constant(ir.VectorType(_INT, vector.count), [0] * vector.count)
    return builder.shuffle_vector(single, ir.Constant(vector, ir.Undefined), zeros)


def fade(builder: Any, value: Any, lost: Any) -> Any:
    """Values that have lost so much, at most themselves, as ``bonds.faded`` rounds them.

    Args:
        builder: of the function that is compiled.
        value: vector of float32; lost: one of float64, as long.
    """
    count = value.type.count
    ints, floats = ir.VectorType(_INT, count), ir.VectorType(ir.FloatType(), count)
    doubles = ir.VectorType(ir.DoubleType(), count)
    bits = builder.bitcast(value, ints)
    size = builder.bitcast(builder.and_(bits, ir.Constant(ints, [0x7FFFFFFF] * count)), floats)
    left = builder.fsub(builder.fpext(size, doubles), lost)
    zero = ir.Constant(doubles, [0.0] * count)
    left = builder.select(builder.fcmp_ordered(">", left, zero), left, zero)
    left = builder.bitcast(builder.fptrunc(left, floats), ints)
    sign = builder.and_(bits, ir.Constant(ints, [-(1 << 31)] * count))
    return builder.bitcast(builder.or_(left, sign), floats)
