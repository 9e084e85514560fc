"""What a day asks of an agent: minutes and money, before anybody walks or waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from townlet.config.base import TICKS_PER_DAY
from townlet.config.model import SimulationConfig
from townlet_components.inventory import ITEMS

SHIFT_MINUTES = 480
"""A full shift (SPEC §4)."""

FULLEST = 0.9
"""Above this share of the day's minutes `townlet config check` warns (SPEC §4)."""

BUSIEST = 0.8
"""Above this load on an object type `townlet config check` warns (SPEC §4)."""

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
class TypeLoad:
    """What all agents ask of an object type in a day.

    Attributes:
        object_type: The type.
        objects: How many of it they may use, at least 1.
        minutes: Minutes asked of all of them together.
    """

    object_type: str
    objects: int
    minutes: float

    @property
    def share(self) -> float:
        """Share of the day these objects are in use."""
        return self.minutes / (self.objects * TICKS_PER_DAY)


@dataclass(frozen=True)
class DayBudget:
    """A day of one agent; ``loads`` are of all of them, ``warnings`` are sentences."""

    lines: tuple[BudgetLine, ...]
    minutes: float
    money: float
    income: float
    warnings: tuple[str, ...]
    loads: tuple[TypeLoad, ...] = ()

    @property
    def share(self) -> float:
        """Share of the day's minutes that is spoken for."""
        return self.minutes / TICKS_PER_DAY

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        loads = [{**asdict(load), "share": load.share} for load in self.loads]
        return {**asdict(self), "loads": loads, "share": self.share}


def day_budget(
    cfg: SimulationConfig,
    affordances: Sequence[AffordanceRow],
    agents: int = 0,
    objects: Mapping[str, int] | None = None,
) -> DayBudget:
    """Add up what a day needs.

    Each need is met by the affordance that fills it most at a time, as often as its decay over
    a day asks for; what that uses up (a meal) is made by another affordance where there is one.
    Time is counted as if all were made at home, money as if all were bought: the dearer of both.

    Args:
        cfg: Decay, rent and income.
        affordances: What can be done.
        agents: How many have such a day in one town.
        objects: How many objects of each type they may use; None: the town is not known, and
            nothing is said about loads.

    Returns:
        Lines and sums; warnings where a need cannot be met, the day or the money is short, or
        an object type is asked for more than it has.
    """
    lines: list[BudgetLine] = []
    warnings: list[str] = []
    here = [row for row in affordances if objects is None or objects.get(row[1], 0) > 0]
    for need in cfg.needs_table():
        demand = need.decay * TICKS_PER_DAY
        best = _best(need.name, here)
        if best is None and demand > 0:
            warnings.append(_unmet(need.name, affordances))
        if best is not None and demand > 0:
            lines += _lines(need.name, demand, best, here)
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
    loads = _loads(lines, agents, objects or {})
    warnings += [
        f"all agents together ask {load.minutes:,.0f} minutes a day of type '{load.object_type}',"
        f" of which they may use {load.objects:,} ({load.share:.0%}); above {BUSIEST:.0%} queues"
        " grow long."
        for load in loads
        if load.share > BUSIEST
    ]
    return DayBudget(tuple(lines), minutes, money, income, tuple(warnings), loads)


def _unmet(need: str, affordances: Sequence[AffordanceRow]) -> str:
    """Say why nothing fills a need: no affordance does, or the town lacks the object."""
    elsewhere = _best(need, affordances)
    if elsewhere is None:
        return f"nothing fills the need '{need}': no affordance raises it."
    name, object_type = elsewhere[:2]
    return (
        f"nothing in town fills the need '{need}': '{name}' is done at a '{object_type}' and"
        " there is none that an agent may use."
    )


def _loads(
    lines: Sequence[BudgetLine], agents: int, objects: Mapping[str, int]
) -> tuple[TypeLoad, ...]:
    """Add up what all agents ask of each object type, in the order of the lines."""
    asked: dict[str, float] = {}
    for line in lines:
        if objects.get(line.object_type, 0) > 0:
            asked[line.object_type] = asked.get(line.object_type, 0.0) + line.minutes * agents
    return tuple(TypeLoad(name, objects[name], minutes) for name, minutes in asked.items())


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
