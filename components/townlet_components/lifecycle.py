"""Coming and going: who has to leave and when, and who comes instead (SPEC §9)."""

from townlet.ecs import F32, F64, I8, I16, I32, U8, Bool, column, component

#: Why an agent leaves; ``Departures.reason`` holds the number.
CAUSES = (
    "stays",
    "killed",
    "collapse",
    "eviction",
    "unemployment",
    "neglect",
    "employment",
    "age",
)
STAYS, KILLED, COLLAPSE, EVICTION, UNEMPLOYMENT, NEGLECT, EMPLOYMENT_EXIT, AGE = range(len(CAUSES))


#: What is known of an exit that waits, beyond its cause.
NOT_REVIEWED, APPROVED, DEFERRED, REQUESTED = 0, 1, 2, 3
#: What an operator wants of it.
NO_ORDER, REQUEST, APPROVE, DEFER = 0, 1, 2, 3
#: Why an employment exit was processed; the value of its event.
MANUAL_APPROVE, AUTO_REVIEW, DAILY_CAP = 0, 1, 2


@component(cold=True)
class Exits:
    """Agents that have to leave when the town's caps allow it."""

    due: I32 = column(
        "agent", fill=-1, unit="ticks", doc="tick since which; -1 stays; deferred: until which"
    )
    cause: I8 = column("agent", doc="why")
    review: I8 = column("agent", doc="0 none, 1 approved, 2 deferred, 3 requested")
    order: I8 = column("agent", doc="an operator's, for this tick: 1 request, 2 approve, 3 defer")


@component
class ExitCounts:
    """How many have left, per town."""

    pending: I32 = column("town", doc="agents with a due exit")
    queued: I32 = column("town", doc="of these, for employment")
    orders: I32 = column("town", doc="agents with an order of an operator")
    allowance: I32 = column(
        "town", fill=-1, doc="capped exits of this day, where they are a fraction; -1 not known yet"
    )
    today: I32 = column("town", doc="capped exits of this day")
    employment_today: I32 = column("town", doc="employment exits of this day")
    last: I32 = column("town", fill=-1_000_000, unit="ticks", doc="tick of the last capped exit")
    by_cause: I32 = column("town", "cause", doc="exits since the start, by cause")
    arrived: I32 = column("town", doc="arrivals since the start, without the first population")
    quiet_until: I32 = column("town", unit="ticks", doc="no exits before this tick")


@component(scratch=True)
class Collapsing:
    """Who has starved too long."""

    found: I32 = column("lane", "one", doc="agents of the lane")
    here: Bool = column("town", fill=False, doc="somebody of the town")


@component
class Replacements:
    """Slots whose next owner is on the way; survives the departed."""

    at: I32 = column("agent", fill=-1, keep=True, unit="ticks", doc="tick of arrival; -1 none")
    next: I32 = column("town", fill=2_000_000_000, unit="ticks", doc="earliest of them")


@component(static=True)
class LifecycleRules:
    """Exits and arrivals per town."""

    on: Bool = column("town", fill=True, doc="features.systems.lifecycle")
    cap_count: I32 = column("town", doc="exits per day as a count; -1: as a fraction")
    cap_fraction: F64 = column("town", doc="exits per day as a fraction of the population")
    cooldown: I32 = column("town", unit="ticks", doc="between exits where the cap is a count")
    grace: I32 = column("town", unit="ticks", doc="quiet time after an event")
    collapse_ticks: I32 = column("town", unit="ticks", doc="hunger at most 0.03 for so long")
    eviction_days: I32 = column("town", unit="days", doc="days in arrears before the recovery day")
    unemployment_days: I32 = column(
        "town", unit="days", doc="days without a job; 0 off: the town has no jobs"
    )
    neglect_share: F64 = column("town", doc="share of a day with a need below 0.1")
    age_days: I32 = column("town", unit="days", doc="days in town before age-out; 0 off")
    delay_low: I32 = column("town", unit="ticks", doc="least delay of a replacement")
    delay_high: I32 = column("town", unit="ticks", doc="most")


@component(cold=True)
class Debt:
    """Unpaid rent."""

    arrears: I32 = column("agent", unit="thousandths", doc="rent it owes")
    days: I8 = column("agent", unit="days", doc="day boundaries in a row with arrears")


@component(cold=True)
class Fitness:
    """The agent fitness index (SPEC §9), with a return term where rewards are written. Derived."""

    deficit: F32 = column("agent", derived=True, doc="sum of the day's hourly mean deficits")
    hours: U8 = column("agent", derived=True, doc="hours summed")
    violations: I16 = column("agent", derived=True, doc="late, absent and conflicts of this day")
    afi: F32 = column("agent", derived=True, doc="fitness of the last finished day")
