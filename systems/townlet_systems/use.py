"""Using objects: affordances finish and start; payments and goods change hands (SPEC §5)."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import (
    F32,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    Bool,
    Emit,
    Phase,
    Read,
    Write,
    device,
    kernel,
    system,
)
from townlet_components.activity import Activity
from townlet_components.actors import Actors, Attention
from townlet_components.affordances import Affordances
from townlet_components.citymap import DistrictPlan, Layouts
from townlet_components.clock import Clock
from townlet_components.events import (
    FAIL,
    FINISH,
    HANDOVER,
    NO_REASON,
    START,
    Events,
    EventTotals,
)
from townlet_components.home import Home
from townlet_components.identity import Identity
from townlet_components.intent import INTERACT, USE_ITEM, Intent
from townlet_components.inventory import MEALS, Inventory
from townlet_components.last_action import LastAction
from townlet_components.needs import Needs
from townlet_components.objects import ObjectPlan, Objects
from townlet_components.personality import Personality
from townlet_components.position import Position
from townlet_components.queueing import QueuePlace, QueueRing, QueueRules
from townlet_components.rows import DistrictRows, Rows, Towns
from townlet_components.script import Script
from townlet_components.town_state import Prices, Utilities
from townlet_components.values import Values
from townlet_components.vetoes import Vetoes
from townlet_components.wallet import SALES, Ledger, Till, Wallet
from townlet_systems.bundles import Mind, Offers, People, Things, Time
from townlet_systems.doing import Outcome, Running, note, outcome_of, running_of, stop
from townlet_systems.emitting import Channel, channel_of, emit
from townlet_systems.offers import ROOM, fits_bag, price_of, refusal
from townlet_systems.posts import Career, Careers, career_of
from townlet_systems.queues import ready
from townlet_systems.rings import (
    Fairness,
    Rings,
    Waiters,
    fairness_of,
    forget,
    next_in_line,
    release,
    rings_of,
    waiters_of,
)
from townlet_systems.scene import city_of, offers_of, people_of, things_of
from townlet_systems.targets import BAG


@device
def apply_effects(need: F32, item: I16, level: F32, carried: I16, store: I16, home: bool) -> None:
    """Change needs, clamped to [0, 1], and hand out what was made.

    Args:
        need: change per need.
        item: change per item; what is taken was taken at the start.
        level: the agent's needs.
        carried: the agent's bag.
        store: the pantry of the agent's household.
        home: goods go to the pantry rather than the bag.
    """
    for n in range(level.shape[0]):
        level[n] = min(np.float32(1), max(np.float32(0), level[n] + need[n]))
    for k in range(item.shape[0]):
        if item[k] > 0:
            if home:
                store[k] += item[k]
            else:
                carried[k] += item[k]


@kernel(over="district", local=True)
def finish_all(
    town: I32, first: I32, last: I32, active: I32, slot: I32, level: F32, carried: I16,
    running: Running, target: I32, wake: I32, outcome: Outcome, waiters: Waiters, rings: Rings,
    private: Bool, pantry: I32, stock: I16, closed: U8, need: F32, item: I16, length: I32,
    cooldown: I32, fair: Fairness, channel: Channel, tick: I64,
) -> None:  # fmt: skip
    """Finish what is due in each district; see :func:`finish_affordances`."""
    now = tick[0]
    for d in range(town.shape[0]):
        t = town[d]
        for i in range(first[d], last[d]):
            r = active[i]
            aff = running.affordance[r]
            if aff < 0 or running.until[r] > now:
                continue
            thing = running.object[r]
            store, home = carried[r], False
            if thing >= 0 and private[thing]:
                store, home = stock[t * rings.start.shape[0] + pantry[thing]], True
            apply_effects(need[aff], item[aff], level[r], carried[r], store, home)
            emit(channel, d, FINISH, slot[r], -1, thing, aff)
            stop(running, r)
            target[r] = -1
            wake[r] = now + 1
            outcome.primitive[r] = USE_ITEM if thing < 0 else INTERACT + aff
            outcome.success[r], outcome.duration[r] = True, length[aff]
            if thing < 0:
                continue
            release(rings, t * rings.start.shape[0] + thing)
            forget(waiters, r)
            waiters.cool_object[r], waiters.cool_until[r] = thing, now + cooldown[t]
            if closed[t * rings.start.shape[0] + thing]:
                continue
            place = next_in_line(rings, waiters, fair, t, thing, now)
            if place >= 0:
                entries = rings.slot.shape[0] // fair.seed.shape[0]
                heir = rings.slot[t * entries + rings.start[thing] + place]
                emit(
                    channel,
                    d,
                    HANDOVER,
                    slot[r],
                    heir,
                    thing,
                    rings.waiting[t * rings.start.shape[0] + thing],
                )


@system(phase=Phase.USE)
def finish_affordances(
    district_rows: Read[DistrictRows],
    actors: Read[Actors],
    rows: Read[Rows],
    needs: Write[Needs],
    inventory: Write[Inventory],
    activity: Write[Activity],
    intent: Write[Intent],
    last: Write[LastAction],
    queue: Write[QueuePlace],
    identity: Read[Identity],
    position: Read[Position],
    personality: Read[Personality],
    plan: Read[ObjectPlan],
    ring: Read[QueueRing],
    objects: Write[Objects],
    manifest: Read[Affordances],
    rules: Read[QueueRules],
    towns: Read[Towns],
    events: Emit[Events],
    totals: Emit[EventTotals],
    clock: Read[Clock],
) -> None:
    """Affordances that are due take effect, and their objects are handed over."""
    finish_all(
        district_rows.town, actors.first, actors.last, actors.row, rows.slot, needs.level,
        inventory.count, running_of(activity), intent.target, intent.wake, outcome_of(last),
        waiters_of(queue, identity, position, personality), rings_of(plan, ring, objects),
        plan.private, plan.pantry, objects.stock, objects.closed, manifest.need, manifest.item,
        manifest.duration, rules.cooldown, fairness_of(rules, towns, rows),
        channel_of(events, totals), clock.tick,
    )  # fmt: skip


class Purse(NamedTuple):
    """Who pays whom."""

    money: I64
    till: I64
    flow: I64


class Doing(NamedTuple):
    """What a start writes, by row."""

    running: Running
    outcome: Outcome
    target: I32
    wake: I32


@device
def take_goods(
    offers: Offers, things: Things, people: People, row: int, thing: int, aff: int
) -> None:
    """Take what a start uses up: from the pantry first, then from the bag; in shops from stock."""
    base = people.town[row] * things.type.shape[0]
    for item in range(offers.item.shape[1]):
        wanted = offers.take[aff, item]
        if wanted == 0:
            continue
        if thing >= 0:
            source = things.pantry[thing] if things.private[thing] else thing
            stored = min(wanted, things.stock[base + source, item])
            things.stock[base + source, item] -= stored
            wanted -= stored
        people.carried[row, item] -= wanted


@device
def unpack(things: Things, people: People, row: int, thing: int) -> None:
    """Put what is carried into the household's pantry: all ingredients, all meals but one."""
    store = things.stock[people.town[row] * things.type.shape[0] + things.pantry[thing]]
    for item in range(MEALS + 1):
        kept = 1 if item == MEALS else 0
        spare = min(people.carried[row, item] - kept, ROOM - store[item])
        if spare > 0:
            people.carried[row, item] -= spare
            store[item] += spare


