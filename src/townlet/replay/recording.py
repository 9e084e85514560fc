"""A recording that has been read: the folder that a recorder has left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from townlet.errors import UserError
from townlet.replay.hash_log import HashLog, read_hashes
from townlet.replay.manifest import HASHES, MANIFEST, ORDERS, SNAPSHOTS, read_recording
from townlet.replay.order_log import ACTIONS, read_orders
from townlet.snapshot import SUFFIX, SnapshotError, read

#: Folder of a recording within the folder of a run.
RECORD = "record"
_NAME = re.compile(rf"step-(\d{{12}}){re.escape(SUFFIX)}")


@dataclass(frozen=True)
class Saved:
    """A snapshot of a recording: the state after ``step`` ticks of it."""

    step: int
    path: Path


class Recording:
    """What a run was told, and what it came to.

    Args:
        folder: of the recording, or of the run that holds it.

    Attributes:
        folder: where it lies.
        manifest: what its manifest says.
        orders: all entries of its order log.
        hashes: its hash log.
        told: sentences about what was torn, and cut off.

    Raises:
        UserError: there is no recording, or it is damaged; a sentence.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = _find(Path(folder))
        self.manifest: dict[str, Any] = read_recording(self.folder)
        self.orders, torn = read_orders(self.folder / ORDERS)
        self.hashes: HashLog = read_hashes(self.folder / HASHES)
        self.told = [sentence for sentence in (torn, self.hashes.told) if sentence]
        if not self.manifest["complete"]:
            self.told.append(
                f"{self.folder}: the run was cut short; its logs go to tick "
                f"{self.tick_of(self.last)}"
            )

    @cached_property
    def snapshots(self) -> list[Saved]:
        """Snapshots by step; what is no whole snapshot will be found out when it is read."""
        found = []
        for path in sorted((self.folder / SNAPSHOTS).glob(f"*{SUFFIX}")):
            name = _NAME.fullmatch(path.name)
            if name:
                found.append(Saved(int(name[1]), path))
        return found

    @cached_property
    def last(self) -> int:
        """Ticks that are known to have been run."""
        given = max((o.step + (o.name == ACTIONS) for o in self.orders), default=0)
        hashed = int(self.hashes.steps[-1]) if len(self.hashes) else 0
        return max(int(self.manifest["ticks"]), given, hashed)

    # -- ticks and steps ----------------------------------------------------------------------

    def _eras(self) -> list[tuple[int, int]]:
        """First step of each era, and its tick: a restart begins one at tick 0."""
        restarts = [o.step for o in self.orders if o.name == "restart" and o.refused is None]
        return [(0, int(self.manifest["tick"])), *((step, 0) for step in restarts)]

    def tick_of(self, step: int) -> int:
        """The simulation's tick after a step; of a restart in between, the tick of the new run."""
        start, tick = next(era for era in reversed(self._eras()) if era[0] <= step)
        return tick + step - start

    def step_of(self, tick: int) -> int:
        """The step after which the simulation is at a tick, the first time.

        Raises:
            UserError: the recording never was.
        """
        eras = self._eras()
        ends = [*(step for step, _ in eras[1:]), self.last]
        for (start, first), end in zip(eras, ends, strict=True):
            if first <= tick <= first + end - start:
                return start + tick - first
        low, high = eras[0][1], self.tick_of(self.last)
        raise UserError(f"tick is {tick}; {self.folder} was recorded from {low} to {high}")

    # -- looking ------------------------------------------------------------------------------

    def saved_before(self, step: int) -> Iterator[Saved]:
        """Whole snapshots of steps up to this one, the last one first.

        A damaged one is passed over; the one before it has more to be run again.
        """
        for saved in reversed(self.snapshots):
            if saved.step <= step:
                try:
                    read(saved.path)
                except SnapshotError as error:
                    self.told.append(str(error))
                    continue
                yield saved

    def saved_after(self, step: int) -> Saved | None:
        """The first snapshot of a step from this one on."""
        return next((saved for saved in self.snapshots if saved.step >= step), None)


def _find(folder: Path) -> Path:
    if (folder / MANIFEST).exists():
        return folder
    if (folder / RECORD / MANIFEST).exists():
        return folder / RECORD
    if not folder.exists():
        raise UserError(f"{folder}: there is no such folder")
    if not folder.is_dir():
        raise UserError(f"{folder}: this is a file; name the folder of a recorded run")
    raise UserError(
        f"{folder}: there is no {MANIFEST}; record a run with 'townlet run ... --out DIR --record'"
    )


def is_recording(path: Path) -> bool:
    """Whether a path is the folder of a recording, or of a run that holds one."""
    return (path / MANIFEST).exists() or (path / RECORD / MANIFEST).exists()
