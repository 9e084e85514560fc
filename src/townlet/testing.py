"""Conformance checks that ship with the engine: systems, simulations, vector environments.

They are for the tests of your own systems and configs; every system of Townlet passes them too::

    from townlet.testing import check_simulation, check_system

    def test_my_system() -> None:
        check_system(my_system)

    def test_my_town() -> None:
        check_simulation("my_town.yaml", ticks=1440)

A check returns when all is well and raises :class:`CheckFailed` with one sentence otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

import townlet_components
from townlet.config import SimulationConfig
from townlet.ecs.runtime import Runtime, Threading
from townlet.ecs.schedule import Schedule
from townlet.ecs.schema import Kind, spec_of
from townlet.ecs.store import Store
from townlet.ecs.system import SystemSpec
from townlet.errors import CheckFailed
from townlet.invariants import broken
from townlet.orders import OrderDesk
from townlet.policy import MODULES, policy_systems
from townlet.setup.blueprint import Blueprint, draw_blueprint
from townlet.setup.build import build_store
from townlet.simulation import Simulation, discover_world
from townlet.systems import LEARNER_GROUPS, discover_components
from townlet.vacancies import free_rows
from townlet_components.clock import Clock

if TYPE_CHECKING:
    from gymnasium.vector import VectorEnv

__all__ = [
    "CheckFailed",
    "check_books",
    "check_invariants",
    "check_needs",
    "check_queues",
    "check_simulation",
    "check_system",
    "check_vector_env",
]

_DAY = 1440
#: Ticks between two looks at a whole simulation.
_LOOK_EVERY = 60


# -- one system -----------------------------------------------------------------------------


def check_system(
    function: Callable[..., None],
    config: SimulationConfig | None = None,
    *,
    agents: int = 12,
    warmup: int = 990,
    ticks: int = 60,
    arrange: Callable[[Store], None] | None = None,
) -> None:
    """Check that a system does what it declares, at its own place in the tick, and no more.

    It is bound beside all other systems of a batch of two towns and watched for ``ticks`` ticks,
    by default around midnight; an agent leaves in the first of them, another enters half-way. It
    writes only the components it declares with ``Write`` or ``Emit``; every component it declares
    reaches one of its kernels; before SCORE no kernel of it reads a derived column; all floats it
    leaves outside scratch are finite; run twice, and once more cut into other lanes, it leaves the
    same state.

    Args:
        function: the system, marked with ``@system``. Components it needs that Townlet does not
            have are added.
        config: the towns; None: Townlet's defaults.
        agents: agents per town.
        warmup: ticks before the system is watched; towns wake at 07:00.
        ticks: watched ticks.
        arrange: called with the store before the watched ticks, to set what the system reacts to.

    Raises:
        CheckFailed: the system breaks one of these rules.
        ScheduleError: its order among Townlet's systems is not decided.
        numba.core.errors.TypingError: a kernel writes a column that is only read.
    """
    spec = getattr(function, "__system__", None)
    if not isinstance(spec, SystemSpec):
        raise CheckFailed(f"{function!r} is not a system; decorate it with @system")
    blue = draw_blueprint(config or SimulationConfig(), towns=2, agents=agents)
    towns = [_WatchedTown(spec, blue, lanes) for lanes in (1, 1, 3)]
    _check_kernels(spec, towns)
    ends = []
    for town in towns:
        town.run(warmup)
        if arrange is not None:
            arrange(town.store)
        town.watch(ticks)
        ends.append(town.state())
    _same(spec.name, ends[0], ends[1], "a second run")
    _same(spec.name, ends[0], ends[2], "a run cut into 3 lanes")


class _WatchedTown:
    """A store and a runtime whose systems can be run one by one.

    Args:
        spec: the system to watch.
        blue: what the towns are made of.
        lanes: parts of a splittable launch.
    """

    def __init__(self, spec: SystemSpec, blue: Blueprint, lanes: int) -> None:
        beside = next((group for group in LEARNER_GROUPS if spec in group), ())
        own = [access.component for each in (spec, *beside) for access in each.access]
        components = list(dict.fromkeys([*discover_components(townlet_components), *own]))
        self.spec = spec
        self.store = build_store(blue, components, lanes)
        others = (*discover_world(), *beside, *policy_systems(_policy_of(spec)))
        systems = {s.name: s for s in others}
        schedule = Schedule((systems | {spec.name: spec}).values())
        self.runtime = Runtime(schedule, self.store, Threading(1, lanes))
        self._desk, self._towns = OrderDesk(self.store, blue), range(blue.towns)
        self._clock, self._start = self.store.write(Clock), blue.config.start_minute()

    def _set_clock(self) -> None:
        self._clock.tick[0] += 1
        day, minute = divmod(self._start + int(self._clock.tick[0]), _DAY)
        self._clock.minute[0], self._clock.day[0] = minute, day

    def run(self, ticks: int) -> None:
        """Run whole ticks."""
        self.runtime.run(ticks, self._set_clock, lambda: free_rows(self.store))

    def watch(self, ticks: int) -> None:
        """Run ticks system by system and compare what the watched one leaves behind."""
        spec = self.spec
        declared = set(spec.names("write")) | set(spec.names("emit"))
        for k in range(ticks):
            self._set_clock()
            for town in self._towns:
                if k == 0:
                    self._desk.kill(0, town)
                if k == ticks // 2:
                    self._desk.spawn(town)
            for each in self.runtime.schedule.systems:
                if each.name != spec.name:
                    self.runtime.launch_once(each)
                    continue
                before = {n: a.copy() for n, a in self._arrays() if n.split(".")[0] not in declared}
                self.runtime.launch_once(each)
                self._compare(before, declared)
            free_rows(self.store)

    def _compare(self, before: dict[str, npt.NDArray[Any]], declared: set[str]) -> None:
        tick = int(self._clock.tick[0])
        for name, array in self._arrays():
            if name.split(".")[0] not in declared:
                if array.tobytes() != before[name].tobytes():
                    raise CheckFailed(
                        f"system {self.spec.name!r} changed {name} in tick {tick}, which it does "
                        "not declare to write"
                    )
            elif self._lasting(name) and not self._sound(name, array):
                raise CheckFailed(
                    f"system {self.spec.name!r} left a number that is not finite in {name} in "
                    f"tick {tick}"
                )

    def _sound(self, name: str, array: npt.NDArray[Any]) -> bool:
        """All numbers are finite; statistics may be NaN, which is a share of nothing."""
        component, _, column = name.partition(".")
        derived = spec_of(self.store.components[component]).column(column).derived
        return bool((np.isfinite(array) | (np.isnan(array) & derived)).all())

    def _lasting(self, name: str) -> bool:
        """Floats that mean something after the tick; scratch may hold NaN for "unknown"."""
        component, _, column = name.partition(".")
        spec = spec_of(self.store.components[component])
        col = spec.column(column)
        return col.dtype.kind == "f" and (spec.kind is Kind.STATE or col.derived)

    def _arrays(self) -> Iterator[tuple[str, npt.NDArray[Any]]]:
        for spec in self.store.specs():
            for col in spec.columns:
                name = f"{spec.name}.{col.name}"
                yield name, self.store.column(name)

    def state(self) -> dict[str, bytes]:
        """Every authoritative column as bytes."""
        state = {spec.name for spec in self.store.specs() if spec.kind is Kind.STATE}
        return {n: a.tobytes() for n, a in self._arrays() if n.split(".")[0] in state}


def _policy_of(spec: SystemSpec) -> str:
    """The policy a system belongs to, or the scripted one."""
    module = spec.function.__module__
    return next((name for name, home in MODULES.items() if home == module), "scripted")


def _check_kernels(spec: SystemSpec, towns: list[_WatchedTown]) -> None:
    """Every declared component reaches a kernel; which one may depend on the number of lanes."""
    store, reached = towns[0].store, set()
    for town in towns:
        arrays = (a for launch in town.runtime.launches[spec.name] for a in launch.arrays)
        owners = (town.store.owner_of(array) for array in arrays)
        reached |= {owner[0].name for owner in owners if owner is not None}
    idle = [a.name for a in spec.access if a.name not in reached and _has_rows(store, a.component)]
    if idle:
        raise CheckFailed(
            f"system {spec.name!r} declares {', '.join(idle)} but hands no column of it to a kernel"
        )


def _has_rows(store: Store, component: type[Any]) -> bool:
    arrays = store.read(component)
    return any(getattr(arrays, name).size for name in type(arrays).__slots__)


def _same(name: str, first: dict[str, bytes], other: dict[str, bytes], what: str) -> None:
    for column, values in first.items():
        if other[column] != values:
            raise CheckFailed(f"system {name!r}: {what} ends with another {column}")


# -- a whole simulation ---------------------------------------------------------------------


def check_simulation(
    config: str | Path | SimulationConfig,
    ticks: int = _DAY,
    **options: Any,
) -> int:
    """Check a config for ``ticks`` ticks: its books, its queues, its numbers, its one hash.

    Every 60 ticks and at the end all of :mod:`townlet.invariants` hold: money adds up, needs are
    numbers in [0, 1], objects and agents agree on who holds, uses and waits for what, and so on.
    Then the run is repeated with more lanes, with two threads where the machine lends them, and
    with its rows permuted, and has the same hash each time.

    Args:
        config: a path or a loaded config.
        ticks: how long to run.
        options: what :meth:`Simulation.from_config` takes: ``towns``, ``seed``, ``agents``,
            ``overrides``, ``policy``.

    Returns:
        The state hash.

    Raises:
        CheckFailed: a rule is broken.
    """
    sim = Simulation.from_config(config, **options)
    for done in range(0, ticks, _LOOK_EVERY):
        sim.run(min(_LOOK_EVERY, ticks - done))
        check_invariants(sim)
    found, columns = sim.hash(), sim.hash_columns()
    order = np.random.default_rng(0).permutation(sim.towns * sim.capacity)
    ways: dict[str, dict[str, Any]] = {
        "cut into 7 lanes": {"lanes": 7},
        "with permuted rows": {"row_order": order},
    }
    if Threading.choose(1 << 20).threads > 1:
        ways["with 2 threads"] = {"threads": 2}
    for what, way in ways.items():
        other = Simulation.from_config(config, **options | way).run(ticks)
        if other.hash() != found:
            theirs = other.hash_columns()
            wrong = [name for name, value in columns.items() if theirs[name] != value]
            raise CheckFailed(f"{what} the run ends with another {', '.join(wrong)}")
    return found


def check_invariants(sim: Simulation, *names: str) -> None:
    """Check invariants of :mod:`townlet.invariants` between two ticks.

    Args:
        sim: the simulation.
        names: which ones; none: all.

    Raises:
        CheckFailed: with the first thing found.
    """
    for findings in broken(sim, names or None).values():
        raise CheckFailed(f"tick {sim.tick}: {findings[0].sentence}")


def check_books(sim: Simulation) -> None:
    """Every town's money adds up to 0, and no wallet is negative (SPEC §8)."""
    check_invariants(sim, "money_adds_up", "wallets_are_not_negative")


