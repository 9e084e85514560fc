"""Posts: who has which position, what it is owed, and what its record says."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import F64, I8, I16, I32, I64, U8, Bool, device, group
from townlet_components.citymap import Layouts
from townlet_components.wallet import WAGE, WAGE_TREASURY
from townlet_components.work import (
    LATE_STATE,
    ON_TIME_STATE,
    PRE_SHIFT,
    Employment,
    EmploymentRules,
    JobRules,
    PositionPlan,
    Shifts,
)
from townlet_systems import preconditions as pre
from townlet_systems.bundles import City
from townlet_systems.duty import Duty, at_work, duty_of

_NULL = np.nan


class Posts(NamedTuple):
    """Positions by row (town * positions + position); see ``Shifts``."""

    holder: I32
    state: I8
    flags: U8
    paid: I16
    on_time: I16
    late: I16
    away: I16


class Record(NamedTuple):
    """An agent's record of work, by row; see ``Employment``. The position is in ``Duty``."""

    since: I32
    lateness: I16
    absences: U8
    warned: Bool
    withheld: I32
    sample: I16
    samples: U8
    shifts: I16
    punctual: I16


class Rates(NamedTuple):
    """Wages, penalties and limits by town and job; the last three by town."""

    wage: I32
    lateness_penalty: I32
    late_tick_penalty: I32
    absence_penalty: I32
    grace: I32
    absent_cutoff: I32
    absence_slack: I32
    window: I32
    buffer: I32
    max_absent: I32


class Accounts(NamedTuple):
    """Who pays wages.

    ``money`` is by agent's row, ``till`` by place row. ``reserve`` pays what a till cannot, and
    ``flow`` books it: both by town (the treasury's) in a kernel that runs whole, both by district
    (``Payroll.debt``, ``Ledger.flow``) in one that runs over districts. ``keep`` is what a place
    does not touch for wages, by place row: a full delivery of goods.
    """

    money: I64
    till: I64
    keep: I64
    reserve: I64
    flow: I64


class Career(NamedTuple):
    """What preconditions may ask of an agent's work."""

    posts: Posts
    record: Record
    duty: Duty
    city: City


@group
class Careers:
    """The components of work that preconditions may ask about."""

    shifts: Shifts
    employment: Employment
    positions: PositionPlan
    rules: JobRules


def career_of(careers: Careers, layouts: Layouts, city: City) -> Career:
    """Bundle the columns."""
    duty = duty_of(careers.positions, layouts, careers.employment, careers.rules)
    return Career(posts_of(careers.shifts), record_of(careers.employment), duty, city)


def posts_of(shifts: Shifts) -> Posts:
    """Bundle the columns."""
    return Posts(
        shifts.holder, shifts.state, shifts.flags, shifts.paid, shifts.on_time, shifts.late,
        shifts.away,
    )  # fmt: skip


def record_of(employment: Employment) -> Record:
    """Bundle the columns."""
    return Record(
        since=employment.since,
        lateness=employment.lateness,
        absences=employment.absences,
        warned=employment.warned,
        withheld=employment.withheld,
        sample=employment.sample,
        samples=employment.samples,
        shifts=employment.shifts,
        punctual=employment.punctual,
    )


def rates_of(rules: JobRules, employment: EmploymentRules) -> Rates:
    """Bundle the columns."""
    return Rates(
        wage=rules.wage,
        lateness_penalty=rules.lateness_penalty,
        late_tick_penalty=rules.late_tick_penalty,
        absence_penalty=rules.absence_penalty,
        grace=rules.grace,
        absent_cutoff=rules.absent_cutoff,
        absence_slack=rules.absence_slack,
        window=rules.window,
        buffer=rules.buffer,
        max_absent=employment.max_absent,
    )


@device
def begin_shift(posts: Posts, g: int, flags: int) -> None:
    """A shift starts from nothing, with these flags; with none it is not open."""
    posts.flags[g] = flags
    posts.paid[g] = 0
    posts.on_time[g] = 0
    posts.late[g] = 0
    posts.away[g] = 0