@device
def begin(
    doing: Doing, purse: Purse, offers: Offers, things: Things, people: People,
    row: int, thing: int, aff: int, d: int, tick: int,
) -> None:  # fmt: skip
    """Unpack at home, pay, take the goods and start."""
    town = people.town[row]
    price = price_of(offers, things, aff, thing, town)
    if price > 0:
        places = purse.till.shape[0] // (things.holder.shape[0] // things.type.shape[0])
        purse.money[row] -= price
        purse.till[town * places + things.place[thing]] += price
        purse.flow[d, SALES] += price
    if thing >= 0 and things.private[thing]:
        unpack(things, people, row, thing)
    take_goods(offers, things, people, row, thing, aff)
    running, length = doing.running, offers.duration[aff]
    running.affordance[row] = aff
    running.object[row] = thing
    running.until[row] = tick + length
    running.paid[row] = price
    doing.target[row] = thing if thing >= 0 else BAG
    doing.wake[row] = tick + length + 1
    note(doing.outcome, row, USE_ITEM if thing < 0 else INTERACT + aff, True, length)


@device
def bag_meal(offers: Offers, people: People, row: int) -> int:
    """First affordance that uses up what the agent carries and gives it something, or -1."""
    for aff in range(offers.item.shape[0]):
        if fits_bag(offers, people, row, aff):
            return aff
    return -1


