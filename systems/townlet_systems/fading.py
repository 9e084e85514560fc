"""Fading: the ties that are shown, as they are now, four at a time.

Each function is plain Python, which is what tests run, and has a compiled twin in vectors.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.np.arrayobj import make_array

from townlet_components.observation import FAMILIARITY, RIVALRY, TRUST
from townlet_systems.bonds import faded
from townlet_systems.lines import check_writable, native, twin_of
from townlet_systems.vectors import fade, repeat

#: Slots read at a time; lists of them are padded to it.
FOUR = 4
#: Less than any trust.
LEAST = np.float32(-2)
_INT, _LONG, _DOUBLE = ir.IntType(32), ir.IntType(64), ir.DoubleType()
_INTS, _FLOATS = ir.VectorType(_INT, FOUR), ir.VectorType(ir.FloatType(), FOUR)
_DOUBLES = ir.VectorType(_DOUBLE, FOUR)


def _address(ctx: Any, builder: Any, kind: Any, array: Any, at: Any, vector: Any) -> Any:
    data = make_array(kind)(ctx, builder, array).data  # type: ignore[no-untyped-call]
    return builder.bitcast(builder.gep(data, [at]), vector.as_pointer())


def _shuffle(builder: Any, a: Any, b: Any, order: tuple[int, ...]) -> Any:
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(_INT, FOUR), list(order)))


def _total(builder: Any, values: Any) -> Any:
    """Sum, from the first on."""
    parts = [builder.extract_element(values, ir.Constant(_INT, k)) for k in range(FOUR)]
    total = parts[0]
    for part in parts[1:]:
        total = builder.fadd(total, part)
    return total


def _most(builder: Any, values: Any) -> Any:
    """The largest."""
    for order in ((2, 3, 2, 3), (1, 1, 1, 1)):
        other = _shuffle(builder, values, values, order)
        values = builder.select(builder.fcmp_ordered(">", values, other), values, other)
    return builder.extract_element(values, ir.Constant(_INT, 0))


@native
def _show(
    typingctx: Any, numbers: Any, at: Any, step: Any, bond: Any, start: Any, across: Any,
    since: Any, first: Any, slow: Any, fast: Any, tick: Any,
) -> Any:  # fmt: skip
    check_writable(numbers)

    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        kinds = signature.args

        def load(which: int, index: Any, vector: Any) -> Any:
            return builder.load(
                _address(ctx, builder, kinds[which], args[which], index, vector), align=4
            )

        def part(number: int) -> Any:
            offset = builder.mul(args[5], ir.Constant(_LONG, number))
            return load(3, builder.add(args[4], offset), _FLOATS)

        since_ = load(6, args[7], _INTS)
        now = repeat(builder, builder.trunc(args[10], _INT), _INTS)
        elapsed = builder.sitofp(builder.sub(now, since_), _DOUBLES)
        slowly = builder.fmul(repeat(builder, args[8], _DOUBLES), elapsed)
        quickly = builder.fmul(repeat(builder, args[9], _DOUBLES), elapsed)
        trust = fade(builder, part(TRUST), slowly)
        known = fade(builder, part(FAMILIARITY), slowly)
        rivalry = fade(builder, part(RIVALRY), quickly)
        zero = ir.Constant(_FLOATS, [0.0] * FOUR)
        # Four columns become four rows, each of one slot.
        low = _shuffle(builder, trust, known, (0, 4, 1, 5))
        high = _shuffle(builder, trust, known, (2, 6, 3, 7))
        low_rest = _shuffle(builder, rivalry, zero, (0, 4, 1, 5))
        high_rest = _shuffle(builder, rivalry, zero, (2, 6, 3, 7))
        rows = [
            _shuffle(builder, a, b, order)
            for a, b in ((low, low_rest), (high, high_rest))
            for order in ((0, 1, 4, 5), (2, 3, 6, 7))
        ]
        for n, row in enumerate(rows):
            place = builder.add(args[1], builder.mul(args[2], ir.Constant(_LONG, n)))
            address = _address(ctx, builder, kinds[0], args[0], place, _FLOATS)
            builder.store(row, address, align=4)
        filled = builder.icmp_signed(">=", since_, ir.Constant(_INTS, [0] * FOUR))
        least = ir.Constant(_FLOATS, [float(LEAST)] * FOUR)
        found = [
            _total(builder, trust), _total(builder, rivalry),
            _most(builder, builder.select(filled, trust, least)), _most(builder, rivalry),
        ]  # fmt: skip
        return ctx.make_tuple(builder, signature.return_type, found)

    real = types.float64
    result = types.UniTuple(types.float32, 4)  # type: ignore[no-untyped-call]
    return result(
        numbers, types.intp, types.intp, bond, types.intp, types.intp, since, types.intp, real,
        real, types.intp,
    ), codegen  # fmt: skip


def show_four(
    numbers: Any, at: int, step: int, bond: Any, since: Any, row: int, first: int, slow: float,
    fast: float, tick: int,
) -> tuple[Any, Any, Any, Any]:  # fmt: skip
    """Write trust, familiarity, rivalry now and a 0 for each of four slots.

    Args:
        numbers: result, float32 (1, numbers).
        at: where those of the first slot go; step: how far those of the next one are from there.
        bond: float32 (rows, part, slots), as of ``since``; 0 in a slot of nobody.
        since: int32 (rows, slots); -1 for a slot of nobody.
        row, first: whose, and which four.
        slow, fast: what trust and familiarity lose per tick, and rivalry.
        tick: now.

    Returns:
        Sums of trust and of rivalry, the largest trust of somebody (``LEAST``: of nobody), and the
        largest rivalry; float32.
    """
    sums = np.zeros(2, np.float32)
    most = np.array([LEAST, 0], np.float32)
    for n in range(first, first + FOUR):
        elapsed = int(tick) - int(since[row, n])
        values = [
            faded(bond[row, TRUST, n], slow, elapsed),
            faded(bond[row, FAMILIARITY, n], slow, elapsed),
            faded(bond[row, RIVALRY, n], fast, elapsed),
        ]
        place = at + (n - first) * step
        numbers[0, place : place + FOUR] = [*values, 0]
        sums += np.array([values[0], values[2]], np.float32)
        if since[row, n] >= 0:
            most[0] = max(most[0], values[0])
        most[1] = max(most[1], values[2])
    return sums[0], sums[1], most[0], most[1]


@twin_of(show_four)
def _show_compiled(
    numbers: Any, at: Any, step: Any, bond: Any, since: Any, row: Any, first: Any, slow: Any,
    fast: Any, tick: Any,
) -> Any:  # fmt: skip
    def show(
        numbers: Any, at: Any, step: Any, bond: Any, since: Any, row: Any, first: Any, slow: Any,
        fast: Any, tick: Any,
    ) -> Any:  # fmt: skip
        slots = since.shape[1]
        start = row * bond.shape[1] * slots + first
        return _show(
            numbers, at, step, bond, start, slots, since, row * slots + first, slow, fast, tick
        )

    return show
