"""Simulation: config to tables and schedule; step, run, restart. It orchestrates, no more.

It takes orders through :mod:`townlet.ordering` and is looked at through :mod:`townlet.looking`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

import townlet_components
import townlet_systems
from townlet.churn import CHURN_WINDOW, TieChurn
from townlet.config import SimulationConfig, load_config
from townlet.counts import whole_seed
from townlet.ear import Ear
from townlet.ecs.runtime import Runtime, Step, Threading
from townlet.ecs.schedule import Schedule, discover
from townlet.ecs.warmup import uncollected
from townlet.errors import UserError
from townlet.exit_desk import ExitDesk
from townlet.history import History
from townlet.hooks import HookRunner, load_hooks
from townlet.incident_desk import IncidentDesk
from townlet.learner import Learner
from townlet.looking import Looking
from townlet.money import PriceDesk
from townlet.ordering import Ordering
from townlet.orders import OrderDesk
from townlet.policy import MODULES, policy_systems
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
    discover_components,
)
from townlet.timeline import Timeline
from townlet.vacancies import freeing_of
from townlet_components.clock import Clock
from townlet_components.identity import Vacancies
from townlet_components.masks import Masks

if TYPE_CHECKING:
    from townlet.profiling.samples import Sampler

Progress = Callable[[int, int, str], None]
_DAY = 1440
#: Systems that have nothing to do unless actions are given, or a scene has schedules.
_OBEYS, _FOLLOW = "obey_orders", ("follow_scripts", "blame_holders")


class Simulation(Ordering, Looking):
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
        ear: tells listeners of the orders that it hears.
        own_steps: names of the Python steps that it was given.
        hashing: hashes its columns.
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
        self.config, self.plan, self.learner = blueprint.config, blueprint.plan, learner
        self.towns, self.agents = blueprint.towns, blueprint.agents
        self.capacity = blueprint.capacity
        rows, self.ear, self._given = self.towns * self.capacity, Ear(), False
        try:
            self.threading = Threading.choose(rows, threads, lanes, fused)
        except ValueError as error:
            raise UserError(str(error)) from None
        self.policy = policy or self.config.runtime.policy.provider
        chosen, hooks = policy_systems(self.policy), load_hooks(self.config)
        self.migrations: list[str] = []
        asked = learner.systems() if learner else []
        systems = [*discover_world(), *hooks.systems(), *chosen, *asked]
        self.schedule = Schedule(systems, shuffle)
        components = [*discover_components(townlet_components), *hooks.columns()]
        components += learner.components() if learner else []
        self.store = build_store(blueprint, components, self.threading.lanes, row_order, learner)
        self.hooks, own = HookRunner(hooks, self.store, blueprint), tuple(steps)
        self.own_steps = [step.name for step in own]
        scripted = bool(blueprint.cast.entries or blueprint.timeline)
        self._runtime = Runtime(
            self.schedule,
            self.store,
            self.threading,
            progress,
            (*self.hooks.steps(), *own),
            asleep=(_OBEYS,) if scripted else (_OBEYS, *_FOLLOW),
        )
        self.hashing = StateHash(self.store, blueprint, self.threading.threads)
        self._start, self._clock = self.config.start_minute(), self.store.write(Clock)
        # Python gets at single numbers of a memory view in half the time it takes with an array's.
        now, vacancies = self._clock, self.store.write(Vacancies).any
        words: list[Any] = [now.tick, now.minute, now.day, vacancies]
        views = [memoryview(array) for array in words]
        self._tick_word, self._minute_word, self._day_word, self._vacancies = views
        self._free_rows = freeing_of(self.store)
        self._begin(blueprint)

    def _begin(self, blueprint: Blueprint) -> None:
        """What is not an array: the clock, and who keeps books of the store's."""
        self.blueprint, self.seed, self.tick = blueprint, blueprint.seed, 0
        self._ended, self._broken = 0, False
        self._set_clock()
        self.desk = OrderDesk(self.store, blueprint, self.ear)
        self.exits = ExitDesk(self.store, blueprint, self.desk)
        self.prices = PriceDesk(self.store, blueprint, self.ear)
        self.history = History(self.store, blueprint)
        self.churn = TieChurn(self.store)
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
        with uncollected():
            blueprint = draw_blueprint(model, towns, first, agents, overrides)
            return cls(blueprint, **options)

    # -- time --------------------------------------------------------------------------------

    def _set_clock(self) -> None:
        self._tick_word[0] = self.tick
        self._day_word[0], self._minute_word[0] = divmod(self._start + self.tick, _DAY)

    def _before(self) -> None:
        if self.tick + 1 in self.timeline.due:
            self._ended = -1
            self.timeline.apply(self.tick + 1)
        self.tick += 1
        self._set_clock()

    def _after(self) -> None:
        if self._given:  # before anybody looks at the tick's end
            self._take_back()
        if self._vacancies[0]:
            self._free_rows()
        if self.tick % CHURN_WINDOW == 0:
            self.churn.roll(self.tick)
        if self._minute_word[0] % 60 == 0:
            self.history.record(self.tick, self._minute_word[0], self._day_word[0])
        self._ended = self.tick
        if self.ear.listeners:
            self.ear.tick()

    def run(self, ticks: int) -> Simulation:
        """Run that many ticks with the town's policy; returns itself.

        Raises:
            UserError: ``ticks`` is negative.
        """
        if ticks < 0:
            raise UserError(f"ticks is {ticks}; it must be at least 0")
        try:
            with self.ear.shut():
                self._runtime.run(ticks, self._before, self._after)
        except BaseException as error:
            self._broken = not self.whole
            if isinstance(error, Exception) and self.config.snapshot.capture_on_failure:
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
        if self.ear.open:
            self.ear.give(actions, level, waits)
        self._given = True
        self._runtime.wake(_OBEYS)
        try:
            self.run(1)
        finally:
            self._take_back()
            self._runtime.sleep(_OBEYS)

    def sampler(self, room: int) -> Sampler:
        """What runs up to ``room`` ticks as :meth:`run` does and keeps the times of each."""
        from townlet.profiling.samples import Sampler  # noqa: PLC0415  (profiles alone need it)

        return Sampler(self._runtime, self._before, self._after, room)

    def _take_back(self) -> None:
        """Forget the actions of the tick that has ended."""
        if self._given:
            self.desk.take_back()
        self._given = False

    def launch(self, *names: str) -> None:
        """Run systems of the schedule once more, out of their turn and in the order given.

        It is for arrivals and departures that do not wait for the next tick (``townlet.env``); what
        a system may be run for twice in a tick, its caller has to know.
        """
        if self.ear.open:
            self.ear.tell("launch", {"names": names})
        systems = {spec.name: spec for spec in self.schedule.systems}
        for name in names:
            self._runtime.launch_once(systems[name])

    def restart(self, seed: int) -> None:
        """Go back to before the first tick, with another seed; the map and all arrays stay.

        What follows is, bit for bit, what a new simulation with this seed does; only hooks keep
        what they have outside their columns. UserError: the seed is no whole number from 0.
        """
        blueprint = replace(self.blueprint, seed=whole_seed(seed))
        rebuild_store(self.store, blueprint, self.learner)
        self._begin(blueprint)
        if self.ear.open:
            self.ear.tell("restart", {"seed": self.seed})

    def go_to(self, tick: int, blueprint: Blueprint) -> None:
        """Take a tick and a blueprint for this simulation's own, once its columns are of them.

        It is for snapshots (:mod:`townlet.snapshot`), which fill the columns.
        """
        self._begin(blueprint)
        self.tick = self._ended = tick
        self._set_clock()
        if self.ear.open:
            self.ear.tell("go_to", {"tick": tick})

    def save(self, path: str | Path, *, town: int | None = None) -> Path:
        """Write all that decides the future into a file; see :func:`townlet.snapshot.save`."""
        from townlet.snapshot import save  # noqa: PLC0415  (it builds simulations)

        return save(self, path, town=town)

    def restore(self, path: str | Path) -> Simulation:
        """Go on from a file, in these arrays; see :func:`townlet.snapshot.restore`."""
        from townlet.snapshot import restore  # noqa: PLC0415

        return restore(self, path)

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

    def reload(self) -> bool:
        """Apply the affordance manifest and the perturbations if their files have changed.

        Call it between ticks.

        Returns:
            Whether something changed.

        Raises:
            UserError: a file cannot be used; nothing of it counts.
        """
        texts: dict[str, bytes] = {}
        try:
            if self._manifest.poll():
                texts["manifest"] = self._manifest.text
                self.hooks.bind(self._manifest.manifest)
            if self._perturbations.poll():
                texts["perturbations"] = self._perturbations.text
        finally:
            if texts and self.ear.open:
                self.ear.tell("reload", texts)
        return bool(texts)

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
    return set(MODULES.values())