@kernel(over="district", local=True)
def start_all(
    town: I32, number: I32, object_first: I32, attention: I32, listed: I32, first: I32, last: I32,
    active: I32, primitive: I16, wish: I32, hold: Bool, doing: Doing, purse: Purse,
    rings: Rings, waiters: Waiters, things: Things, offers: Offers, people: People, mind: Mind,
    career: Career, route: U16, layout: I16, row_of: I32, channel: Channel, time: Time, veto: I8,
) -> None:  # fmt: skip
    """Start what can start in each district; see :func:`start_affordances`."""
    now = time.tick[0]
    count = rings.start.shape[0]
    capacity = row_of.shape[0] // (rings.holder.shape[0] // count)
    for d in range(town.shape[0]):
        t = town[d]
        low = t * count + object_first[number[d]]
        for n in range(low, low + listed[d]):
            thing = attention[n]
            g = t * count + thing
            if rings.holder[g] < 0 or rings.using[g]:
                continue
            r = row_of[t * capacity + rings.holder[g]]
            if hold[r] or not ready(rings, waiters, route, layout, primitive, wish, r, thing):
                continue
            aff = primitive[r] - INTERACT
            why = refusal(offers, things, people, mind, time, career, r, aff, thing)
            if why == NO_REASON:
                why = veto[r]
            if why == NO_REASON:
                begin(doing, purse, offers, things, people, r, thing, aff, d, now)
                rings.using[g] = True
                rings.idle[g] = 0
                emit(channel, d, START, people.slot[r], -1, thing, aff)
                continue
            emit(channel, d, FAIL, people.slot[r], aff, thing, why)
            note(doing.outcome, r, primitive[r], False, 1)
            release(rings, g)
            forget(waiters, r)
            doing.target[r] = -1
            doing.wake[r] = now + 1
        for i in range(first[d], last[d]):
            r = active[i]
            if (
                primitive[r] != USE_ITEM
                or doing.running.affordance[r] >= 0
                or waiters.object[r] >= 0
            ):
                continue
            note(doing.outcome, r, USE_ITEM, False, 1)
            aff = bag_meal(offers, people, r)
            if aff >= 0 and veto[r] != NO_REASON:
                emit(channel, d, FAIL, people.slot[r], aff, -1, veto[r])
                doing.target[r] = -1
                doing.wake[r] = now + 1
            elif aff >= 0:
                begin(doing, purse, offers, things, people, r, -1, aff, d, now)
                emit(channel, d, START, people.slot[r], -1, -1, aff)


@system(phase=Phase.USE, after=["voice_impatience"])
def start_affordances(
    district_rows: Read[DistrictRows],
    city: Read[DistrictPlan],
    attention: Read[Attention],
    actors: Read[Actors],
    rows: Read[Rows],
    intent: Write[Intent],
    script: Read[Script],
    activity: Write[Activity],
    last: Write[LastAction],
    queue: Write[QueuePlace],
    identity: Read[Identity],
    position: Read[Position],
    personality: Read[Personality],
    home: Read[Home],
    wallet: Write[Wallet],
    inventory: Write[Inventory],
    needs: Read[Needs],
    till: Write[Till],
    ledger: Write[Ledger],
    plan: Read[ObjectPlan],
    ring: Read[QueueRing],
    objects: Write[Objects],
    manifest: Read[Affordances],
    prices: Read[Prices],
    utilities: Read[Utilities],
    values: Write[Values],
    layouts: Read[Layouts],
    careers: Read[Careers],
    vetoes: Read[Vetoes],
    events: Emit[Events],
    totals: Emit[EventTotals],
    clock: Read[Clock],
) -> None:
    """Holders who stand at their object pay, take what they need and start; or fail, and why."""
    start_all(
        district_rows.town, district_rows.number, city.object_first, attention.thing,
        attention.count, actors.first, actors.last, actors.row, intent.primitive, intent.object,
        script.hold,
        Doing(running_of(activity), outcome_of(last), intent.target, intent.wake),
        Purse(wallet.money, till.money, ledger.flow),
        rings_of(plan, ring, objects), waiters_of(queue, identity, position, personality),
        things_of(plan, objects, city, ring, prices, utilities), offers_of(manifest, prices),
        people_of(rows, position, home, wallet, inventory, needs, personality, queue),
        Mind(values.value, values.stack),
        career_of(careers, layouts, city_of(layouts, city)), layouts.route, city.layout,
        rows.row_of, channel_of(events, totals),
        Time(clock.tick, clock.minute, clock.day), vetoes.reason,
    )  # fmt: skip