def check_needs(sim: Simulation) -> None:
    """Needs are numbers between 0 and 1."""
    check_invariants(sim, "needs_in_range")


def check_queues(sim: Simulation) -> None:
    """Both sides of every queue agree: objects' rings and holders, agents' places and activity.

    So nobody is in two queues, no object has two holders, and none is reserved by nobody.
    """
    check_invariants(sim, "queues_agree")


# -- environments ---------------------------------------------------------------------------


def check_vector_env(env: VectorEnv[Any, Any, Any], *, steps: int = 300, seed: int = 0) -> int:
    """Check that a Gymnasium vector environment keeps the promises of its autoreset mode.

    It is played with random actions, open ones where infos have an ``action_mask``. Every answer
    has its shapes and types and lies in its space; infos are arrays with masks; the same seed and
    actions give the same answers. And, by mode,

    - NEXT_STEP: the step after the end of an episode ignores the action, is not rewarded and ends
      nothing;
    - SAME_STEP: ``final_obs`` and ``final_info`` are there for whose episode has ended, and for
      nobody else;
    - DISABLED: ``reset`` with a ``reset_mask`` changes nobody else's observation, and refuses masks
      that are none.

    Args:
        env: any vector environment whose observations are arrays or nests of them.
        steps: how long to look; an episode has to end in that time.
        seed: of the environment and of the actions.

    Returns:
        How many episodes ended.

    Raises:
        CheckFailed: a promise is broken; the sentence says which, and where.
    """
    from townlet.env.conformance import VectorCheck  # noqa: PLC0415  (gymnasium is slow to import)

    return VectorCheck(env, steps, seed).run()
