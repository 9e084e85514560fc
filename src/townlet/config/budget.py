"""What a day asks of an agent: minutes and money, before anybody walks or waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from townlet.config.base import TICKS_PER_DAY
from townlet.config.model import SimulationConfig
from townlet_components.inventory import ITEMS

SHIFT_MINUTES = 480
"""A full shift, where the town's jobs are not known (SPEC §4)."""

LEAST_SLACK, MOST_SLACK = 0.1, 0.2
"""A full shift should pay for a basket and this much more (SPEC §8)."""

FULLEST = 0.9
"""Above this share of the day's minutes `townlet config check` warns (SPEC §4)."""

BUSIEST = 0.8
"""Above this load on an object type `townlet config check` warns (SPEC §4)."""

AffordanceRow = tuple[str, str, int, Mapping[str, float], float]
"""id, object type, duration in ticks, effects by name, price (1.0 is a meal)."""

JobRow = tuple[str, int, float, float]
"""name, positions, minutes of a full shift, wage per minute."""


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
class JobPay:
    """What a job brings.

    Attributes:
        job: Its name.
        positions: How many there are in town.
        minutes: A full shift.
        pay: Money for one, with the day's allowance.
        slack: What is left of it after a basket, as a share of the basket.
    """

    job: str
    positions: int
    minutes: float
    pay: float
    slack: float


@dataclass(frozen=True)
class DayBudget:
    """A day of one agent; ``loads`` are of all of them, ``warnings`` and ``notes`` sentences."""

    lines: tuple[BudgetLine, ...]
    minutes: float
    money: float
    income: float
    warnings: tuple[str, ...]
    loads: tuple[TypeLoad, ...] = ()
    basket: float = 0.0
    jobs: tuple[JobPay, ...] = ()
    notes: tuple[str, ...] = ()

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
    jobs: Sequence[JobRow] | None = None,
) -> DayBudget:
    """Add up what a day needs.

    Each need is met by the affordance that fills it most at a time, as often as its decay over
    a day asks for; what that uses up (a meal) is made by another affordance where there is one,
    and what that uses up (ingredients) likewise. Time is counted as if all were made at home,
    money as if all were bought: the dearer of both.

    Args:
        cfg: Decay, rent and income.
        affordances: What can be done.
        agents: How many have such a day in one town.
        objects: How many objects of each type they may use; None: the town is not known, and
            nothing is said about loads.
        jobs: The jobs of the town; none: everybody lives on the allowance. None: not known, and
            a full shift at ``economy.wage_income`` is taken.

    Returns:
        Lines and sums; warnings where a need cannot be met, the day or the money is short, or
        an object type is asked for more than it has.
    """
    if jobs is None:
        jobs = [("work", 1, SHIFT_MINUTES, cfg.economy.wage_income)]
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
    pays = _pays(cfg, jobs)
    positions = max(sum(pay.positions for pay in pays), 1)
    if pays:
        shift = sum(pay.minutes * pay.positions for pay in pays) / positions
        lines.append(BudgetLine("work", "a shift", "", 1.0, shift, 0.0))
    lines.append(BudgetLine("rent", "rent", "", 1.0, 0.0, cfg.economy.rent))
    minutes, money = sum(line.minutes for line in lines), sum(line.money for line in lines)
    income = sum(pay.pay * pay.positions for pay in pays) / positions
    if not pays:
        income = cfg.economy.daily_allowance(jobless=True)
    loads = _loads(lines, agents, objects or {})
    basket = cfg.economy.basket()
    below, above = _wage_sentences(pays, basket)
    warnings += [*_day_sentences(minutes, money, income, bool(pays)), *below]
    warnings += [
        f"all agents together ask {load.minutes:,.0f} minutes a day of type '{load.object_type}',"
        f" of which they may use {load.objects:,} ({load.share:.0%}); above {BUSIEST:.0%} queues"
        " grow long."
        for load in loads
        if load.share > BUSIEST
    ]
    return DayBudget(
        tuple(lines), minutes, money, income, tuple(warnings), loads, basket, pays, tuple(above)
    )


def _day_sentences(minutes: float, money: float, income: float, employed: bool) -> list[str]:
    """Say where a day asks for more minutes or money than there are."""
    found = []
    share = minutes / TICKS_PER_DAY
    if share > FULLEST:
        found.append(
            f"a day needs {minutes:.0f} minutes ({share:.0%}) without walking; above"
            f" {FULLEST:.0%} agents cannot keep up."
        )
    if money > income + 1e-9:
        source = "a full shift" if employed else "economy.allowance"
        found.append(f"a day costs {money:.2f} and {source} brings {income:.2f}.")
    return found


def _pays(cfg: SimulationConfig, jobs: Sequence[JobRow]) -> tuple[JobPay, ...]:
    """Return what each job that has positions brings."""
    basket, allowance = cfg.economy.basket(), cfg.economy.daily_allowance()
    found = []
    for name, positions, minutes, wage in jobs:
        if positions > 0:
            pay = minutes * wage + allowance
            slack = pay / basket - 1.0 if basket > 0 else float("inf")
            found.append(JobPay(name, positions, minutes, pay, slack))
    return tuple(found)


def _wage_sentences(pays: Sequence[JobPay], basket: float) -> tuple[list[str], list[str]]:
    """Say which jobs pay less than a basket with its slack, and which pay more; a line per pay."""
    warnings: list[str] = []
    notes: list[str] = []
    if basket <= 0:
        return warnings, notes
    for pay in sorted({job.pay for job in pays}):
        same = [job for job in pays if job.pay == pay]
        names, slack = " and ".join(f"'{job.job}'" for job in same), same[0].slack
        what = f"a full shift as {names} pays {pay:.2f}"
        if slack < -1e-9:
            warnings.append(f"{what} and a basket costs {basket:.2f}.")
        elif slack < LEAST_SLACK - 1e-9:
            warnings.append(
                f"{what}, {slack:.0%} above a basket of {basket:.2f}; with less than"
                f" {LEAST_SLACK:.0%} a late day is not made up for."
            )
        elif slack > MOST_SLACK + 1e-9:
            notes.append(
                f"{what}, {slack:.0%} above a basket of {basket:.2f}; Townlet's own jobs leave"
                f" {LEAST_SLACK:.0%} to {MOST_SLACK:.0%}."
            )
    return warnings, notes


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
    return lines + _supplies(row, times, affordances, (name,))


def _supplies(
    row: AffordanceRow, times: float, affordances: Sequence[AffordanceRow], above: tuple[str, ...]
) -> list[BudgetLine]:
    """Return lines for making or fetching what ``row`` uses up, and what that uses up in turn."""
    lines = []
    for item in ITEMS:
        used = -row[3].get(item, 0.0) * times
        maker = _best(item, affordances)
        if used <= 0 or maker is None or maker[0] in above:
            continue
        made = used / maker[3][item]
        lines.append(BudgetLine(item, maker[0], maker[1], made, made * maker[2], 0.0))
        lines += _supplies(maker, made, affordances, (*above, maker[0]))
    return lines
