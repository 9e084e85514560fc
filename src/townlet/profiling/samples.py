"""Samples: what every tick took, system by system, kept in arrays made beforehand.

The runtime keeps sums (``Runtime.elapsed_ns``). Between two ticks their values are copied, and
differences are taken when all is over.
"""

from __future__ import annotations

import gc
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.ecs.runtime import Runtime

Nanoseconds = npt.NDArray[np.int64]
#: Columns of the pauses of a tick: garbage collected between systems' stamps, and elsewhere.
_IN_SYSTEMS, _IN_PYTHON = range(2)


@dataclass(frozen=True)
class Samples:
    """Wall nanoseconds of some ticks, one row each.

    Attributes:
        names: systems and steps in running order.
        systems: of each system, int64 (ticks, systems); the share of a system in a group is that
            of its cycles.
        started: ``time.perf_counter_ns`` when the tick began, int64 (ticks,).
        before, after: Python before the first and after the last system: clock, timeline, records.
        dispatch: what the runner adds around the systems.
        collected: garbage collection, int64 (ticks, 2): within systems, and elsewhere.
        own: keeping this sample.
        wall_ns: all ticks together, measured from outside.
        waiting_ns: of it the thread that runs the ticks was off its core: other lanes, other
            programs.
        cpu_ns: processor time of all threads meanwhile.
    """

    names: tuple[str, ...]
    systems: Nanoseconds
    started: Nanoseconds
    before: Nanoseconds
    after: Nanoseconds
    dispatch: Nanoseconds
    collected: Nanoseconds
    own: Nanoseconds
    wall_ns: int
    waiting_ns: int
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
    together: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in (
            "systems", "started", "before", "after", "dispatch", "collected", "own",
        )
    }  # fmt: skip
    for name in ("wall_ns", "waiting_ns", "cpu_ns"):
        together[name] = sum(getattr(part, name) for part in parts)
    return Samples(names=first.names, **together)


def _bytes_of(rows: Any, now: Any) -> tuple[memoryview, memoryview, int]:
    """Bytes of an array of rows, of what a row is a copy of, and how many that are."""
    return memoryview(rows).cast("B"), memoryview(now).cast("B"), now.nbytes


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
        # Filled, not only asked for: a page that is new costs more than what is written to it.
        self._kept = np.full((room + 1, len(self._groups)), 0, np.int64)
        self._cycles = {
            k: np.full((room + 1, fused.cycles.shape[1]), 0, np.int64)
            for k, fused in enumerate(self._fused)
            if fused is not None
        }
        self._copies = [_bytes_of(self._kept, self._sums)]
        self._lanes: list[tuple[Nanoseconds, Nanoseconds]] = []
        for k, cycles in self._cycles.items():
            of_lanes: Nanoseconds = self._fused[k].cycles  # type: ignore[union-attr]
            if len(of_lanes) == 1:
                self._copies.append(_bytes_of(cycles, of_lanes))
            else:
                self._lanes.append((cycles, of_lanes))
        # When a tick began, its Python before and its systems were done, it was left, and kept.
        # Storing into an array of the standard library takes a tenth of what NumPy's takes.
        self._stamps = [array("q", bytes(8 * room)) for _ in range(5)]
        self._pauses = np.zeros((room, 2), np.int64)
        self._wall_ns = self._waiting_ns = self._cpu_ns = 0
        self._pause_began, self._where = 0, _IN_PYTHON

    def run(self, ticks: int) -> None:
        """Run that many ticks more; there must be room for them."""
        if self.ticks + ticks > self.room:
            raise ValueError(f"{ticks} ticks more than there is room for ({self.room})")
        self._keep_sums(self.ticks)
        gc.callbacks.append(self._collecting)
        cpu, own_cpu, wall = time.process_time_ns(), time.thread_time_ns(), time.perf_counter_ns()
        try:
            self.runtime.run(ticks, *self._watchers())
        finally:
            spent = time.perf_counter_ns() - wall
            self._wall_ns += spent
            self._waiting_ns += max(spent - (time.thread_time_ns() - own_cpu), 0)
            self._cpu_ns += time.process_time_ns() - cpu
            gc.callbacks.remove(self._collecting)

    def _watchers(self) -> tuple[Callable[[], None], Callable[[], None]]:
        """What runs around each tick; closures, whose names cost less than attributes."""
        now, before, after = time.perf_counter_ns, self._before, self._after
        began, entered, processed, left, done = self._stamps
        keep_sums = self._keep_sums

        def enter() -> None:
            tick = self.ticks
            began[tick] = now()
            before()
            self._where = _IN_SYSTEMS
            entered[tick] = now()

        def leave() -> None:
            tick = self.ticks
            processed[tick] = now()
            self._where = _IN_PYTHON
            after()
            left[tick] = now()
            self.ticks = tick + 1
            keep_sums(tick + 1)
            done[tick] = now()

        return enter, leave

    def _keep_sums(self, row: int) -> None:
        """Copy what the runtime has added up.

        As bytes: a kernel has emptied the caches, and NumPy's way to a row is a long one then.
        """
        for rows, now, size in self._copies:
            rows[row * size : (row + 1) * size] = now
        for cycles, of_lanes in self._lanes:
            of_lanes.sum(axis=0, out=cycles[row])

    def _collecting(self, phase: str, info: dict[str, Any]) -> None:
        """Told by the garbage collector when it starts and stops."""
        if phase == "start":
            self._pause_began = time.perf_counter_ns()
        elif self.ticks < self.room:
            spent = time.perf_counter_ns() - self._pause_began
            self._pauses[self.ticks, self._where] += spent

    def samples(self) -> Samples:
        """What has been kept so far."""
        names, systems = self._shares()
        start, before, processed, after, kept = (
            np.array(stamps[: self.ticks], np.int64) for stamps in self._stamps
        )
        return Samples(
            names=names,
            systems=systems,
            started=start,
            before=before - start,
            after=after - processed,
            dispatch=processed - before - systems.sum(axis=1),
            collected=self._pauses[: self.ticks].copy(),
            own=kept - after,
            wall_ns=self._wall_ns,
            waiting_ns=self._waiting_ns,
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
