"""Autosave: snapshots now and then, the last few of them kept; and one of what has failed."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from townlet.config import SimulationConfig
from townlet.snapshot.background import Background
from townlet.snapshot.errors import IncompleteTickError, NotWrittenError, SnapshotError
from townlet.snapshot.files import SUFFIX, read, save
from townlet.snapshot.guards import check_path
from townlet.snapshot.tensors import under_way

if TYPE_CHECKING:
    from townlet.simulation import Simulation

_NAME = re.compile(rf"snapshot-(\d+){re.escape(SUFFIX)}")
_RUN = re.compile(r".+-seed\d+-\d{8}T\d{6}-\d+")
#: Seconds after which a draft in another run's folder is nobody's: where machines share a root, the
#: number of a process says nothing, and no save takes so long.
_STALE_S = 3600
_DRAFT = re.compile(rf"\.snapshot-\d+{re.escape(SUFFIX)}\.(\d+)\.draft")


def file_name(tick: int) -> str:
    """What a snapshot of a tick is called; names sort by tick."""
    return f"snapshot-{tick:012d}{SUFFIX}"


def run_name(config: SimulationConfig, seed: int, when: datetime | None = None) -> str:
    """A folder's name for one run, so that runs do not prune each other's snapshots."""
    when = datetime.now(UTC) if when is None else when
    safe = re.sub(r"[^\w.-]+", "_", config.config_id)
    return f"{safe}-seed{seed}-{when:%Y%m%dT%H%M%S}-{os.getpid()}"


class Autosave:
    """Saves a simulation in the cadences asked for, and keeps the last few.

    Between chunks of ticks call :meth:`look`, and run no further than :meth:`room` says. A save
    takes the time of a copy; the file is written while the simulation goes on, one at a time
    (:class:`townlet.snapshot.background.Background`, which keeps memory for the copy). At the end
    call :meth:`wait`.

    Args:
        sim: the simulation.
        folder: where the snapshots go; it is made when the first one is saved.
        ticks: save whenever this many ticks are done; None: not by ticks.
        seconds: save when this much time has passed since the last one; None: not by time.
        retain: how many are kept, at least 1.

    Attributes:
        saved: the snapshots that are there, oldest first; one that is being written is not.
        failed: how many could not be written, as far as :meth:`look` or :meth:`wait` has heard.
        problem: why the last one could not; empty when it could.
    """

    def __init__(
        self,
        sim: Simulation,
        folder: str | Path,
        ticks: int | None = None,
        seconds: float | None = None,
        retain: int = 3,
    ) -> None:
        self.folder = Path(folder)
        self._sim, self._ticks, self._seconds, self._retain = sim, ticks, seconds, retain
        self._last = time.monotonic()
        self._done = sim.tick
        self.failed, self.problem = 0, ""
        check_path(self.folder / file_name(sim.tick), sim.config)
        remove_drafts(self.folder)
        self._background = Background(sim)
        self._writing: Future[int] | None = None

    @classmethod
    def of_config(cls, sim: Simulation) -> Autosave | None:
        """As ``snapshot.autosave`` says, in a folder of its own below ``snapshot.storage.root``.

        Returns:
            None where the config asks for none.
        """
        section = sim.config.snapshot
        wanted = section.autosave
        if wanted.cadence_ticks is None and wanted.cadence_seconds is None:
            return None
        root = Path(section.storage.root).expanduser()
        sweep_runs(root)
        folder = root / run_name(sim.config, sim.seed)
        return cls(sim, folder, wanted.cadence_ticks, wanted.cadence_seconds, wanted.retain)

    @property
    def saved(self) -> list[Path]:
        """The snapshots that are there, oldest first."""
        return snapshots_in(self.folder)

    def room(self) -> int | None:
        """Ticks until one is due; None when ticks do not decide."""
        if self._ticks is None:
            return None
        return self._ticks - self._sim.tick % self._ticks

    def look(self) -> Path | None:
        """Begin to save if that is due.

        Returns:
            The file, which is there when it is whole; None where none was due or it could not be
            begun. See ``problem`` for it and for what has become of earlier ones. The run goes on
            either way.
        """
        if self._writing is not None and self._writing.done():
            self.wait()
        tick = self._sim.tick
        if tick == self._done:
            return None
        by_tick = self._ticks is not None and tick % self._ticks == 0
        late = self._seconds is not None and time.monotonic() - self._last >= self._seconds
        return self._begin() if by_tick or late else None

    def save(self) -> Path | None:
        """Save now, whatever the cadence, and wait for it.

        Returns:
            The file; None where it could not be written: see ``problem``.
        """
        path = self._begin()
        return path if path is not None and self.wait() else None

    def wait(self) -> bool:
        """Wait for a save that is under way.

        Returns:
            False when it could not be written: see ``problem``.
        """
        if self._writing is None:
            return True
        self._background.wait()
        future, self._writing = self._writing, None
        return self._heard(future.exception())

    def _begin(self) -> Path | None:
        self.wait()
        path = self.folder / file_name(self._sim.tick)
        self._last = time.monotonic()
        try:
            if not self._sim.whole:
                raise IncompleteTickError(
                    f"{path}: a tick was broken off half-way, and nobody could go on from it"
                )
            self.folder.mkdir(parents=True, exist_ok=True)
            self._writing = self._background.save(path, after=lambda: self._prune(path))
        except (SnapshotError, OSError) as error:
            self._heard(error)
            return None
        self._done = self._sim.tick
        return path

    def _heard(self, error: BaseException | None) -> bool:
        """Note what has become of a save; returns whether it is there."""
        self.problem = "" if error is None else str(error)
        if error is None:
            return True
        self.failed += 1
        if not isinstance(error, SnapshotError | OSError):
            raise error
        return False

    def _prune(self, path: Path) -> None:
        """Remove the oldest; called when ``path`` is on the disk, and only then."""
        for old in self.saved[: -self._retain]:
            if old != path:
                old.unlink(missing_ok=True)


def snapshots_in(folder: str | Path) -> list[Path]:
    """Snapshots of a folder that an autosave has written, in the order they were written."""
    try:
        found = [path for path in Path(folder).iterdir() if _NAME.fullmatch(path.name)]
    except OSError:
        return []
    return sorted(found, key=_age)


def _age(path: Path) -> tuple[int, str]:
    try:
        return path.stat().st_mtime_ns, path.name
    except OSError:
        return 0, path.name


def newest(folder: str | Path) -> Path | None:
    """The last snapshot of a folder that is whole: what a run can go on from; None: there is none.

    Damaged ones, and those of ticks that failed, are passed over.
    """
    return next(whole_snapshots(folder), None)


def whole_snapshots(folder: str | Path) -> Iterator[Path]:
    """Snapshots of a folder that are whole, the last one first."""
    for path in reversed(snapshots_in(folder)):
        try:
            complete = read(path).header.complete
        except SnapshotError:
            continue
        if complete:
            yield path


def sweep_runs(root: str | Path) -> int:
    """Remove what killed runs have left half written in their folders below a root.

    What is younger than an hour stays.

    Returns:
        How many there were.
    """
    try:
        folders = [entry for entry in Path(root).iterdir() if _RUN.fullmatch(entry.name)]
    except OSError:
        return 0
    return sum(remove_drafts(folder, _STALE_S) for folder in folders)


def remove_drafts(folder: str | Path, age: float = 0) -> int:
    """Remove what processes that are gone have left half written.

    Args:
        folder: where to look.
        age: seconds since something was last written to it, at least; 0: any.

    Returns:
        How many there were.
    """
    removed = 0
    try:
        entries = list(Path(folder).iterdir())
    except OSError:
        return 0
    for entry in entries:
        match = _DRAFT.fullmatch(entry.name)
        if not match or entry in under_way or _lives(int(match[1])):
            continue
        with suppress(OSError):  # another run sweeps too, or it is not ours to remove
            if not age or time.time() - entry.stat().st_mtime > age:
                entry.unlink()
                removed += 1
    return removed


def _lives(process: int) -> bool:
    if process == os.getpid():
        return False  # what it writes now is known by name
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def capture_failure(sim: Simulation, when: datetime | None = None) -> Path:
    """Save what a failed tick has left, to be looked at: nobody can go on from it.

    It goes to ``failures/tick_<tick>_<time>/`` below ``snapshot.storage.root``.

    Raises:
        NotWrittenError: it cannot be written.
    """
    when = datetime.now(UTC) if when is None else when
    root = Path(sim.config.snapshot.storage.root).expanduser()
    folder = root / "failures" / f"tick_{sim.tick:09d}_{when:%Y%m%dT%H%M%S}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotWrittenError(f"{folder}: it cannot be made ({error.strerror})") from None
    return save(sim, folder / file_name(sim.tick), complete=False)
