"""What a day asks of an agent: minutes and money, before anybody walks or waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from townlet.config.base import TICKS_PER_DAY
from townlet.config.model import SimulationConfig

SHIFT_MINUTES = 480
"""A full shift (SPEC §4)."""

FULLEST = 0.9
"""Above this share of the day's minutes `townlet config check` warns (SPEC §4)."""

ITEMS = ("ingredients", "meals", "clean_clothes")

AffordanceRow = tuple[str, str, int, Mapping[str, float], float]
"""id, object type, duration in ticks, effects by name, price (1.0 is a meal)."""


@dataclass(frozen=True)
class BudgetLine:
    """One thing to do in a day, for the need or item it serves."""

    serves: str
    affordance: str
    object_type: str
    times: float
    minutes: float
    money: float


@dataclass(frozen=True)
class DayBudget:
    """A day of one agent; ``warnings`` are sentences."""

    lines: tuple[BudgetLine, ...]
    minutes: float
    money: float
    income: float
    warnings: tuple[str, ...]

    @property
    def share(self) -> float:
        """Share of the day's minutes that is spoken for."""
        return self.minutes / TICKS_PER_DAY

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return {**asdict(self), "share": self.share}


def day_budget(cfg: SimulationConfig, affordances: Sequence[AffordanceRow]) -> DayBudget:
    """Add up what a day needs.

    Each need is met by the affordance that fills it most at a time, as often as its decay over
    a day asks for; what that uses up (a meal) is made by another affordance where there is one.
    Time is counted as if all were made at home, money as if all were bought: the dearer of both.

    Args:
        cfg: Decay, rent and income.
        affordances: What can be done.

    Returns:
        Lines and sums; warnings where a need cannot be met or the day or the money is short.
    """
    lines: list[BudgetLine] = []
    warnings: list[str] = []
    for need in cfg.needs_table():
        demand = need.decay * TICKS_PER_DAY
        best = _best(need.name, affordances)
        if best is None and demand > 0:
            warnings.append(f"nothing fills the need '{need.name}': no affordance raises it.")
        if best is not None and demand > 0:
            lines += _lines(need.name, demand, best, affordances)
    lines.append(BudgetLine("work", "a shift", "", 1.0, float(SHIFT_MINUTES), 0.0))
    lines.append(BudgetLine("rent", "rent", "", 1.0, 0.0, cfg.economy.rent))
    minutes, money = sum(line.minutes for line in lines), sum(line.money for line in lines)
    income = cfg.economy.daily_allowance()
    share = minutes / TICKS_PER_DAY
    if share > FULLEST:
        warnings.append(
            f"a day needs {minutes:.0f} minutes ({share:.0%}) without walking; above"
            f" {FULLEST:.0%} agents cannot keep up."
        )
    if money > income + 1e-9:
        warnings.append(f"a day costs {money:.2f} and economy.allowance brings {income:.2f}.")
    return DayBudget(tuple(lines), minutes, money, income, tuple(warnings))


def _best(name: str, affordances: Sequence[AffordanceRow]) -> AffordanceRow | None:
    """Return the affordance with the largest effect on ``name``, the first of equals."""
    useful = [row for row in affordances if row[3].get(name, 0.0) > 0.0]
    return max(useful, key=lambda row: row[3][name], default=None)


def _lines(
    serves: str, demand: float, row: AffordanceRow, affordances: Sequence[AffordanceRow]
) -> list[BudgetLine]:
    """Return the line for ``row`` and for making what it uses up."""
    name, object_type, duration, effects, price = row
    times = demand / effects[serves]
    lines = [BudgetLine(serves, name, object_type, times, times * duration, times * price)]
    for item in ITEMS:
        used = -effects.get(item, 0.0) * times
        maker = _best(item, affordances)
        if used > 0 and maker is not None and not maker[4]:
            made = used / maker[3][item]
            lines.append(BudgetLine(item, maker[0], maker[1], made, made * maker[2], 0.0))
    return lines
