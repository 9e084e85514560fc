"""Samples: what every tick took, system by system, kept in arrays made beforehand.

The runtime keeps sums (``Runtime.elapsed_ns``). Between two ticks their values are copied, and
differences are taken when all is over: a copy of sixty numbers costs half a microsecond.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.ecs.runtime import Runtime

Nanoseconds = npt.NDArray[np.int64]
#: Columns of the stamps of a tick.
_START, _BEFORE, _PROCESSED, _AFTER, _CPU, _KEPT = range(6)
#: Columns of the pauses of a tick: garbage collected between systems' stamps, and elsewhere.
_IN_SYSTEMS, _IN_PYTHON = range(2)


@dataclass(frozen=True)
class Samples:
    """Wall nanoseconds of some ticks, one row each.

    Attributes:
        names: systems and steps in running order.
        systems: of each system, int64 (ticks, systems); the share of a system in a fused group is
            that of its cycles.
        started: ``time.perf_counter_ns`` when the tick began, int64 (ticks,).
        before, after: Python before the first and after the last system: clock, timeline, records.
        dispatch: what the runner adds around the systems.
        waiting: while the thread that runs the tick was off its core: other lanes, other programs.
        collected: garbage collection, int64 (ticks, 2): within systems, and elsewhere.
        own: keeping this sample.
        wall_ns: all ticks together, measured from outside.
        cpu_ns: processor time of all threads meanwhile.
    """

    names: tuple[str, ...]
    systems: Nanoseconds
    started: Nanoseconds
    before: Nanoseconds
    after: Nanoseconds
    dispatch: Nanoseconds
    waiting: Nanoseconds
    collected: Nanoseconds
    own: Nanoseconds
    wall_ns: int
    cpu_ns: int

    @property
    def ticks(self) -> int:
        """How many ticks there are."""
        return len(self.started)

    @property
    def totals(self) -> Nanoseconds:
        """Each tick as a whole, without what keeping its sample took, int64 (ticks,)."""
        whole: Nanoseconds = self.systems.sum(axis=1) + self.before + self.dispatch + self.after
        return whole


def joined(parts: list[Samples]) -> Samples:
    """One set of samples made of several of the same systems."""
    first = parts[0]
    arrays = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in (
            "systems", "started", "before", "after", "dispatch", "waiting", "collected", "own",
        )
    }  # fmt: skip
    wall, cpu = sum(part.wall_ns for part in parts), sum(part.cpu_ns for part in parts)
    return Samples(names=first.names, wall_ns=wall, cpu_ns=cpu, **arrays)


class Sampler:
    """Runs ticks as ``Simulation.run`` does and keeps what each took.

    Args:
        runtime: the runtime.
        before, after: what a simulation does around each tick.
        room: ticks there is room for.
    """

    def __init__(
        self,
        runtime: Runtime,
        before: Callable[[], None],
        after: Callable[[], None],
        room: int,
    ) -> None:
        self.runtime = runtime
        self.room = room
        self.ticks = 0
        self._before, self._after = before, after
        # Private on purpose: a public way would be a part of the core that only a profile needs.
        self._groups = runtime._groups
        self._sums = runtime._runner.elapsed_ns
        self._fused = [runtime._fused.get(group) for group in self._groups]
        self._kept = np.zeros((room + 1, len(self._groups)), np.int64)
        self._cycles = {
            k: np.zeros((room + 1, fused.cycles.shape[1]), np.int64)
            for k, fused in enumerate(self._fused)
            if fused is not None
        }
        self._stamps = np.zeros((room + 1, 6), np.int64)
        self._pauses = np.zeros((room + 1, 2), np.int64)
        self._wall_ns = self._cpu_ns = 0
        self._row = [0] * 6
        self._pause_began, self._where = 0, _IN_PYTHON

    def run(self, ticks: int) -> None:
        """Run that many ticks more; there must be room for them."""
        if self.ticks + ticks > self.room:
            raise ValueError(f"{ticks} ticks more than there is room for ({self.room})")
        self._keep_sums(self.ticks)
        gc.callbacks.append(self._collecting)
        cpu, wall = time.process_time_ns(), time.perf_counter_ns()
        self._row[_CPU] = time.thread_time_ns()
        self._row[_KEPT] = time.perf_counter_ns()
        try:
            self.runtime.run(ticks, self._enter, self._leave)
        finally:
            self._wall_ns += time.perf_counter_ns() - wall
            self._cpu_ns += time.process_time_ns() - cpu
            gc.callbacks.remove(self._collecting)

    def _enter(self) -> None:
        row = self._row
        row[_START] = time.perf_counter_ns()
        self._before()
        self._where = _IN_SYSTEMS
        row[_BEFORE] = time.perf_counter_ns()

    def _leave(self) -> None:
        row, now = self._row, time.perf_counter_ns
        row[_PROCESSED] = now()
        self._where = _IN_PYTHON
        self._after()
        row[_AFTER] = now()
        cpu = time.thread_time_ns()
        self.ticks += 1
        self._keep_sums(self.ticks)
        off_core = row[_AFTER] - row[_KEPT] - (cpu - row[_CPU])
        self._stamps[self.ticks] = row
        self._stamps[self.ticks, _CPU] = off_core
        row[_CPU], row[_KEPT] = cpu, row[_AFTER]
        self._stamps[self.ticks, _KEPT] = now()

    def _keep_sums(self, row: int) -> None:
        self._kept[row] = self._sums
        for k, cycles in self._cycles.items():
            cycles[row] = self._fused[k].cycles.sum(axis=0)  # type: ignore[union-attr]

    def _collecting(self, phase: str, info: dict[str, Any]) -> None:
        """Told by the garbage collector when it starts and stops."""
        if phase == "start":
            self._pause_began = time.perf_counter_ns()
        elif self.ticks < self.room:
            spent = time.perf_counter_ns() - self._pause_began
            self._pauses[self.ticks + 1, self._where] += spent

    def samples(self) -> Samples:
        """What has been kept so far."""
        names, systems = self._shares()
        stamps = self._stamps[1 : self.ticks + 1]
        processing = stamps[:, _PROCESSED] - stamps[:, _BEFORE]
        return Samples(
            names=names,
            systems=systems,
            started=stamps[:, _START].copy(),
            before=stamps[:, _BEFORE] - stamps[:, _START],
            after=stamps[:, _AFTER] - stamps[:, _PROCESSED],
            dispatch=processing - systems.sum(axis=1),
            waiting=np.maximum(stamps[:, _CPU], 0),
            collected=self._pauses[1 : self.ticks + 1].copy(),
            own=stamps[:, _KEPT] - stamps[:, _AFTER],
            wall_ns=self._wall_ns,
            cpu_ns=self._cpu_ns,
        )

    def _shares(self) -> tuple[tuple[str, ...], Nanoseconds]:
        """Names of all systems, and what each took, int64 (ticks, systems)."""
        spent = np.diff(self._kept[: self.ticks + 1], axis=0)
        names: list[str] = []
        columns: list[Nanoseconds] = []
        for k, group in enumerate(self._groups):
            names += group
            if k not in self._cycles:
                columns.append(spent[:, k])
                continue
            cycles = np.diff(self._cycles[k][: self.ticks + 1], axis=0)
            ends = np.cumsum([len(self.runtime.launches[name]) for name in group])
            # By differences of running sums, so that the parts add up to the group exactly.
            until = np.cumsum(cycles, axis=1)[:, ends - 1]
            total = np.maximum(until[:, -1:], 1)
            reached = (spent[:, k : k + 1] * (until / total)).round().astype(np.int64)
            reached[:, -1] = spent[:, k]
            columns += list(np.diff(reached, axis=1, prepend=0).T)
        return tuple(names), np.stack(columns, axis=1)
