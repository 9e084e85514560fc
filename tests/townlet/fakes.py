"""A simulation that counts ticks and nothing else, for tests of what stands around it."""

import signal
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl

from townlet.errors import UserError

NEEDS = ("hunger", "hygiene", "energy")


@dataclass
class FakeTown:
    """Two towns of 8 that start at 07:00; day 0 ends at midnight."""

    seed: int = 3
    towns: int = 2
    agents: int = 8
    tick: int = 0
    start: int = 420
    chunks: list[int] = field(default_factory=list)
    resets: list[int] = field(default_factory=list)
    interrupt_at: int | None = None
    config: Any = field(
        default_factory=lambda: SimpleNamespace(
            config_id="fake_town",
            scenario=None,
            affordances=SimpleNamespace(affordances_file=None),
            perturbations=SimpleNamespace(file=None),
            snapshot=SimpleNamespace(
                autosave=SimpleNamespace(cadence_ticks=None, cadence_seconds=None)
            ),
        )
    )
    manifest: list[bool | UserError] = field(default_factory=list)  # what each look finds
    plan: Any = None
    timeline: Any = field(default_factory=lambda: SimpleNamespace(missed=()))

    @property
    def clock(self) -> tuple[int, int, int]:
        minute = self.start + self.tick
        return minute // 1440, minute % 1440 // 60, minute % 60

    def run(self, ticks: int) -> None:
        self.chunks.append(ticks)
        self.tick += ticks
        if self.interrupt_at is not None and self.tick >= self.interrupt_at:
            self.interrupt_at = None
            signal.raise_signal(signal.SIGINT)

    def reload(self) -> bool:
        found = self.manifest.pop(0) if self.manifest else False
        if isinstance(found, UserError):
            raise found
        return found

    def hash(self) -> int:
        return 0xABC + self.tick

    def hash_columns(self) -> dict[str, int]:
        return {"Wallet.money": 2**64 - 1, "Needs.level": 1}

    def timings(self) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "system": ["move", "drain_needs"],
                "phase": ["ACT", "LIVE"],
                "calls": [9, 9],
                "ns_total": [9000, 900],
                "ns_per_tick": [1000.0, 100.0],
                "ns_per_agent": [62.5, 6.25],
            }
        )

    def reset_timings(self) -> None:
        self.resets.append(self.tick)

    def _kpis(self, days: list[int]) -> pl.DataFrame:
        rows = [(town, day) for day in days for town in range(self.towns)]
        return pl.DataFrame(
            {
                "town": [town for town, _ in rows],
                "day": [day for _, day in rows],
                "tick": [self.tick for _ in rows],
                "population": [8.0 - town for town, _ in rows],
                "mean_need.hunger": [0.5 + day / 10 for _, day in rows],
                "queue_wait_p50": [float("nan") for _ in rows],
            },
            schema_overrides={
                "population": pl.Float64,
                "mean_need.hunger": pl.Float64,
                "queue_wait_p50": pl.Float64,
            },
        )

    def kpis(self) -> pl.DataFrame:
        return self._kpis(list(range(self.clock[0])))

    def kpis_today(self) -> pl.DataFrame:
        return self._kpis([self.clock[0]])

    def needs_history(self) -> pl.DataFrame:
        ticks = range(60, self.tick + 1, 60)
        rows = [(town, tick) for tick in ticks for town in range(self.towns)]
        columns: dict[str, list[float]] = {
            need: [0.5 + 0.4 * np.sin(tick / 200 + k + town / 5) for town, tick in rows]
            for k, need in enumerate(NEEDS)
        }
        return pl.DataFrame({"town": [r[0] for r in rows], "tick": [r[1] for r in rows], **columns})

    def dropped(self) -> dict[str, int]:
        return {"queues": 0, "events": 2}

    def frame(self, table: str) -> pl.DataFrame:
        assert table == "agent"
        return pl.DataFrame(
            {
                "town": [0, 0, 0, 1],
                "Identity.alive": [True, True, False, True],
                "x": [1, 15, 0, 5],
                "y": [1, 3, 0, 0],
            }
        )
