"""Consulting: which uses are about to start, for hooks that may cancel them (SPEC §5)."""

from typing import NamedTuple

from townlet.ecs import I8, I16, I32, U16, Bool, Phase, Read, Write, device, kernel, system
from townlet_components.activity import Activity
from townlet_components.actors import Actors, Attention
from townlet_components.affordances import Affordances
from townlet_components.citymap import DistrictPlan, Layouts
from townlet_components.clock import Clock
from townlet_components.events import NO_REASON
from townlet_components.home import Home
from townlet_components.identity import Identity
from townlet_components.intent import INTERACT, USE_ITEM, Intent
from townlet_components.inventory import Inventory
from townlet_components.needs import Needs
from townlet_components.objects import ObjectPlan, Objects
from townlet_components.personality import Personality
from townlet_components.position import Position
from townlet_components.queueing import QueuePlace, QueueRing
from townlet_components.rows import DistrictRows, Rows
from townlet_components.script import Script
from townlet_components.town_state import Prices, Utilities
from townlet_components.values import Values
from townlet_components.vetoes import Asked, Vetoes
from townlet_components.wallet import Wallet
from townlet_systems.bundles import Mind, Offers, People, Things, Time
from townlet_systems.offers import refusal
from townlet_systems.posts import Career, Careers, career_of
from townlet_systems.queues import ready
from townlet_systems.rings import Rings, Waiters, rings_of, waiters_of
from townlet_systems.scene import city_of, offers_of, people_of, things_of
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
    waiters: Waiters,
    things: Things, offers: Offers, people: People, mind: Mind, career: Career,
    time: Time, route: U16, layout: I16, row_of: I32, hooked: Bool, reason: I8, listed: List,
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
            reason[r] = refusal(offers, things, people, mind, time, career, r, aff, thing)
            if reason[r] == NO_REASON:
                put_down(listed, t, people.slot[r], thing, aff)
        for i in range(first[d], last[d]):
            r = active[i]
            if primitive[r] != USE_ITEM or running[r] >= 0 or waiters.object[r] >= 0:
                continue
            reason[r] = NO_REASON
            aff = bag_meal(offers, people, r)
            if aff >= 0 and hooked[aff]:
                put_down(listed, t, people.slot[r], -1, aff)


@system(phase=Phase.USE, after=["voice_impatience"], before=["start_affordances"])
def list_starts(
    district_rows: Read[DistrictRows],
    city: Read[DistrictPlan],
    attention: Read[Attention],
    actors: Read[Actors],
    rows: Read[Rows],
    intent: Read[Intent],
    script: Read[Script],
    activity: Read[Activity],
    queue: Read[QueuePlace],
    identity: Read[Identity],
    position: Read[Position],
    personality: Read[Personality],
    home: Read[Home],
    wallet: Read[Wallet],
    inventory: Read[Inventory],
    needs: Read[Needs],
    plan: Read[ObjectPlan],
    ring: Read[QueueRing],
    objects: Read[Objects],
    manifest: Read[Affordances],
    prices: Read[Prices],
    utilities: Read[Utilities],
    layouts: Read[Layouts],
    careers: Read[Careers],
    clock: Read[Clock],
    values: Write[Values],
    vetoes: Write[Vetoes],
    asked: Write[Asked],
) -> None:
    """Uses that are about to start and have hooks are listed, so that hooks can cancel them."""
    list_all(
        district_rows.town, district_rows.number, city.object_first, attention.thing,
        attention.count, actors.first, actors.last, actors.row, intent.primitive, intent.object,
        script.hold, activity.affordance, rings_of(plan, ring, objects),
        waiters_of(queue, identity, position, personality),
        things_of(plan, objects, city, ring, prices, utilities), offers_of(manifest, prices),
        people_of(rows, position, home, wallet, inventory, needs, personality, queue),
        Mind(values.value, values.stack),
        career_of(careers, layouts, city_of(layouts, city)),
        Time(clock.tick, clock.minute, clock.day),
        layouts.route, city.layout, rows.row_of, asked.hooked, vetoes.reason,
        List(asked.count, asked.town, asked.agent, asked.object, asked.affordance),
    )  # fmt: skip
