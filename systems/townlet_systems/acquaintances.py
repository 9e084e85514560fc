"""Acquaintances: what an agent observes of its ties. Friends and rivals have slots of their own."""

import numpy as np

from townlet.ecs import F32, device
from townlet_systems.bonds import faded
from townlet_systems.fading import FOUR, LEAST, show_four
from townlet_systems.lines import put_bytes, put_number
from townlet_systems.picks import BYTES, Picked, Snippet

_ZERO = np.float32(0)


@device
def write_rivalry(numbers: F32, at: int, picked: Picked, row: int, fast: float, tick: int) -> None:
    """Write ``rivalry_max`` and ``rivalry_avoid_count`` at ``at``."""
    elapsed = tick - picked.fierce_at[row]
    put_number(numbers, at, faded(picked.fiercest[row], fast, elapsed))
    put_number(numbers, at + 1, picked.avoided[row])


@device
def write_acquaintances(
    numbers: F32, at: int, snippet: Snippet, picked: Picked, row: int, slow: float, fast: float,
    tick: int,
) -> None:  # fmt: skip
    """Write the slots of friends, then those of rivals, then means and maxima over filled ones.

    A slot of nobody is written like any other, as zeros: whether it is one could not be guessed.

    Args:
        numbers: the result, zeros where nothing is written; longer than a row by ``_SPILL``.
        at: where to begin.
        snippet, picked: see there.
        row: whose.
        slow, fast: what trust and familiarity lose per tick, and rivalry.
        tick: now.
    """
    width, slots = int(snippet.width[0]), int(snippet.friends[0]) + int(snippet.rivals[0])
    words, step = (width + BYTES - 1) // BYTES, width + 3
    trust_sum, rivalry_sum, trust_most, rivalry_most = _ZERO, _ZERO, LEAST, _ZERO
    for first in range(0, slots, FOUR):
        trusts, rivalries, trust, rivalry = show_four(
            numbers, at + width + first * step, step, picked.bond, picked.since, row, first, slow,
            fast, tick,
        )  # fmt: skip
        trust_sum += trusts
        rivalry_sum += rivalries
        trust_most, rivalry_most = max(trust_most, trust), max(rivalry_most, rivalry)
    for n in range(slots):
        for word in range(words):
            code = picked.code[row, n * words + word]
            put_bytes(numbers, at + BYTES * word, code, width - BYTES * word)
        at += step
    if snippet.aggregates[0] and picked.filled[row] > 0:
        share = np.float32(picked.filled[row])
        put_number(numbers, at, trust_sum / share)
        put_number(numbers, at + 1, trust_most)
        put_number(numbers, at + 2, rivalry_sum / share)
        put_number(numbers, at + 3, rivalry_most)