@device
def pay_wage(
    posts: Posts, duty: Duty, rates: Rates, accounts: Accounts, town: int, position: int, row: int,
    at: int,
) -> int:  # fmt: skip
    """Pay the ticks worked since they were paid last: from the till if it can, else the reserve.

    Args:
        posts, duty, rates, accounts: bundles.
        town, position: whose wage is due.
        row: row of the holder.
        at: row of ``accounts.reserve`` and ``accounts.flow``: the town's or the district's.

    Returns:
        The wage, in thousandths.
    """
    towns, positions = rates.window.shape[0], duty.start.shape[0]
    g = town * positions + position
    wage = np.int64(posts.paid[g]) * rates.wage[town, duty.job[position]]
    posts.paid[g] = 0
    if wage == 0:
        return 0
    till = town * (accounts.till.shape[0] // towns) + duty.place[position]
    accounts.money[row] += wage
    if accounts.till[till] >= wage + accounts.keep[till]:
        accounts.till[till] -= wage
        accounts.flow[at, WAGE] += wage
    else:
        accounts.reserve[at] -= wage
        accounts.flow[at, WAGE_TREASURY] += wage
    return int(wage)


@device
def take_post(
    posts: Posts, record: Record, duty: Duty, vacant: I32, town: int, position: int, row: int,
    slot: int, tick: int,
) -> None:  # fmt: skip
    """Give a vacant position to an agent; its first shift is the next that starts.

    Only kernels that run whole may: ``vacant`` counts positions by district, and the agent may
    live in another.
    """
    positions = duty.start.shape[0]
    g = town * positions + position
    districts = vacant.shape[0] // (posts.holder.shape[0] // positions)
    begin_shift(posts, g, 0)
    posts.holder[g] = slot
    posts.state[g] = PRE_SHIFT
    vacant[town * districts + duty.district[position]] -= 1
    duty.position[row] = position
    record.since[row] = tick


@device
def leave_post(
    posts: Posts, record: Record, duty: Duty, vacant: I32, rates: Rates, accounts: Accounts,
    town: int, row: int, tick: int,
) -> int:  # fmt: skip
    """Whoever leaves, or is dismissed, is paid what it has worked for; its position is vacant.

    For kernels that run whole: ``accounts`` has the treasury's columns.

    Returns:
        The wage that was still due, in thousandths; 0 without a position.
    """
    position = duty.position[row]
    if position < 0:
        return 0
    wage = pay_wage(posts, duty, rates, accounts, town, position, row, town)
    g = town * duty.start.shape[0] + position
    districts = vacant.shape[0] // rates.window.shape[0]
    begin_shift(posts, g, 0)
    posts.holder[g] = -1
    posts.state[g] = PRE_SHIFT
    vacant[town * districts + duty.district[position]] += 1
    duty.position[row] = -1
    record.since[row] = tick
    return wage


@device
def attendance(record: Record, row: int) -> int:
    """Share of the last shifts on time, in thousandths; 0 before the first has ended."""
    total, count = 0, np.int64(record.samples[row])
    if count == 0:
        return 0
    for k in range(count):
        total += record.sample[row, k]
    # Exact for numbers this small, and a third of the time of dividing integers.
    return int(float(total) / float(count))


@device
def on_shift(
    posts: Posts, duty: Duty, city: City, town: int, row: int, district: int, tile: int
) -> bool:
    """The agent is at work now and is paid for it."""
    position = duty.position[row]
    if position < 0:
        return False
    state = posts.state[town * duty.start.shape[0] + position]
    if state not in (ON_TIME_STATE, LATE_STATE):
        return False
    return at_work(duty, city, position, district, tile)


@device
def fill_work_values(v: F64, career: Career, town: int, row: int, district: int, tile: int) -> None:
    """Write the variables of preconditions that tell of work; see ``offers.fill_values``."""
    posts, record, duty, city = career.posts, career.record, career.duty, career.city
    position = duty.position[row]
    v[pre.JOB_ID] = duty.job[position] if position >= 0 else _NULL
    v[pre.SHIFT_STATE] = PRE_SHIFT
    if position >= 0:
        v[pre.SHIFT_STATE] = posts.state[town * duty.start.shape[0] + position]
    v[pre.ON_SHIFT] = 1.0 if on_shift(posts, duty, city, town, row, district, tile) else 0.0
    v[pre.LATENESS_COUNTER] = record.lateness[row]
    v[pre.ATTENDANCE_RATIO] = attendance(record, row) / 1000.0
    v[pre.WAGES_WITHHELD] = record.withheld[row] / 1000.0
