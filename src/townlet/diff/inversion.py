"""What a value must have been: the formula of the hash, read backwards.

A column's sum is made of one term per value, and a term can be undone: SplitMix64's finaliser is a
bijection. So when a single value of a column differs, the difference of two sums says which value
of the second would make up for it, for each place: of values of one, two or four bytes next to no
place but the right one has an answer (docs/design/0015-replay.md).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.ecs.hashing import name_key

U64 = npt.NDArray[np.uint64]
_M = 1 << 64
_A, _B, _STEP = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0x9E3779B97F4A7C15
_UNDO_A, _UNDO_B, _UNDO_STEP = (np.uint64(pow(k, -1, _M)) for k in (_A, _B, _STEP))
#: Values of eight bytes have an answer everywhere; this many bits may differ in a likely one.
LIKELY_BITS = 1


def _mix(x: U64) -> U64:
    """SplitMix64's finaliser."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(_A)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(_B)
    return x ^ (x >> np.uint64(31))


def _unmix(x: U64) -> U64:
    """What :func:`_mix` has made ``x`` of."""
    x = (x ^ (x >> np.uint64(31)) ^ (x >> np.uint64(62))) * _UNDO_B
    x = (x ^ (x >> np.uint64(27)) ^ (x >> np.uint64(54))) * _UNDO_A
    found: U64 = x ^ (x >> np.uint64(30)) ^ (x >> np.uint64(60))
    return found


def terms(column: str, bits: U64) -> U64:
    """Terms of one town's values, uint64 (n,), as :func:`townlet.ecs.hashing.hash_rows` adds them.

    Args:
        column: ``"Component.column"``.
        bits: values as unsigned integers, flat, in order of ids.
    """
    return _mix(_keys(column, len(bits)) ^ (bits * np.uint64(_STEP)))


def _keys(column: str, count: int) -> U64:
    place = np.arange(count, dtype=np.uint64)
    return _mix(place * np.uint64(_STEP) + name_key(column))


def solve(column: str, values: npt.NDArray[Any], change: int) -> list[tuple[int, int]]:
    """Which single value, changed to what, changes a column's sum by ``change``.

    Args:
        column: ``"Component.column"``.
        values: of one town, flat, in order of ids.
        change: new sum less old one, modulo 2^64.

    Returns:
        Places and new values as unsigned integers; those that need fewest changed bits first.
        Empty: no single value does.
    """
    size = values.itemsize
    bits = values.reshape(-1).view(np.dtype(f"u{size}")).astype(np.uint64)
    keys = _keys(column, len(bits))
    wanted = _mix(keys ^ (bits * np.uint64(_STEP))) + np.uint64(change % _M)
    new = (_unmix(wanted) ^ keys) * _UNDO_STEP
    most = np.uint64((1 << (8 * size)) - 1)
    turned = np.bitwise_count(new ^ bits)
    fits = (new <= most) & (turned > 0)
    if size == 8:
        fits &= turned <= LIKELY_BITS
    at = np.flatnonzero(fits)
    order = at[np.argsort(turned[at], kind="stable")]
    return [(int(k), int(new[k])) for k in order]


def value_of(bits: int, dtype: np.dtype[Any]) -> Any:
    """A value of its bits, as a Python number."""
    return np.array([bits], np.dtype(f"u{dtype.itemsize}")).view(dtype)[0].item()
