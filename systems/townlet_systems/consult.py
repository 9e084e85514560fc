"""Consulting: which uses are about to start, for hooks that may cancel them (SPEC §5)."""

from typing import NamedTuple

from townlet.ecs import I8, I16, I32, U16, Bool, Phase, Read, Write, device, kernel, system
from townlet_components.activity import Activity
from townlet_components.actors import Actors, Attention
from townlet_components.events import NO_REASON
from townlet_components.identity import Identity
from townlet_components.intent import INTERACT, USE_ITEM, Intent
from townlet_components.queueing import QueueRing
from townlet_components.rows import DistrictRows
from townlet_components.script import Script
from townlet_components.values import Values
from townlet_components.vetoes import Asked, Vetoes
from townlet_systems.offers import refusal
from townlet_systems.queues import ready
from townlet_systems.rings import Rings, Waiters, rings_of, waiters_of
from townlet_systems.scene import Scene, Surroundings, scene_of
from townlet_systems.use import bag_meal


class List(NamedTuple):
    """The uses listed: see :class:`townlet_components.vetoes.Asked`."""

    length: I32
    town: I32
    agent: I32
    object: I32
    affordance: I16


@device
def put_down(listed: List, town: int, slot: int, thing: int, aff: int) -> None:
    """Add a use to the list."""
    k = listed.length[0]
    listed.town[k], listed.agent[k] = town, slot
    listed.object[k], listed.affordance[k] = thing, aff
    listed.length[0] = k + 1


@kernel
def list_all(
    town: I32, number: I32, object_first: I32, attention: I32, noticed: I32, first: I32, last: I32,
    active: I32, primitive: I16, wish: I32, hold: Bool, running: I16, rings: Rings,
    waiters: Waiters, at: Scene, route: U16, layout: I16, row_of: I32, hooked: Bool, reason: I8,
    listed: List,
) -> None:  # fmt: skip
    """List what could start now, as :func:`townlet_systems.use.start_all` will see it.

    What cannot start keeps its reason, so that nothing starts in this tick that no hook has seen.
    """
    listed.length[0] = 0
    count = rings.start.shape[0]
    capacity = row_of.shape[0] // (rings.holder.shape[0] // count)
    for d in range(town.shape[0]):
        t = town[d]
        low = t * count + object_first[number[d]]
        for n in range(low, low + noticed[d]):
            thing = attention[n]
            g = t * count + thing
            if rings.holder[g] < 0 or rings.using[g]:
                continue
            r = row_of[t * capacity + rings.holder[g]]
            if hold[r] or not ready(rings, waiters, route, layout, primitive, wish, r, thing):
                continue
            aff = primitive[r] - INTERACT
            reason[r] = NO_REASON
            if not hooked[aff]:
                continue
            reason[r] = refusal(at.offers, at.things, at.people, at.mind, at.time, r, aff, thing)
            if reason[r] == NO_REASON:
                put_down(listed, t, at.people.slot[r], thing, aff)
        for i in range(first[d], last[d]):
            r = active[i]
            if primitive[r] != USE_ITEM or running[r] >= 0 or waiters.object[r] >= 0:
                continue
            reason[r] = NO_REASON
            aff = bag_meal(at.offers, at.people, r)
            if aff >= 0 and hooked[aff]:
                put_down(listed, t, at.people.slot[r], -1, aff)


@system(phase=Phase.USE, after=["voice_impatience"], before=["start_affordances"])
def list_starts(
    at: Read[Surroundings],
    district_rows: Read[DistrictRows],
    attention: Read[Attention],
    actors: Read[Actors],
    intent: Read[Intent],
    script: Read[Script],
    activity: Read[Activity],
    identity: Read[Identity],
    ring: Read[QueueRing],
    values: Write[Values],
    vetoes: Write[Vetoes],
    asked: Write[Asked],
) -> None:
    """Uses that are about to start and have hooks are listed, so that hooks can cancel them."""
    list_all(
        district_rows.town, district_rows.number, at.city.object_first, attention.thing,
        attention.count, actors.first, actors.last, actors.row, intent.primitive, intent.object,
        script.hold, activity.affordance, rings_of(at.plan, ring, at.objects),
        waiters_of(at.queue, identity, at.position, at.personality), scene_of(at, values),
        at.layouts.route, at.city.layout, at.rows.row_of, asked.hooked, vetoes.reason,
        List(asked.count, asked.town, asked.agent, asked.object, asked.affordance),
    )  # fmt: skip
