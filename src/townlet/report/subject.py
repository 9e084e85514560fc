"""What a report needs to know of a simulation, and how a run of it went."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import polars as pl

    from townlet.maps import TownPlan

DAY = 1440
"""Ticks in a day: one tick is one minute (SPEC §1)."""


class Config(Protocol):
    """The part of a configuration a report shows."""

    @property
    def config_id(self) -> str:
        """The name the file gives itself."""
        ...


class Subject(Protocol):
    """A simulation, seen by the reports; `townlet.Simulation` is one, a test's fake another."""

    @property
    def config(self) -> Config:
        """The configuration it was built from."""
        ...

    @property
    def plan(self) -> "TownPlan":
        """The map all its towns share."""
        ...

    @property
    def seed(self) -> int:
        """Town k has seed ``seed + k``."""
        ...

    @property
    def towns(self) -> int:
        """How many towns run side by side."""
        ...

    @property
    def agents(self) -> int:
        """How many agents each town began with."""
        ...

    @property
    def tick(self) -> int:
        """Ticks done so far."""
        ...

    @property
    def clock(self) -> tuple[int, int, int]:
        """The town's day, hour and minute."""
        ...

    def run(self, ticks: int) -> object:
        """Do that many ticks."""
        ...

    def reload(self) -> bool:
        """Apply the affordance manifest if it has changed; a `UserError` says why it cannot be."""
        ...

    def hash(self) -> int:
        """Return the 64-bit hash of the authoritative state."""
        ...

    def hash_columns(self) -> Mapping[str, int]:
        """Return one sub-hash per column."""
        ...

    def timings(self) -> "pl.DataFrame":
        """Return one row per system: system, phase, calls and nanoseconds."""
        ...

    def reset_timings(self) -> object:
        """Forget the timings so far."""
        ...

    def kpis(self) -> "pl.DataFrame":
        """Return one row per town and finished day."""
        ...

    def kpis_today(self) -> "pl.DataFrame":
        """Return one row per town for the day that is running."""
        ...

    def needs_history(self) -> "pl.DataFrame":
        """Return hourly means of each need: town, tick, one column per need."""
        ...

    def dropped(self) -> Mapping[str, int]:
        """Return how many entries each bounded table had no room for."""
        ...

    def frame(self, table: str) -> "pl.DataFrame":
        """Return a copy of one table."""
        ...


@dataclass(frozen=True)
class Outcome:
    """How a run went, as the clock on the wall saw it.

    Attributes:
        ticks: Ticks done.
        wall_s: Seconds from reading the configuration to the end of the last tick.
        first_tick_s: Seconds of the first tick, compilation included.
        steady_s: Seconds of all ticks but the first.
        interrupted: Whether Ctrl-C ended it.
    """

    ticks: int
    wall_s: float
    first_tick_s: float
    steady_s: float
    interrupted: bool = False

    @property
    def ticks_per_s(self) -> float | None:
        """Ticks per second without start-up and the first tick; None when there were no more."""
        return (self.ticks - 1) / self.steady_s if self.ticks > 1 and self.steady_s > 0 else None


def start_minute(subject: Subject) -> int:
    """Return the minute of the day at which tick 0 began, in [0, 1440)."""
    _, hour, minute = subject.clock
    return (60 * hour + minute - subject.tick) % DAY
