"""Wealth: the Gini coefficient of a town's wallets, exact, without allocating.

Wallets are counted into buckets whose width grows with the amount, laid out bucket after bucket,
and each bucket is sorted in place. What comes out is the sorted list, so neither the order of rows
nor the number of threads can be seen in it.
"""

import numpy as np

from townlet.ecs import I32, I64, Bool, device, rare
from townlet_components.metrics import LEAST_BITS, MOST_BITS

#: Wallets above this count as this much: two million meals.
RICHEST = 2_147_483_647
_FEW = 24
#: Buckets of at most 2 to this power amounts are sorted amount by amount.
_NARROW = 3


@device
def _capped(money: int) -> int:
    """A wallet as it is sorted, 0 to RICHEST."""
    return min(max(money, 0), RICHEST)


@device
def _bits(capacity: int) -> int:
    """How finely a power of two is cut: buckets of a few hundred wallets at most, as a rule."""
    bits = LEAST_BITS
    while bits < MOST_BITS and (1 << (bits + 9)) < capacity:
        bits += 1
    return bits


@device
def _bucket(amount: int, bits: int) -> int:
    """Bucket of an amount: exact up to ``2 << bits``, then ``1 << bits`` per power of two."""
    power = 0
    for step in (16, 8, 4, 2, 1):
        if (amount >> step) >> bits > 0:
            amount >>= step
            power += step
    return (power << bits) + amount


@device
def _sink(values: I32, low: int, root: int, size: int) -> None:
    """Let the value at ``low + root`` sink in the heap of ``size`` values from ``low`` on."""
    value = values[low + root]
    while True:
        child = 2 * root + 1
        if child >= size:
            break
        if child + 1 < size and values[low + child + 1] > values[low + child]:
            child += 1
        if values[low + child] <= value:
            break
        values[low + root] = values[low + child]
        root = child
    values[low + root] = value


@rare
def sort_part(values: I32, low: int, high: int) -> None:
    """Sort ``values[low:high]`` in place, rising."""
    size = high - low
    if size <= _FEW:
        for k in range(low + 1, high):
            value, place = values[k], k
            while place > low and values[place - 1] > value:
                values[place] = values[place - 1]
                place -= 1
            values[place] = value
        return
    for root in range(size // 2 - 1, -1, -1):
        _sink(values, low, root, size)
    for last in range(size - 1, 0, -1):
        top = values[low]
        values[low] = values[low + last]
        values[low + last] = top
        _sink(values, low, 0, last)


@device
def peel(values: I32, low: int, high: int) -> None:
    """Sort ``values[low:high]`` of few different values: the least to the front, and again."""
    while low < high:
        least = values[low]
        for k in range(low + 1, high):
            least = min(least, values[k])
        for k in range(low, high):
            value = values[k]
            if value == least:
                values[k] = values[low]
                values[low] = value
                low += 1


@rare
def sort_wallets(
    money: I64, alive: Bool, row_of: I32, base: int, capacity: int, wealth: I32, bucket: I32
) -> int:
    """Put the wallets of the living of slots ``base`` to ``base + capacity``, rising, there.

    Args:
        money, alive: by row.
        row_of: row of each slot.
        base: first slot of the town; its part of ``wealth`` begins there too.
        capacity: slots of the town.
        wealth: result, from ``base`` on.
        bucket: scratch, WEALTH_BUCKETS long.

    Returns:
        How many there are.
    """
    bits = _bits(capacity)
    buckets = (32 - bits) << bits
    for b in range(buckets):
        bucket[b] = 0
    for s in range(base, base + capacity):
        r = row_of[s]
        if alive[r]:
            bucket[_bucket(_capped(money[r]), bits)] += 1
    end = base
    for b in range(buckets):
        count = bucket[b]
        bucket[b] = end
        end += count
    for s in range(base, base + capacity):
        r = row_of[s]
        if alive[r]:
            amount = _capped(money[r])
            b = _bucket(amount, bits)
            wealth[bucket[b]] = amount
            bucket[b] += 1
    first = base  # bucket[b] is now where bucket b ends
    for b in range(buckets):
        power = (b >> bits) - 1  # of two: how many amounts share the bucket
        if power > 0 and bucket[b] - first > 1:
            if power <= _NARROW:
                peel(wealth, first, bucket[b])
            else:
                sort_part(wealth, first, bucket[b])
        first = bucket[b]
    return end - base


@device
def gini(wealth: I32, base: int, count: int) -> float:
    """Gini coefficient of ``count`` rising amounts: 0 all have the same, near 1 one has all."""
    total, weighted = 0.0, 0.0
    for k in range(count):
        amount = np.float64(wealth[base + k])
        total += amount
        weighted += (2 * k + 1 - count) * amount
    return float(weighted / (count * total)) if total > 0.0 else 0.0
