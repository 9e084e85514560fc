"""Slow twin of a day's KPIs (SPEC §11), from plain people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nan

import numpy as np

DAY = 1440


@dataclass
class Bond:
    """What somebody thinks of another, as of tick ``at``."""

    trust: float
    familiarity: float
    rivalry: float
    at: int


@dataclass
class Person:
    arrived_at: int
    content: int
    needs: Mapping[str, float]
    shifts: int
    punctual: int
    money: int
    forgiveness: float = 0.0
    bonds: Sequence[Bond] = ()


@dataclass
class Day:
    """What happened in a town in the ticks ``begun + 1`` to ``now``."""

    begun: int
    now: int
    people: Sequence[Person]
    conflicts: int = 0
    escalated: int = 0
    avoidances: int = 0
    late: int = 0
    starved: int = 0
    left: int = 0
    arrived: int = 0
    left_shifts: int = 0
    left_punctual: int = 0
    waits: Sequence[int] = ()
    samples: Mapping[str, Sequence[float]] = field(default_factory=dict)
    treasury: int = 0
    prices: Sequence[tuple[int, int]] = ((1000, 1000),)
    factors: Sequence[tuple[int, int]] = ()
    rivalry_decay: float = 0.0
    tie_decay: float = 0.0
    modifiers: bool = True


def kpis(day: Day) -> dict[str, float]:
    """Every KPI by name."""
    people = day.people
    shifts = day.left_shifts + sum(p.shifts for p in people)
    punctual = day.left_punctual + sum(p.punctual for p in people)
    waits = sorted(day.waits)
    found = {
        "self_sufficiency": mean([_self_sufficient(p, day) for p in people]),
        "attendance_on_time": punctual / shifts if shifts else nan,
        "lateness": day.late / shifts if shifts else nan,
        "tenure_days": mean([(day.now - p.arrived_at) / DAY for p in people]),
        "tie_formation": mean([_tied(p, day) for p in people]),
        "conflicts": day.conflicts,
        "conflict_escalation": day.escalated / day.conflicts if day.conflicts else nan,
        "avoidances": day.avoidances,
        "queue_wait_p50": _rank(waits, 0.5),
        "queue_wait_p95": _rank(waits, 0.95),
        "queue_wait_max": waits[-1] if waits else 0,
        "starvation_exits": day.starved,
        "exits": day.left,
        "arrivals": day.arrived,
        "wealth_gini": gini([p.money for p in people]),
        "treasury": day.treasury / 1000,
        "price_index": _price_index(day),
    }
    needs = {name for p in people for name in p.needs} | day.samples.keys()
    for name in needs:
        taken = day.samples.get(name) or [p.needs[name] for p in people]
        found[f"mean_need.{name}"] = mean(list(taken))
    return {**found, "population": len(people)}


def _price_index(day: Day) -> float:
    """Today's prices over the config's, times today's place factors over the config's."""
    index = mean([today / usual for today, usual in day.prices if usual > 0])
    usually = sum(usual for _, usual in day.factors)
    return index * sum(today for today, _ in day.factors) / usually if usually else index


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else nan


def gini(amounts: Sequence[float]) -> float:
    """Mean difference of all pairs over twice the mean."""
    total = sum(amounts)
    if total == 0:
        return 0.0
    return sum(abs(a - b) for a in amounts for b in amounts) / (2 * len(amounts) * total)


def _rank(waits: Sequence[int], share: float) -> int:
    """The smallest wait that at least this share did not exceed."""
    for wait in waits:
        if sum(other <= wait for other in waits) >= share * len(waits):
            return wait
    return 0


def _self_sufficient(person: Person, day: Day) -> bool:
    """95 % of the day's minutes it was here for were content."""
    minutes = sum(tick >= person.arrived_at for tick in range(day.begun + 1, day.now + 1))
    return minutes > 0 and person.content >= 0.95 * minutes


def _tied(person: Person, day: Day) -> bool:
    return any(_strength(bond, person, day) > np.float32(0.3) for bond in person.bonds)


def _strength(bond: Bond, person: Person, day: Day) -> np.float32:
    gone = day.now - bond.at
    quick = day.rivalry_decay
    if day.modifiers:
        quick *= 1 + 0.5 * max(0.0, person.forgiveness)
    pairs = (
        (abs(bond.trust), day.tie_decay),
        (abs(bond.familiarity), day.tie_decay),
        (bond.rivalry, quick),
    )
    return max(np.float32(max(0.0, value - rate * gone)) for value, rate in pairs)
