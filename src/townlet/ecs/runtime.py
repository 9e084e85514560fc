"""The runtime: a schedule bound to a store, ready to run tick after tick.

Binding calls every system once; the kernels it calls are recorded with their arrays. From then on a
tick is a list of launches (docs/design/0004-threading.md): its Python cost depends on the number of
systems alone.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numba

from townlet.ecs.chain import Chain
from townlet.ecs.esper_runner import EsperRunner
from townlet.ecs.kernel import Kernel, recording
from townlet.ecs.launch import FusedLaunch, Launch, driver
from townlet.ecs.schedule import Schedule, ScheduleError
from townlet.ecs.store import Store
from townlet.ecs.system import DERIVED_PHASES, Phase, SystemSpec, arguments
from townlet.ecs.warmup import compile_all

#: Fewer agents than this are not worth waking a second thread for (an OpenMP launch costs 1.1 us).
PARALLEL_FROM_ROWS = 2048
#: Lanes per thread, at least: more than one evens out unequal districts.
LANES_PER_THREAD = 4
#: Agent rows per lane, about: what the systems of one district after the other touch fits a core's
#: cache.
ROWS_PER_LANE = 2048
#: From here on fusing pays: below, everything is in cache anyway (bench/README.md).
FUSE_FROM_ROWS = 200_000


@dataclass(frozen=True)
class Threading:
    """How launches are spread.

    Attributes:
        threads: operating system threads.
        lanes: parts a splittable launch is cut into; results do not depend on it.
        fused: consecutive local kernels run lane by lane, where there are several threads.
        chained: consecutive systems are started one after the other by one compiled call. Neither
            is the staged way, which starts each from Python and is the reference; all three give
            the same state.
    """

    threads: int
    lanes: int
    fused: bool = False
    chained: bool = False

    @classmethod
    def choose(
        cls,
        rows: int,
        threads: int | None = None,
        lanes: int | None = None,
        fused: bool | None = None,
    ) -> Threading:
        """Pick for a number of agent rows.

        Args:
            rows: agent rows of the whole batch.
            threads: wanted threads; None: all the machine lends numba.
            lanes: wanted lanes; None: by threads and rows.
            fused: wanted way; None: fused where it pays, else chained; False: staged.

        Raises:
            ValueError: threads or lanes out of range; the message is a sentence.
        """
        most = int(numba.config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]
        if threads is not None and not 1 <= threads <= most:
            raise ValueError(f"threads is {threads}; it must be between 1 and {most} here")
        if lanes is not None and not 1 <= lanes <= 4096:
            raise ValueError(f"lanes is {lanes}; it must be between 1 and 4096")
        if threads is None:
            threads = most if rows >= PARALLEL_FROM_ROWS else 1
        if lanes is None:
            lanes = 1 if threads == 1 else threads * LANES_PER_THREAD
            lanes = max(lanes, min(rows // ROWS_PER_LANE, 4096) if threads > 1 else 1)
        fuses = rows >= FUSE_FROM_ROWS if fused is None else fused
        return cls(threads, lanes, fuses, fused is not False)

    @property
    def way(self) -> str:
        """How systems are started here: ``fused``, ``chained`` or ``staged``."""
        # The share of each system is read off the time stamp counter, which other processors may
        # not let a program read.
        if platform.machine().lower() not in ("x86_64", "amd64"):
            return "staged"
        if self.fused and self.threads > 1:
            return "fused"
        return "chained" if self.chained else "staged"


@dataclass(frozen=True)
class Step:
    """Python that runs between systems, once a tick: what a kernel cannot be, such as hooks.

    It may change any array in place. Groups of systems split where it stands.

    Attributes:
        name: unique among systems and steps; its time is kept under it.
        run: what is called.
        phase: the phase it belongs to.
        after: the system it follows at once; None: it stands at an end of its phase.
        first: before all systems of the phase rather than after them.
    """

    name: str
    run: Callable[[], None]
    phase: Phase
    after: str | None = None
    first: bool = False


class Runtime:
    """Systems bound to arrays.

    Args:
        schedule: the verified schedule.
        store: the components.
        threading: threads and lanes; the store's ``lane`` dimension must have as many rows.
        progress: called with (done, total, name) while kernels are compiled or loaded.
        steps: Python between systems; those of one place run in the order given.
        asleep: systems that are neither compiled nor run until :meth:`wake` is called; what they
            would do in a tick without their cause is nothing.
    """

    def __init__(
        self,
        schedule: Schedule,
        store: Store,
        threading: Threading,
        progress: Callable[[int, int, str], None] | None = None,
        steps: Iterable[Step] = (),
        asleep: Iterable[str] = (),
    ) -> None:
        self.schedule = schedule
        self.threading = threading
        self.steps = {step.name: step for step in steps}
        self._store = store
        self._asleep = frozenset(asleep)
        self._beds: dict[str, list[Callable[[], None] | None]] = {}
        #: Systems as steps of their own: those that were asleep, and those asked for.
        self._singles: dict[str, Callable[[], None]] = {}
        self.launches: dict[str, list[Launch]] = {
            spec.name: self._record(spec) for spec in schedule.systems
        }
        awake = (parts for name, parts in self.launches.items() if name not in self._asleep)
        compile_all([launch for parts in awake for launch in parts], progress)
        self._groups = self._group()
        self._fused: dict[tuple[str, ...], FusedLaunch | Chain] = {}
        self._chained_sleepers: dict[str, Chain] = {}
        self._runner = EsperRunner([(" ".join(g), self._group_step(g)) for g in self._groups])
        self.ticks = 0

    def _record(self, spec: SystemSpec) -> list[Launch]:
        calls: list[tuple[Kernel, tuple[Any, ...]]] = []
        views = arguments(spec.function, self._store)
        with recording(lambda kernel, args: calls.append((kernel, args))):
            spec.function(**views)
        launches = [Launch(kernel, args, self._store.table_of) for kernel, args in calls]
        if spec.phase not in DERIVED_PHASES:
            for launch in launches:
                self._refuse_derived(spec, launch)
        return launches

    def _refuse_derived(self, spec: SystemSpec, launch: Launch) -> None:
        """A world system may write statistics but not read them (SPEC §1)."""
        for array in launch.arrays:
            owner = self._store.owner_of(array)
            if owner is not None and owner[1].derived and not array.flags.writeable:
                raise ScheduleError(
                    f"world system {spec.name!r} reads {owner[0].name}.{owner[1].name}, "
                    "which is derived"
                )

    def _group(self) -> list[tuple[str, ...]]:
        """Names of the systems that run together: one each, or runs of those that are kin."""
        kin = self._kinship()
        groups: list[tuple[str, ...]] = []
        for name in self._places():
            mine = kin(name)
            if groups and mine is not None and kin(groups[-1][-1]) == mine:
                groups[-1] += (name,)
            else:
                groups.append((name,))
        return groups

    def _places(self) -> list[str]:
        """Names of systems and steps in running order.

        Raises:
            ScheduleError: a step follows a system that is not in its phase, or takes its name.
        """
        phases = {spec.name: spec.phase for spec in self.schedule.systems}
        for step in self.steps.values():
            if step.name in phases:
                raise ScheduleError(f"a step and a system are called {step.name!r}")
            if step.after is not None and phases.get(step.after) != step.phase:
                raise ScheduleError(
                    f"step {step.name!r} follows {step.after!r}, which is no system of phase "
                    f"{step.phase.name}"
                )
        names: list[str] = []
        for phase in Phase:
            here = [step for step in self.steps.values() if step.phase == phase]
            names += [step.name for step in here if step.after is None and step.first]
            for spec in self.schedule.systems:
                if spec.phase == phase:
                    names += [spec.name, *(s.name for s in here if s.after == spec.name)]
            names += [step.name for step in here if step.after is None and not step.first]
        return names

    def _kinship(self) -> Callable[[str], str | None]:
        """What neighbours must have in common to run together; where it is None, alone."""
        if self.threading.way == "fused":
            return self._local_table
        if self.threading.way == "chained":
            return lambda name: "systems" if self.launches.get(name) else None
        return lambda name: None

    def _local_table(self, name: str) -> str | None:
        """Table of a system whose kernels are all local; None for others and for steps."""
        if name in self.steps:
            return None
        options = [launch.kernel.options for launch in self.launches[name]]
        tables = {o.over if o.local else None for o in options}
        return tables.pop() if len(tables) == 1 else None

    def _group_step(self, names: tuple[str, ...]) -> Callable[[], None]:
        if names[0] in self.steps:
            return self.steps[names[0]].run
        if len(names) == 1 and names[0] in self._asleep:
            return self._sleeper(names[0])
        if len(names) == 1:
            return self._step(self.launches[names[0]])
        if self.threading.way == "fused":
            launches = [launch for name in names for launch in self.launches[name]]
            fused = self._fused[names] = FusedLaunch(launches, self.threading.lanes)
            return fused
        chain = self._fused[names] = self._chain(names)
        return chain.run

    def _chain(self, names: tuple[str, ...]) -> Chain:
        systems = {name: self.launches[name] for name in names}
        threads, lanes = self.threading.threads, self.threading.lanes
        chain = Chain(systems, lanes, threads > 1, self._asleep)
        self._chained_sleepers |= {name: chain for name in names if name in self._asleep}
        return chain

    def _sleeper(self, name: str) -> Callable[[], None]:
        """A step that does nothing while its system sleeps."""
        # The step must not know the runtime: esper's worlds are global and would keep it for ever.
        rest: Callable[[], None] | None = None
        bed = self._beds[name] = [rest]

        def step() -> None:
            if bed[0] is not None:
                bed[0]()

        return step

    def wake(self, name: str) -> None:
        """Compile a sleeping system if need be, and run it in the ticks to come."""
        if name in self._chained_sleepers:
            self._chained_sleepers[name].wake(name)
        elif name in self._beds:
            if name not in self._singles:
                self._singles[name] = self._step(self.launches[name])
            self._beds[name][0] = self._singles[name]

    def sleep(self, name: str) -> None:
        """Leave a system that has been woken out of the ticks to come."""
        if name in self._chained_sleepers:
            self._chained_sleepers[name].sleep(name)
        elif name in self._beds:
            self._beds[name][0] = None

    def _step(self, launches: Iterable[Launch]) -> Callable[[], None]:
        """A function without arguments that runs a system's launches."""
        calls = []
        for launch in launches:
            if not launch.address:
                launch.compile()
            split = launch.splits
            parallel = split and self.threading.threads > 1
            lanes = self.threading.lanes if split else 1
            calls.append((driver(parallel), launch.address, launch.context.ctypes.data, lanes))
        if len(calls) == 1:
            run, address, context, lanes = calls[0]
            return lambda: run(address, context, lanes)

        def step() -> None:
            for run, address, context, lanes in calls:
                run(address, context, lanes)

        return step

    def run(self, ticks: int, before: Callable[[], None], after: Callable[[], None]) -> None:
        """Run ``ticks`` ticks; ``before`` and ``after`` are called around each."""
        if self.threading.threads > 1:
            numba.set_num_threads(self.threading.threads)
        self._runner.run(ticks, before, after)
        self.ticks += ticks

    def launch_once(self, spec: SystemSpec) -> None:
        """Run one system that is not part of the schedule, such as masks on request."""
        if spec.name not in self._singles:
            if spec.name not in self.launches:
                self.launches[spec.name] = self._record(spec)
            self._singles[spec.name] = self._step(self.launches[spec.name])
        self._singles[spec.name]()

    @property
    def elapsed_ns(self) -> dict[str, int]:
        """Wall nanoseconds per system since the last reset, in running order."""
        found: dict[str, int] = {}
        for names, total in zip(self._groups, self._runner.elapsed_ns.tolist(), strict=True):
            if len(names) == 1:
                found[names[0]] = total
                continue
            shares = iter(self._fused[names].shares())
            for name in names:
                found[name] = int(total * sum(next(shares) for _ in self.launches[name]))
        return found

    def reset_timings(self) -> None:
        """Start the timings anew."""
        self._runner.elapsed_ns[:] = 0
        for fused in self._fused.values():
            fused.cycles[:] = 0
        self.ticks = 0

    def close(self) -> None:
        """Let go of the esper context."""
        self._runner.close()

    @staticmethod
    def threading_layer() -> str:
        """Name of numba's threading layer in use; "serial" before the first parallel launch."""
        try:
            return str(numba.threading_layer())  # type: ignore[attr-defined]
        except ValueError:
            return os.environ.get("NUMBA_THREADING_LAYER", "serial")
