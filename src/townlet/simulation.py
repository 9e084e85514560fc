"""Simulation: config to tables and schedule; step, run, hash, frames. It orchestrates, no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

import townlet_components
import townlet_systems
from townlet.churn import CHURN_WINDOW, ChurnReport, TieChurn
from townlet.config import SimulationConfig, load_config
from townlet.ecs.runtime import Runtime, Step, Threading
from townlet.ecs.schedule import Schedule, discover
from townlet.errors import UserError
from townlet.exit_desk import ExitDesk, PendingExit
from townlet.history import History
from townlet.hooks import HookRunner, load_hooks
from townlet.incident_desk import IncidentDesk
from townlet.learner import Learner
from townlet.money import PriceDesk, check_money
from townlet.observe.embeddings import EmbeddingMetrics, embedding_metrics
from townlet.observe.shape import ObservationShape, shape_of
from townlet.observe.view import FeatureSchema, ObservationView, schema_of, view_of
from townlet.orders import OrderDesk
from townlet.policy import policy_systems
from townlet.reload import IncidentReloader, ManifestReloader
from townlet.setup.blueprint import Blueprint, draw_blueprint
from townlet.setup.build import build_store, rebuild_store
from townlet.state_hash import StateHash
from townlet.systems import (
    COMPANY,
    HOOK_SYSTEMS,
    LEARNER_SYSTEMS,
    MASKS,
    ON_REQUEST,
    TODAY,
    discover_components,
)
from townlet.timeline import Timeline
from townlet.vacancies import free_rows
from townlet_components.clock import Clock
from townlet_components.identity import Vacancies
from townlet_components.masks import Masks
from townlet_components.rewards import Rewards

if TYPE_CHECKING:
    import polars as pl

    from townlet.maps import TownPlan

Progress = Callable[[int, int, str], None]
_DAY = 1440
#: Systems that have nothing to do unless actions are given, or a scene has schedules.
_OBEYS, _FOLLOW = "obey_orders", ("follow_scripts", "blame_holders")


class Simulation:
    """A batch of towns that run side by side. Make one with :meth:`from_config`.

    Attributes:
        config: the config all towns started from.
        plan: the map they share.
        towns, agents, capacity, seed: sizes; town k has seed ``seed + k``.
        schedule: the systems in running order.
        store: the components; use :meth:`column` and :meth:`frame` to look.
        hooks: the hooks of the config's modules: what was loaded, what was not and why, and what
            they have raised.
        tick: ticks done.
        policy: name of the town's policy.
        migrations: steps by which a snapshot it goes on from was made to fit; empty for others.
        churn: ties that have ended, by window.
        timeline: what a scenario lets happen when.
        learner: what is written for a learner in every tick; None: nothing.
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
        learner: Learner | None = None,
        steps: Iterable[Step] = (),
    ) -> None:
        self.config = blueprint.config
        self.plan: TownPlan = blueprint.plan
        self.towns, self.agents = blueprint.towns, blueprint.agents
        self.capacity = blueprint.capacity
        rows = self.towns * self.capacity
        try:
            self.threading = Threading.choose(rows, threads, lanes, fused)
        except ValueError as error:
            raise UserError(str(error)) from None
        self.policy = policy or self.config.runtime.policy.provider
        chosen = policy_systems(self.policy)
        hooks = load_hooks(self.config)
        self.learner = learner
        self.migrations: list[str] = []
        asked = learner.systems() if learner else []
        systems = [*discover_world(), *hooks.systems(), *chosen, *asked]
        self.schedule = Schedule(systems, shuffle)
        components = [*discover_components(townlet_components), *hooks.columns()]
        components += learner.components() if learner else []
        self.store = build_store(blueprint, components, self.threading.lanes, row_order, learner)
        self.hooks = HookRunner(hooks, self.store, blueprint)
        scripted = bool(blueprint.cast.entries or blueprint.timeline)
        self._runtime = Runtime(
            self.schedule,
            self.store,
            self.threading,
            progress,
            (*self.hooks.steps(), *steps),
            asleep=(_OBEYS,) if scripted else (_OBEYS, *_FOLLOW),
        )
        self._start = self.config.start_minute()
        self._clock = self.store.write(Clock)
        self._vacancies = self.store.write(Vacancies).any
        self._begin(blueprint)

    def _begin(self, blueprint: Blueprint) -> None:
        """What is not an array: the clock, and who keeps books of the store's."""
        self.blueprint, self.seed, self.tick = blueprint, blueprint.seed, 0
        self._set_clock()
        self.desk = OrderDesk(self.store, blueprint)
        self.exits = ExitDesk(self.store, blueprint, self.desk)
        self.prices = PriceDesk(self.store, blueprint)
        self.history = History(self.store, blueprint)
        self.churn = TieChurn(self.store)
        self._hash = StateHash(self.store, blueprint)
        self.timeline = Timeline(self)
        self._incident_desk = IncidentDesk(self.store, blueprint, self.desk)
        self._manifest = ManifestReloader(self.store, blueprint)
        self._perturbations = IncidentReloader(self.store, blueprint)

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
                ``fused`` (see :class:`townlet.ecs.runtime.Threading`), ``learner`` (a
                :class:`townlet.learner.Learner`: what to write for one), ``steps`` (Python that
                runs within a tick, see :class:`townlet.ecs.runtime.Step`).

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
        self.timeline.apply(self.tick + 1)
        self.tick += 1
        self._set_clock()

    def _after(self) -> None:
        if self._vacancies[0]:
            free_rows(self.store)
        if self.tick % CHURN_WINDOW == 0:
            self.churn.roll(self.tick)
        if self._clock.minute[0] % 60 == 0:
            self.history.record(self.tick, int(self._clock.minute[0]), int(self._clock.day[0]))

    def run(self, ticks: int) -> Simulation:
        """Run that many ticks with the town's policy; returns itself.

        Raises:
            UserError: ``ticks`` is negative.
        """
        if ticks < 0:
            raise UserError(f"ticks is {ticks}; it must be at least 0")
        try:
            self._runtime.run(ticks, self._before, self._after)
        except Exception as error:
            if self.config.snapshot.capture_on_failure:
                self._capture(error)
            raise
        return self

    def _capture(self, error: Exception) -> None:
        """Leave a snapshot of what a tick was doing when it failed; a note on the error says so."""
        from townlet.snapshot import capture_failure  # noqa: PLC0415

        try:
            error.add_note(f"what it has left is in {capture_failure(self)}")
        except UserError as problem:
            error.add_note(f"what it has left could not be saved: {problem}")

    def step(
        self,
        actions: npt.NDArray[np.int32] | None = None,
        level: str = "option",
        waits: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        """Run one tick with given actions.

        Args:
            actions: int32 (towns * slots,), an option or primitive per slot; -1: the town's policy
                decides. None: -1 for all.
            level: ``"option"`` or ``"primitive"``.
            waits: bool (towns * slots,), whose primitive of this tick is wait, whatever its action.

        Raises:
            UserError: wrong shape, level, or an action out of range (index and range are named).
        """
        if actions is None and waits is None:
            self.run(1)
            return
        self.desk.give(actions, level, waits)
        self._runtime.wake(_OBEYS)
        try:
            self.run(1)
        finally:
            self.desk.take_back()
            self._runtime.sleep(_OBEYS)

    def launch(self, *names: str) -> None:
        """Run systems of the schedule once more, out of their turn and in the order given.

        It is for arrivals and departures that do not wait for the next tick (``townlet.env``); what
        a system may be run for twice in a tick, its caller has to know.
        """
        systems = {spec.name: spec for spec in self.schedule.systems}
        for name in names:
            self._runtime.launch_once(systems[name])

    def restart(self, seed: int) -> None:
        """Go back to before the first tick, with another seed; the map and all arrays stay.

        What follows is, bit for bit, what a new simulation with this seed does; only hooks keep
        what they have outside their columns.
        """
        blueprint = replace(self.blueprint, seed=seed)
        rebuild_store(self.store, blueprint, self.learner)
        self._begin(blueprint)

    def go_to(self, tick: int, blueprint: Blueprint) -> None:
        """Take a tick and a blueprint for this simulation's own, once its columns are of them.

        It is for snapshots (:mod:`townlet.snapshot`), which fill the columns.
        """
        self._begin(blueprint)
        self.tick = tick
        self._set_clock()

    def save(self, path: str | Path, *, town: int | None = None) -> Path:
        """Write all that decides the future into a file; see :func:`townlet.snapshot.save`."""
        from townlet.snapshot import save  # noqa: PLC0415  (it builds simulations)

        return save(self, path, town=town)

    def restore(self, path: str | Path) -> Simulation:
        """Go on from a file, in these arrays; see :func:`townlet.snapshot.restore`."""
        from townlet.snapshot import restore  # noqa: PLC0415

        return restore(self, path)

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

    def exit_queue(self, town: int = 0) -> list[PendingExit]:
        """Who has to leave, first come first; see :meth:`ExitDesk.queue`."""
        return self.exits.queue(town)

    def request_exit(self, agent: int | str, town: int = 0) -> None:
        """Ask for an employment exit; see :meth:`ExitDesk.request`."""
        self.exits.request(agent, town)

    def approve_exit(self, agent: int | str, town: int = 0) -> None:
        """Decide an employment exit; see :meth:`ExitDesk.approve`."""
        self.exits.approve(agent, town)

    def defer_exit(self, agent: int | str, town: int = 0) -> None:
        """Put an employment exit off; see :meth:`ExitDesk.defer`."""
        self.exits.defer(agent, town)

    def set_price(self, key: str, value: float, town: int = 0) -> None:
        """Set a price from the next tick on; see :meth:`townlet.money.PriceDesk.set_price`."""
        self.prices.set_price(key, value, town)

    def trigger(self, spec: str, town: int = 0, **wishes: Any) -> str:
        """Order a perturbation, whatever its probability, cooldowns, window and concurrency say.

        It counts for all of them nevertheless.

        Args:
            spec: its name in the config's ``perturbations.events``.
            town: the town.
            wishes: ``starts_in`` (ticks after the next one, 0), ``duration`` (ticks), ``magnitude``
                (of a price spike), ``targets`` (words; of a meeting its place), ``participants``
                (two or more agents by name or slot); what is left out is as the spec says.

        Returns:
            Its id, ``"evt_<n>"``.

        Raises:
            UserError: an unknown name or a value out of range, or the town has no room for more
                (counted in ``IncidentLog.refused``).
        """
        return self._incident_desk.trigger(spec, town, **wishes)

    def cancel(self, event: str, town: int = 0) -> bool:
        """Cancel a pending or active perturbation by id: it ends in the next tick.

        Returns:
            Whether there was one.
        """
        return self._incident_desk.cancel(event, town)

    def incidents(self, town: int = 0) -> list[dict[str, Any]]:
        """Pending and active perturbations of a town, the oldest first.

        Each has ``id``, ``number``, ``spec``, ``kind``, ``state`` (pending or active), ``starts``
        and ``ends`` (ticks), ``magnitude`` (of a price spike) and ``people`` (names, of a meeting).
        """
        return self._incident_desk.incidents(town)

    def reload(self) -> bool:
        """Apply the affordance manifest and the perturbations if their files have changed.

        Call it between ticks.

        Returns:
            Whether something changed.

        Raises:
            UserError: a file cannot be used; nothing of it counts.
        """
        changed = self._manifest.poll()
        if changed:
            self.hooks.bind(self._manifest.manifest)
        return self._perturbations.poll() or changed

    def reload_texts(
        self, manifest: bytes | None = None, perturbations: bytes | None = None
    ) -> None:
        """Apply an affordance manifest, or perturbations, as if their files held these.

        Raises:
            UserError: they cannot be used.
        """
        if manifest is not None:
            self._manifest.apply(manifest)
        if perturbations is not None:
            self._perturbations.apply(perturbations)
        self.hooks.bind(self._manifest.manifest)

    def reloaded_texts(self) -> tuple[bytes, bytes]:
        """Manifest and perturbations that were applied last; empty where none were."""
        return self._manifest.text, self._perturbations.text

    # -- looking -----------------------------------------------------------------------------

    def hash(self, town: int | None = None) -> int:
        """64-bit hash of the authoritative state, of one town or of the batch (SPEC §1)."""
        return self._hash.total(self.tick, town)

    def hash_columns(self, town: int | None = None) -> dict[str, int]:
        """One sub-hash per authoritative column."""
        return self._hash.columns(town)

    def hashes(self, town: int | None = None) -> tuple[int, dict[str, int]]:
        """:meth:`hash` and :meth:`hash_columns` for the price of one."""
        return self._hash.both(self.tick, town)

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

    def masks(self, *levels: str) -> Masks:
        """Exact masks of the tick to come, by row; valid until the next tick.

        Args:
            levels: ``"option"``, ``"primitive"`` or both, which is the default; the masks of the
                other level stay what they were.
        """
        self.tick += 1
        self._set_clock()
        self._runtime.launch_once(COMPANY)
        for level in levels or MASKS:
            self._runtime.launch_once(MASKS[level])
        self.tick -= 1
        self._set_clock()
        return self.store.read(Masks)

    def observation(self) -> ObservationView:
        """What agents observe, by slot: read-only views of the buffers, written in every tick.

        Raises:
            UserError: there is no learner that observes.
        """
        return view_of(self.store, self.observation_shape)

    def features(self) -> FeatureSchema:
        """What the numbers of :meth:`observation` mean.

        Raises:
            UserError: there is no learner that observes.
        """
        return schema_of(self.observation_shape)

    @property
    def observation_shape(self) -> ObservationShape:
        """Windows, channels, features and element types of :meth:`observation`.

        Raises:
            UserError: there is no learner that observes.
        """
        if self.learner is None or self.learner.observations is None:
            raise UserError(
                "nothing is observed; build the simulation with learner=Learner(observations=...)"
            )
        return shape_of(self.blueprint, self.learner)

    def rewards(self) -> Rewards:
        """Rewards of the last tick, by row; valid until the next tick.

        Raises:
            UserError: the simulation was not made with ``learner=Learner(rewards=True)``.
        """
        if Rewards.__name__ not in self.store.components:
            raise UserError(
                "rewards are not written; make the simulation with Learner(rewards=True)"
            )
        return self.store.read(Rewards)

    def embedding_metrics(self, town: int = 0) -> EmbeddingMetrics:
        """How often embedding slots of a town were given out, and how often before their rest."""
        return embedding_metrics(self, town)

    def timings(self) -> pl.DataFrame:
        """Nanoseconds per system: system, phase, calls, ns_total, ns_per_tick, ns_per_agent."""
        from townlet.frames import timings_frame  # noqa: PLC0415

        return timings_frame(self._runtime, self.towns * self.agents)

    def reset_timings(self) -> None:
        """Start the timings anew."""
        self._runtime.reset_timings()

    def fitness(self) -> pl.DataFrame:
        """The fitness index of every agent; see :func:`townlet.fitness.fitness_frame`."""
        from townlet.fitness import fitness_frame  # noqa: PLC0415

        return fitness_frame(self)

    def kpis(self) -> pl.DataFrame:
        """KPIs, one row per town and finished day."""
        return self.history.kpis()

    def kpis_today(self) -> pl.DataFrame:
        """KPIs of the running day so far, one row per town."""
        self._runtime.launch_once(TODAY)
        return self.history.kpis_today(self.tick, self.clock[0])

    def needs_history(self) -> pl.DataFrame:
        """Hourly means of each need: town, tick, and a column per need."""
        return self.history.needs()

    def dropped(self) -> dict[str, int]:
        """What bounded tables had no room for, by name, since the start; calls of hooks too."""
        raised = {"hook_calls": self.hooks.error_count} if self.hooks.modules else {}
        return self.history.dropped() | raised

    def tie_churn(self, town: int = 0) -> ChurnReport:
        """Ties that have ended in this window of 600 ticks and the last ones, and why."""
        return self.churn.report(self.tick, town)

    def money(self) -> npt.NDArray[np.int64]:
        """All money of each town in thousandths, (towns,); it is 0 at every tick (SPEC §8)."""
        return self.history.money()

    def check_money(self) -> list[str]:
        """What is wrong with the money, as sentences; see :func:`townlet.money.check_money`."""
        return check_money(self.store, self.towns)


def discover_world() -> list[Any]:
    """Every system of the town but the policies, what runs on request and what hooks need."""
    skip = {spec.name for spec in (*ON_REQUEST, *HOOK_SYSTEMS, *LEARNER_SYSTEMS)}
    return [
        spec
        for spec in discover(townlet_systems)
        if spec.name not in skip and spec.function.__module__ not in policy_modules()
    ]


def policy_modules() -> set[str]:
    """Modules whose systems are policies; a simulation has one of them."""
    from townlet.policy import MODULES  # noqa: PLC0415

    return set(MODULES.values())
