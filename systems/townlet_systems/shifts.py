"""Shifts: who is at work in time, who is late or absent, and what it is paid (SPEC §8).

A shift is open from its first minute to the minute after its last. It counts for whoever had the
position when it began; who is hired later waits for the next. While it is open its state follows
from four things: whether the holder is present, whether it has ever been in time, how long it has
been away, and how long the shift has been on.
"""

from typing import NamedTuple

import numpy as np

from townlet.ecs import (
    I16,
    I32,
    I64,
    Emit,
    Phase,
    Read,
    Write,
    device,
    kernel,
    system,
)
from townlet_components.citymap import DistrictPlan, Layouts
from townlet_components.clock import Clock
from townlet_components.events import (
    ABSENT,
    DEPARTED_EARLY,
    HELPED,
    LATE_START,
    ON_TIME,
    SHIFT_ENDED,
    TOOK_SHIFT,
    WARNING,
    Events,
    EventTotals,
)
from townlet_components.identity import Identity
from townlet_components.personality import Personality
from townlet_components.position import Position
from townlet_components.rows import DistrictRows, Rows, Towns
from townlet_components.ties import TieRules, Ties
from townlet_components.town_state import PricePlan
from townlet_components.wallet import PENALTY, Ledger, Till, Treasury, Wallet
from townlet_components.work import (
    ABSENT_STATE,
    AWAIT_START,
    LATE_STATE,
    LEFT_EARLY,
    OFF_DUTY,
    ON_TIME_STATE,
    OPEN,
    POST_SHIFT,
    PRE_SHIFT,
    WAS_ABSENT,
    WAS_LATE,
    WAS_ON_TIME,
    WAS_PRESENT,
    Employment,
    EmploymentRules,
    JobRules,
    Payroll,
    PositionPlan,
    Shifts,
)
from townlet_systems.bonds import bond_place, bonds_of
from townlet_systems.bundles import Time
from townlet_systems.coworkers import Crowd, Work, coworker
from townlet_systems.duty import at_work, duty_of, since_start
from townlet_systems.emitting import Channel, channel_of, emit
from townlet_systems.posts import (
    Accounts,
    Posts,
    begin_shift,
    pay_wage,
    posts_of,
    rates_of,
    record_of,
)
from townlet_systems.scene import city_of

_DAY = 1440
_WEEK = 7
#: Ticks away are counted up to here; no limit is that long.
_LONG = 30_000
#: Flags of whoever has been in time in a shift that goes on.
_SETTLED = OPEN | WAS_PRESENT | WAS_ON_TIME


class Job(NamedTuple):
    """One position in one tick: numbers, not arrays.

    ``d`` is the district's row, ``g`` the position's, ``row`` the holder's.
    """

    d: int
    town: int
    position: int
    g: int
    kind: int
    row: int
    slot: int


@device
def credit(
    work: Work, channel: Channel, job: Job, kind: int, known: I16, time: Time, late: int
) -> None:
    """Tell of the one who helped, or took the shift; of one pair once in seven days.

    ``known`` is the day of the last such event by row and tie; ``apply_ties`` writes it. Where
    the two have no tie there is nothing to remember it by.
    """
    other = coworker(work, job.town, job.position, job.row, time.tick[0], time.minute[0])
    if other < 0:
        return
    k = bond_place(work.bonds, job.row, other)
    if k >= 0 and time.day[0] - known[job.row, k] < _WEEK:
        return
    emit(channel, job.d, kind, job.slot, other, -1, late)


@device
def fine(work: Work, job: Job, amount: int) -> None:
    """Take a penalty, as far as there is money, for the workplace."""
    accounts = work.accounts
    amount = min(amount, accounts.money[job.row])
    places = accounts.till.shape[0] // work.crowd.seed.shape[0]
    accounts.money[job.row] -= amount
    accounts.till[job.town * places + work.duty.place[job.position]] += amount
    accounts.flow[job.d, PENALTY] += amount


@device
def days_absent(absences: int) -> int:
    """Days of the last seven with an absence."""
    count = 0
    for k in range(_WEEK):
        count += (absences >> k) & 1
    return count


@device
def come_late(work: Work, channel: Channel, job: Job, passed: int, time: Time) -> None:
    """Once per shift: a penalty, a mark, and somebody who had to help."""
    work.posts.flags[job.g] |= WAS_LATE
    work.record.lateness[job.row] += 1
    emit(channel, job.d, LATE_START, job.slot, job.kind, -1, passed)
    fine(work, job, work.rates.lateness_penalty[job.town, job.kind])
    credit(work, channel, job, HELPED, work.helped, time, passed)


