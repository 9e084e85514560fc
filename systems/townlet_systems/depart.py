"""Departures: whoever leaves lets go of everything; the row is readable until the tick ends."""

import numpy as np

from townlet.ecs import (
    F32,
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
    kernel,
    system,
)
from townlet_components.activity import Activity
from townlet_components.citymap import DistrictPlan, Layouts
from townlet_components.clock import Clock
from townlet_components.embedding import Embedding, EmbeddingSlots
from townlet_components.events import FAIL, REMOVED, Events, EventTotals
from townlet_components.identity import Departures, Identity, Vacancies
from townlet_components.objects import ObjectPlan, Objects
from townlet_components.personality import Personality
from townlet_components.position import Occupancy, Position
from townlet_components.queueing import QueuePlace, QueueRing, QueueRules
from townlet_components.rows import Rows, Towns
from townlet_components.wallet import ESTATE, REFUND, Till, Treasury, Wallet
from townlet_systems.bundles import City
from townlet_systems.emitting import Channel, emit
from townlet_systems.rings import Fairness, Rings, Waiters, assign, leave, next_in_line


@kernel
def let_go(
    reason: I8, pending: I32, count: I32, vacancies: I32, row_of: I32, slot: I32, alive: Bool,
    affordance: I16, using_object: I32, until: I32, paid: I32,
    money: I64, till: I64, treasury: I64, flow: I64,
    q_object: I32, joined: I32, holding: Bool, complained: Bool, cool_object: I32, cool_until: I32,
    generation: I32, district: I32, tile: I16, trait: F32, occupancy: U16,
    embedding: I32, taken_by: I32, released_at: I32,
    o_start: I32, o_size: I16, o_district: I32, o_target: I16, o_place: I32,
    ring: I32, holder: I32, using: Bool, waiting: I8, idle: I8, free_until: I32, closed: Bool,
    route: U16, layout: I16, gate_exit: I16, gate_tile: I16, grid: I32, single: Bool,
    age_weight: F32, seed: U64,
    e_count: I32, e_dropped: I32, e_kind: I8, e_agent: I32, e_other: I32, e_object: I32,
    e_value: I32, e_total: I32,
    tick: I64,
) -> None:  # fmt: skip
    """Take the departing out of queues, tiles and accounts; see :func:`let_departed_go`."""
    city = City(route, layout, gate_exit, gate_tile, grid)
    rings = Rings(
        o_start, o_size, o_district, o_target, ring, holder, using, waiting, idle, free_until
    )
    waiters = Waiters(
        q_object, joined, holding, complained, cool_object, cool_until, generation, district, tile,
        trait,
    )  # fmt: skip
    fair = Fairness(age_weight, seed, row_of)
    channel = Channel(e_count, e_dropped, e_kind, e_agent, e_other, e_object, e_value, e_total)
    towns = pending.shape[0]
    capacity, things, districts = row_of.shape[0] // towns, o_start.shape[0], layout.shape[0]
    places, slots = till.shape[0] // towns, taken_by.shape[0] // towns
    for t in range(towns):
        if pending[t] == 0:
            continue
        for s in range(capacity):
            r = row_of[t * capacity + s]
            if reason[r] == 0:
                continue
            thing = using_object[r]
            if affordance[r] >= 0:
                here = o_district[thing] if thing >= 0 else district[r]
                emit(channel, t * districts + here, FAIL, s, affordance[r], thing, REMOVED)
                if thing >= 0 and paid[r] > 0:
                    till[t * places + o_place[thing]] -= paid[r]
                    money[r] += paid[r]
                    flow[t, REFUND] += paid[r]
                affordance[r], using_object[r], until[r], paid[r] = -1, -1, 0, 0
            queue = q_object[r]
            if queue >= 0:
                leave(rings, waiters, t, queue, r, s)
            if single[layout[district[r]], tile[r]]:
                occupancy[t * districts + district[r], tile[r]] -= np.uint16(1)
            treasury[t] += money[r]
            flow[t, ESTATE] += money[r]
            money[r] = 0
            if embedding[r] >= 0:
                taken_by[t * slots + embedding[r]] = -1
                released_at[t * slots + embedding[r]] = tick[0]
            alive[r] = False
            count[t] += 1
            vacancies[0] = 1
        # The queues move in the same tick, once everyone who leaves has left them.
        for o in range(things):
            g = t * things + o
            if holder[g] < 0 and waiting[g] > 0 and not closed[g]:
                place = next_in_line(rings, waiters, fair, t, o, tick[0])
                assign(rings, waiters, fair, city, t, o, place, tick[0])


@system(phase=Phase.LEAVE)
def let_departed_go(
    departures: Write[Departures],
    vacancies: Write[Vacancies],
    rows: Read[Rows],
    identity: Write[Identity],
    activity: Write[Activity],
    wallet: Write[Wallet],
    till: Write[Till],
    treasury: Write[Treasury],
    queue: Write[QueuePlace],
    position: Read[Position],
    personality: Read[Personality],
    occupancy: Write[Occupancy],
    embedding: Read[Embedding],
    slots: Write[EmbeddingSlots],
    plan: Read[ObjectPlan],
    ring: Write[QueueRing],
    objects: Write[Objects],
    layouts: Read[Layouts],
    city: Read[DistrictPlan],
    rules: Read[QueueRules],
    towns: Read[Towns],
    events: Emit[Events],
    totals: Emit[EventTotals],
    clock: Read[Clock],
) -> None:
    """Whoever leaves lets go of everything; queues move at once, the estate goes to the town."""
    let_go(
        departures.reason, departures.pending, departures.count, vacancies.any, rows.row_of,
        rows.slot, identity.alive,
        activity.affordance, activity.object, activity.until, activity.paid,
        wallet.money, till.money, treasury.money, treasury.flow,
        queue.object, queue.joined, queue.holding, queue.complained, queue.cool_object,
        queue.cool_until,
        identity.generation, position.district, position.tile, personality.trait,
        occupancy.count, embedding.slot, slots.taken_by, slots.released_at,
        plan.ring_start, plan.ring_size, plan.district, plan.target, plan.place,
        ring.slot, objects.holder, objects.using, objects.waiting, objects.idle,
        objects.free_until, objects.closed,
        layouts.route, city.layout, layouts.gate_exit, layouts.gate_tile, city.grid,
        layouts.single, rules.age_weight, towns.seed,
        events.count, events.dropped, events.kind, events.agent, events.other, events.object,
        events.value, totals.total,
        clock.tick,
    )  # fmt: skip
