"""What each KPI means, how it is written, and where a town in balance lies (SPEC §4, §11)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

SHARE, COUNT, MINUTES, DAYS, MONEY, NUMBER = "share", "count", "minutes", "days", "money", "number"

_ROUNDING = 1e-9
"""A mean of values that lie on a limit may miss it by this much."""


@dataclass(frozen=True)
class Band:
    """Where a KPI of a town in balance lies; None: no limit on that side.

    Attributes:
        low: The least.
        high: The most.
        below: ``high`` itself is too much already.
        since: Days a town has to be old before the band says anything.
    """

    low: float | None = None
    high: float | None = None
    below: bool = False
    since: int = 0

    def verdict(self, value: float | None) -> str:
        """Return "ok", "too low" or "too high"; "" where there is no value."""
        if value is None or math.isnan(value):
            return ""
        if self.low is not None and value < self.low - _ROUNDING:
            return "too low"
        least_too_high = _ROUNDING if not self.below else -_ROUNDING
        if self.high is not None and value > self.high + least_too_high:
            return "too high"
        return "ok"

    def text(self, unit: str) -> str:
        """Return the band in words, such as ``at least 70%``."""
        low, high = (None if x is None else written(x, unit) for x in (self.low, self.high))
        if low is None:
            if self.high == 0:
                return "none"
            return f"below {high}" if self.below else f"at most {high}"
        return f"at least {low}" if high is None else f"{low} to {high}"


@dataclass(frozen=True)
class Kpi:
    """A KPI.

    Attributes:
        group: What it is listed with.
        title: What a stranger would call it.
        unit: One of SHARE, COUNT, MINUTES, DAYS, MONEY, NUMBER.
        meaning: How it is computed, for a town and a day.
        band: Where a town in balance lies.
    """

    group: str
    title: str
    unit: str
    meaning: str
    band: Band | None = None


GROUPS = ("well-being", "work", "company", "queues", "turnover", "money")

KPIS = {
    "self_sufficiency": Kpi(
        "well-being", "self-sufficient agents", SHARE,
        "living agents with every need above 0.3 for at least 95 % of their minutes of the day in "
        "town, of all living",
        Band(low=0.7),
    ),
    "starvation_exits": Kpi(
        "well-being", "starved", COUNT, "agents that collapsed from hunger and left",
        Band(high=0.0),
    ),
    "attendance_on_time": Kpi(
        "work", "shifts begun on time", SHARE,
        "shifts that began on time, of all that ended on this day; no value on a day without "
        "shifts",
        Band(low=0.7),
    ),
    "lateness": Kpi(
        "work", "shifts not begun on time", SHARE,
        "shifts to which nobody had come in time (`shift_late_start`; it may come later or not at "
        "all), over the shifts that ended on this day; no value on a day without shifts",
    ),
    "tie_formation": Kpi(
        "company", "agents with a tie", SHARE,
        "living agents with a tie above 0.3 (the largest of |trust|, |familiarity|, rivalry, as "
        "decayed by midnight), of all living",
        Band(low=0.6, since=3),
    ),
    "conflicts": Kpi(
        "company", "conflicts", COUNT, "`queue_conflict` and `blocked` events of the day",
    ),
    "conflict_escalation": Kpi(
        "company", "conflicts that escalated", SHARE,
        "conflicts whose pair came to avoid each other on the same day, of all; no value on a day "
        "without conflicts",
        Band(high=0.2, below=True),
    ),
    "avoidances": Kpi(
        "company", "rivals avoided", COUNT,
        "choices that passed over an object because of an avoided rival there",
    ),
    "queue_wait_p50": Kpi(
        "queues", "median wait", MINUTES,
        "half of the waits that ended with an object were not longer; 0 without waits",
    ),
    "queue_wait_p95": Kpi(
        "queues", "95 % waited at most", MINUTES, "likewise for 95 of 100 waits",
    ),
    "queue_wait_max": Kpi(
        "queues", "longest wait", MINUTES, "the longest wait that ended with an object",
    ),
    "tenure_days": Kpi(
        "turnover", "days in town", DAYS,
        "mean time since arrival of the living",
        Band(low=3.0, since=4),
    ),
    "exits": Kpi("turnover", "exits", COUNT, "agents that left, whatever the cause"),
    "arrivals": Kpi(
        "turnover", "arrivals", COUNT, "agents that arrived, after the first population",
    ),
    "population": Kpi("turnover", "population", COUNT, "living agents at midnight"),
    "wealth_gini": Kpi(
        "money", "inequality of wallets", NUMBER,
        "Gini coefficient of the wallets of the living: 0 all have the same, near 1 one has all",
        Band(low=0.1, high=0.6, since=3),
    ),
    "treasury": Kpi("money", "treasury", MONEY, "the town's own balance at midnight"),
    "price_index": Kpi(
        "money", "price index", NUMBER, "mean of the day's prices over those of the config",
    ),
}  # fmt: skip
"""By name; mean needs, ``mean_need.<need>``, come with every need a town has."""

MEAN_NEED = "mean_need."


def kpi(name: str) -> Kpi:
    """Return what is known of a KPI; of one that is not listed (a mean need, an own one) little."""
    if name.startswith(MEAN_NEED):
        need = name.removeprefix(MEAN_NEED)
        return Kpi("well-being", need, NUMBER, f"mean of the living's {need} at full hours, 0 to 1")
    return KPIS.get(name, Kpi("other", name.replace("_", " "), NUMBER, ""))


def grouped(names: Iterable[str]) -> dict[str, list[str]]:
    """Sort names into groups; names keep their order within one."""
    found: dict[str, list[str]] = {group: [] for group in GROUPS}
    for name in names:
        found.setdefault(kpi(name).group, []).append(name)
    return {group: members for group, members in found.items() if members}


def written(value: float | None, unit: str) -> str:
    """Write a value as people read it; "-" where there is none."""
    if value is None or math.isnan(value):
        return "-"
    if unit == SHARE:
        return f"{value:.0%}" if abs(value * 100 - round(value * 100)) < 0.05 else f"{value:.1%}"
    digits = {COUNT: 1, MINUTES: 1, DAYS: 1, MONEY: 1}.get(unit, 3)
    text = f"{value:,.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text + {MINUTES: " min", DAYS: " days"}.get(unit, "")
