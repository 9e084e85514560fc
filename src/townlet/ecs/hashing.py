"""The state hash: a 64-bit sum over every authoritative value, keyed by entity and column.

A sum does not depend on the order of its terms, so rows may lie anywhere. Each term mixes the
entity's id, the column's name and the value's bits (SplitMix64's finaliser, Steele et al. 2014).
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.ecs.kernel import device, kernel
from townlet.ecs.schema import I32, I64, U64, Bool

_A, _B = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_STEP = np.uint64(0x9E3779B97F4A7C15)
_30, _27, _31 = np.uint64(30), np.uint64(27), np.uint64(31)


@device
def mix(x: np.uint64) -> np.uint64:
    """SplitMix64's finaliser: uint64 to uint64, every bit depends on every bit."""
    x = (x ^ (x >> _30)) * _A
    x = (x ^ (x >> _27)) * _B
    return x ^ (x >> _31)


@kernel
def hash_rows(bits: Any, entity: I32, town: I32, column: U64, out: U64) -> None:
    """Add one column's terms to the sum of each town.

    Args:
        bits: values as unsigned integers, (rows, width).
        entity: id of each row within its town, (rows,).
        town: town of each row, (rows,).
        column: hash of the column's name, (1,).
        out: sums, uint64, (towns,).
    """
    width = np.uint64(bits.shape[1])
    for r in range(bits.shape[0]):
        total = np.uint64(0)
        base = np.uint64(entity[r]) * width
        for k in range(bits.shape[1]):
            key = mix((base + np.uint64(k)) * _STEP + column[0])
            total += mix(key ^ (np.uint64(bits[r, k]) * _STEP))
        out[town[r]] += total


#: Values of a town's column that are looked at together.
BLOCK = 256


@device
def block_sum(bits: Any, low: np.uint64, count: int, key: np.uint64) -> np.uint64:
    """Sum of the terms of ``count`` values from ``low`` on; ``key`` is that of the first."""
    total = np.uint64(0)
    for k in range(count):
        total += mix(mix(key) ^ (np.uint64(bits[low + np.uint64(k)]) * _STEP))
        key += _STEP
    return total


@device
def all_alike(bits: Any, low: np.uint64, count: int) -> bool:
    """Whether ``count`` values from ``low`` on are the same."""
    first, other = bits[low], bits[low] ^ bits[low]
    for k in range(count):
        other |= first ^ bits[low + np.uint64(k)]
    alike: bool = other == first ^ first
    return alike


@kernel(over="lane")
def hash_straight(
    bits: Any, column: U64, sizes: I64, span: I64, value: U64, known: U64, fresh: Bool, out: U64
) -> None:
    """Add one column's terms to the sums of a lane, where rows lie by town and entity.

    The same terms as :func:`hash_rows`. A third and more of a town's blocks hold one value only;
    what such a block comes to is remembered.

    Args:
        bits: values as unsigned integers, flat.
        column: hash of the column's name, (1,).
        sizes: values of one town, and blocks of one town, (2,).
        span: first block of the lane and the one after its last, (lane, 2).
        value, known: of each block the value all of it had when that was last so, and its sum,
            (blocks,).
        fresh: of each block whether nothing is remembered, (blocks,).
        out: sums, uint64, (lane, towns).
    """
    for block in range(span[0, 0], span[0, 1]):
        town, number = block // sizes[1], block % sizes[1]
        begin = number * BLOCK
        count = min(sizes[0] - begin, BLOCK)
        low = np.uint64(town * sizes[0] + begin)
        key = np.uint64(begin) * _STEP + column[0]
        if all_alike(bits, low, count):
            if fresh[block] or value[block] != np.uint64(bits[low]):
                known[block] = block_sum(bits, low, count, key)
                value[block], fresh[block] = np.uint64(bits[low]), False
            out[0, town] += known[block]
        else:
            out[0, town] += block_sum(bits, low, count, key)


def name_key(name: str) -> np.uint64:
    """64-bit key of a column name."""
    return np.uint64(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little"))


def column_hash(
    name: str, values: npt.NDArray[Any], entity: I32, town: I32, towns: int
) -> npt.NDArray[np.uint64]:
    """Sums of one column, uint64 (towns,).

    Args:
        name: ``"Component.column"``.
        values: (rows, ...), any numeric dtype; floats count by their bits.
        entity: id of each row within its town.
        town: town of each row.
        towns: number of towns.
    """
    unsigned = np.dtype(f"u{values.dtype.itemsize}")
    width = int(np.prod(values.shape[1:]))  # -1 is refused where there are no rows
    bits = np.ascontiguousarray(values).reshape(values.shape[0], width).view(unsigned)
    out = np.zeros(towns, np.uint64)
    hash_rows(bits, entity, town, np.array([name_key(name)], np.uint64), out)
    return out
