"""History: what a run remembers for its reports - hourly means, daily KPIs, what was dropped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from townlet.ecs import Store
from townlet.growing import Growing
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
        self._hours = Growing(1, self._metrics.hour_mean.shape)
        self._days = Growing(2, self._metrics.kpi.shape)
        self.kpi_names = kpi_names(blue.need_names)

    def record(self, tick: int, minute: int, day: int) -> None:
        """Keep the hour that has just been sampled and, at midnight, the day that has ended."""
        self._hours.append((tick,), self._metrics.hour_mean)
        if minute == 0:
            self._days.append((tick, day - 1), self._metrics.kpi)

    def pages(self, towns: slice) -> dict[str, npt.NDArray[Any]]:
        """All that is kept of some towns, as arrays, for :meth:`turn_to`.

        Rows that are kept do not change, so these are views, and another thread may read them.
        """
        return {
            "hour": self._hours.stamps[:, 0],
            "mean": self._hours.values[:, towns],
            "day": self._days.stamps,
            "kpi": self._days.values[:, towns],
        }

    def turn_to(self, pages: Mapping[str, npt.NDArray[Any]]) -> None:
        """Forget what is kept and go on with the pages of another history."""
        if pages and len(pages["hour"]):
            self._hours.replace(pages["hour"][:, None], pages["mean"])
        else:
            self._hours = Growing(1, self._metrics.hour_mean.shape)
        if pages and len(pages["day"]):
            self._days.replace(pages["day"], pages["kpi"])
        else:
            self._days = Growing(2, self._metrics.kpi.shape)

    def merge(self, pages: Mapping[str, npt.NDArray[Any]], town: int) -> None:
        """Let one town have the pages of a history of one town, at the ticks that both have."""
        for kept, stamps, values in (
            (self._hours, pages["hour"], pages["mean"]),
            (self._days, pages["day"][:, 0], pages["kpi"]),
        ):
            _, mine, theirs = np.intersect1d(kept.stamps[:, 0], stamps, return_indices=True)
            if len(mine):
                kept.replace(kept.stamps, kept.values)  # pages of these are with others
                kept.values[mine, town] = values[theirs, 0]

    def _frame(
        self, stamps: npt.NDArray[np.int64], values: npt.NDArray[np.float64]
    ) -> pl.DataFrame:
        """A row per town and day, of (days, 2) ticks and days and (days, towns, KPIs) values."""
        import polars as pl  # noqa: PLC0415  (slow to import)

        towns = self._blue.towns
        flat = values.reshape(-1, len(self.kpi_names))
        columns: dict[str, object] = {
            "town": np.tile(np.arange(towns, dtype=np.int32), len(stamps)),
            "day": np.repeat(stamps[:, 1].astype(np.int32), towns),
            "tick": np.repeat(stamps[:, 0], towns),
        }
        return pl.DataFrame(columns | {n: flat[:, k] for k, n in enumerate(self.kpi_names)})

    def kpis(self) -> pl.DataFrame:
        """One row per town and finished day."""
        return self._frame(self._days.stamps, self._days.values)

    def kpis_today(self, tick: int, day: int) -> pl.DataFrame:
        """One row per town for the running day, as ``measure_today`` has just written them."""
        return self._frame(np.array([[tick, day]], np.int64), self._metrics.today[None])

    def needs(self) -> pl.DataFrame:
        """Hourly mean of each need by town and tick."""
        import polars as pl  # noqa: PLC0415

        towns, names = self._blue.towns, self._blue.need_names
        flat = self._hours.values.reshape(-1, len(names))
        columns: dict[str, object] = {
            "town": np.tile(np.arange(towns, dtype=np.int32), len(self._hours)),
            "tick": np.repeat(self._hours.stamps[:, 0], towns),
        }
        return pl.DataFrame(columns | {name: flat[:, n] for n, name in enumerate(names)})

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
