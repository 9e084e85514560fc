"""Queues: objects and agents agree on who holds, uses and waits for what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from townlet.invariants.finding import Finding, found, row_of, thing, where, who
from townlet_components.activity import Activity
from townlet_components.identity import Identity
from townlet_components.objects import ObjectPlan, Objects
from townlet_components.queueing import QueuePlace, QueueRing

if TYPE_CHECKING:
    from townlet.simulation import Simulation

I64 = npt.NDArray[np.int64]


def queues_agree(sim: Simulation) -> Iterator[Finding]:
    """Both sides of every queue agree: objects' rings and holders, agents' places and activity.

    So nobody is in two queues, no object has two holders, none is reserved by nobody or by
    somebody who has left, and no ring is longer than it may be.
    """
    yield from _rings(sim)
    waiting, holders = _waiting(sim), _holders(sim)
    if waiting is None or holders is None:  # a number that is no slot: it was told above
        return
    yield from _in_use_by_nobody(sim)
    yield from _places(sim, *waiting, holds=False)
    yield from _places(sim, *holders, holds=True)
    yield from _known(sim, np.concatenate([waiting[1], holders[1]]))


def _rings(sim: Simulation) -> Iterator[Finding]:
    """As many slots at the front of each ring as its object counts, and none behind them."""
    objects, plan, ring = _sides(sim)
    first = _first_entries(sim)
    size = np.tile(plan.ring_size, sim.towns)
    waiting = objects.waiting.astype(np.int64)
    bad = (waiting < 0) | (waiting > size)
    deepest = int(size[~bad].max(initial=0))
    busy = np.flatnonzero((waiting > 0) & ~bad)
    for k in range(deepest):
        some = busy[size[busy] > k]
        bad[some] |= (ring[first[some] + k] >= 0) != (k < waiting[some])
    taken = sum(int((ring[part] >= 0).sum()) for part in _parts(len(ring)))
    if taken != int(waiting[~bad].sum()) and not bad.any():  # an entry of a ring that is not in use
        stray = np.flatnonzero(ring >= 0)
        owner = np.searchsorted(np.append(first, len(ring)), stray, side="right") - 1
        bad[np.clip(owner, 0, len(bad) - 1)] |= True
    slots = (ring < -1) | (ring >= sim.capacity)
    if slots.any():
        owner = np.searchsorted(first, np.flatnonzero(slots), side="right") - 1
        bad[owner] = True

    def say(row: int) -> str:
        line = ring[first[row] : first[row] + size[row]].tolist()
        return f"{thing(sim, row)} counts {int(waiting[row])} waiting, but its ring is {line}"

    yield from found("object", np.flatnonzero(bad), say)


def _sides(sim: Simulation) -> tuple[Objects, ObjectPlan, npt.NDArray[np.int32]]:
    read = sim.store.read
    return read(Objects), read(ObjectPlan), read(QueueRing).slot


def _parts(length: int) -> Iterator[slice]:
    step = 1 << 20
    return (slice(start, start + step) for start in range(0, length, step))


def _first_entries(sim: Simulation) -> I64:
    """First entry of each object's ring, by object row."""
    _, plan, ring = _sides(sim)
    entries, count = len(ring) // sim.towns, len(plan.type)
    town = np.repeat(np.arange(sim.towns, dtype=np.int64), count)
    found_first: I64 = town * entries + np.tile(plan.ring_start.astype(np.int64), sim.towns)
    return found_first


def _waiting(sim: Simulation) -> tuple[I64, I64] | None:
    """Object row and agent row of each that waits; None where a ring holds no slot."""
    objects, plan, ring = _sides(sim)
    first, size = _first_entries(sim), np.tile(plan.ring_size, sim.towns)
    busy = np.flatnonzero(objects.waiting > 0)
    pairs = []
    for k in range(int(objects.waiting.max(initial=0))):
        some = busy[(objects.waiting[busy] > k) & (size[busy] > k)]
        pairs.append((some, ring[first[some] + k]))
    return _rows(sim, [o for o, _ in pairs], [s for _, s in pairs])


def _holders(sim: Simulation) -> tuple[I64, I64] | None:
    """Object row and agent row of each that holds an object."""
    holder = sim.store.read(Objects).holder
    held = where(lambda part: holder[part] >= 0, len(holder))
    return _rows(sim, [held], [holder[held]])


def _rows(sim: Simulation, things: list[I64], slots: list[Any]) -> tuple[I64, I64] | None:
    if not things:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    thing_rows, slot = np.concatenate(things), np.concatenate(slots)
    if len(slot) and (slot.min() < 0 or slot.max() >= sim.capacity):
        return None
    return thing_rows, row_of(sim, thing_rows // sim.plan.objects, slot)


def _in_use_by_nobody(sim: Simulation) -> Iterator[Finding]:
    objects = sim.store.read(Objects)
    nobody = where(lambda p: objects.using[p] & (objects.holder[p] < 0), len(objects.using))
    yield from found("object", nobody, lambda row: f"{thing(sim, row)} is in use by nobody")


def _places(sim: Simulation, things: I64, rows: I64, *, holds: bool) -> Iterator[Finding]:
    """Each agent's side of its place in a queue or of its reservation."""
    place, activity = sim.store.read(QueuePlace), sim.store.read(Activity)
    number = things % sim.plan.objects
    used = sim.store.read(Objects).using[things] & holds

    def told(bad: npt.NDArray[np.bool_], words: str) -> Iterator[Finding]:
        at = np.flatnonzero(bad)
        say: Callable[[int], str] = lambda row: (  # noqa: E731
            f"{thing(sim, row)} {words.format(who(sim, int(rows[at[0]])))}"
        )
        return found("object", things[at], say)

    yield from told(~sim.store.read(Identity).alive[rows], "keeps a place for {}, who has left")
    yield from told(
        (place.object[rows] != number) | (place.holding[rows] != holds),
        "and {} do not agree on the agent's place",
    )
    uses = (activity.affordance[rows] >= 0) & (activity.object[rows] == number)
    yield from told(uses != used, "and {} do not agree on who is using it")


def _known(sim: Simulation, rows: I64) -> Iterator[Finding]:
    """Nobody is there twice, and nobody queues or uses where no object knows it."""
    place, activity = sim.store.read(QueuePlace), sim.store.read(Activity)
    known = np.zeros(len(place.object), np.bool_)
    known[rows] = True
    if int(known.sum()) != len(rows):
        numbers, count = np.unique(rows, return_counts=True)
        yield from found(
            "agent", numbers[count > 1], lambda row: f"{who(sim, row)} is in two queues at once"
        )
    lost = where(lambda p: (place.object[p] >= 0) & ~known[p], len(known))
    yield from found("agent", lost, lambda row: f"{who(sim, row)} queues where nobody knows it")
    lost = where(lambda p: (activity.object[p] >= 0) & ~known[p], len(known))
    yield from found("agent", lost, lambda row: f"{who(sim, row)} uses an object it does not hold")
