"""Paired comparison: the same towns with and without one change.

Town k of both arms has seed ``seed + k``, so both begin with the same people, weather and luck, and
an agent's draws stay its own whatever becomes of the others (docs/design/0002-rng.md). What differs
is what the change does. Differences town by town vary less than differences of strangers, so fewer
towns show as much (docs/pairing.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import polars as pl

    from townlet.config import SimulationConfig
    from townlet.simulation import Simulation

DAY = 1440
KEYS = ("town", "day", "tick")


@dataclass(frozen=True)
class Change:
    """What the second arm does differently.

    Attributes:
        config: Dotted keys of the config and their values.
        policy: Who decides; None: as in the first arm.
        act: Called with the simulation when ``at`` ticks are done.
        at: When.
    """

    config: Mapping[str, Any] | None = None
    policy: str | None = None
    act: Callable[[Simulation], None] | None = None
    at: int = 0


@dataclass(frozen=True)
class Difference:
    """What a change did to a KPI.

    Attributes:
        kpi: Its name.
        without, changed: Mean of the arms.
        mean: Mean of the differences, changed less without.
        paired: Variance of the differences, town by town.
        unpaired: Variance they would have if each arm had its own seeds: the arms' variances added.
        towns: How many pairs had a value.
    """

    kpi: str
    without: float
    changed: float
    mean: float
    paired: float
    unpaired: float
    towns: int

    @property
    def error(self) -> float:
        """Standard error of ``mean``."""
        return float(np.sqrt(self.paired / self.towns))

    @property
    def share(self) -> float:
        """Paired over unpaired variance: the share of towns that pairing needs for as much."""
        return self.paired / self.unpaired if self.unpaired > 0 else float("nan")


def compare(
    config: SimulationConfig | str | Path,
    change: Change,
    *,
    towns: int = 20,
    seed: int = 0,
    days: int = 3,
    agents: int | None = None,
    threads: int | None = None,
) -> list[Difference]:
    """Let the same towns live with and without a change.

    Args:
        config: A config or its file.
        change: What the second arm does differently.
        towns: Pairs, at least 2.
        seed: Seed of the first.
        days: Midnights to run to.
        agents: Agents per town instead of the config's.
        threads: As for a simulation.

    Returns:
        One entry per KPI that at least two pairs have a value for; a town's value is the mean of
        its days.

    Raises:
        UserError: The config, a key of the change or a number is wrong.
    """
    from townlet.config import SimulationConfig, load_config  # noqa: PLC0415
    from townlet.errors import UserError  # noqa: PLC0415

    if towns < 2 or days < 1:
        raise UserError(f"towns is {towns} and days {days}; give at least 2 towns and 1 day")
    base = config if isinstance(config, SimulationConfig) else load_config(Path(config))
    other = base.with_overrides(dict(change.config)) if change.config else base
    options = {"towns": towns, "seed": seed, "agents": agents, "threads": threads}
    without = per_town(_arm(base, Change(), days, options))
    changed = per_town(_arm(other, change, days, options))
    found = [difference(name, without[name], changed[name]) for name in without]
    return [entry for entry in found if entry is not None]


def _arm(
    config: SimulationConfig, change: Change, days: int, options: Mapping[str, Any]
) -> pl.DataFrame:
    """Let one arm live; returns its KPIs."""
    from townlet.simulation import Simulation  # noqa: PLC0415  (numba loads with it)

    sim = Simulation.from_config(config, policy=change.policy, **options)
    end = days * DAY - config.start_minute()
    if change.act is not None and change.at < end:
        sim.run(change.at)
        change.act(sim)
    sim.run(end - sim.tick)
    return sim.kpis()


def per_town(kpis: pl.DataFrame) -> dict[str, npt.NDArray[np.float64]]:
    """Mean of each KPI over a town's days that have a value, (towns,); NaN where none has."""
    mean = kpis.fill_nan(None).group_by("town").mean().sort("town").drop(*KEYS)
    return {
        name: mean[name].cast(float).fill_null(float("nan")).to_numpy() for name in mean.columns
    }


def difference(
    kpi: str, without: npt.NDArray[np.float64], changed: npt.NDArray[np.float64]
) -> Difference | None:
    """Compare the towns of two arms, pair by pair; None when fewer than two have values."""
    told = np.isfinite(without) & np.isfinite(changed)
    first, second = without[told], changed[told]
    if len(first) < 2:
        return None
    return Difference(
        kpi,
        float(first.mean()),
        float(second.mean()),
        float((second - first).mean()),
        float(np.var(second - first, ddof=1)),
        float(np.var(first, ddof=1) + np.var(second, ddof=1)),
        len(first),
    )
