"""Work: positions of workplaces, the shift of the day, and an agent's record (SPEC §8)."""

from townlet.ecs import I8, I16, I32, I64, U8, Bool, column, component

#: States of a shift (*world §8.2*).
SHIFT_STATES = ("pre_shift", "idle", "await_start", "on_time", "late", "absent", "post_shift")
PRE_SHIFT, OFF_DUTY, AWAIT_START, ON_TIME_STATE, LATE_STATE, ABSENT_STATE, POST_SHIFT = range(
    len(SHIFT_STATES)
)
#: Flags of a shift, each set once per shift.
WAS_PRESENT, WAS_ON_TIME, WAS_LATE, WAS_ABSENT, LEFT_EARLY, OPEN = 1, 2, 4, 8, 16, 32


@component(static=True)
class PositionPlan:
    """Positions of workplaces, by place and so by district; shared by all towns."""

    place: I32 = column("plan_position", doc="workplace")
    district: I32 = column("plan_position", doc="district of the workplace")
    target: I16 = column("plan_position", doc="routing target that leads there")
    inside: I16 = column("plan_position", doc="number of the workplace within its layout")
    spot: Bool = column(
        "plan_position", doc="present means on the target or next to it, not just in the workplace"
    )
    job: I16 = column("plan_position", doc="job")
    start: I16 = column("plan_position", unit="minutes", doc="minute of the day the shift starts")
    length: I16 = column("plan_position", unit="minutes", doc="length of the shift")
    place_first: I32 = column("plan_place_end", doc="first position of each place")
    district_first: I32 = column("plan_district_end", doc="first position of each district")


@component
class Shifts:
    """Who has a position, and its shift of the day."""

    holder: I32 = column("position", fill=-1, doc="slot that has the position; -1 vacant")
    state: I8 = column("position", doc="state of the shift")
    flags: U8 = column("position", doc="what has happened in this shift")
    paid: I16 = column("position", unit="ticks", doc="ticks worked and to be paid")
    on_time: I16 = column("position", unit="ticks", doc="ticks present without having been late")
    late: I16 = column("position", unit="ticks", doc="ticks late in this shift")
    away: I16 = column("position", unit="ticks", doc="ticks away in a row since last present")
    vacant: I32 = column("district", doc="positions of the district that nobody has")


@component(cold=True)
class Employment:
    """An agent's record of work."""

    position: I32 = column("agent", fill=-1, doc="position; -1 none")
    since: I32 = column("agent", unit="ticks", doc="tick since which it has, or has no, position")
    lateness: I16 = column("agent", telemetry="sum", doc="late shifts so far")
    absences: U8 = column("agent", doc="absent shifts, a bit per day, today's lowest")
    warned: Bool = column("agent", fill=False, doc="one absence more and it has to leave")
    withheld: I32 = column("agent", unit="thousandths", doc="wages withheld so far")
    sample: I16 = column(
        "agent",
        "attendance",
        unit="thousandths",
        doc="share on time of the last shifts, newest first",
    )
    samples: U8 = column("agent", doc="shifts sampled, up to the window")
    shifts: I16 = column("agent", telemetry="sum", doc="shifts of this day")
    punctual: I16 = column("agent", telemetry="sum", doc="shifts of this day that began on time")


@component(static=True)
class JobRules:
    """Wages and penalties per town and job; thousandths."""

    wage: I32 = column("town", "job", unit="thousandths", doc="per paid tick")
    lateness_penalty: I32 = column("town", "job", unit="thousandths", doc="for coming late")
    late_tick_penalty: I32 = column("town", "job", unit="thousandths", doc="per late tick away")
    absence_penalty: I32 = column("town", "job", unit="thousandths", doc="for an absence")
    grace: I32 = column("town", "job", unit="ticks", doc="late begins after it")
    absent_cutoff: I32 = column("town", "job", unit="ticks", doc="never seen by then: absent")
    absence_slack: I32 = column("town", "job", unit="ticks", doc="away in a row before absent")
    window: I32 = column("town", unit="shifts", doc="attendance_window")
    buffer: I32 = column("town", unit="ticks", doc="job_arrival_buffer")
    affinity: I32 = column(
        "town", "profile", unit="ticks", doc="job_arrival_buffer of a profile: work_affinity"
    )


@component(static=True)
class EmploymentRules:
    """Employment exits and hiring per town."""

    enforce: Bool = column("town", fill=True, doc="employment exits are on")
    max_absent: I32 = column("town", doc="absent shifts in 7 days that lead to an exit")
    daily_cap: I32 = column("town", doc="employment exits per day; 0 unlimited")
    queue_limit: I32 = column("town", doc="pending exits above which an overflow is told; 0 off")
    review: I32 = column("town", unit="ticks", doc="a pending exit is decided after it")
    hire_minute: I32 = column("town", unit="minutes", doc="minute of the day of the hiring")
    radius: I32 = column("town", unit="districts", doc="how far from home one works, at most")


@component(scratch=True)
class Payroll:
    """Wages that the treasury has to pay; settled in the tick they are due."""

    debt: I64 = column("district", unit="thousandths", doc="below 0: owed by the treasury")


@component(scratch=True, cold=True)
class Applicants:
    """Those who are given positions in a tick, and where vacancies are looked for."""

    since: I32 = column("agent", unit="ticks", doc="without a position since")
    order: I64 = column("agent", doc="keyed draw << 24 | slot")
    cursor: I32 = column("district", doc="no position of the district before this one is vacant")
