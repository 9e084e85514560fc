"""Arranged meetings: who is sent, and sending them. Rare: called, not inlined."""

import numpy as np

from townlet.ecs import device, rare
from townlet.ecs.rng import EVENTS_STREAM, draw_bits
from townlet_components import draws
from townlet_components.incidents import NAMED, TOP_RIVALS
from townlet_systems.bonds import Bonds, bond_values, strength
from townlet_systems.incident_bundles import Crowd, Limits, Slate, Specs


@device
def _is_listed(slate: Slate, i: int, count: int, slot: int) -> bool:
    """The slot is among the first ``count`` people of incident ``i``."""
    for k in range(count):  # noqa: SIM110  (numba compiles no generator)
        if slate.people[i, k] == slot:
            return True
    return False


@device
def _is_free(crowd: Crowd, row: int, ordered: bool, tick: int) -> bool:
    """Lives, is on no errand, and has rested from the last meeting unless this one is ordered."""
    if not crowd.alive[row] or (crowd.target[row] >= 0 and crowd.until[row] > tick):
        return False
    return bool(ordered or crowd.cooled_until[row] <= tick)


@device
def _tie_score(bonds: Bonds, row: int, k: int, town: int, tick: int, who: int) -> np.float32:
    """How much a tie calls for a meeting; 0 or less: not at all."""
    trust, familiarity, rivalry = bond_values(bonds, row, k, town, tick)
    strong = strength(trust, familiarity, rivalry)
    if strong < bonds.weak[town]:
        return np.float32(0)
    if who == NAMED:
        return strong
    return rivalry if who == TOP_RIVALS else trust + familiarity


@rare
def strongest_tie(
    slate: Slate, i: int, count: int, who: int, ordered: bool, crowd: Crowd, bonds: Bonds,
    seed: np.uint64, base: int, capacity: int, town: int, tick: int,
) -> tuple[int, int]:  # fmt: skip
    """The tie that brings somebody new: (owner, other), slots; (-1, -1) without one.

    With nobody listed a tie of two free agents, else one between somebody listed and somebody free.
    The largest score wins, then a keyed draw, then the lower slots.
    """
    best, best_other, best_score, best_luck = -1, -1, np.float32(0), np.uint64(0)
    for slot in range(capacity):
        row = crowd.row_of[base + slot]
        if not crowd.alive[row]:
            continue
        inside = _is_listed(slate, i, count, slot)
        if not inside and not _is_free(crowd, row, ordered, tick):
            continue
        for k in range(bonds.other.shape[1]):
            other = bonds.other[row, k]
            if other < 0:
                continue
            known = _is_listed(slate, i, count, other)
            if (inside and known) or (count > 0 and not inside and not known):
                continue
            score = _tie_score(bonds, row, k, town, tick, who)
            if score <= 0 or score < best_score:
                continue
            if not known and not _is_free(crowd, crowd.row_of[base + other], ordered, tick):
                continue
            luck = draw_bits(
                seed, EVENTS_STREAM, tick, slot, crowd.generation[row], draws.MEETING,
                other & 0xFFFF,
            )  # fmt: skip
            if score > best_score or luck < best_luck:
                best, best_other, best_score, best_luck = slot, other, score, luck
    return best, best_other


@rare
def gather_people(
    slate: Slate, specs: Specs, limits: Limits, crowd: Crowd, bonds: Bonds, i: int, town: int,
    ordered: bool, tick: int,
) -> int:  # fmt: skip
    """List who meets in incident ``i``; returns how many. Fewer than two cannot meet.

    Who is listed already (named, or given with the order) stays if it still lives here. Where
    fewer than two are named, those with the strongest ties to them come along.
    """
    capacity = crowd.row_of.shape[0] // limits.seed.shape[0]
    base = town * capacity
    count = 0
    for k in range(slate.people.shape[1]):
        slot = slate.people[i, k]
        if slot < 0:
            continue
        row = crowd.row_of[base + slot]
        generation = slate.generation[i, k]
        slate.people[i, k] = slate.generation[i, k] = -1
        if crowd.alive[row] and crowd.generation[row] == generation:
            slate.people[i, count], slate.generation[i, count] = slot, generation
            count += 1
    if count >= 2:
        return count
    who = specs.who[slate.spec[i]]
    if who == NAMED and count == 0:
        return 0
    while count < specs.people[slate.spec[i]]:
        pair = strongest_tie(
            slate, i, count, who, ordered, crowd, bonds, limits.seed[town], base, capacity, town,
            tick,
        )  # fmt: skip
        if pair[0] < 0:
            break
        for slot in pair:
            if not _is_listed(slate, i, count, slot):
                slate.people[i, count] = slot
                slate.generation[i, count] = crowd.generation[crowd.row_of[base + slot]]
                count += 1
    return count


@rare
def send_people(slate: Slate, limits: Limits, crowd: Crowd, i: int, town: int, tick: int) -> None:
    """Give each of those who meet an errand; who is not busy sets off at once."""
    base = town * (crowd.row_of.shape[0] // limits.seed.shape[0])
    for k in range(slate.people.shape[1]):
        if slate.people[i, k] < 0:
            break
        row = crowd.row_of[base + slate.people[i, k]]
        crowd.district[row] = slate.district[i]
        crowd.target[row] = slate.target[i]
        crowd.until[row] = slate.ends[i]
        rest = slate.ends[i] + limits.agent_cooldown[town]
        crowd.cooled_until[row] = max(crowd.cooled_until[row], rest)
        if crowd.running[row] < 0 and crowd.partner[row] < 0:
            crowd.wake[row] = tick


@rare
def release_people(
    slate: Slate, limits: Limits, crowd: Crowd, i: int, town: int, tick: int
) -> None:
    """Take the errand back from those who still have it: they decide anew."""
    base = town * (crowd.row_of.shape[0] // limits.seed.shape[0])
    for k in range(slate.people.shape[1]):
        if slate.people[i, k] < 0:
            break
        row = crowd.row_of[base + slate.people[i, k]]
        if crowd.generation[row] != slate.generation[i, k]:
            continue
        mine = crowd.target[row] == slate.target[i] and crowd.district[row] == slate.district[i]
        if mine and crowd.until[row] == slate.ends[i]:
            crowd.target[row] = -1
            if crowd.running[row] < 0 and crowd.partner[row] < 0:
                crowd.wake[row] = tick
