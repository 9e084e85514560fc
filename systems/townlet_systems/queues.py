"""Queues: joining, leaving, who is next, and what happens to holders who dawdle (SPEC §6)."""

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
from townlet.ecs.rng import WORLD_STREAM, draw_bits
from townlet_components import draws
from townlet_components.activity import Activity
from townlet_components.actors import Actors, Attention
from townlet_components.citymap import DistrictPlan, Layouts
from townlet_components.clock import Clock
from townlet_components.events import (
    BLOCKED,
    CONFLICT,
    FAIL,
    LEFT,
    QUEUE_FULL,
    Events,
    EventTotals,
)
from townlet_components.identity import Identity
from townlet_components.intent import INTERACT, LEAVE_QUEUE, Intent
from townlet_components.last_action import LastAction
from townlet_components.objects import ObjectPlan, Objects
from townlet_components.personality import PATIENCE, Personality
from townlet_components.position import Position
from townlet_components.queueing import WAIT_BINS, QueuePlace, QueueRing, QueueRules, QueueStats
from townlet_components.rows import DistrictRows, Rows, Towns
from townlet_systems.bits import lowest
from townlet_systems.bundles import City
from townlet_systems.doing import Outcome, Running, note, outcome_of, running_of, stop
from townlet_systems.emitting import Channel, channel_of, emit
from townlet_systems.rings import (
    Fairness,
    Rings,
    Waiters,
    assign,
    fairness_of,
    forget,
    leave,
    next_in_line,
    release,
    ring_start,
    rings_of,
    waiters_of,
)
from townlet_systems.scene import city_of
from townlet_systems.spotting import BLOCK, below, first_bits


@device
def ready(
    rings: Rings, waiters: Waiters, route: U16, layout: I16, primitive: I16, wish: I32, row: int,
    thing: int,
) -> bool:  # fmt: skip
    """The agent asks for ``thing`` in this tick and stands on it or next to it."""
    if primitive[row] < INTERACT or wish[row] != thing:
        return False
    if waiters.district[row] != rings.district[thing]:
        return False
    word = route[layout[rings.district[thing]], rings.target[thing], waiters.tile[row]]
    return bool((word >> 3) == 0)


@device
def joins_before(
    waiters: Waiters, seed: np.uint64, tick: int, thing: int, slot: int, row: int, other: int,
    other_row: int,
) -> bool:  # fmt: skip
    """Of two who join in one tick: the less patient, then a keyed draw, then the lower slot."""
    mine, theirs = waiters.trait[row, PATIENCE], waiters.trait[other_row, PATIENCE]
    if mine != theirs:
        return bool(mine < theirs)
    index = thing & 0xFFFF
    a = draw_bits(seed, WORLD_STREAM, tick, slot, waiters.generation[row], draws.QUEUE_JOIN, index)
    b = draw_bits(
        seed, WORLD_STREAM, tick, other, waiters.generation[other_row], draws.QUEUE_JOIN, index
    )
    return bool(a < b or (a == b and slot < other))


@device
def join(
    rings: Rings, waiters: Waiters, fair: Fairness, town: int, thing: int, row: int, slot: int,
    tick: int,
) -> int:  # fmt: skip
    """Put an agent into a ring, behind all who joined earlier.

    Returns:
        The slot that found no room, which may be another who joined in this tick; or -1.
    """
    g = town * rings.start.shape[0] + thing
    start = ring_start(rings, town, thing)
    count, size = rings.waiting[g], rings.size[thing]
    capacity = fair.row_of.shape[0] // fair.seed.shape[0]
    place = count
    while place > 0:
        other = rings.slot[start + place - 1]
        other_row = fair.row_of[town * capacity + other]
        if waiters.joined[other_row] != tick:
            break
        if not joins_before(waiters, fair.seed[town], tick, thing, slot, row, other, other_row):
            break
        place -= 1
    out = -1
    if count == size:
        if place == count:
            return slot
        out = rings.slot[start + count - 1]
        forget(waiters, fair.row_of[town * capacity + out])
        count -= 1
    for k in range(count, place, -1):
        rings.slot[start + k] = rings.slot[start + k - 1]
    rings.slot[start + place] = slot
    rings.waiting[g] = count + 1
    waiters.object[row] = thing
    waiters.joined[row] = tick
    waiters.holding[row] = False
    waiters.complained[row] = False
    return int(out)


