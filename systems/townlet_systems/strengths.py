"""Strengths: which ties are strong, four at a time.

Each function is plain Python, which is what tests run, and has a compiled twin in vectors.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.np.arrayobj import make_array

from townlet.ecs import device
from townlet_systems.bonds import Bonds, bond_values, faded, rivalry_rate, strength
from townlet_systems.lines import native, twin_of
from townlet_systems.vectors import fade, repeat

#: Ties looked at together; four bits.
FOUR = 4
_INT, _LONG = ir.IntType(32), ir.IntType(64)
_INTS, _FLOATS = ir.VectorType(_INT, FOUR), ir.VectorType(ir.FloatType(), FOUR)
_DOUBLES = ir.VectorType(ir.DoubleType(), FOUR)


@native
def _strong(
    typingctx: Any, other: Any, trust: Any, familiarity: Any, rivalry: Any, since: Any, at: Any,
    slow: Any, fast: Any, tick: Any, level: Any,
) -> Any:  # fmt: skip
    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        def load(which: int, vector: Any) -> Any:
            data = make_array(signature.args[which])(ctx, builder, args[which]).data  # type: ignore[no-untyped-call]
            place = builder.bitcast(builder.gep(data, [args[5]]), vector.as_pointer())
            return builder.load(place, align=4)

        now = repeat(builder, builder.trunc(args[8], _INT), _INTS)
        elapsed = builder.sitofp(builder.sub(now, load(4, _INTS)), _DOUBLES)
        slowly = builder.fmul(repeat(builder, args[6], _DOUBLES), elapsed)
        quickly = builder.fmul(repeat(builder, args[7], _DOUBLES), elapsed)
        size = ir.Constant(_INTS, [0x7FFFFFFF] * FOUR)
        least = repeat(builder, args[9], _FLOATS)
        strong = builder.fcmp_ordered(">=", fade(builder, load(3, _FLOATS), quickly), least)
        for which in (1, 2):
            bits = builder.bitcast(fade(builder, load(which, _FLOATS), slowly), _INTS)
            value = builder.bitcast(builder.and_(bits, size), _FLOATS)
            strong = builder.or_(strong, builder.fcmp_ordered(">=", value, least))
        somebody = builder.icmp_signed(">=", load(0, _INTS), ir.Constant(_INTS, [0] * FOUR))
        found = builder.bitcast(builder.and_(strong, somebody), ir.IntType(FOUR))
        return builder.zext(found, _LONG)

    real = types.float64
    return types.uint64(
        other, trust, familiarity, rivalry, since, types.intp, real, real, types.intp,
        types.float32,
    ), codegen  # fmt: skip


def strong_four(
    other: Any, trust: Any, familiarity: Any, rivalry: Any, since: Any, row: int, first: int,
    slow: float, fast: float, tick: int, level: Any,
) -> Any:  # fmt: skip
    """Which of four ties of a row are strong now, see :func:`strong_ties`; uint64, a bit each.

    Args:
        other, trust, familiarity, rivalry, since: columns of ties, (rows, ties).
        row, first: whose, and the first of the four.
        slow, fast: what trust and familiarity lose per tick, and rivalry.
        tick: now.
        level: float32.
    """
    found = 0
    for n in range(FOUR):
        k = first + n
        elapsed = int(tick) - int(since[row, k])
        values = (
            faded(trust[row, k], slow, elapsed),
            faded(familiarity[row, k], slow, elapsed),
            faded(rivalry[row, k], fast, elapsed),
        )
        found |= int(other[row, k] >= 0 and strength(*values) >= level) << n
    return np.uint64(found)


@twin_of(strong_four)
def _strong_four_compiled(
    other: Any, trust: Any, familiarity: Any, rivalry: Any, since: Any, row: Any, first: Any,
    slow: Any, fast: Any, tick: Any, level: Any,
) -> Any:  # fmt: skip
    def strong(
        other: Any, trust: Any, familiarity: Any, rivalry: Any, since: Any, row: Any, first: Any,
        slow: Any, fast: Any, tick: Any, level: Any,
    ) -> Any:  # fmt: skip
        at = row * other.shape[1] + first
        return _strong(other, trust, familiarity, rivalry, since, at, slow, fast, tick, level)

    return strong


@device
def strong_ties(
    bonds: Bonds, row: int, town: int, tick: int, level: np.float32, first: int
) -> np.uint64:
    """Which of up to 64 ties of a row from ``first`` on are at least as strong as ``level`` now.

    A bit each. Nothing branches on a tie: which ones are strong cannot be guessed.
    """
    last, found = min(first + 64, bonds.other.shape[1]), np.uint64(0)
    if last - first < FOUR:
        for k in range(first, last):
            values = bond_values(bonds, row, k, town, tick)
            is_strong = strength(values[0], values[1], values[2]) >= level
            found |= np.uint64(is_strong & (bonds.other[row, k] >= 0)) << np.uint64(k - first)
        return found
    slow, fast = float(bonds.tie_decay[town]), rivalry_rate(bonds, row, town)
    for block in range(first, last, FOUR):
        k = min(block, last - FOUR)  # the last four overlap with those before
        four = strong_four(
            bonds.other, bonds.trust, bonds.familiarity, bonds.rivalry, bonds.at, row, k, slow,
            fast, tick, level,
        )  # fmt: skip
        found |= four << np.uint64(k - first)
    return found
