"""Balance: whether towns live well, over many days and seeds (SPEC §4).

A town's days come from :meth:`townlet.Simulation.kpis`; :func:`judge` boils them down to one number
per promise and holds it against the promise. Which days count is part of each promise:

- *settled* days are those from day 3 on (from day 1 on where a run has no more than six days):
  a town that has just been founded has no ties and no night behind it;
- *all* days count for what must never happen, and for what has to happen at least once;
- the *last* day tells how long people have stayed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from townlet.report.kpis import COUNT, MINUTES, NUMBER, Band, kpi, written
from townlet.report.summary import hash_text
from townlet_components.lifecycle import CAUSES

if TYPE_CHECKING:
    import polars as pl

    from townlet.config import SimulationConfig

DAY = 1440
SETTLED_FROM, SHORT = 3, 6
TREASURY_FROM = 10
"""The treasury's moves count from the beginning of this day on."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Town:
    """What judging a town needs besides its days.

    Attributes:
        basket: Money of a basket.
        agents: How many the town began with.
    """

    basket: float
    agents: int


@dataclass(frozen=True)
class Promise:
    """One thing a town in balance keeps.

    Attributes:
        name: The KPI it is about.
        days: Which days count, in words.
        band: Where its number has to lie.
        unit: How the number is written.
        number: The number, from a town's days in order.
        least_days: A shorter run says nothing about it.
        note: What the number is, where it is not the KPI itself.
    """

    name: str
    days: str
    band: Band
    unit: str
    number: Callable[[pl.DataFrame, Town], float | None]
    least_days: int = 1
    note: str = ""


@dataclass(frozen=True)
class Finding:
    """A promise held against a town.

    Attributes:
        value: Its number; None: the run was too short, or there was nothing to count.
        verdict: "ok", "too low", "too high", or "" without a number.
    """

    value: float | None
    verdict: str


def settled(days: pl.DataFrame) -> pl.DataFrame:
    """Return the days that count for averages."""
    first = SETTLED_FROM if days.height > SHORT else min(1, days.height - 1)
    return days.filter(days["day"] >= first)


def _mean(name: str) -> Callable[[pl.DataFrame, Town], float | None]:
    """Mean over the settled days that have a value."""

    def number(days: pl.DataFrame, town: Town) -> float | None:
        values = settled(days)[name].fill_nan(None).drop_nulls()
        return float(values.to_numpy().mean()) if len(values) else None

    return number


def _sum(name: str) -> Callable[[pl.DataFrame, Town], float | None]:
    return lambda days, town: float(days[name].sum())


def _last(name: str) -> Callable[[pl.DataFrame, Town], float | None]:
    return lambda days, town: float(days[name][-1])


def _escalation(days: pl.DataFrame, town: Town) -> float | None:
    """Escalated conflicts of all days over all conflicts: busy days weigh more."""
    conflicts = days["conflicts"].to_numpy()
    share = days["conflict_escalation"].fill_nan(None).fill_null(0.0).to_numpy()
    return float((share * conflicts).sum() / conflicts.sum()) if conflicts.sum() else None


def _treasury(days: pl.DataFrame, town: Town) -> float | None:
    """Highest less lowest balance at midnight, in baskets per citizen."""
    balance = days.filter(days["day"] >= TREASURY_FROM - 1)["treasury"].to_numpy()
    return float(balance.max() - balance.min()) / town.basket / town.agents


def _floor(name: str, days: str, number: Callable[..., float | None], least: int = 1) -> Promise:
    """A promise that is the KPI's own band."""
    about = kpi(name)
    assert about.band is not None
    return Promise(name, days, Band(about.band.low, about.band.high, about.band.below), about.unit,
                   number, least)  # fmt: skip


PROMISES = (
    _floor("self_sufficiency", "settled", _mean("self_sufficiency")),
    _floor("attendance_on_time", "settled", _mean("attendance_on_time")),
    _floor("tenure_days", "last", _last("tenure_days"), least=4),
    _floor("tie_formation", "settled", _mean("tie_formation")),
    _floor("starvation_exits", "all", _sum("starvation_exits")),
    Promise("exits", "all", Band(low=1), COUNT, _sum("exits")),
    Promise("arrivals", "all", Band(low=1), COUNT, _sum("arrivals")),
    Promise("queue_wait_p95", "settled", Band(low=0.001), MINUTES, _mean("queue_wait_p95")),
    Promise("conflicts", "all", Band(low=1), COUNT, _sum("conflicts")),
    Promise("avoidances", "all", Band(low=1), COUNT, _sum("avoidances")),
    _floor("conflict_escalation", "all", _escalation),
    _floor("wealth_gini", "settled", _mean("wealth_gini")),
    Promise(
        "treasury", f"{TREASURY_FROM} to the last", Band(high=10.0, below=True), NUMBER, _treasury,
        least_days=TREASURY_FROM + 2, note="highest less lowest balance, in baskets per citizen",
    ),
)  # fmt: skip


