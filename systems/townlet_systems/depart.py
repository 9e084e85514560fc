"""Departures: whoever leaves lets go of everything; the row is readable until the tick ends."""

from typing import NamedTuple

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
    device,
    kernel,
    system,
)
from townlet.ecs.rng import WORLD_STREAM, draw_bits
from townlet_components import draws
from townlet_components.activity import Activity
from townlet_components.citymap import DistrictPlan, Layouts
from townlet_components.clock import Clock
from townlet_components.embedding import Embedding, EmbeddingSlots
from townlet_components.events import AGENT_REMOVED, FAIL, REMOVED, Events, EventTotals
from townlet_components.identity import Departures, Identity, Leavers, Vacancies
from townlet_components.incidents import Incidents
from townlet_components.intent import Intent
from townlet_components.lifecycle import ExitCounts, LifecycleRules, Replacements
from townlet_components.objects import ObjectPlan, Objects
from townlet_components.personality import Personality
from townlet_components.position import Occupancy, Position
from townlet_components.queueing import QueuePlace, QueueRing, QueueRules
from townlet_components.rows import Rows, Towns
from townlet_components.ties import Talk
from townlet_components.town_state import PricePlan
from townlet_components.wallet import ESTATE, REFUND, Till, Treasury, Wallet
from townlet_components.work import Employment, EmploymentRules, JobRules, PositionPlan, Shifts
from townlet_systems.bundles import City
from townlet_systems.doing import Running, running_of, stop
from townlet_systems.duty import Duty, duty_of
from townlet_systems.emitting import Channel, channel_of, emit
from townlet_systems.posts import (
    Accounts,
    Posts,
    Rates,
    Record,
    leave_post,
    posts_of,
    rates_of,
    record_of,
)
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


class Gone(NamedTuple):
    """Who leaves, and why; counters by town."""

    total: I32
    slot: I32
    reason: I8
    alive: Bool
    left: I32
    by_cause: I32
    any: I32


class Heirs(NamedTuple):
    """Who comes instead; ``at`` by row, the rest by town."""

    at: I32
    next: I32
    on: Bool
    low: I32
    high: I32


class Books(NamedTuple):
    """Accounts: ``money`` by row, ``till`` and ``keep`` by place row, the rest by town."""

    money: I64
    till: I64
    keep: I64
    treasury: I64
    flow: I64


class Talks(NamedTuple):
    """Conversations, and when their partners decide again; by row."""

    partner: I32
    until: I32
    speaker: Bool
    wake: I32


class Desks(NamedTuple):
    """Positions and records of work; ``vacant`` by district."""

    duty: Duty
    posts: Posts
    record: Record
    rates: Rates
    vacant: I32


class Numbers(NamedTuple):
    """Embedding slots; ``mine`` by row."""

    mine: I32
    taken_by: I32
    released_at: I32


@device
def _break_off(
    gone: Gone, books: Books, running: Running, rings: Rings, o_place: I32, waiters: Waiters,
    channel: Channel, town: int, districts: int, row: int, slot: int,
) -> None:  # fmt: skip
    """What it was using fails and is paid back."""
    if running.affordance[row] < 0:
        return
    thing = running.object[row]
    here = rings.district[thing] if thing >= 0 else waiters.district[row]
    d = town * districts + here
    emit(channel, d, FAIL, slot, running.affordance[row], thing, REMOVED)
    if thing >= 0 and running.paid[row] > 0:
        places = books.till.shape[0] // gone.total.shape[0]
        books.till[town * places + o_place[thing]] -= running.paid[row]
        books.money[row] += running.paid[row]
        books.flow[town, REFUND] += running.paid[row]
    stop(running, row)


@device
def _hang_up(talks: Talks, fair: Fairness, town: int, capacity: int, row: int, tick: int) -> None:
    """Who it was talking with is free, and may decide in the next tick."""
    partner = talks.partner[row]
    if partner < 0:
        return
    other = fair.row_of[town * capacity + partner]
    talks.partner[other] = -1
    talks.until[other] = 0
    talks.speaker[other] = False
    talks.wake[other] = tick + 1
    talks.partner[row] = -1


