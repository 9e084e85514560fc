"""Acquaintances: what agents observe of their ties. Friends and rivals have slots of their own.

A block of rows is described step by step, not row by row: a loop that does little finds all it
needs in registers.
"""

import numpy as np

from townlet.ecs import F32, device
from townlet_systems.ahead import ask_for
from townlet_systems.bonds import Bonds, faded, rivalry_rate
from townlet_systems.fading import FOUR, LEAST, show_four
from townlet_systems.lines import put_bytes, put_number
from townlet_systems.picks import BYTES, Picked, Snippet
from townlet_systems.selves import Block, next_block
from townlet_systems.sixteen import SIXTEEN

_ZERO = np.float32(0)


@device
def put_rivalry(
    columns: F32, k: int, picked: Picked, bonds: Bonds, block: Block, tick: int
) -> None:
    """Write ``rivalry_max`` and ``rivalry_avoid_count`` as columns from ``k`` on."""
    ask_for(picked.fiercest, next_block(block))
    ask_for(picked.avoided, next_block(block))
    ask_for(picked.fierce_at, next_block(block))
    ask_for(picked.filled, next_block(block))
    for i in range(block.rows):
        r = block.first + i
        ask_for(bonds.trait, (r + SIXTEEN) * bonds.trait.shape[1])
        known = picked.filled[r] >= 0
        elapsed = tick - picked.fierce_at[r]
        worst = faded(picked.fiercest[r], rivalry_rate(bonds, r, block.town), elapsed)
        put_number(columns, k * SIXTEEN + i, worst if known else _ZERO)
        put_number(columns, (k + 1) * SIXTEEN + i, picked.avoided[r] if known else _ZERO)


@device
def write_bonds(
    numbers: F32, at: int, pitch: int, snippet: Snippet, picked: Picked, bonds: Bonds, block: Block,
    tick: int,
) -> None:  # fmt: skip
    """Write what friends and rivals mean to each agent, then means and maxima over filled slots.

    A slot of nobody is written like any other, as zeros: whether it is one could not be guessed.

    Args:
        numbers: the result: rows ``pitch`` apart, longer than those of the buffer by ``_SPILL``.
        at: where to begin in the first.
        pitch: see ``numbers``.
        snippet, picked, bonds, block: see there.
        tick: now.
    """
    width, slots = int(snippet.width[0]), int(snippet.friends[0]) + int(snippet.rivals[0])
    step, slow = width + 3, float(bonds.tie_decay[block.town])
    for r in range(block.first, block.first + block.rows):
        ask_for(picked.bond, (r + SIXTEEN) * picked.bond.shape[1] * picked.bond.shape[2])
        ask_for(picked.since, (r + SIXTEEN) * picked.since.shape[1])
        fast = rivalry_rate(bonds, r, block.town)
        trust_sum, rivalry_sum, trust_most, rivalry_most = _ZERO, _ZERO, LEAST, _ZERO
        for first in range(0, slots, FOUR):
            trusts, rivalries, trust, rivalry = show_four(
                numbers, at + width + first * step, step, picked.bond, picked.since, r, first, slow,
                fast, tick,
            )  # fmt: skip
            trust_sum += trusts
            rivalry_sum += rivalries
            trust_most, rivalry_most = max(trust_most, trust), max(rivalry_most, rivalry)
        if snippet.aggregates[0]:
            filled, end = picked.filled[r], at + slots * step
            share = np.float32(max(filled, 1))
            put_number(numbers, end, trust_sum / share)
            put_number(numbers, end + 1, trust_most if filled > 0 else _ZERO)
            put_number(numbers, end + 2, rivalry_sum / share)
            put_number(numbers, end + 3, rivalry_most)
        at += pitch


@device
def write_codes(
    numbers: F32, at: int, pitch: int, snippet: Snippet, picked: Picked, block: Block
) -> None:
    """Write the bytes that stand for each agent's friends and rivals; see :func:`write_bonds`."""
    width, slots = int(snippet.width[0]), int(snippet.friends[0]) + int(snippet.rivals[0])
    words, step = (width + BYTES - 1) // BYTES, width + 3
    for r in range(block.first, block.first + block.rows):
        ask_for(picked.code, (r + SIXTEEN) * picked.code.shape[1])
        for n in range(slots):
            for word in range(words):
                code = picked.code[r, n * words + word]
                place = at + n * step + BYTES * word
                put_bytes(numbers, place, code, width - BYTES * word)
        at += pitch
