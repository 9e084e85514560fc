"""The record: times of ticks, hourly samples, KPIs; in memory, and in files at each snapshot."""

from __future__ import annotations

import io
import os
import re
import time
import zipfile
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from townlet.errors import UserError
from townlet.report.folder import write_file
from townlet.soak.memory import resident_bytes

if TYPE_CHECKING:
    from townlet.simulation import Simulation

#: What happened in a tick beside the town's life, as bits: its time stands apart.
DAY, SAVED, HASHED, FAULTED, CHECKED, FIRST, WRITING, AFTER = 1, 2, 4, 8, 16, 32, 64, 128
_NAME = re.compile(r"ticks-(\d+)-(\d+)\.npz")
Pages = dict[str, npt.NDArray[Any]]
Took = tuple[int, int]
"""Nanoseconds by the clock, and of processor time."""


@dataclass
class Part:
    """A stretch of ticks.

    Attributes:
        start: its first tick.
        ns: nanoseconds of each tick by the clock.
        cpu: of processor time, all threads of the process together.
        flags: what else happened in each tick.
        sample_tick, rss, living: hourly samples: tick, bytes of memory (-1 unknown), living agents.
        pages: KPIs and hourly means, see :meth:`townlet.history.History.pages`.
    """

    start: int
    ns: array[int] = field(default_factory=lambda: array("q"))
    cpu: array[int] = field(default_factory=lambda: array("q"))
    flags: array[int] = field(default_factory=lambda: array("B"))
    sample_tick: list[int] = field(default_factory=list)
    rss: list[int] = field(default_factory=list)
    living: list[int] = field(default_factory=list)
    pages: Pages = field(default_factory=dict)


class Watch:
    """Measures from when it is made."""

    def __init__(self) -> None:
        self._begun = time.perf_counter_ns(), time.process_time_ns()

    def took(self) -> Took:
        """How long it has been."""
        wall, cpu = self._begun
        return time.perf_counter_ns() - wall, time.process_time_ns() - cpu


class Record:
    """What a soak has measured.

    Args:
        folder: where its parts lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)
        self.now = Part(1)

    def add(self, took: Took, flags: int) -> None:
        """Note a tick."""
        self.now.ns.append(took[0])
        self.now.cpu.append(took[1])
        self.now.flags.append(flags)

    def mark(self, flag: int, took: Took) -> None:
        """Note that something else happened after the last tick, and how long it took."""
        self.now.ns[-1] += took[0]
        self.now.cpu[-1] += took[1]
        self.now.flags[-1] |= flag

    def sample(self, sim: Simulation) -> None:
        """Note how much memory is held, and how many live."""
        self.now.sample_tick.append(sim.tick)
        rss = resident_bytes()
        self.now.rss.append(-1 if rss is None else rss)
        self.now.living.append(int(sim.column("Identity.alive").sum()))

    def take(self, sim: Simulation) -> Part:
        """Take out what is in memory, and let the simulation forget its history."""
        part = self.now
        part.pages = sim.history.pages(slice(None))
        sim.history.turn_to({})
        self.now = Part(part.start + len(part.ns))
        return part

    def put(self, part: Part, pace: Callable[[], None] = lambda: None) -> None:
        """Put what was taken out into a file; another thread may.

        Args:
            part: what was taken out.
            pace: called after every bit of work.

        Raises:
            OSError: it cannot be written.
        """
        if not part.ns:
            return
        end = part.start + len(part.ns) - 1
        arrays: Pages = {
            "ns": np.array(part.ns, np.int64),
            "cpu": np.array(part.cpu, np.int64),
            "flags": np.array(part.flags, np.uint8),
            "sample_tick": np.array(part.sample_tick, np.int64),
            "rss": np.array(part.rss, np.int64),
            "living": np.array(part.living, np.int64),
            **part.pages,
        }
        path = self._folder / f"ticks-{part.start:09d}-{end:09d}.npz"
        write_file(path, lambda draft: _save(draft, arrays, pace))

    def rewind(self, tick: int) -> None:
        """Forget what is later than a tick.

        Raises:
            UserError: a part is missing.
        """
        reached = 0
        for path, start, end in self._parts():
            if end > tick:
                path.unlink()
            elif start == reached + 1:
                reached = end
        if reached != tick:
            raise UserError(
                f"{self._folder}: the times of ticks {reached + 1} to {tick} are lost, and what a "
                "soak tells would not be whole; begin another one with --out"
            )
        self.now = Part(tick + 1)

    def all(self) -> Pages:
        """Everything that was put into files, as one array per name; see :class:`Part`.

        Raises:
            UserError: a part is damaged.
        """
        found: dict[str, list[npt.NDArray[Any]]] = {}
        for path, _, _ in self._parts():
            for name, values in _read(path).items():
                if values.size:
                    found.setdefault(name, []).append(values)
        return {name: np.concatenate(arrays) for name, arrays in found.items()}

    def _parts(self) -> Iterator[tuple[Path, int, int]]:
        for path in sorted(self._folder.iterdir()):
            match = _NAME.fullmatch(path.name)
            if match is not None:
                yield path, int(match[1]), int(match[2])
            elif path.name.startswith("."):  # half a file that a kill has left
                path.unlink()


def _read(path: Path) -> Pages:
    try:
        with path.open("rb") as file, np.load(file) as stored:
            return {name: stored[name] for name in stored.files}
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise UserError(f"{path}: the file is damaged ({error})") from None


def _save(path: Path, arrays: Pages, pace: Callable[[], None]) -> None:
    """Write what :func:`numpy.savez` does, array by array, and see it onto the disk.

    The snapshot that comes next is of no use without it.
    """
    with path.open("wb") as target:
        with zipfile.ZipFile(target, "w") as file:
            for name, array in arrays.items():
                buffer = io.BytesIO()
                np.lib.format.write_array(buffer, array, allow_pickle=False)
                pace()
                file.writestr(f"{name}.npy", buffer.getbuffer())
                pace()
        target.flush()
        os.fsync(target.fileno())
