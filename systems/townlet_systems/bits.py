"""Bits: counting, finding and cutting them out, in one instruction where there is one.

Each function is plain Python, which is what tests run, and has a compiled twin beside it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.np.arrayobj import make_array

from townlet_components.observation import PLANES
from townlet_systems.lines import native, twin_of

#: The side of the default window: it has code of its own. Planes cut at once.
USUAL_SIDE, FOUR = 11, len(PLANES)
_LONG = ir.IntType(64)


@native
def _cut_four(typingctx: Any, plane: Any, at: Any, stride: Any, x: Any) -> Any:
    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        vector = ir.VectorType(_LONG, FOUR)
        data = make_array(signature.args[0])(ctx, builder, args[0]).data  # type: ignore[no-untyped-call]
        start = builder.insert_element(
            ir.Constant(vector, ir.Undefined), args[3], ir.Constant(_LONG, 0)
        )
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), FOUR), [0] * FOUR)
        start = builder.shuffle_vector(start, ir.Constant(vector, ir.Undefined), zeros)
        low = high = ir.Constant(vector, [0] * FOUR)
        for k in range(USUAL_SIDE):
            place = builder.add(args[1], builder.mul(args[2], ir.Constant(_LONG, k)))
            address = builder.bitcast(builder.gep(data, [place]), vector.as_pointer())
            row = builder.lshr(builder.load(address, align=8), start)
            row = builder.and_(row, ir.Constant(vector, [(1 << USUAL_SIDE) - 1] * FOUR))
            first = k * USUAL_SIDE
            if first < 64:
                part = builder.shl(row, ir.Constant(vector, [first] * FOUR))
                low = builder.or_(low, part)
            if first >= 64:
                part = builder.shl(row, ir.Constant(vector, [first - 64] * FOUR))
                high = builder.or_(high, part)
            elif first + USUAL_SIDE > 64:
                part = builder.lshr(row, ir.Constant(vector, [64 - first] * FOUR))
                high = builder.or_(high, part)
        parts = [
            builder.extract_element(h, ir.Constant(_LONG, k))
            for k in range(FOUR)
            for h in (low, high)
        ]
        return ctx.make_tuple(builder, signature.return_type, parts)

    found = types.UniTuple(types.uint64, 2 * FOUR)  # type: ignore[no-untyped-call]
    return found(plane, types.intp, types.intp, types.uint64), codegen


@native
def _add_up(typingctx: Any, numbers: Any, at: Any) -> Any:
    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        vector, wide = ir.VectorType(ir.IntType(16), 8), ir.VectorType(ir.IntType(32), 8)
        data = make_array(signature.args[0])(ctx, builder, args[0]).data  # type: ignore[no-untyped-call]

        def eight(first: int) -> Any:
            place = builder.gep(data, [builder.add(args[1], ir.Constant(_LONG, first))])
            return builder.load(builder.bitcast(place, vector.as_pointer()), align=2)

        # Two loads of eight overlap; what the first has is taken out of the second.
        twice = 16 - USUAL_SIDE
        rest = ir.Constant(vector, [0] * twice + [-1] * (8 - twice))
        total = builder.zext(builder.and_(eight(USUAL_SIDE - 8), rest), wide)
        total = builder.add(total, builder.zext(eight(0), wide))
        name = "llvm.vector.reduce.add.v8i32"
        kind = ir.FunctionType(ir.IntType(32), [wide])
        function = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
        return builder.zext(builder.call(function, [total]), _LONG)

    return types.int64(numbers, types.intp), codegen


@native
def _count_bits(typingctx: Any, value: Any) -> Any:
    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.int64(types.uint64), codegen


@native
def _lowest_bit(typingctx: Any, value: Any) -> Any:
    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), codegen


def cut_four(plane: Any, d: int, y: int, x: int) -> tuple[Any, ...]:
    """Cut four planes at once, for a window of the usual side.

    Args:
        plane: uint64 (district, y, 4).
        d: the district; y, x: the window's upper left corner.

    Returns:
        The lower and the upper half of each plane's window, one plane after the other.
    """
    found = []
    for p in range(FOUR):
        rows = [int(plane[d, y + k, p]) >> int(x) for k in range(USUAL_SIDE)]
        mask = (1 << USUAL_SIDE) - 1
        bits = sum((row & mask) << (k * USUAL_SIDE) for k, row in enumerate(rows))
        found += [np.uint64(bits & (1 << 64) - 1), np.uint64(bits >> 64)]
    return tuple(found)


def add_up(numbers: Any, d: int, y: int, x: int) -> int:
    """Sum of as many numbers as a usual window is wide: uint16 (district, y, x)."""
    return int(numbers[d, y, x : x + USUAL_SIDE].sum())


def ones(value: Any) -> int:
    """How many bits of a uint64 are set."""
    return int(value).bit_count()


def lowest(value: Any) -> int:
    """Number of the lowest bit set; 64 where none is."""
    return (int(value) & -int(value)).bit_length() - 1 if value else 64


@twin_of(cut_four)
def _cut_four_compiled(plane: Any, d: Any, y: Any, x: Any) -> Any:
    def cut(plane: Any, d: Any, y: Any, x: Any) -> Any:
        at = (d * plane.shape[1] + y) * plane.shape[2]
        return _cut_four(plane, at, plane.shape[2], np.uint64(x))

    return cut


@twin_of(add_up)
def _add_up_compiled(numbers: Any, d: Any, y: Any, x: Any) -> Any:
    return lambda numbers, d, y, x: _add_up(
        numbers, (d * numbers.shape[1] + y) * numbers.shape[2] + x
    )


@twin_of(ones)
def _ones_compiled(value: Any) -> Any:
    return lambda value: _count_bits(value)  # noqa: PLW0108


@twin_of(lowest)
def _lowest_compiled(value: Any) -> Any:
    return lambda value: _lowest_bit(value)  # noqa: PLW0108
