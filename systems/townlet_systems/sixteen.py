"""Sixteen: numbers of sixteen rows at once, in vectors; and from columns of them, rows.

What is said of an agent stands in columns, one number after the other for agents that follow each
other. So it is read, divided and compared sixteen at a time, put down as columns, and these are
turned into rows. Each function is plain Python, which is what tests run, and has a compiled twin;
in Python sixteen numbers are an array of float32, in compiled code they are a vector.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.extending import register_model
from numba.np.arrayobj import make_array

from townlet_systems.lines import check_writable, native, twin_of
from townlet_systems.vectors import repeat

#: Rows of a block, and columns turned at once.
SIXTEEN, EIGHT = 16, 8
_INT, _LONG, _FLOAT = ir.IntType(32), ir.IntType(64), ir.FloatType()
_VECTOR, _HALF = ir.VectorType(_FLOAT, SIXTEEN), ir.VectorType(_FLOAT, EIGHT)


class _Sixteen(types.Type):
    """A vector of sixteen float32."""

    def __init__(self) -> None:
        super().__init__("sixteen")


_KIND = _Sixteen()


@register_model(_Sixteen)
class _SixteenModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)  # type: ignore[no-untyped-call]


def _place(ctx: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    """Address of number ``at`` of all of an array."""
    data = make_array(kind)(ctx, builder, array).data  # type: ignore[no-untyped-call]
    return builder.gep(data, [at])


def _to_floats(builder: Any, element: Any, value: Any, target: Any) -> Any:
    """Numbers of any type, one or sixteen, as float32."""
    if isinstance(element, types.Float):
        return value
    signed = isinstance(element, types.Integer) and bool(element.signed)  # type: ignore[attr-defined]
    return builder.sitofp(value, target) if signed else builder.uitofp(value, target)


def _load_some(builder: Any, element: Any, start: Any, step: Any, count: Any) -> Any:
    """Fewer than sixteen numbers, then zeros."""
    slot = cgutils.alloca_once(builder, _VECTOR)  # type: ignore[no-untyped-call]
    builder.store(ir.Constant(_VECTOR, [0.0] * SIXTEEN), slot)
    cells = builder.bitcast(slot, _FLOAT.as_pointer())
    with cgutils.for_range(builder, count) as loop:
        value = builder.load(builder.gep(start, [builder.mul(loop.index, step)]))
        value = _to_floats(builder, element, value, _FLOAT)
        builder.store(value, builder.gep(cells, [loop.index]))
    return builder.load(slot)


@native
def _load(typingctx: Any, numbers: Any, at: Any, step: Any, count: Any) -> Any:
    together = isinstance(step, types.IntegerLiteral) and step.literal_value == 1

    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        start = _place(ctx, builder, signature.args[0], args[0], args[1])
        kind = start.type.pointee
        vector = ir.VectorType(kind, SIXTEEN)

        def load_all() -> Any:
            if together:
                address = builder.bitcast(start, vector.as_pointer())
                return builder.load(address, align=np.dtype(str(numbers.dtype)).itemsize)
            value = ir.Constant(vector, ir.Undefined)
            for k in range(SIXTEEN):
                place = builder.gep(start, [builder.mul(args[2], ir.Constant(_LONG, k))])
                value = builder.insert_element(value, builder.load(place), ir.Constant(_INT, k))
            return value

        every = builder.icmp_signed("==", args[3], ir.Constant(_LONG, SIXTEEN))
        with builder.if_else(every, likely=True) as (then, otherwise):
            with then:
                whole = _to_floats(builder, numbers.dtype, load_all(), _VECTOR)
                after_whole = builder.block
            with otherwise:
                part = _load_some(builder, numbers.dtype, start, args[2], args[3])
                after_part = builder.block
        result = builder.phi(_VECTOR)
        result.add_incoming(whole, after_whole)
        result.add_incoming(part, after_part)
        return result

    return _KIND(numbers, types.intp, types.intp, types.intp), codegen


@native
def _put(typingctx: Any, columns: Any, k: Any, value: Any) -> Any:
    check_writable(columns)

    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        at = builder.mul(args[1], ir.Constant(_LONG, SIXTEEN))
        place = _place(ctx, builder, signature.args[0], args[0], at)
        builder.store(args[2], builder.bitcast(place, _VECTOR.as_pointer()), align=4)
        return ctx.get_dummy_value()

    return types.void(columns, types.intp, _KIND), codegen


def _on_two(emit: Callable[[Any, Any, Any], Any]) -> Any:
    """An intrinsic of sixteen numbers and sixteen more, or one for all of them."""

    @native
    def both(typingctx: Any, a: Any, b: Any) -> Any:
        second = _KIND if b == _KIND else types.float32

        def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
            other = args[1] if second == _KIND else repeat(builder, args[1], _VECTOR)
            return emit(builder, args[0], other)

        return _KIND(_KIND, second), codegen

    return both


def _flags(builder: Any, which: str, a: Any, b: Any) -> Any:
    one, zero = (ir.Constant(_VECTOR, [value] * SIXTEEN) for value in (1.0, 0.0))
    return builder.select(builder.fcmp_ordered(which, a, b), one, zero)


_plus = _on_two(lambda builder, a, b: builder.fadd(a, b))
_times = _on_two(lambda builder, a, b: builder.fmul(a, b))
_over = _on_two(lambda builder, a, b: builder.fdiv(a, b))
_equal = _on_two(lambda builder, a, b: _flags(builder, "==", a, b))
_above = _on_two(lambda builder, a, b: _flags(builder, ">", a, b))
_least = _on_two(lambda builder, a, b: builder.select(builder.fcmp_ordered("<", a, b), a, b))
_most = _on_two(lambda builder, a, b: builder.select(builder.fcmp_ordered(">", a, b), a, b))


@native
def _cut_off(typingctx: Any, a: Any) -> Any:
    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(_VECTOR, [_VECTOR])
        name = f"llvm.trunc.v{SIXTEEN}f32"
        function = cgutils.get_or_insert_function(builder.module, kind, name)  # type: ignore[no-untyped-call]
        return builder.call(function, [args[0]])

    return _KIND(_KIND), codegen


@native
def _all_alike(typingctx: Any, value: Any) -> Any:
    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        return repeat(builder, args[0], _VECTOR)

    return _KIND(types.float32), codegen


def _turned(builder: Any, rows: list[Any]) -> list[Any]:
    """Eight vectors of eight, columns for rows."""

    def mix(a: Any, b: Any, order: tuple[int, ...]) -> Any:
        mask = ir.Constant(ir.VectorType(_INT, EIGHT), list(order))
        return builder.shuffle_vector(a, b, mask)

    low, high = (0, 8, 1, 9, 4, 12, 5, 13), (2, 10, 3, 11, 6, 14, 7, 15)
    ones = [mix(rows[k], rows[k + 1], o) for k in range(0, EIGHT, 2) for o in (low, high)]
    low, high = (0, 1, 8, 9, 4, 5, 12, 13), (2, 3, 10, 11, 6, 7, 14, 15)
    twos = [mix(ones[k], ones[k + 2], o) for k in (0, 1, 4, 5) for o in (low, high)]
    low, high = (0, 1, 2, 3, 8, 9, 10, 11), (4, 5, 6, 7, 12, 13, 14, 15)
    return [mix(twos[k], twos[k + 4], o) for o in (low, high) for k in range(4)]


@native
def _turn(typingctx: Any, numbers: Any, at: Any, pitch: Any, columns: Any, k: Any) -> Any:
    check_writable(numbers)

    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        kinds = signature.args

        def address(which: int, at: Any) -> Any:
            place = _place(ctx, builder, kinds[which], args[which], at)
            return builder.bitcast(place, _HALF.as_pointer())

        first = builder.mul(args[4], ir.Constant(_LONG, SIXTEEN))
        for half in range(0, SIXTEEN, EIGHT):
            places = [
                builder.add(first, ir.Constant(_LONG, c * SIXTEEN + half)) for c in range(EIGHT)
            ]
            rows = [builder.load(address(3, place), align=4) for place in places]
            for r, row in enumerate(_turned(builder, rows), half):
                place = builder.add(args[1], builder.mul(args[2], ir.Constant(_LONG, r)))
                builder.store(row, address(0, place), align=4)
        return ctx.get_dummy_value()

    return types.void(numbers, types.intp, types.intp, columns, types.intp), codegen


def column_of(numbers: Any, at: int, count: int) -> Any:
    """``count`` numbers from number ``at`` of all of an array on, as float32; then zeros."""
    return cells_of(numbers, at, 1, count)


def cells_of(numbers: Any, at: int, step: int, count: int) -> Any:
    """Every ``step``-th number from ``at`` on, ``count`` of them, as float32; then zeros."""
    found = np.zeros(SIXTEEN, np.float32)
    found[:count] = numbers.reshape(-1)[at : at + step * (count - 1) + 1 : step]
    return found


def put_column(columns: Any, k: int, value: Any) -> None:
    """Write sixteen numbers as column ``k``.

    Args:
        columns: float32 (1, 16 * columns), one column after the other.
        k: which.
        value: the numbers.
    """
    columns[0, k * SIXTEEN : (k + 1) * SIXTEEN] = value


def all_alike(value: Any) -> Any:
    """Sixteen times the same float32."""
    return np.full(SIXTEEN, value, np.float32)


def plus(a: Any, b: Any) -> Any:
    """Sums with sixteen numbers or with one."""
    return a + b


def times(a: Any, b: Any) -> Any:
    """Products with sixteen numbers or with one."""
    return a * b


def over(a: Any, b: Any) -> Any:
    """Quotients by sixteen numbers or by one."""
    return a / b


def equal(a: Any, b: Any) -> Any:
    """1 where a number is another, else 0."""
    return (a == b).astype(np.float32)


def above(a: Any, b: Any) -> Any:
    """1 where a number is more than another, else 0."""
    return (a > b).astype(np.float32)


def least(a: Any, b: Any) -> Any:
    """The lesser ones."""
    return np.minimum(a, b)


def most(a: Any, b: Any) -> Any:
    """The greater ones."""
    return np.maximum(a, b)


def cut_off(a: Any) -> Any:
    """Numbers without what stands behind the point."""
    return np.trunc(a)


def turn_eight(numbers: Any, at: int, pitch: int, columns: Any, k: int) -> None:
    """Write eight columns into sixteen rows.

    Args:
        numbers: result, float32 (1, numbers): rows that begin ``pitch`` numbers apart.
        at: where those of the first row go.
        pitch: see ``numbers``.
        columns: see :func:`put_column`; k: the first of the eight.
    """
    block = columns[0, k * SIXTEEN : (k + EIGHT) * SIXTEEN].reshape(EIGHT, SIXTEEN)
    for r in range(SIXTEEN):
        numbers[0, at + r * pitch : at + r * pitch + EIGHT] = block[:, r]


@twin_of(column_of)
def _column_compiled(numbers: Any, at: Any, count: Any) -> Any:
    return lambda numbers, at, count: _load(numbers, at, 1, count)


@twin_of(cells_of)
def _cells_compiled(numbers: Any, at: Any, step: Any, count: Any) -> Any:
    def load(numbers: Any, at: Any, step: Any, count: Any) -> Any:
        return _load(numbers, at, np.int64(step), count)

    return load


@twin_of(put_column)
def _put_compiled(columns: Any, k: Any, value: Any) -> Any:
    return lambda columns, k, value: _put(columns, k, value)  # noqa: PLW0108


@twin_of(all_alike)
def _alike_compiled(value: Any) -> Any:
    return lambda value: _all_alike(value)  # noqa: PLW0108


@twin_of(cut_off)
def _cut_off_compiled(a: Any) -> Any:
    return lambda a: _cut_off(a)  # noqa: PLW0108


@twin_of(plus)
def _plus_compiled(a: Any, b: Any) -> Any:
    return lambda a, b: _plus(a, b)  # noqa: PLW0108


@twin_of(times)
def _times_compiled(a: Any, b: Any) -> Any:
    return lambda a, b: _times(a, b)  # noqa: PLW0108


@twin_of(over)
def _over_compiled(a: Any, b: Any) -> Any:
    return lambda a, b: _over(a, b)  # noqa: PLW0108


@twin_of(equal)
def _equal_compiled(a: Any, b: Any) -> Any:
    return lambda a, b: _equal(a, b)  # noqa: PLW0108


@twin_of(above)
def _above_compiled(a: Any, b: Any) -> Any:
    return lambda a, b: _above(a, b)  # noqa: PLW0108


@twin_of(least)
def _least_compiled(a: Any, b: Any) -> Any:
    return lambda a, b: _least(a, b)  # noqa: PLW0108


@twin_of(most)
def _most_compiled(a: Any, b: Any) -> Any:
    return lambda a, b: _most(a, b)  # noqa: PLW0108


@twin_of(turn_eight)
def _turn_compiled(numbers: Any, at: Any, pitch: Any, columns: Any, k: Any) -> Any:
    return lambda numbers, at, pitch, columns, k: _turn(numbers, at, pitch, columns, k)  # noqa: PLW0108
