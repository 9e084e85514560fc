"""The shelf: the last snapshots of a soak, of which the newest whole one is gone on from."""

from __future__ import annotations

import re
from pathlib import Path

from townlet.snapshot import SUFFIX, inspect

_NAME = re.compile(r"tick-(\d+)\.safetensors")


class Shelf:
    """A folder of snapshots; halves that a kill has left in it are removed.

    Args:
        folder: the folder; it is made.
        keep: how many stay.
    """

    def __init__(self, folder: Path, keep: int) -> None:
        self._folder, self._keep = folder, keep
        folder.mkdir(exist_ok=True)
        for path in folder.iterdir():
            if path.name.startswith("."):
                path.unlink()

    def path(self, tick: int) -> Path:
        """Where the snapshot of a tick goes."""
        return self._folder / f"tick-{tick:09d}{SUFFIX}"

    def prune(self) -> None:
        """Drop the oldest beyond ``keep``; call it when a new one is whole."""
        for old in self.newest_first()[self._keep :]:
            old.unlink(missing_ok=True)

    def newest_first(self) -> list[Path]:
        """Files that were finished, the newest first."""
        return sorted((p for p in self._folder.iterdir() if _NAME.fullmatch(p.name)), reverse=True)

    @staticmethod
    def put_aside(path: Path) -> None:
        """Let a damaged file be, under a name that is no snapshot's."""
        path.rename(path.with_name(f"{path.name}.damaged"))

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