@kernel(over="district", local=True)
def change_all(
    town: I32, first: I32, last: I32, active: I32, slot: I32, primitive: I16, wish: I32,
    outcome: Outcome, running: Running, waiters: Waiters, rings: Rings, closed: U8, full: I32,
    route: U16, layout: I16, fair: Fairness, channel: Channel, tick: I64,
) -> None:  # fmt: skip
    """Apply every leave and then every interact of a district; see :func:`change_queues`."""
    now = tick[0]
    things = rings.start.shape[0]
    capacity = fair.row_of.shape[0] // fair.seed.shape[0]
    for d in range(town.shape[0]):
        t = town[d]
        for i in range(first[d], last[d]):
            r = active[i]
            if primitive[r] != LEAVE_QUEUE:
                continue
            if running.affordance[r] >= 0 and running.until[r] <= now:
                continue
            note(outcome, r, LEAVE_QUEUE, waiters.object[r] >= 0, 1)
            if running.affordance[r] >= 0:
                emit(channel, d, FAIL, slot[r], running.affordance[r], running.object[r], LEFT)
                outcome.success[r] = True
                stop(running, r)
            if waiters.object[r] >= 0:
                leave(rings, waiters, t, waiters.object[r], r, slot[r])
        for i in range(first[d], last[d]):
            r = active[i]
            thing = wish[r]
            if primitive[r] < INTERACT or waiters.object[r] >= 0 or running.affordance[r] >= 0:
                continue
            note(outcome, r, primitive[r], False, 1)
            if not ready(rings, waiters, route, layout, primitive, wish, r, thing):
                continue
            if closed[t * things + thing]:
                continue
            out = join(rings, waiters, fair, t, thing, r, slot[r], now)
            outcome.success[r] = True
            if out >= 0:
                full[d] += 1
                outcome.success[fair.row_of[t * capacity + out]] = False
                emit(channel, d, QUEUE_FULL, out, -1, thing, rings.size[thing])


@system(phase=Phase.ACT, after=["move_agents"])
def change_queues(
    district_rows: Read[DistrictRows],
    actors: Read[Actors],
    rows: Read[Rows],
    intent: Read[Intent],
    last: Write[LastAction],
    activity: Write[Activity],
    queue: Write[QueuePlace],
    identity: Read[Identity],
    position: Read[Position],
    personality: Read[Personality],
    plan: Read[ObjectPlan],
    ring: Write[QueueRing],
    objects: Write[Objects],
    stats: Write[QueueStats],
    layouts: Read[Layouts],
    city: Read[DistrictPlan],
    rules: Read[QueueRules],
    towns: Read[Towns],
    events: Emit[Events],
    totals: Emit[EventTotals],
    clock: Read[Clock],
) -> None:
    """Agents leave queues and join queues of objects they stand next to."""
    change_all(
        district_rows.town, actors.first, actors.last, actors.row, rows.slot, intent.primitive,
        intent.object, outcome_of(last), running_of(activity),
        waiters_of(queue, identity, position, personality), rings_of(plan, ring, objects),
        objects.closed, stats.full, layouts.route, city.layout, fairness_of(rules, towns, rows),
        channel_of(events, totals), clock.tick,
    )  # fmt: skip


@device
def rotate(
    rings: Rings, waiters: Waiters, fair: Fairness, city: City, channel: Channel, d: int, town: int,
    thing: int, row: int, tick: int,
) -> int:  # fmt: skip
    """The holder has dawdled: the next in line holds, the holder goes to the tail.

    Returns:
        The new holder's row.
    """
    g = town * rings.start.shape[0] + thing
    slot, length = rings.holder[g], rings.waiting[g]
    place = next_in_line(rings, waiters, fair, town, thing, tick)
    release(rings, g)
    heir = assign(rings, waiters, fair, city, town, thing, place, tick)
    rings.slot[ring_start(rings, town, thing) + rings.waiting[g]] = slot
    rings.waiting[g] += 1
    waiters.joined[row] = tick
    waiters.holding[row] = False
    waiters.complained[row] = False
    emit(channel, d, CONFLICT, slot, rings.holder[g], thing, length)
    return heir


@device
def those_wanted(rings: Rings, low: int) -> np.uint64:
    """Which of the 64 objects from row ``low`` on are waited for, or held and not used: bits."""
    idle = ~below(rings.holder, low, 0) & below(rings.using, low, 1)
    return np.uint64(~below(rings.waiting, low, 1) | idle)


@device
def list_wanted(attention: I32, rings: Rings, base: int, low: int, high: int) -> int:
    """List the objects from ``low`` to ``high`` that need attention; returns the list's end.

    The list begins where their rows begin, at ``base + low``.
    """
    n = base + low
    for block in range(low, high, BLOCK):
        bits = those_wanted(rings, base + block) & first_bits(high - block)
        while bits != 0:
            attention[n] = block + lowest(bits)
            bits &= bits - np.uint64(1)
            n += 1
    return n