@device
def be_absent(work: Work, channel: Channel, job: Job, passed: int, time: Time) -> None:
    """Once per shift: a penalty, a mark, a warning, and somebody who took the shift."""
    posts, record = work.posts, work.record
    posts.flags[job.g] |= WAS_ABSENT
    emit(channel, job.d, ABSENT, job.slot, job.kind, -1, passed)
    if posts.flags[job.g] & WAS_PRESENT:
        leave_early(work, channel, job, passed)
    record.absences[job.row] |= 1
    days = days_absent(record.absences[job.row])
    if days == work.rates.max_absent[job.town] - 1 and not record.warned[job.row]:
        record.warned[job.row] = True
        emit(channel, job.d, WARNING, job.slot, job.kind, -1, days)
    fine(work, job, work.rates.absence_penalty[job.town, job.kind])
    credit(work, channel, job, TOOK_SHIFT, work.took, time, passed)


@device
def leave_early(work: Work, channel: Channel, job: Job, passed: int) -> None:
    """Once per shift: it was there and did not stay."""
    if not work.posts.flags[job.g] & LEFT_EARLY:
        work.posts.flags[job.g] |= LEFT_EARLY
        emit(channel, job.d, DEPARTED_EARLY, job.slot, job.kind, -1, passed)


@device
def state_now(work: Work, job: Job, passed: int, here: bool) -> int:
    """State of an open shift (*world §8.2*, with SPEC §8's limits)."""
    posts, rates = work.posts, work.rates
    in_time = passed <= rates.grace[job.town, job.kind]
    flags = posts.flags[job.g]
    if here:
        return ON_TIME_STATE if in_time or flags & WAS_ON_TIME else LATE_STATE
    if in_time:
        return AWAIT_START
    if flags & WAS_PRESENT:
        gone = posts.away[job.g] > rates.absence_slack[job.town, job.kind]
    else:
        gone = passed > rates.absent_cutoff[job.town, job.kind]
    return ABSENT_STATE if gone else LATE_STATE


@device
def follow(work: Work, channel: Channel, job: Job, passed: int, time: Time) -> None:
    """One minute of an open shift."""
    posts, record, g = work.posts, work.record, job.g
    where, tile = work.crowd.district[job.row], work.crowd.tile[job.row]
    here = at_work(work.duty, work.city, job.position, where, tile)
    posts.away[g] = 0 if here else min(posts.away[g] + 1, _LONG)
    state = state_now(work, job, passed, here)
    posts.state[g] = state
    if here:
        posts.flags[g] |= WAS_PRESENT
        posts.paid[g] += 1
        if state == ON_TIME_STATE:
            posts.on_time[g] += 1
            if not posts.flags[g] & WAS_ON_TIME:
                posts.flags[g] |= WAS_ON_TIME
                emit(channel, job.d, ON_TIME, job.slot, job.kind, -1, passed)
    if state == LATE_STATE:
        posts.late[g] += 1
        if not posts.flags[g] & (WAS_ON_TIME | WAS_LATE):
            come_late(work, channel, job, passed, time)
        if not here:
            fine(work, job, work.rates.late_tick_penalty[job.town, job.kind])
    elif state == ABSENT_STATE and not posts.flags[g] & WAS_ABSENT:
        be_absent(work, channel, job, passed, time)
    if state in (LATE_STATE, ABSENT_STATE) and not here:
        record.withheld[job.row] += work.rates.wage[job.town, job.kind]


@device
def is_settled(work: Work, position: int, g: int, row: int) -> bool:
    """The holder has been in time, and is there."""
    if work.posts.flags[g] & _SETTLED != _SETTLED:
        return False
    where, tile = work.crowd.district[row], work.crowd.tile[row]
    return at_work(work.duty, work.city, position, where, tile)


@device
def stay(posts: Posts, g: int) -> None:
    """One minute of an open shift for who is settled: what :func:`follow` does, of most."""
    posts.away[g] = 0
    posts.state[g] = ON_TIME_STATE
    posts.paid[g] += 1
    posts.on_time[g] += 1


