"""Embedding slots: every newcomer gets a number that tells it apart."""

import numpy as np

from townlet.ecs import I32, I64, Phase, Read, Write, device, kernel, system
from townlet_components.clock import Clock
from townlet_components.embedding import Embedding, EmbeddingSlots
from townlet_components.identity import Newcomers
from townlet_components.rows import Rows
from townlet_components.rules import EmbeddingRules

_NEWEST = np.int64(1) << 40


@device
def pick_embedding(taken_by: I32, released_at: I32, first: int, last: int, due: int) -> int:
    """Free slot longest at rest; a rested one with the lowest number if there is one."""
    oldest, oldest_at = -1, _NEWEST
    for e in range(first, last):
        if taken_by[e] < 0:
            if released_at[e] <= due:
                return e
            if released_at[e] < oldest_at:
                oldest, oldest_at = e, np.int64(released_at[e])
    return oldest


@kernel
def allot(
    count: I32,
    newcomer: I32,
    row_of: I32,
    slot_of: I32,
    taken_by: I32,
    released_at: I32,
    forced: I32,
    given: I32,
    cooldown: I32,
    tick: I64,
) -> None:
    """Give every newcomer of a town an embedding slot, in slot order."""
    towns = count.shape[0]
    capacity, slots = row_of.shape[0] // towns, taken_by.shape[0] // towns
    for t in range(towns):
        first = t * slots
        rested = tick[0] - cooldown[t]
        for k in range(t * capacity, t * capacity + count[t]):
            s = newcomer[k]
            e = pick_embedding(taken_by, released_at, first, (t + 1) * slots, rested)
            if e < 0:
                break
            while first < e and taken_by[first] >= 0:
                first += 1
            forced[t] += 1 if released_at[e] > rested else 0
            given[t] += 1
            taken_by[e] = s
            slot_of[row_of[t * capacity + s]] = e - t * slots


@system(phase=Phase.ARRIVE, after=["call_replacements"])
def allot_embeddings(
    newcomers: Read[Newcomers],
    rows: Read[Rows],
    embedding: Write[Embedding],
    slots: Write[EmbeddingSlots],
    rules: Read[EmbeddingRules],
    clock: Read[Clock],
) -> None:
    """Newcomers get an embedding slot that has rested; the longest rested if none has."""
    allot(
        newcomers.count,
        newcomers.slot,
        rows.row_of,
        embedding.slot,
        slots.taken_by,
        slots.released_at,
        slots.forced,
        slots.given,
        rules.cooldown,
        clock.tick,
    )
