"""The recorder: writes down what a simulation is told, and what it comes to."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from townlet.errors import UserError
from townlet.replay.hash_log import HashWriter, record_of
from townlet.replay.manifest import (
    HASHES,
    MANIFEST,
    ORDERS,
    SNAPSHOTS,
    describe,
    write_recording,
)
from townlet.replay.order_log import ACTIONS, Order, OrderWriter
from townlet.snapshot import SUFFIX
from townlet.snapshot.take import draft
from townlet.snapshot.tensors import write_tensors

if TYPE_CHECKING:
    from townlet.simulation import Simulation

#: Agent rows up to which every tick is hashed, and up to which every tenth is; else every
#: hundredth. A hash costs about as much as seven ticks of as many agents.
EVERY_TICK_ROWS, EVERY_TENTH_ROWS = 256, 4096
#: Ticks between two snapshots.
SNAPSHOT_EVERY = 10_000


def hash_every_of(rows: int) -> int:
    """Ticks between two hashes that suit a number of agent rows."""
    if rows <= EVERY_TICK_ROWS:
        return 1
    return 10 if rows <= EVERY_TENTH_ROWS else 100


class Recorder:
    """Records a simulation from now on into a folder (docs/replay.md).

    Every order and every action given from outside a tick is written down as it comes; the hash of
    the state and of its columns every ``hash_every`` ticks; a snapshot at the beginning, every
    ``snapshot_every`` ticks and at the end. It only looks on. As a context manager it finishes when
    the block is left. What cannot begin, as on a full disk, leaves nothing in the folder.

    Args:
        sim: the simulation, between two ticks.
        folder: a new or an empty one.
        hash_every: ticks between two hashes; None: 1, 10 or 100, by the number of agents.
        snapshot_every: ticks between two snapshots; 0: only the first and the last.

    Attributes:
        step: ticks run since the recording began.
        manifest: what the folder's manifest says.

    Raises:
        UserError: the folder holds something, a number is out of range, or the simulation is not
            ``whole``.
        OSError: naming a file that cannot be written.
    """

    def __init__(
        self,
        sim: Simulation,
        folder: str | Path,
        *,
        hash_every: int | None = None,
        snapshot_every: int = SNAPSHOT_EVERY,
    ) -> None:
        self.folder = Path(folder)
        self._sim, self.step = sim, 0
        every = hash_every_of(sim.towns * sim.capacity) if hash_every is None else hash_every
        if not sim.whole:
            raise UserError("a tick was broken off half-way: no recording can begin in its middle")
        if every < 1:
            raise UserError(f"hash_every is {every}; it must be at least 1")
        if snapshot_every < 0:
            raise UserError(f"snapshot_every is {snapshot_every}; it must be at least 0")
        self._hash_every, self._snapshot_every = every, snapshot_every
        self._hashed, self._saved, self._ordered = -1, -1, -1
        self._tick = sim.tick
        self.manifest = describe(sim, every, snapshot_every)
        with contextlib.ExitStack() as undo:
            undo.callback(_take_back, self.folder, _prepare(self.folder))
            self._orders = OrderWriter(self.folder / ORDERS)
            undo.callback(self._orders.close)
            self._hashes = HashWriter(self.folder / HASHES, sim.hashing.names(), sim.towns)
            undo.callback(self._close_hashes)
            self._hash()
            self._save()
            undo.pop_all()
        self._open = True
        sim.ear.listeners.append(self)

    def __enter__(self) -> Recorder:
        """The recorder itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish; what was raised within is the reason given."""
        self.finish(None if error is None else f"{type(error).__name__}: {error}")

    # -- what it is told ----------------------------------------------------------------------

    def ordered(self, name: str, arguments: Mapping[str, Any], refused: str | None) -> None:
        """Write an order down."""
        if name == "go_to":  # what follows is another run
            self.finish(f"another state was put into the simulation: tick {arguments['tick']}")
            return
        self._ordered, self._tick = self.step, self._sim.tick
        self._write(Order(self.step, name, arguments, refused))

    def given(
        self,
        actions: npt.NDArray[np.int32] | None,
        level: str,
        waits: npt.NDArray[np.bool_] | None,
    ) -> None:
        """Write the actions of the next tick down."""
        arguments = {"actions": actions, "level": level, "waits": waits}
        self._write(Order(self.step, ACTIONS, arguments))

    def _write(self, order: Order) -> None:
        try:
            self._orders.add(order)
        except OSError:
            self._abandon()
            raise

    def ticked(self) -> None:
        """Count a tick; hash the state and save it when that is due."""
        self.step += 1
        self._tick = self._sim.tick
        try:
            if self.step % self._hash_every == 0:
                self._hash()
            if self._snapshot_every and self.step % self._snapshot_every == 0:
                self._save()
        except (OSError, UserError):
            self._abandon()
            raise

    def _hash(self) -> None:
        if self._hashed < self.step:
            self._hashes.add(record_of(self.step, self._sim.tick, self._sim.hashing.sums()))
            self._hashed = self.step

    def _save(self) -> None:
        """Save a snapshot, and let the manifest say how far the run has come."""
        if self._saved < self.step:
            name = f"step-{self.step:012d}{SUFFIX}"
            header, arrays = draft(self._sim)
            write_tensors(self.folder / SNAPSHOTS / name, arrays, header.as_dict())
            self._saved = self.step
        self._orders.sync()
        self._hashes.sync()
        self.manifest |= {
            "ticks": self.step,
            "orders": self._orders.count,
            "state_hash": f"{self._sim.hash():016x}",
        }
        self.manifest = write_recording(self.folder, self.manifest)

    # -- the end ------------------------------------------------------------------------------

    def finish(self, ended: str | None = None) -> dict[str, Any]:
        """Write what waits, a last snapshot and the manifest; a second time does nothing.

        Where a tick was broken off half-way, its state is in neither: no replay could come to it.

        Args:
            ended: why it ended before it should have; None: it did not.

        Returns:
            The manifest.
        """
        if self._open:
            whole = self._tick == self._sim.tick
            whole &= ended is None or not ended.startswith("another state")
            try:
                if whole and self._ordered < self.step:  # else the last tick's end is past
                    self._hash()
                self.manifest |= {"complete": True, "ended": ended}
                self._save() if whole else self._close_early()
            finally:
                self._abandon()
        return self.manifest

    def _close_early(self) -> None:
        """The state is not that of this recording any more: leave it out."""
        self._hashes.flush()
        self.manifest |= {"ticks": self.step, "orders": self._orders.count, "state_hash": None}
        self.manifest = write_recording(self.folder, self.manifest)

    def _abandon(self) -> None:
        """Listen no more, and close the files."""
        self._open = False
        if self in self._sim.ear.listeners:
            self._sim.ear.listeners.remove(self)
        self._orders.close()
        self._close_hashes()

    def _close_hashes(self) -> None:
        with contextlib.suppress(OSError):  # it has been raised already
            self._hashes.close()


def _prepare(folder: Path) -> bool:
    """Make the folder, or take an empty one: nothing recorded is overwritten.

    Returns:
        Whether it was not there before.
    """
    if (folder / MANIFEST).exists():
        raise UserError(f"{folder}: the folder holds a recording already; name another one")
    if folder.is_dir() and any(folder.iterdir()):
        raise UserError(f"{folder}: the folder is not empty; name a new or an empty one")
    new = not folder.is_dir()
    try:
        (folder / SNAPSHOTS).mkdir(parents=True)
    except OSError as error:
        raise UserError(f"{folder}: it cannot be made ({error.strerror})") from None
    return new


def _take_back(folder: Path, new: bool) -> None:
    """Leave a folder as it was found: a recording that has not begun would keep it for nothing."""
    shutil.rmtree(folder / SNAPSHOTS, ignore_errors=True)
    for name in (ORDERS, HASHES, MANIFEST):
        (folder / name).unlink(missing_ok=True)
    if new:
        with contextlib.suppress(OSError):  # somebody else keeps something there by now
            folder.rmdir()