@device
def _bequeath(
    gone: Gone, books: Books, numbers: Numbers, heirs: Heirs, fair: Fairness, waiters: Waiters,
    town: int, row: int, slot: int, tick: int,
) -> None:  # fmt: skip
    """The estate goes to the town, the number rests, and somebody else is on the way."""
    books.treasury[town] += books.money[row]
    books.flow[town, ESTATE] += books.money[row]
    books.money[row] = 0
    if numbers.mine[row] >= 0:
        e = town * (numbers.taken_by.shape[0] // gone.total.shape[0]) + numbers.mine[row]
        numbers.taken_by[e] = -1
        numbers.released_at[e] = tick
    if heirs.on[town]:
        bits = draw_bits(
            fair.seed[town], WORLD_STREAM, tick, slot, waiters.generation[row],
            draws.RESPAWN_DELAY, 0,
        )  # fmt: skip
        span = np.int64(heirs.high[town]) - heirs.low[town] + 1
        heirs.at[row] = tick + heirs.low[town] + (np.int64(bits) * span >> 32)
        heirs.next[town] = min(heirs.next[town], heirs.at[row])
    gone.alive[row] = False
    gone.left[town] += 1
    gone.by_cause[town, gone.reason[row]] += 1
    gone.any[0] = 1


@kernel
def let_go(
    gone: Gone, heirs: Heirs, fair: Fairness, running: Running, books: Books, waiters: Waiters,
    occupancy: U16, numbers: Numbers, rings: Rings, o_place: I32, closed: U8, talks: Talks,
    desks: Desks, people: I32, city: City, single: Bool, channel: Channel, tick: I64,
) -> None:  # fmt: skip
    """Take who leaves out of queues, talks, positions and accounts; see :func:`let_departed_go`."""
    towns = gone.total.shape[0]
    capacity, things = fair.row_of.shape[0] // towns, rings.start.shape[0]
    districts, incidents = city.layout.shape[0], people.shape[0] // towns
    for t in range(towns):
        first, last = t * capacity, t * capacity + gone.total[t]
        for k in range(first, last):
            s = gone.slot[k]
            r = fair.row_of[first + s]
            d = t * districts + waiters.district[r]
            emit(channel, d, AGENT_REMOVED, s, -1, -1, gone.reason[r])
            _break_off(
                gone, books, running, rings, o_place, waiters, channel, t, districts, r, s
            )  # fmt: skip
            if waiters.object[r] >= 0 and not waiters.holding[r]:
                leave(rings, waiters, t, waiters.object[r], r, s)
            _hang_up(talks, fair, t, capacity, r, tick[0])
            leave_post(
                desks.posts, desks.record, desks.duty, desks.vacant, desks.rates,
                Accounts(books.money, books.till, books.keep, books.treasury, books.flow),
                t, r, tick[0],
            )  # fmt: skip
            for i in range(t * incidents, (t + 1) * incidents):
                for m in range(people.shape[1]):
                    if people[i, m] == s:
                        people[i, m] = -1
            if single[city.layout[waiters.district[r]], waiters.tile[r]]:
                occupancy[d, waiters.tile[r]] -= np.uint16(1)
            _bequeath(gone, books, numbers, heirs, fair, waiters, t, r, s, tick[0])
        # The queues move in the same tick, once nobody who leaves is waiting in them.
        for k in range(first, last):
            r = fair.row_of[first + gone.slot[k]]
            o = waiters.object[r]
            if o < 0:
                continue
            leave(rings, waiters, t, o, r, gone.slot[k])
            if rings.waiting[t * things + o] > 0 and not closed[t * things + o]:
                place = next_in_line(rings, waiters, fair, t, o, tick[0])
                assign(rings, waiters, fair, city, t, o, place, tick[0])


@system(phase=Phase.LEAVE, after=["decide_exits"])
def let_departed_go(
    departures: Write[Departures],
    leavers: Read[Leavers],
    vacancies: Write[Vacancies],
    counts: Write[ExitCounts],
    replacements: Write[Replacements],
    lifecycle: Read[LifecycleRules],
    rows: Read[Rows],
    identity: Write[Identity],
    activity: Write[Activity],
    wallet: Write[Wallet],
    till: Write[Till],
    price_plan: Read[PricePlan],
    treasury: Write[Treasury],
    queue: Write[QueuePlace],
    talk: Write[Talk],
    intent: Write[Intent],
    employment: Write[Employment],
    shifts: Write[Shifts],
    positions: Read[PositionPlan],
    jobs: Read[JobRules],
    work: Read[EmploymentRules],
    incidents: Write[Incidents],
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
        Gone(
            leavers.count, leavers.slot, departures.reason, identity.alive, departures.count,
            counts.by_cause, vacancies.any,
        ),
        Heirs(
            replacements.at, replacements.next, lifecycle.on, lifecycle.delay_low,
            lifecycle.delay_high,
        ),
        fairness_of(rules, towns, rows),
        running_of(activity),
        Books(wallet.money, till.money, price_plan.keep, treasury.money, treasury.flow),
        waiters_of(queue, identity, position, personality),
        occupancy.count,
        Numbers(embedding.slot, slots.taken_by, slots.released_at),
        rings_of(plan, ring, objects),
        plan.place,
        objects.closed,
        Talks(talk.partner, talk.until, talk.speaker, intent.wake),
        Desks(
            duty_of(positions, layouts, employment, jobs), posts_of(shifts),
            record_of(employment), rates_of(jobs, work), shifts.vacant,
        ),
        incidents.people,
        city_of(layouts, city),
        layouts.single,
        channel_of(events, totals),
        clock.tick,
    )  # fmt: skip