@kernel(over="district", local=True)
def serve_all(
    town: I32, number: I32, object_first: I32, attention: I32, listed: I32, primitive: I16,
    wish: I32, waiters: Waiters, rings: Rings, closed: U8, histogram: I32, longest: I32,
    city: City, ghost_after: I32, timeout: I32, fair: Fairness, channel: Channel, tick: I64,
) -> None:  # fmt: skip
    """Rotate, lapse and assign the reservations of a district; see :func:`assign_reservations`."""
    now = tick[0]
    things = rings.start.shape[0]
    capacity = fair.row_of.shape[0] // fair.seed.shape[0]
    for d in range(town.shape[0]):
        t = town[d]
        base = t * things
        low = object_first[number[d]]
        start = base + low
        n = list_wanted(attention, rings, base, low, object_first[number[d] + 1])
        listed[d] = n - start
        for k in range(start, n):
            thing = attention[k]
            g = base + thing
            if rings.using[g]:
                continue
            heir, since = -1, 0
            if rings.holder[g] >= 0:
                r = fair.row_of[t * capacity + rings.holder[g]]
                if ready(rings, waiters, city.route, city.layout, primitive, wish, r, thing):
                    continue
                if now <= rings.free_until[g]:
                    continue
                rings.idle[g] = min(rings.idle[g] + 1, 100)
                if rings.waiting[g] > 0:
                    if ghost_after[t] > 0 and rings.idle[g] >= ghost_after[t]:
                        heir = rotate(rings, waiters, fair, city, channel, d, t, thing, r, now)
                elif rings.idle[g] >= timeout[t]:
                    release(rings, g)
                    forget(waiters, r)
            elif not closed[g]:
                place = next_in_line(rings, waiters, fair, t, thing, now)
                heir = assign(rings, waiters, fair, city, t, thing, place, now)
            if heir >= 0:
                since = now - waiters.joined[heir]
                histogram[d, min(since, WAIT_BINS - 1)] += 1
                longest[d] = max(longest[d], since)


@system(phase=Phase.USE, after=["interrupt_uses"])
def assign_reservations(
    district_rows: Read[DistrictRows],
    city: Read[DistrictPlan],
    attention: Write[Attention],
    intent: Read[Intent],
    queue: Write[QueuePlace],
    identity: Read[Identity],
    position: Read[Position],
    personality: Read[Personality],
    plan: Read[ObjectPlan],
    ring: Write[QueueRing],
    objects: Write[Objects],
    stats: Write[QueueStats],
    layouts: Read[Layouts],
    rules: Read[QueueRules],
    towns: Read[Towns],
    rows: Read[Rows],
    events: Emit[Events],
    totals: Emit[EventTotals],
    clock: Read[Clock],
) -> None:
    """Free objects go to the next in line; holders who dawdle are rotated or lapse."""
    serve_all(
        district_rows.town, district_rows.number, city.object_first, attention.thing,
        attention.count, intent.primitive, intent.object,
        waiters_of(queue, identity, position, personality), rings_of(plan, ring, objects),
        objects.closed, stats.histogram, stats.longest, city_of(layouts, city),
        rules.ghost_step_after, rules.timeout, fairness_of(rules, towns, rows),
        channel_of(events, totals), clock.tick,
    )  # fmt: skip


@kernel(over="district", local=True)
def complain_all(
    town: I32, number: I32, object_first: I32, attention: I32, listed: I32, joined: I32,
    complained: Bool, trait: F32, o_start: I32, ring: I32, holder: I32, waiting: I8, patience: I32,
    row_of: I32, channel: Channel, tick: I64,
) -> None:  # fmt: skip
    """Record ``blocked`` for each waiter past its patience; see :func:`voice_impatience`."""
    things = o_start.shape[0]
    towns = holder.shape[0] // things
    entries, capacity = ring.shape[0] // towns, row_of.shape[0] // towns
    for d in range(town.shape[0]):
        t = town[d]
        low = t * things + object_first[number[d]]
        for n in range(low, low + listed[d]):
            thing = attention[n]
            g = t * things + thing
            if waiting[g] == 0 or holder[g] < 0:
                continue
            for k in range(waiting[g]):
                slot = ring[t * entries + o_start[thing] + k]
                r = row_of[t * capacity + slot]
                waited = tick[0] - joined[r]
                limit = patience[t] * (1.0 + 0.5 * trait[r, PATIENCE])
                if not complained[r] and waited > limit:
                    complained[r] = True
                    emit(channel, d, BLOCKED, holder[g], slot, thing, waited)


@system(phase=Phase.USE, after=["assign_reservations"])
def voice_impatience(
    district_rows: Read[DistrictRows],
    city: Read[DistrictPlan],
    attention: Read[Attention],
    queue: Write[QueuePlace],
    personality: Read[Personality],
    plan: Read[ObjectPlan],
    ring: Read[QueueRing],
    objects: Read[Objects],
    rules: Read[QueueRules],
    rows: Read[Rows],
    events: Emit[Events],
    totals: Emit[EventTotals],
    clock: Read[Clock],
) -> None:
    """Who has waited past its patience holds it against the holder, once per wait."""
    complain_all(
        district_rows.town, district_rows.number, city.object_first, attention.thing,
        attention.count, queue.joined, queue.complained, personality.trait, plan.ring_start,
        ring.slot, objects.holder, objects.waiting, rules.patience, rows.row_of,
        channel_of(events, totals), clock.tick,
    )  # fmt: skip
