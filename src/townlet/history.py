"""History: what a run remembers for its reports - hourly means, daily KPIs, what was dropped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from townlet.ecs import Store
from townlet.setup.blueprint import Blueprint
from townlet_components.events import Events
from townlet_components.identity import Arrivals
from townlet_components.incidents import IncidentLog
from townlet_components.metrics import Metrics, kpi_names
from townlet_components.queueing import QueueStats
from townlet_components.rewards import Avoided
from townlet_components.rows import Rows
from townlet_components.wallet import Till, Treasury, Wallet

if TYPE_CHECKING:
    import polars as pl


class History:
    """Copies a few rows per town at full hours and midnights; nothing here is read by the world.

    Args:
        store: the components.
        blue: the blueprint, for names and sizes.
    """

    def __init__(self, store: Store, blue: Blueprint) -> None:
        self._store, self._blue = store, blue
        self._metrics = store.read(Metrics)
        self._hours: list[tuple[int, npt.NDArray[np.float64]]] = []
        self._days: list[tuple[int, int, npt.NDArray[np.float64]]] = []
        self.kpi_names = kpi_names(blue.need_names)

    def record(self, tick: int, minute: int, day: int) -> None:
        """Keep the hour that has just been sampled and, at midnight, the day that has ended."""
        self._hours.append((tick, self._metrics.hour_mean.copy()))
        if minute == 0:
            self._days.append((tick, day - 1, self._metrics.kpi.copy()))

    def pages(self, towns: slice) -> dict[str, npt.NDArray[Any]]:
        """All that is kept of some towns, as arrays, for :meth:`turn_to`."""
        hours, days = self._hours, self._days
        none = np.zeros((0, self._blue.towns, 0))
        return {
            "hour": np.array([tick for tick, _ in hours], np.int64),
            "mean": (np.stack([v for _, v in hours]) if hours else none)[:, towns].copy(),
            "day": np.array([row[:2] for row in days], np.int64).reshape(-1, 2),
            "kpi": (np.stack([v for *_, v in days]) if days else none)[:, towns].copy(),
        }

    def turn_to(self, pages: Mapping[str, npt.NDArray[Any]]) -> None:
        """Forget what is kept and go on with the pages of another history."""
        self._hours, self._days = [], []
        if pages:
            hours = zip(pages["hour"].tolist(), pages["mean"].copy(), strict=True)
            days = zip(pages["day"].tolist(), pages["kpi"].copy(), strict=True)
            self._hours = list(hours)
            self._days = [(tick, day, kpi) for (tick, day), kpi in days]

    def merge(self, pages: Mapping[str, npt.NDArray[Any]], town: int) -> None:
        """Let one town have the pages of a history of one town, at the ticks that both have."""
        means = dict(zip(pages["hour"].tolist(), pages["mean"], strict=True))
        for tick, mean in self._hours:
            if tick in means:
                mean[town] = means[tick][0]
        kpis = dict(zip(pages["day"][:, 0].tolist(), pages["kpi"], strict=True))
        for tick, _, kpi in self._days:
            if tick in kpis:
                kpi[town] = kpis[tick][0]

    def _frame(self, rows: list[tuple[int, int, npt.NDArray[np.float64]]]) -> pl.DataFrame:
        import polars as pl  # noqa: PLC0415  (slow to import)

        towns = self._blue.towns
        values = np.concatenate([k for *_, k in rows]) if rows else np.zeros((0, 0))
        columns: dict[str, object] = {
            "town": np.tile(np.arange(towns, dtype=np.int32), len(rows)),
            "day": np.repeat(np.array([d for _, d, _ in rows], np.int32), towns),
            "tick": np.repeat(np.array([t for t, *_ in rows], np.int64), towns),
        }
        for k, name in enumerate(self.kpi_names):
            columns[name] = values[:, k] if rows else np.zeros(0)
        return pl.DataFrame(columns)

    def kpis(self) -> pl.DataFrame:
        """One row per town and finished day."""
        return self._frame(self._days)

    def kpis_today(self, tick: int, day: int) -> pl.DataFrame:
        """One row per town for the running day, as ``measure_today`` has just written them."""
        return self._frame([(tick, day, self._metrics.today)])

    def needs(self) -> pl.DataFrame:
        """Hourly mean of each need by town and tick."""
        import polars as pl  # noqa: PLC0415

        towns, names = self._blue.towns, self._blue.need_names
        count = len(self._hours)
        values = np.concatenate([v for _, v in self._hours]) if count else np.zeros((0, len(names)))
        columns: dict[str, object] = {
            "town": np.tile(np.arange(towns, dtype=np.int32), count),
            "tick": np.repeat(np.array([t for t, _ in self._hours], np.int64), towns),
        }
        for n, name in enumerate(names):
            columns[name] = values[:, n]
        return pl.DataFrame(columns)

    def dropped(self) -> dict[str, int]:
        """What found no room: events, joins of full queues, arrivals, perturbations.

        Where rewards are written also avoidances that could not be remembered, and so not rewarded.
        """
        found = {
            "events": int(self._store.read(Events).dropped.sum()),
            "queue_joins": int(self._store.read(QueueStats).full.sum()),
            "arrivals": int(self._store.read(Arrivals).refused.sum()),
            "perturbations": int(self._store.read(IncidentLog).refused.sum()),
        }
        if Avoided.__name__ in self._store.components:
            found["avoidance_rewards"] = int(self._store.read(Avoided).refused.sum())
        return found

    def money(self) -> npt.NDArray[np.int64]:
        """Wallets, tills and treasury of each town together, thousandths, int64 (towns,)."""
        towns = self._blue.towns
        total = self._store.read(Treasury).money.copy()
        total += self._store.read(Till).money.reshape(towns, -1).sum(axis=1)
        at = self._store.read(Rows).row_of.reshape(towns, -1)
        total += self._store.read(Wallet).money[at].sum(axis=1)
        return total
