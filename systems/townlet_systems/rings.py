"""Rings: the waiting lines of objects. Only the lane that owns a district touches its rings."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import F32, I8, I16, I32, U64, Bool, device
from townlet.ecs.rng import WORLD_STREAM, draw_bits
from townlet_components import draws
from townlet_components.identity import Identity
from townlet_components.objects import ObjectPlan, Objects
from townlet_components.personality import PATIENCE, Personality
from townlet_components.position import Position
from townlet_components.queueing import QueuePlace, QueueRing, QueueRules
from townlet_components.rows import Rows, Towns
from townlet_systems.bundles import City
from townlet_systems.walking import FAR, distance


class Rings(NamedTuple):
    """Both sides of every queue. Plan arrays are per town, ``g`` is an object's row."""

    start: I32
    size: I16
    district: I32
    target: I16
    slot: I32
    holder: I32
    using: Bool
    waiting: I8
    idle: I8
    free_until: I32


class Waiters(NamedTuple):
    """The agents' side; all by row."""

    object: I32
    joined: I32
    holding: Bool
    complained: Bool
    cool_object: I32
    cool_until: I32
    generation: I32
    district: I32
    tile: I16
    trait: F32


class Fairness(NamedTuple):
    """Rules and what a fair draw needs; by town, and slot to row."""

    age_weight: F32
    seed: U64
    row_of: I32


def rings_of(plan: ObjectPlan, ring: QueueRing, objects: Objects) -> Rings:
    """Bundle the columns of the objects' side."""
    return Rings(
        start=plan.ring_start,
        size=plan.ring_size,
        district=plan.district,
        target=plan.target,
        slot=ring.slot,
        holder=objects.holder,
        using=objects.using,
        waiting=objects.waiting,
        idle=objects.idle,
        free_until=objects.free_until,
    )


def waiters_of(
    queue: QueuePlace, identity: Identity, position: Position, personality: Personality
) -> Waiters:
    """Bundle the columns of the agents' side."""
    return Waiters(
        object=queue.object,
        joined=queue.joined,
        holding=queue.holding,
        complained=queue.complained,
        cool_object=queue.cool_object,
        cool_until=queue.cool_until,
        generation=identity.generation,
        district=position.district,
        tile=position.tile,
        trait=personality.trait,
    )


def fairness_of(rules: QueueRules, towns: Towns, rows: Rows) -> Fairness:
    """Bundle the columns."""
    return Fairness(rules.age_weight, towns.seed, rows.row_of)


@device
def ring_start(rings: Rings, town: int, thing: int) -> int:
    """First entry of an object's ring."""
    return int(
        town * (rings.slot.shape[0] // (rings.holder.shape[0] // rings.start.shape[0]))
        + rings.start[thing]
    )


@device
def place_in_ring(ring: I32, start: int, count: int, slot: int) -> int:
    """Place of a slot in a ring, or -1."""
    for k in range(count):
        if ring[start + k] == slot:
            return k
    return -1


@device
def find(rings: Rings, start: int, count: int, slot: int) -> int:
    """Place of a slot in an object's ring, or -1."""
    return place_in_ring(rings.slot, start, count, slot)


@device
def remove(rings: Rings, g: int, start: int, place: int) -> None:
    """Take the entry at ``place`` out; those behind move up."""
    count = int(rings.waiting[g])
    for k in range(place, count - 1):
        rings.slot[start + k] = rings.slot[start + k + 1]
    rings.slot[start + count - 1] = -1
    rings.waiting[g] = count - 1


@device
def forget(waiters: Waiters, row: int) -> None:
    """The agent is in no queue any more."""
    waiters.object[row] = -1
    waiters.joined[row] = 0
    waiters.holding[row] = False
    waiters.complained[row] = False


@device
def release(rings: Rings, g: int) -> None:
    """Nobody holds the object any more."""
    rings.holder[g] = -1
    rings.using[g] = False
    rings.idle[g] = 0
    rings.free_until[g] = 0


@device
def leave(rings: Rings, waiters: Waiters, town: int, thing: int, row: int, slot: int) -> None:
    """Take an agent out of the queue of ``thing``, whether it waits or holds."""
    g = town * rings.start.shape[0] + thing
    if rings.holder[g] == slot:
        release(rings, g)
    else:
        start = ring_start(rings, town, thing)
        place = find(rings, start, int(rings.waiting[g]), slot)
        if place >= 0:
            remove(rings, g, start, place)
    forget(waiters, row)


@device
def next_in_line(
    rings: Rings, waiters: Waiters, fair: Fairness, town: int, thing: int, tick: int
) -> int:
    """Place in the ring of who is next, or -1 when nobody waits.

    Smallest ``place - age_weight * waited``; then the least patient; then a keyed draw; then the
    lower slot. Who just used the object comes after all others (SPEC §6).
    """
    g = town * rings.start.shape[0] + thing
    start = ring_start(rings, town, thing)
    capacity = fair.row_of.shape[0] // fair.seed.shape[0]
    best, best_score, best_patience = -1, 0.0, 0.0
    best_cooling = False
    for k in range(int(rings.waiting[g])):
        slot = rings.slot[start + k]
        row = fair.row_of[town * capacity + slot]
        cooling = bool(waiters.cool_object[row] == thing and tick < waiters.cool_until[row])
        score = k - float(fair.age_weight[town]) * (tick - waiters.joined[row])
        patience = float(waiters.trait[row, PATIENCE])
        wins = best < 0 or (best_cooling and not cooling)
        if not wins and cooling == best_cooling:
            wins = score < best_score
            if score == best_score:
                wins = patience < best_patience
                if patience == best_patience:
                    rival = rings.slot[start + best]
                    rival_row = fair.row_of[town * capacity + rival]
                    mine = _draw(fair, waiters, town, slot, row, thing, tick)
                    theirs = _draw(fair, waiters, town, rival, rival_row, thing, tick)
                    wins = bool(mine < theirs)
        if wins:
            best, best_cooling, best_score, best_patience = k, cooling, score, patience
    return best


@device
def _draw(
    fair: Fairness, waiters: Waiters, town: int, slot: int, row: int, thing: int, tick: int
) -> np.int64:
    """A tie-breaker nobody shares: 32 random bits, then the slot."""
    bits = draw_bits(
        fair.seed[town],
        WORLD_STREAM,
        tick,
        slot,
        waiters.generation[row],
        draws.QUEUE_NEXT,
        thing & 0xFFFF,
    )
    return (np.int64(bits) << 24) | slot


@device
def assign(
    rings: Rings,
    waiters: Waiters,
    fair: Fairness,
    city: City,
    town: int,
    thing: int,
    place: int,
    tick: int,
) -> int:
    """Give the free object to the waiter at ``place``; returns its row."""
    g = town * rings.start.shape[0] + thing
    start = ring_start(rings, town, thing)
    capacity = fair.row_of.shape[0] // fair.seed.shape[0]
    slot = rings.slot[start + place]
    row = fair.row_of[town * capacity + slot]
    remove(rings, g, start, place)
    rings.holder[g] = slot
    rings.idle[g] = 0
    walk = distance(
        city, waiters.district[row], waiters.tile[row], rings.district[thing], rings.target[thing]
    )
    rings.free_until[g] = tick + min(walk, FAR) + 1
    waiters.holding[row] = True
    return int(row)
