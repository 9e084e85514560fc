"""Metrics: sums for reports. Derived: no world system reads them."""

from collections.abc import Iterable

from townlet.ecs import F64, I32, I64, column, component

#: KPIs per town and day (SPEC §11), in their order; ``mean_need.<need>`` and LAST_KPI follow.
KPIS = (
    "self_sufficiency",
    "attendance_on_time",
    "lateness",
    "tenure_days",
    "tie_formation",
    "conflicts",
    "conflict_escalation",
    "avoidances",
    "queue_wait_p50",
    "queue_wait_p95",
    "queue_wait_max",
    "starvation_exits",
    "exits",
    "arrivals",
    "wealth_gini",
    "treasury",
    "price_index",
)
(
    SELF_SUFFICIENCY, ATTENDANCE, LATENESS, TENURE, TIE_FORMATION, CONFLICTS, ESCALATION,
    AVOIDANCES, WAIT_P50, WAIT_P95, WAIT_MAX, STARVATION_EXITS, EXITS, ARRIVALS, GINI, TREASURY_KPI,
    PRICE_INDEX,
) = range(len(KPIS))  # fmt: skip
FIRST_NEED = len(KPIS)
LAST_KPI = "population"

#: What is counted since the start by others; a day's number is the difference of two midnights.
COUNTERS = ("conflicts", "escalated", "avoidances", "late", "starved", "left", "arrived")
N_CONFLICTS, N_ESCALATED, N_AVOIDANCES, N_LATE, N_STARVED, N_LEFT, N_ARRIVED = range(len(COUNTERS))

#: Wallets are sorted in buckets: a power of two has ``1 << bits`` of them, few in a small town.
LEAST_BITS, MOST_BITS = 4, 11
WEALTH_BUCKETS = (32 - MOST_BITS) << MOST_BITS


def kpi_names(needs: Iterable[str]) -> tuple[str, ...]:
    """Names of all KPIs of a town with these needs, in their order."""
    return (*KPIS, *(f"mean_need.{name}" for name in needs), LAST_KPI)


@component(scratch=True)
class Metrics:
    """Running sums of the day, and the last finished day's KPIs."""

    need_sum: I64 = column("town", "need", derived=True, doc="sum of hourly levels in millionths")
    need_samples: I64 = column("town", derived=True, doc="agents times hours sampled")
    hour_mean: F64 = column("town", "need", derived=True, doc="mean level at the last full hour")
    hour_sum: I64 = column("town", "need", derived=True, doc="sum of levels at the last full hour")
    hour_count: I64 = column("town", derived=True, doc="agents at the last full hour")
    left_shifts: I32 = column("town", derived=True, doc="shifts of this day of who left since")
    left_punctual: I32 = column("town", derived=True, doc="those of them that began on time")
    begun: I64 = column("world", derived=True, unit="ticks", doc="tick the day began after")
    count: I64 = column("town", "counter", derived=True, doc="counted since the start")
    start: I64 = column("town", "counter", derived=True, doc="the same when the day began")
    kpi: F64 = column("town", "kpi", derived=True, doc="KPIs of the last finished day")
    today: F64 = column("town", "kpi", derived=True, doc="KPIs of the running day, when asked for")
    wealth: I32 = column("agent", derived=True, unit="thousandths", doc="wallets, to be sorted")
    bucket: I32 = column("world", "wealth", derived=True, doc="wallets by size, while sorting")
    waits: I32 = column("world", "wait", derived=True, doc="grants per ticks waited, of one town")
    asked: I64 = column("world", derived=True, doc="always 0: the running day's KPIs are wanted")
