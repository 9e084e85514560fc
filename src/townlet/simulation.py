"""Simulation: config to tables and schedule; step, run, hash, frames. It orchestrates, no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

import townlet_components
import townlet_systems
from townlet.config import SimulationConfig, load_config
from townlet.ecs.runtime import Runtime, Threading
from townlet.ecs.schedule import Schedule, discover
from townlet.errors import UserError
from townlet.history import History
from townlet.orders import OrderDesk
from townlet.policy import policy_systems
from townlet.reload import ManifestReloader
from townlet.setup.blueprint import Blueprint, draw_blueprint
from townlet.setup.build import build_store
from townlet.state_hash import StateHash
from townlet.systems import ON_REQUEST, discover_components
from townlet.timeline import Timeline
from townlet_components.clock import Clock
from townlet_components.identity import Departures, Vacancies
from townlet_components.masks import Masks

if TYPE_CHECKING:
    import polars as pl

    from townlet.maps import TownPlan

Progress = Callable[[int, int, str], None]
_DAY = 1440


class Simulation:
    """A batch of towns that run side by side. Make one with :meth:`from_config`.

    Attributes:
        config: the config all towns started from.
        plan: the map they share.
        towns, agents, capacity, seed: sizes; town k has seed ``seed + k``.
        schedule: the systems in running order.
        store: the components; use :meth:`column` and :meth:`frame` to look.
        tick: ticks done.
        timeline: what a scenario lets happen when.
    """

    def __init__(
        self,
        blueprint: Blueprint,
        *,
        policy: str | None = None,
        threads: int | None = None,
        lanes: int | None = None,
        shuffle: int | None = None,
        row_order: npt.NDArray[np.int64] | None = None,
        progress: Progress | None = None,
        fused: bool | None = None,
    ) -> None:
        self.blueprint = blueprint
        self.config = blueprint.config
        self.plan: TownPlan = blueprint.plan
        self.towns, self.agents = blueprint.towns, blueprint.agents
        self.capacity, self.seed = blueprint.capacity, blueprint.seed
        rows = self.towns * self.capacity
        try:
            self.threading = Threading.choose(rows, threads, lanes, fused)
        except ValueError as error:
            raise UserError(str(error)) from None
        chosen = policy_systems(policy or self.config.runtime.policy.provider)
        self.schedule = Schedule([*discover_world(), *chosen], shuffle)
        self.store = build_store(
            blueprint, discover_components(townlet_components), self.threading.lanes, row_order
        )
        self._runtime = Runtime(self.schedule, self.store, self.threading, progress)
        self.tick = 0
        self._start = self.config.start_minute()
        self._clock = self.store.write(Clock)
        self._vacancies = self.store.write(Vacancies).any
        self._set_clock()
        self.desk = OrderDesk(self.store, blueprint)
        self.history = History(self.store, blueprint)
        self._hash = StateHash(self.store, blueprint)
        self._reloader = ManifestReloader(self.store, blueprint)
        self.timeline = Timeline(self)

    @classmethod
    def from_config(
        cls,
        config: str | Path | SimulationConfig,
        towns: int = 1,
        seed: int | None = None,
        agents: int | None = None,
        overrides: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]] | None = None,
        **options: Any,
    ) -> Simulation:
        """Build a simulation.

        Args:
            config: a path or a loaded config.
            towns: towns in the batch.
            seed: seed of town 0; town k has ``seed + k``. None: the config's ``seed``, else its
                scenario's, or 0.
            agents: agents per town instead of ``world.agents``.
            overrides: numeric rules that differ per town: a mapping of dotted key to one value
                per town, a list of mappings, or a polars frame with a row per town.
            options: ``policy`` (name), ``threads``, ``lanes``, ``shuffle`` (number of another
                legal order of systems), ``row_order`` (permutation of rows), ``progress``,
                ``fused`` (see :class:`townlet.ecs.runtime.Threading`).

        Raises:
            UserError: the config, a file it names or an argument is wrong; a sentence.
        """
        model = config if isinstance(config, SimulationConfig) else load_config(Path(config))
        first = seed if seed is not None else model.run_seed()
        blueprint = draw_blueprint(model, towns, first, agents, overrides)
        return cls(blueprint, **options)

    # -- time --------------------------------------------------------------------------------

    def _set_clock(self) -> None:
        minutes = self._start + self.tick
        self._clock.tick[0] = self.tick
        self._clock.minute[0] = minutes % _DAY
        self._clock.day[0] = minutes // _DAY

    def _before(self) -> None:
        self.tick += 1
        self._set_clock()
        self.timeline.apply(self.tick)

    def _after(self) -> None:
        if self._vacancies[0]:
            self._free_rows()
        if self._clock.minute[0] % 60 == 0:
            self.history.record(self.tick, int(self._clock.minute[0]), int(self._clock.day[0]))

    def _free_rows(self) -> None:
        """The rows of the departed become vacant: the end of REPORT (SPEC §2)."""
        departures = self.store.write(Departures)
        self.store.vacate("agent", np.flatnonzero(departures.reason))
        departures.pending.fill(0)
        self._vacancies[0] = 0

    def run(self, ticks: int) -> Simulation:
        """Run that many ticks with the town's policy; returns itself.

        Raises:
            UserError: ``ticks`` is negative.
        """
        if ticks < 0:
            raise UserError(f"ticks is {ticks}; it must be at least 0")
        self._runtime.run(ticks, self._before, self._after)
        return self

    def step(self, actions: npt.NDArray[np.int32] | None = None, level: str = "option") -> None:
        """Run one tick with given actions.

        Args:
            actions: int32 (towns * slots,), an option or primitive per slot; -1: the town's policy
                decides. None: -1 for all.
            level: ``"option"`` or ``"primitive"``.

        Raises:
            UserError: wrong shape, level, or an action out of range (index and range are named).
        """
        if actions is None:
            self.run(1)
            return
        self.desk.give(actions, level)
        try:
            self.run(1)
        finally:
            self.desk.take_back()

    @property
    def clock(self) -> tuple[int, int, int]:
        """Day, hour and minute of the last tick done."""
        minute = int(self._clock.minute[0])
        return int(self._clock.day[0]), minute // 60, minute % 60

    # -- orders ------------------------------------------------------------------------------

    def spawn(self, town: int = 0, **wishes: Any) -> int | None:
        """Let an agent enter in the next tick; see :meth:`OrderDesk.spawn`."""
        return self.desk.spawn(town, **wishes)

    def kill(self, agent: int | str, town: int = 0) -> None:
        """Remove an agent in the next tick; see :meth:`OrderDesk.kill`."""
        self.desk.kill(agent, town)

    def reload(self) -> bool:
        """Apply the affordance manifest if its file has changed; call it between ticks.

        Returns:
            Whether something changed.

        Raises:
            UserError: the file cannot be used; nothing has changed.
        """
        return self._reloader.poll()

    # -- looking -----------------------------------------------------------------------------

    def hash(self, town: int | None = None) -> int:
        """64-bit hash of the authoritative state, of one town or of the batch (SPEC §1)."""
        return self._hash.total(self.tick, town)

    def hash_columns(self, town: int | None = None) -> dict[str, int]:
        """One sub-hash per authoritative column."""
        return self._hash.columns(town)

    def column(self, name: str) -> npt.NDArray[Any]:
        """The live array of ``"Component.column"``, by row; KeyError names what exists."""
        return self.store.column(name)

    def frame(self, table: str = "agent") -> pl.DataFrame:
        """A copy of a table as a polars frame, in slot order."""
        from townlet.frames import frame  # noqa: PLC0415  (polars is slow to import)

        return frame(self, table)

    def events(self) -> pl.DataFrame:
        """Events of the last tick, ordered by town, kind, agent and object."""
        from townlet.frames import events_frame  # noqa: PLC0415

        return events_frame(self)

    def masks(self) -> Masks:
        """Exact masks of the tick to come, by row; valid until the next tick."""
        self.tick += 1
        self._set_clock()
        for spec in ON_REQUEST:
            self._runtime.launch_once(spec)
        self.tick -= 1
        self._set_clock()
        return self.store.read(Masks)

    def timings(self) -> pl.DataFrame:
        """Nanoseconds per system: system, phase, calls, ns_total, ns_per_tick, ns_per_agent."""
        from townlet.frames import timings_frame  # noqa: PLC0415

        return timings_frame(self._runtime, self.towns * self.agents)

    def reset_timings(self) -> None:
        """Start the timings anew."""
        self._runtime.reset_timings()

    def kpis(self) -> pl.DataFrame:
        """KPIs, one row per town and finished day."""
        return self.history.kpis()

    def kpis_today(self) -> pl.DataFrame:
        """KPIs of the running day so far, one row per town."""
        return self.history.kpis_today(self.tick, self.clock[0])

    def needs_history(self) -> pl.DataFrame:
        """Hourly means of each need: town, tick, and a column per need."""
        return self.history.needs()

    def dropped(self) -> dict[str, int]:
        """What bounded tables had no room for, by name, since the start."""
        return self.history.dropped()

    def money(self) -> npt.NDArray[np.int64]:
        """All money of each town in thousandths, (towns,); it is 0 at every tick (SPEC §8)."""
        return self.history.money()


def discover_world() -> list[Any]:
    """Every system of the town but the policies and what runs on request."""
    skip = {spec.name for spec in ON_REQUEST}
    return [
        spec
        for spec in discover(townlet_systems)
        if spec.name not in skip and spec.function.__module__ not in policy_modules()
    ]


def policy_modules() -> set[str]:
    """Modules whose systems are policies; a simulation has one of them."""
    from townlet.policy import MODULES  # noqa: PLC0415

    return set(MODULES.values())
