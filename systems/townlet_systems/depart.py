"""Departures: whoever leaves lets go of everything; the row is readable until the tick ends."""

import numpy as np

from townlet.ecs import (
    I8,
    I32,
    I64,
    U8,
    U16,
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
from townlet_systems.doing import Running, running_of, stop
from townlet_systems.emitting import Channel, channel_of, emit
from townlet_systems.rings import (
    Fairness,
    Rings,
    Waiters,
    assign,
    fairness_of,
    leave,
    next_in_line,
    rings_of,
    waiters_of,
)
from townlet_systems.scene import city_of


@kernel
def let_go(
    reason: I8, pending: I32, count: I32, vacancies: I32, fair: Fairness, slot: I32, alive: Bool,
    running: Running, money: I64, till: I64, treasury: I64, flow: I64, waiters: Waiters,
    occupancy: U16, embedding: I32, taken_by: I32, released_at: I32, rings: Rings, o_place: I32,
    closed: U8, city: City, single: Bool, channel: Channel, tick: I64,
) -> None:  # fmt: skip
    """Take the departing out of queues, tiles and accounts; see :func:`let_departed_go`."""
    towns = pending.shape[0]
    capacity, things, districts = (
        fair.row_of.shape[0] // towns,
        rings.start.shape[0],
        city.layout.shape[0],
    )
    places, slots = till.shape[0] // towns, taken_by.shape[0] // towns
    for t in range(towns):
        if pending[t] == 0:
            continue
        for s in range(capacity):
            r = fair.row_of[t * capacity + s]
            if reason[r] == 0:
                continue
            thing = running.object[r]
            if running.affordance[r] >= 0:
                here = rings.district[thing] if thing >= 0 else waiters.district[r]
                emit(channel, t * districts + here, FAIL, s, running.affordance[r], thing, REMOVED)
                if thing >= 0 and running.paid[r] > 0:
                    till[t * places + o_place[thing]] -= running.paid[r]
                    money[r] += running.paid[r]
                    flow[t, REFUND] += running.paid[r]
                stop(running, r)
            queue = waiters.object[r]
            if queue >= 0:
                leave(rings, waiters, t, queue, r, s)
            if single[city.layout[waiters.district[r]], waiters.tile[r]]:
                occupancy[t * districts + waiters.district[r], waiters.tile[r]] -= np.uint16(1)
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
            if rings.holder[g] < 0 and rings.waiting[g] > 0 and not closed[g]:
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
        departures.reason, departures.pending, departures.count, vacancies.any,
        fairness_of(rules, towns, rows), rows.slot, identity.alive, running_of(activity),
        wallet.money, till.money, treasury.money, treasury.flow,
        waiters_of(queue, identity, position, personality), occupancy.count, embedding.slot,
        slots.taken_by, slots.released_at, rings_of(plan, ring, objects), plan.place,
        objects.closed, city_of(layouts, city), layouts.single, channel_of(events, totals),
        clock.tick,
    )  # fmt: skip
