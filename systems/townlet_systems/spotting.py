"""Spotting: of which of the next 64 rows of a column something holds, a bit each.

In most ticks most rows have nothing to do. Who has is found 64 rows at a time, without a branch per
row: the bits of several columns are combined, and rows are looked at where one is left. Each
function is plain Python, which is what tests run, and has a compiled twin in vectors.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.np.arrayobj import make_array

from townlet_systems.lines import native, twin_of
from townlet_systems.vectors import repeat

#: Rows that are looked at together: one bit each.
BLOCK = 64
_BITS = ir.IntType(BLOCK)


def _load(ctx: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    """The 64 numbers from ``at`` on."""
    found = make_array(kind)(ctx, builder, array)  # type: ignore[no-untyped-call]
    element = found.data.type.pointee
    vector = ir.VectorType(element, BLOCK)
    address = builder.bitcast(builder.gep(found.data, [at]), vector.as_pointer())
    return builder.load(address, align=element.width // 8)


@native
def _compare(typingctx: Any, numbers: Any, at: Any, bound: Any) -> Any:
    kind: Any = types.uint8 if isinstance(numbers.dtype, types.Boolean) else numbers.dtype

    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        value = _load(ctx, builder, signature.args[0], args[0], args[1])
        limit = repeat(builder, args[2], value.type)
        compare = builder.icmp_signed if kind.signed else builder.icmp_unsigned
        return builder.bitcast(compare("<", value, limit), _BITS)

    return types.uint64(numbers, types.intp, kind), codegen


@native
def _differ(typingctx: Any, numbers: Any, others: Any, at: Any) -> Any:
    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        one, two = (_load(ctx, builder, signature.args[k], args[k], args[2]) for k in range(2))
        return builder.bitcast(builder.icmp_signed("!=", one, two), _BITS)

    return types.uint64(numbers, others, types.intp), codegen


def below(numbers: Any, at: int, bound: int) -> Any:
    """Which of up to 64 numbers are below a bound.

    Args:
        numbers: integers or truths, (rows,).
        at: the first; rows beyond the last are not below anything.
        bound: one of the same range.

    Returns:
        uint64: bit k is that of ``numbers[at + k]``.
    """
    found = np.uint64(0)
    for k in range(min(BLOCK, numbers.shape[0] - at)):
        found |= np.uint64(1 if numbers[at + k] < bound else 0) << np.uint64(k)
    return found


def differing(numbers: Any, others: Any, at: int) -> Any:
    """Which of up to 64 numbers of two columns of one kind differ.

    Args:
        numbers, others: integers, (rows,).
        at: the first; rows beyond the last do not differ.

    Returns:
        uint64: bit k is that of row ``at + k``.
    """
    found = np.uint64(0)
    for k in range(min(BLOCK, numbers.shape[0] - at)):
        found |= np.uint64(1 if numbers[at + k] != others[at + k] else 0) << np.uint64(k)
    return found


def first_bits(count: int) -> Any:
    """A uint64 with the lowest ``count`` bits set; all of them for 64 and more."""
    if count >= BLOCK:
        return ~np.uint64(0)
    return (np.uint64(1) << np.uint64(count)) - np.uint64(1)


@twin_of(below)
def _below_compiled(numbers: Any, at: Any, bound: Any) -> Any:
    def find(numbers: Any, at: Any, bound: Any) -> Any:
        if at + BLOCK <= numbers.shape[0]:
            return _compare(numbers, at, bound)
        found = np.uint64(0)
        for k in range(numbers.shape[0] - at):
            found |= np.uint64(1 if numbers[at + k] < bound else 0) << np.uint64(k)
        return found

    return find


@twin_of(differing)
def _differing_compiled(numbers: Any, others: Any, at: Any) -> Any:
    def find(numbers: Any, others: Any, at: Any) -> Any:
        if at + BLOCK <= numbers.shape[0]:
            return _differ(numbers, others, at)
        found = np.uint64(0)
        for k in range(numbers.shape[0] - at):
            found |= np.uint64(1 if numbers[at + k] != others[at + k] else 0) << np.uint64(k)
        return found

    return find


@twin_of(first_bits)
def _first_bits_compiled(count: Any) -> Any:
    def mask(count: Any) -> Any:
        if count >= BLOCK:
            return ~np.uint64(0)
        return (np.uint64(1) << np.uint64(count)) - np.uint64(1)

    return mask
