"""Hiring: vacant positions find their people, as near to their homes as there are any (SPEC §8)."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import (
    I16,
    I32,
    I64,
    U64,
    Bool,
    Emit,
    Phase,
    Read,
    Write,
    device,
    kernel,
    rare,
    system,
)
from townlet.ecs.rng import WORLD_STREAM, draw_bits
from townlet_components import draws
from townlet_components.citymap import DistrictPlan, Layouts, SlotPlan
from townlet_components.clock import Clock
from townlet_components.events import HIRED, Events, EventTotals
from townlet_components.identity import ANY_JOB, Identity, Newcomers
from townlet_components.rows import Rows, Towns
from townlet_components.work import (
    Applicants,
    Employment,
    EmploymentRules,
    JobRules,
    PositionPlan,
    Shifts,
)
from townlet_systems.duty import Duty, duty_of
from townlet_systems.emitting import Channel, channel_of, emit
from townlet_systems.posts import Posts, Record, posts_of, record_of, take_post

_SLOT_BITS = 24
_SLOT = (1 << _SLOT_BITS) - 1


class Market(NamedTuple):
    """Vacancies and where they are."""

    duty: Duty
    posts: Posts
    record: Record
    vacant: I32
    district_first: I32
    grid: I32
    home: I32
    radius: I32
    row_of: I32
    seed: U64
    generation: I32
    since: I32
    order: I64
    cursor: I32


def market_of(
    plan: PositionPlan, layouts: Layouts, shifts: Shifts, employment: Employment, jobs: JobRules,
    rules: EmploymentRules, city: DistrictPlan, slots: SlotPlan, rows: Rows, towns: Towns,
    identity: Identity, applicants: Applicants,
) -> Market:  # fmt: skip
    """Bundle the columns."""
    return Market(
        duty=duty_of(plan, layouts, employment, jobs),
        posts=posts_of(shifts),
        record=record_of(employment),
        vacant=shifts.vacant,
        district_first=plan.district_first,
        grid=city.grid,
        home=slots.district,
        radius=rules.radius,
        row_of=rows.row_of,
        seed=towns.seed,
        generation=identity.generation,
        since=applicants.since,
        order=applicants.order,
        cursor=applicants.cursor,
    )


@device
def _comes_later(market: Market, a: int, b: int) -> bool:
    """Of two applicants, the first has been without a job less long, or drew the higher number."""
    if market.since[a] != market.since[b]:
        return bool(market.since[a] > market.since[b])
    return bool(market.order[a] > market.order[b])


@rare
def sort_applicants(market: Market, low: int, high: int) -> None:
    """Heap sort of the applicants ``low`` to ``high``: longest without a job, then by draw."""
    since, order = market.since, market.order
    count = high - low
    start = count // 2
    end = count
    while end > 1:
        if start > 0:
            start -= 1
        else:
            end -= 1
            since[low], since[low + end] = since[low + end], since[low]
            order[low], order[low + end] = order[low + end], order[low]
        root = start
        while 2 * root + 1 < end:
            child = 2 * root + 1
            if child + 1 < end and _comes_later(market, low + child + 1, low + child):
                child += 1
            if not _comes_later(market, low + child, low + root):
                break
            a, b = low + root, low + child
            since[a], since[b] = since[b], since[a]
            order[a], order[b] = order[b], order[a]
            root = child


@device
def _vacancy_in(market: Market, town: int, district: int, job: int) -> int:
    """First vacant position of a district (of a job, where it is not -1), or -1."""
    at = town * market.grid[0] * market.grid[1] + district
    if market.vacant[at] == 0:
        return -1
    positions = market.duty.start.shape[0]
    for p in range(market.cursor[at], market.district_first[district + 1]):
        if market.posts.holder[town * positions + p] >= 0:
            continue
        if job >= 0 and market.duty.job[p] != job:
            continue
        if job < 0:
            market.cursor[at] = p
        return p
    return -1


@rare
def find_vacancy(market: Market, town: int, home: int, radius: int, job: int) -> int:
    """The vacant position nearest to a home, or -1.

    Distance is how many districts' borders one crosses on the way. Of districts equally far, the
    order is from west to east, the southern one first.

    Args:
        market: bundle; the cursors belong to this round of ``town``, in which nobody leaves a job.
        town: the town.
        home: district of the home.
        radius: borders crossed at most.
        job: only this job; -1: any.
    """
    width, height = market.grid[0], market.grid[1]
    x, y = home % width, home // width
    for far in range(min(radius, width + height) + 1):
        for dx in range(-far, far + 1):
            rest = far - abs(dx)
            for side in range(2 if rest > 0 else 1):
                u, v = x + dx, y + (rest if side == 0 else -rest)
                if 0 <= u < width and 0 <= v < height:
                    position = _vacancy_in(market, town, v * width + u, job)
                    if position >= 0:
                        return int(position)
    return -1


@device
def open_round(market: Market, town: int) -> int:
    """Put the cursors of a town to the beginning.

    Returns:
        Vacant positions of the town.
    """
    districts = market.district_first.shape[0] - 1
    vacant = 0
    for k in range(districts):
        market.cursor[town * districts + k] = market.district_first[k]
        vacant += market.vacant[town * districts + k]
    return vacant


@device
def _apply(market: Market, at: int, town: int, slot: int, row: int, since: int, tick: int) -> None:
    """Write an applicant with its draw."""
    draw = draw_bits(
        market.seed[town], WORLD_STREAM, tick, slot, market.generation[row], draws.HIRING, 0
    )
    market.since[at] = since
    market.order[at] = (np.int64(draw) << _SLOT_BITS) | slot


@device
def employ(market: Market, town: int, slot: int, row: int, radius: int, job: int, tick: int) -> int:
    """Give the agent the nearest vacant position, if there is one; returns it, or -1."""
    position = find_vacancy(market, town, market.home[slot], radius, job)
    if position >= 0:
        take_post(
            market.posts, market.record, market.duty, market.vacant, town, position, row, slot,
            tick,
        )  # fmt: skip
    return int(position)


@device
def tell_hired(market: Market, channel: Channel, town: int, slot: int, position: int) -> None:
    """The event, in the district of the workplace."""
    districts = market.district_first.shape[0] - 1
    here = town * districts + market.duty.district[position]
    emit(channel, here, HIRED, slot, market.duty.job[position], -1, position)


@device
def fill_homes(
    market: Market, slots: I32, jobs: I16, low: int, high: int, town: int, tick: int
) -> None:
    """The first population: in each district, by keyed draw, as far as its positions reach.

    Slots are numbered by home district, so each district's newcomers are a stretch of ``slots``.
    """
    capacity = market.row_of.shape[0] // market.seed.shape[0]
    first = low
    while first < high:
        home = market.home[slots[first]]
        last, n = first, first
        while last < high and market.home[slots[last]] == home:
            s = slots[last]
            if jobs[last] == ANY_JOB:
                _apply(market, n, town, s, market.row_of[town * capacity + s], 0, tick)
                n += 1
            last += 1
        sort_applicants(market, first, n)
        for k in range(first, n):
            s = market.order[k] & _SLOT
            employ(market, town, s, market.row_of[town * capacity + s], 0, -1, tick)
        first = last


@kernel
def fill_all(
    count: I32, slots: I32, jobs: I16, market: Market, channel: Channel, tick: I64
) -> None:
    """Newcomers of each town; see :func:`fill_positions`.

    Args:
        count, slots, jobs: who enters in this tick, see ``Newcomers``.
        market, channel: bundles.
        tick: (1,).
    """
    now = tick[0]
    towns = count.shape[0]
    capacity = market.row_of.shape[0] // towns
    for t in range(towns):
        if count[t] == 0:
            continue
        low = t * capacity
        high = low + count[t]
        open_round(market, t)
        for i in range(low, high):
            r = market.row_of[low + slots[i]]
            market.record.since[r] = now
            if jobs[i] >= 0:
                employ(market, t, slots[i], r, market.radius[t], jobs[i], now)
        if now == 1:
            fill_homes(market, slots, jobs, low, high, t, now)
        for i in range(low, high):
            s = slots[i]
            r = market.row_of[low + s]
            if jobs[i] != ANY_JOB or market.duty.position[r] >= 0:
                continue
            position = employ(market, t, s, r, market.radius[t], -1, now)
            if position >= 0 and now > 1:
                tell_hired(market, channel, t, s, position)


@system(phase=Phase.ARRIVE, after=["settle_newcomers"])
def fill_positions(
    newcomers: Read[Newcomers],
    plan: Read[PositionPlan],
    layouts: Read[Layouts],
    shifts: Write[Shifts],
    employment: Write[Employment],
    jobs: Read[JobRules],
    rules: Read[EmploymentRules],
    city: Read[DistrictPlan],
    slots: Read[SlotPlan],
    rows: Read[Rows],
    towns: Read[Towns],
    identity: Read[Identity],
    applicants: Write[Applicants],
    events: Emit[Events],
    totals: Emit[EventTotals],
    clock: Read[Clock],
) -> None:
    """Newcomers who want a job get a vacant one near home; at first, one of their district."""
    fill_all(
        newcomers.count, newcomers.slot, newcomers.job,
        market_of(
            plan, layouts, shifts, employment, jobs, rules, city, slots, rows, towns, identity,
            applicants,
        ),
        channel_of(events, totals), clock.tick,
    )  # fmt: skip


@kernel
def hire_all(
    alive: Bool, hire_minute: I32, market: Market, channel: Channel, minute: I64, tick: I64
) -> None:
    """The morning's hiring of each town; see :func:`hire_agents`.

    Args:
        alive: by row.
        hire_minute: by town.
        market, channel: bundles.
        minute, tick: (1,).
    """
    towns = hire_minute.shape[0]
    capacity = market.row_of.shape[0] // towns
    for t in range(towns):
        if minute[0] != hire_minute[t]:
            continue
        vacant = open_round(market, t)
        if vacant == 0:
            continue
        low = t * capacity
        high = low
        for s in range(capacity):
            r = market.row_of[low + s]
            if alive[r] and market.duty.position[r] < 0:
                _apply(market, high, t, s, r, market.record.since[r], tick[0])
                high += 1
        sort_applicants(market, low, high)
        for k in range(low, high):
            if vacant == 0:
                break
            s = market.order[k] & _SLOT
            r = market.row_of[low + s]
            position = employ(market, t, s, r, market.radius[t], -1, tick[0])
            if position >= 0:
                vacant -= 1
                tell_hired(market, channel, t, s, position)


@system(phase=Phase.LIVE, after=["deliver_goods"])
def hire_agents(
    plan: Read[PositionPlan],
    layouts: Read[Layouts],
    shifts: Write[Shifts],
    employment: Write[Employment],
    jobs: Read[JobRules],
    rules: Read[EmploymentRules],
    city: Read[DistrictPlan],
    slots: Read[SlotPlan],
    rows: Read[Rows],
    towns: Read[Towns],
    identity: Read[Identity],
    applicants: Write[Applicants],
    events: Emit[Events],
    totals: Emit[EventTotals],
    clock: Read[Clock],
) -> None:
    """Each morning vacancies near home go to those longest without a job."""
    hire_all(
        identity.alive, rules.hire_minute,
        market_of(
            plan, layouts, shifts, employment, jobs, rules, city, slots, rows, towns, identity,
            applicants,
        ),
        channel_of(events, totals), clock.minute, clock.tick,
    )  # fmt: skip
