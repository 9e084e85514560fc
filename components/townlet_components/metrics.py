"""Metrics: sums for reports. Derived: no world system reads them."""

from townlet.ecs import F64, I64, column, component

#: KPIs of this stage, per town and day (SPEC §11); mean_need.<need> follow.
KPIS = (
    "self_sufficiency",
    "queue_wait_p50",
    "queue_wait_p95",
    "queue_wait_max",
    "starvation",
    "population",
    "treasury",
)


@component(scratch=True)
class Metrics:
    """Running sums of the day, and the last finished day's KPIs."""

    need_sum: I64 = column("town", "need", derived=True, doc="sum of hourly levels in millionths")
    need_samples: I64 = column("town", derived=True, doc="agents times hours sampled")
    hour_mean: F64 = column("town", "need", derived=True, doc="mean level at the last full hour")
    hour_sum: I64 = column("town", "need", derived=True, doc="sum of levels at the last full hour")
    hour_count: I64 = column("town", derived=True, doc="agents at the last full hour")
    kpi: F64 = column("town", "kpi", derived=True, doc="KPIs of the last finished day")