def wanted(promise: Promise) -> str:
    """Write what a promise asks for."""
    if promise.name == "queue_wait_p95":
        return "above 0"
    return promise.band.text(promise.unit)


def judge(days: pl.DataFrame, town: Town) -> dict[str, Finding]:
    """Hold one town's days against every promise.

    Args:
        days: Rows of :meth:`townlet.Simulation.kpis` of one town, in order of days.
        town: Its basket and size.
    """
    found = {}
    for promise in PROMISES:
        value = promise.number(days, town) if days.height >= promise.least_days else None
        found[promise.name] = Finding(value, promise.band.verdict(value))
    return found


def kept(findings: dict[str, Finding], days: int) -> bool:
    """Whether a town is in balance: every promise that ``days`` days can show is kept."""
    told = [p for p in PROMISES if days >= p.least_days]
    return all(findings[promise.name].verdict == "ok" for promise in told)


@dataclass(frozen=True)
class Life:
    """What became of a town.

    Attributes:
        seed: Its seed.
        days: Its KPIs, a row per finished day.
        findings: Its numbers, by promise.
        kept: Whether all that can be told is kept.
        causes: Exits by cause.
        state_hash: Hash of its state at the end.
    """

    seed: int
    days: pl.DataFrame
    findings: dict[str, Finding]
    kept: bool
    causes: dict[str, int]
    state_hash: str


def live(
    config: SimulationConfig | str | Path,
    seeds: Sequence[int],
    days: int,
    *,
    agents: int | None = None,
    policy: str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> list[Life]:
    """Let towns live and judge them; consecutive seeds are one batch.

    Args:
        config: A config or its file.
        seeds: Seeds of the towns.
        days: Midnights to run to; day 0 begins when the config says.
        agents: Agents per town instead of the config's.
        policy: Who decides, instead of the config's.
        threads: As for a simulation.
        progress: Told (days done, days in all), over all batches.
    """
    from townlet.simulation import Simulation  # noqa: PLC0415  (numba loads with it)

    found: list[Life] = []
    batches = list(consecutive(seeds))
    for number, (first, towns) in enumerate(batches):
        sim = Simulation.from_config(
            config, towns=towns, seed=first, agents=agents, policy=policy, threads=threads
        )
        for day in range(days):
            _, hour, minute = sim.clock
            sim.run(DAY - (60 * hour + minute))
            if progress is not None:
                progress(number * days + day + 1, len(batches) * days)
        town = Town(sim.config.economy.basket(), sim.agents)
        kpis, exits = sim.kpis(), sim.column("ExitCounts.by_cause")
        for k in range(towns):
            mine = kpis.filter(kpis["town"] == k)
            findings = judge(mine, town)
            causes = {c: int(n) for c, n in zip(CAUSES, exits[k], strict=True) if n}
            state = hash_text(sim.hash(town=k))
            found.append(Life(first + k, mine, findings, kept(findings, days), causes, state))
    return found


def consecutive(seeds: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Group seeds into (first, how many) runs of consecutive ones, in rising order."""
    ordered = sorted(set(seeds))
    first = 0
    for k in range(1, len(ordered) + 1):
        if k == len(ordered) or ordered[k] != ordered[k - 1] + 1:
            yield ordered[first], k - first
            first = k


def as_dict(lives: Sequence[Life]) -> dict[str, Any]:
    """Return what was found as plain data, for JSON."""
    starved = sum(life.findings["starvation_exits"].value or 0.0 for life in lives)
    causes: Counter[str] = Counter()
    for life in lives:
        causes.update(life.causes)
    return {
        "towns": len(lives),
        "kept": sum(life.kept for life in lives),
        "starved": int(starved),
        "exits_by_cause": dict(causes),
        "means": {promise.name: mean_of(lives, promise.name) for promise in PROMISES},
        "seeds": [
            {
                "seed": life.seed,
                "kept": life.kept,
                "state_hash": life.state_hash,
                "exits_by_cause": life.causes,
                "promises": {
                    name: {"value": found.value, "verdict": found.verdict}
                    for name, found in life.findings.items()
                },
            }
            for life in lives
        ],
    }


def mean_of(lives: Sequence[Life], name: str) -> float | None:
    """Mean of a promise's number over the towns that have one."""
    values = [life.findings[name].value for life in lives]
    told = [value for value in values if value is not None and not math.isnan(value)]
    return float(np.mean(told)) if told else None


def passes(lives: Sequence[Life], share: float = 0.95) -> bool:
    """Whether enough towns are in balance and nobody has starved in any."""
    told = as_dict(lives)
    return bool(told["kept"] >= math.ceil(share * len(lives)) and told["starved"] == 0)


def value_text(promise: Promise, value: float | None) -> str:
    """Write a promise's number."""
    if promise.unit == NUMBER and value is not None:
        return f"{value:.2f}"
    return written(value, promise.unit)
