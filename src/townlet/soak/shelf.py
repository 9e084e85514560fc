"""The shelf: the last snapshots of a soak, of which the newest whole one is gone on from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from townlet.snapshot import SUFFIX, SnapshotError, inspect, save

if TYPE_CHECKING:
    from townlet.simulation import Simulation

_NAME = re.compile(r"tick-(\d+)\.safetensors")


class Shelf:
    """A folder of snapshots.

    Args:
        folder: the folder; it is made.
        keep: how many stay.
    """

    def __init__(self, folder: Path, keep: int) -> None:
        self._folder, self._keep = folder, keep
        folder.mkdir(exist_ok=True)

    def save(self, sim: Simulation) -> Path:
        """Save, and drop the oldest beyond ``keep`` once the new one is whole.

        Raises:
            SnapshotError: it cannot be written; the older ones are as they were.
        """
        path = save(sim, self._folder / f"tick-{sim.tick:09d}{SUFFIX}")
        for old in self.newest_first()[self._keep :]:
            old.unlink(missing_ok=True)
        return path

    def newest_first(self) -> list[Path]:
        """Files that were finished, the newest first; halves that a kill has left are removed."""
        found = []
        for path in self._folder.iterdir():
            if _NAME.fullmatch(path.name):
                found.append(path)
            elif path.name.startswith("."):
                path.unlink()
        return sorted(found, reverse=True)

    def forget(self) -> None:
        """Remove all snapshots."""
        for path in self.newest_first():
            path.unlink()

    @staticmethod
    def tick_of(path: Path) -> int:
        """The tick a snapshot was saved after.

        Raises:
            SnapshotError: the file is damaged.
        """
        return inspect(path).tick


__all__ = ["Shelf", "SnapshotError"]
