"""Using objects: affordances finish and start; payments and goods change hands (SPEC §5)."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import (
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    U16,
    U64,
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
from townlet_components.inventory import Inventory
from townlet_components.last_action import LastAction
from townlet_components.needs import Needs
from townlet_components.objects import ObjectPlan, Objects
from townlet_components.personality import Personality
from townlet_components.position import Position
from townlet_components.queueing import QueuePlace, QueueRing, QueueRules
from townlet_components.rows import DistrictRows, Rows, Towns
from townlet_components.values import Values
from townlet_components.wallet import SALES, Ledger, Till, Wallet
from townlet_systems.bundles import Mind, Offers, People, Things, Time
from townlet_systems.emitting import Channel, emit
from townlet_systems.offers import fits_bag, price_of, refusal
from townlet_systems.queues import ready
from townlet_systems.rings import Fairness, Rings, Waiters, forget, next_in_line, release
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
    town: I32, first: I32, last: I32, active: I32,
    slot: I32, level: F32, carried: I16,
    affordance: I16, using_object: I32, until: I32, paid: I32,
    target: I32, wake: I32, done: I16, success: Bool, duration: I16,
    q_object: I32, joined: I32, holding: Bool, complained: Bool, cool_object: I32, cool_until: I32,
    generation: I32, district: I32, tile: I16, trait: F32,
    o_start: I32, o_size: I16, o_district: I32, o_target: I16, private: Bool, pantry: I32,
    ring: I32, holder: I32, using: Bool, waiting: I8, idle: I8, free_until: I32, stock: I16,
    need: F32, item: I16, length: I32,
    cooldown: I32, age_weight: F32, seed: U64, row_of: I32,
    e_count: I32, e_dropped: I32, e_kind: I8, e_agent: I32, e_other: I32, e_object: I32,
    e_value: I32, e_total: I32,
    tick: I64,
) -> None:  # fmt: skip
    """Finish what is due in each district; see :func:`finish_affordances`."""
    rings = Rings(
        o_start, o_size, o_district, o_target, ring, holder, using, waiting, idle, free_until
    )
    waiters = Waiters(
        q_object, joined, holding, complained, cool_object, cool_until, generation, district, tile,
        trait,
    )  # fmt: skip
    fair = Fairness(age_weight, seed, row_of)
    channel = Channel(e_count, e_dropped, e_kind, e_agent, e_other, e_object, e_value, e_total)
    now = tick[0]
    for d in range(town.shape[0]):
        t = town[d]
        for i in range(first[d], last[d]):
            r = active[i]
            aff = affordance[r]
            if aff < 0 or until[r] > now:
                continue
            thing = using_object[r]
            store, home = carried[r], False
            if thing >= 0 and private[thing]:
                store, home = stock[t * o_start.shape[0] + pantry[thing]], True
            apply_effects(need[aff], item[aff], level[r], carried[r], store, home)
            emit(channel, d, FINISH, slot[r], -1, thing, aff)
            affordance[r], using_object[r], until[r], paid[r] = -1, -1, 0, 0
            target[r] = -1
            wake[r] = now + 1
            done[r] = USE_ITEM if thing < 0 else INTERACT + aff
            success[r], duration[r] = True, length[aff]
            if thing < 0:
                continue
            release(rings, t * o_start.shape[0] + thing)
            forget(waiters, r)
            cool_object[r], cool_until[r] = thing, now + cooldown[t]
            place = next_in_line(rings, waiters, fair, t, thing, now)
            if place >= 0:
                entries = ring.shape[0] // seed.shape[0]
                heir = ring[t * entries + o_start[thing] + place]
                emit(
                    channel,
                    d,
                    HANDOVER,
                    slot[r],
                    heir,
                    thing,
                    waiting[t * o_start.shape[0] + thing],
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
        district_rows.town, actors.first, actors.last, actors.row,
        rows.slot, needs.level, inventory.count,
        activity.affordance, activity.object, activity.until, activity.paid,
        intent.target, intent.wake, last.primitive, last.success, last.duration,
        queue.object, queue.joined, queue.holding, queue.complained, queue.cool_object,
        queue.cool_until,
        identity.generation, position.district, position.tile, personality.trait,
        plan.ring_start, plan.ring_size, plan.district, plan.target, plan.private, plan.pantry,
        ring.slot, objects.holder, objects.using, objects.waiting, objects.idle,
        objects.free_until, objects.stock,
        manifest.need, manifest.item, manifest.duration,
        rules.cooldown, rules.age_weight, towns.seed, rows.row_of,
        events.count, events.dropped, events.kind, events.agent, events.other, events.object,
        events.value, totals.total,
        clock.tick,
    )  # fmt: skip


class Purse(NamedTuple):
    """Who pays whom."""

    money: I64
    till: I64
    flow: I64


class Doing(NamedTuple):
    """What a start writes, by row."""

    affordance: I16
    object: I32
    until: I32
    paid: I32
    target: I32
    wake: I32
    done: I16
    success: Bool
    duration: I16


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
def begin(
    doing: Doing, purse: Purse, offers: Offers, things: Things, people: People,
    row: int, thing: int, aff: int, d: int, tick: int,
) -> None:  # fmt: skip
    """Pay, take the goods and start."""
    town = people.town[row]
    price = price_of(offers, things, aff, thing, town)
    if price > 0:
        places = purse.till.shape[0] // (things.holder.shape[0] // things.type.shape[0])
        purse.money[row] -= price
        purse.till[town * places + things.place[thing]] += price
        purse.flow[d, SALES] += price
    take_goods(offers, things, people, row, thing, aff)
    doing.affordance[row] = aff
    doing.object[row] = thing
    doing.until[row] = tick + offers.duration[aff]
    doing.paid[row] = price
    doing.target[row] = thing if thing >= 0 else BAG
    doing.wake[row] = tick + offers.duration[aff] + 1
    doing.done[row] = USE_ITEM if thing < 0 else INTERACT + aff
    doing.success[row] = True
    doing.duration[row] = offers.duration[aff]


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
    active: I32,
    slot: I32, all_town: I32, primitive: I16, wish: I32, target: I32, wake: I32,
    affordance: I16, using_object: I32, until: I32, paid: I32,
    done: I16, success: Bool, duration: I16,
    q_object: I32, joined: I32, holding: Bool, complained: Bool, cool_object: I32, cool_until: I32,
    generation: I32, district: I32, tile: I16, trait: F32, profile: I8,
    home: I32, money: I64, carried: I16, level: F32, till: I64, flow: I64,
    o_type: I16, o_tile: I16, o_start: I32, o_size: I16, o_district: I32, o_target: I16,
    o_place: I32,
    private: Bool, pantry: I32,
    ring: I32, holder: I32, using: Bool, waiting: I8, idle: I8, free_until: I32, closed: Bool,
    stock: I16,
    a_type: I16, a_duration: I32, a_item: I16, a_take: I16, a_price: I32, program: I32,
    constant: F64,
    program_first: I32, key_price: F64, value: F64, stack: F64,
    route: U16, layout: I16, grid: I32, size: I32, row_of: I32,
    e_count: I32, e_dropped: I32, e_kind: I8, e_agent: I32, e_other: I32, e_object: I32,
    e_value: I32, e_total: I32,
    tick: I64, minute: I64, day: I64,
) -> None:  # fmt: skip
    """Start what can start in each district; see :func:`start_affordances`."""
    rings = Rings(
        o_start, o_size, o_district, o_target, ring, holder, using, waiting, idle, free_until
    )
    waiters = Waiters(
        q_object, joined, holding, complained, cool_object, cool_until, generation, district, tile,
        trait,
    )  # fmt: skip
    things = Things(
        o_type, o_district, o_place, o_target, private, pantry, holder, waiting, closed, stock,
        o_tile, grid, size, o_size,
    )  # fmt: skip
    offers = Offers(
        a_type, a_duration, a_item, a_take, a_price, program, constant, program_first, key_price
    )
    people = People(
        all_town, slot, district, tile, home, money, carried, level, trait, profile, q_object,
        holding,
    )  # fmt: skip
    doing = Doing(affordance, using_object, until, paid, target, wake, done, success, duration)
    purse, mind, time = Purse(money, till, flow), Mind(value, stack), Time(tick, minute, day)
    channel = Channel(e_count, e_dropped, e_kind, e_agent, e_other, e_object, e_value, e_total)
    now = tick[0]
    count = o_start.shape[0]
    capacity = row_of.shape[0] // (holder.shape[0] // count)
    for d in range(town.shape[0]):
        t = town[d]
        low = t * count + object_first[number[d]]
        for n in range(low, low + listed[d]):
            thing = attention[n]
            g = t * count + thing
            if holder[g] < 0 or using[g]:
                continue
            r = row_of[t * capacity + holder[g]]
            if not ready(rings, waiters, route, layout, primitive, wish, r, thing):
                continue
            aff = primitive[r] - INTERACT
            why = refusal(offers, things, people, mind, time, r, aff, thing)
            if why == NO_REASON:
                begin(doing, purse, offers, things, people, r, thing, aff, d, now)
                using[g] = True
                idle[g] = 0
                emit(channel, d, START, slot[r], -1, thing, aff)
                continue
            emit(channel, d, FAIL, slot[r], aff, thing, why)
            done[r], success[r], duration[r] = primitive[r], False, 1
            release(rings, g)
            forget(waiters, r)
            target[r] = -1
            wake[r] = now + 1
        for i in range(first[d], last[d]):
            r = active[i]
            if primitive[r] != USE_ITEM or affordance[r] >= 0 or q_object[r] >= 0:
                continue
            done[r], success[r], duration[r] = USE_ITEM, False, 1
            aff = bag_meal(offers, people, r)
            if aff >= 0:
                begin(doing, purse, offers, things, people, r, -1, aff, d, now)
                emit(channel, d, START, slot[r], -1, -1, aff)


@system(phase=Phase.USE, after=["voice_impatience"])
def start_affordances(
    district_rows: Read[DistrictRows],
    city: Read[DistrictPlan],
    attention: Read[Attention],
    actors: Read[Actors],
    rows: Read[Rows],
    intent: Write[Intent],
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
    values: Write[Values],
    layouts: Read[Layouts],
    events: Emit[Events],
    totals: Emit[EventTotals],
    clock: Read[Clock],
) -> None:
    """Holders who stand at their object pay, take what they need and start; or fail, and why."""
    start_all(
        district_rows.town, district_rows.number, city.object_first, attention.thing,
        attention.count, actors.first, actors.last, actors.row,
        rows.slot, rows.town, intent.primitive, intent.object, intent.target, intent.wake,
        activity.affordance, activity.object, activity.until, activity.paid,
        last.primitive, last.success, last.duration,
        queue.object, queue.joined, queue.holding, queue.complained, queue.cool_object,
        queue.cool_until,
        identity.generation, position.district, position.tile, personality.trait,
        personality.profile,
        home.place, wallet.money, inventory.count, needs.level, till.money, ledger.flow,
        plan.type, plan.tile, plan.ring_start, plan.ring_size, plan.district, plan.target,
        plan.place,
        plan.private, plan.pantry,
        ring.slot, objects.holder, objects.using, objects.waiting, objects.idle,
        objects.free_until, objects.closed, objects.stock,
        manifest.object_type, manifest.duration, manifest.item, manifest.take, manifest.price,
        manifest.program,
        manifest.constant, manifest.program_first, manifest.key_price, values.value, values.stack,
        layouts.route, city.layout, city.grid, city.size, rows.row_of,
        events.count, events.dropped, events.kind, events.agent, events.other, events.object,
        events.value, totals.total,
        clock.tick, clock.minute, clock.day,
    )  # fmt: skip