@device
def finish(work: Work, channel: Channel, job: Job, length: int) -> None:
    """The minute after a shift: wage, attendance, and who was gone before the end."""
    posts, record, row, g = work.posts, work.record, job.row, job.g
    if posts.flags[g] & WAS_PRESENT and posts.away[g] > 0:
        leave_early(work, channel, job, length)
    share = np.int64(posts.on_time[g]) * 1000 // length
    window = min(np.int64(work.rates.window[job.town]), record.sample.shape[1])
    for k in range(window - 1, 0, -1):
        record.sample[row, k] = record.sample[row, k - 1]
    record.sample[row, 0] = share
    record.samples[row] = min(np.int64(record.samples[row]) + 1, window)
    record.shifts[row] += 1
    if posts.flags[g] & WAS_ON_TIME:
        record.punctual[row] += 1
    wage = pay_wage(posts, work.duty, work.rates, work.accounts, job.town, job.position, row, job.d)
    emit(channel, job.d, SHIFT_ENDED, job.slot, job.kind, -1, wage)
    posts.flags[g] = 0
    posts.state[g] = POST_SHIFT


@kernel(over="district", local=True)
def run_all(
    town: I32, number: I32, district_first: I32, work: Work, channel: Channel, time: Time
) -> None:
    """Go through the positions of each district; see :func:`run_shifts`.

    Args:
        town, number: of each district row.
        district_first: first position of each district of a town.
        work, channel, time: bundles.
    """
    minute, duty, posts = time.minute[0], work.duty, work.posts
    towns, positions = work.crowd.seed.shape[0], duty.start.shape[0]
    capacity = work.crowd.row_of.shape[0] // towns
    for d in range(town.shape[0]):
        t = town[d]
        soon = _DAY - work.rates.buffer[t]
        for p in range(district_first[number[d]], district_first[number[d] + 1]):
            passed, length = since_start(duty, p, minute), duty.length[p]
            if length < passed < soon and minute != 0:
                continue
            g = t * positions + p
            slot = posts.holder[g]
            if slot < 0:
                continue
            row = work.crowd.row_of[t * capacity + slot]
            if 1 < passed < length and is_settled(work, p, g, row):
                stay(posts, g)
                continue
            job = Job(d, t, p, g, duty.job[p], row, slot)
            if posts.flags[g] & OPEN and passed == length % _DAY:
                finish(work, channel, job, length)
            # A shift that began as the run did, in tick 0, which nobody runs.
            if passed == 0 or (passed == 1 and time.tick[0] == 1):
                begin_shift(posts, g, OPEN)
            if posts.flags[g] & OPEN:
                follow(work, channel, job, passed, time)
            elif passed >= max(soon, length):
                posts.state[g] = AWAIT_START
            elif minute == 0 and posts.state[g] in (PRE_SHIFT, POST_SHIFT):
                posts.state[g] = OFF_DUTY


@kernel
def settle_debt(debt: I64, treasury: I64) -> None:
    """The treasury pays what the districts' workplaces could not.

    Args:
        debt: below 0 where something is owed, (district,).
        treasury: (town,).
    """
    districts = debt.shape[0] // treasury.shape[0]
    for d in range(debt.shape[0]):
        if debt[d] != 0:
            treasury[d // districts] += debt[d]
            debt[d] = 0


@system(phase=Phase.LIVE, after=["chill_agents"])
def run_shifts(
    district_rows: Read[DistrictRows],
    plan: Read[PositionPlan],
    layouts: Read[Layouts],
    city: Read[DistrictPlan],
    shifts: Write[Shifts],
    employment: Write[Employment],
    rules: Read[JobRules],
    exits: Read[EmploymentRules],
    wallet: Write[Wallet],
    till: Write[Till],
    price_plan: Read[PricePlan],
    treasury: Write[Treasury],
    ledger: Write[Ledger],
    payroll: Write[Payroll],
    rows: Read[Rows],
    towns: Read[Towns],
    identity: Read[Identity],
    position: Read[Position],
    ties: Read[Ties],
    tie_rules: Read[TieRules],
    personality: Read[Personality],
    events: Emit[Events],
    totals: Emit[EventTotals],
    clock: Read[Clock],
) -> None:
    """Shifts go on: who is present is paid at the end, who is late or absent pays a penalty."""
    work = Work(
        duty=duty_of(plan, layouts, employment, rules),
        city=city_of(layouts, city),
        posts=posts_of(shifts),
        record=record_of(employment),
        rates=rates_of(rules, exits),
        accounts=Accounts(wallet.money, till.money, price_plan.keep, payroll.debt, ledger.flow),
        crowd=Crowd(rows.row_of, towns.seed, identity.generation, position.district, position.tile),
        bonds=bonds_of(ties, tie_rules, personality),
        place_first=plan.place_first,
        helped=ties.helped,
        took=ties.took,
    )
    run_all(
        district_rows.town, district_rows.number, plan.district_first, work,
        channel_of(events, totals), Time(clock.tick, clock.minute, clock.day),
    )  # fmt: skip
    settle_debt(payroll.debt, treasury.money)
