"""The reader: a capture as arrays, file by file, at once, or trajectory by trajectory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from townlet.capture.columns import OWNER, TABLES, Arrays, Column, empty
from townlet.capture.files import verify
from townlet.capture.formats import checked_format, decode
from townlet.capture.manifest import FileEntry, columns_in, files_in, read_manifest
from townlet.errors import UserError
from townlet.suggest import nearest

if TYPE_CHECKING:
    import polars as pl


def load(folder: str | Path) -> Capture:
    """Open a capture, and see that every file is as it was written.

    Raises:
        UserError: there is none, or a file is missing or damaged; a sentence that names it.
    """
    folder = Path(folder)
    capture = Capture(folder, read_manifest(folder))
    for entry in files_in(capture.manifest):
        if Path(entry.name).name != entry.name:
            raise UserError(f"{folder}: the manifest names {entry.name!r}, which is no file in it")
        verify(folder / entry.name, entry.bytes, entry.sha256)
    return capture


@dataclass(frozen=True)
class Trajectory:
    """What one agent lived through.

    Attributes:
        town, slot, generation: whose it is; a newcomer in a slot has the next generation.
        steps: its steps, in order, by column.
        final: its observation after the last step, ``map`` and ``features``; None where the
            capture was broken off or it was not asked for.
    """

    town: int
    slot: int
    generation: int
    steps: Arrays
    final: Arrays | None

    def __len__(self) -> int:
        """How many steps it has."""
        return len(next(iter(self.steps.values())))

    def __getitem__(self, column: str) -> npt.NDArray[Any]:
        """A column of its steps."""
        return self.steps[column]


@dataclass(frozen=True)
class Capture:
    """A capture on disk; nothing of it is in memory until it is asked for.

    Attributes:
        folder: where it is.
        manifest: what it says of itself.
    """

    folder: Path
    manifest: dict[str, Any]

    @property
    def complete(self) -> bool:
        """It was ended properly; if not, what is here is whole, but it breaks off."""
        return bool(self.manifest["complete"])

    @property
    def form(self) -> str:
        """Format of the tables."""
        return checked_format(self.manifest["format"])

    @cached_property
    def _columns(self) -> dict[str, dict[str, Column]]:
        """Columns of each table, by name."""
        return {t: {c.name: c for c in columns_in(self.manifest, t)} for t in TABLES}

    def chunks(
        self, columns: Sequence[str] | None = None, table: str = "steps"
    ) -> Iterator[Arrays]:
        """Read file by file.

        Args:
            columns: names of those to read; None: all of the table.
            table: ``"steps"`` or ``"finals"``.

        Yields:
            Arrays by column; steps come tick by tick, and in a tick by town and slot.

        Raises:
            UserError: no such table or column, or a file is not what the manifest says.
        """
        wanted = self._wanted(columns, table)
        for entry in files_in(self.manifest, table):
            yield self._read(entry, wanted)

    def _read(self, entry: FileEntry, wanted: Sequence[Column]) -> Arrays:
        """Some columns of a file."""
        rows = entry.rows[1] - entry.rows[0]
        return decode(self.folder / entry.name, self.form, wanted, rows)

    def _wanted(self, columns: Sequence[str] | None, table: str) -> list[Column]:
        """Columns by name, all of a table when None; UserError for a name that is none."""
        if table not in self._columns:
            raise UserError(f"unknown table {table!r}{nearest(table, list(TABLES))}")
        known = self._columns[table]
        for name in columns or ():
            if name not in known:
                raise UserError(f"{self.folder}: no column {name!r}{nearest(name, list(known))}")
        return [known[name] for name in (known if columns is None else columns)]

    def arrays(self, columns: Sequence[str] | None = None, table: str = "steps") -> Arrays:
        """Read a table into memory, all files of it; see :meth:`chunks`."""
        wanted = self._wanted(columns, table)
        files = files_in(self.manifest, table)
        whole = empty(wanted, files[-1].rows[1] if files else 0)
        for entry in files:
            for name, values in self._read(entry, wanted).items():
                whole[name][entry.rows[0] : entry.rows[1]] = values
        return whole

    def trajectories(self, columns: Sequence[str] | None = None) -> Iterator[Trajectory]:
        """Everybody's trajectory, by town, slot and generation.

        Args:
            columns: of the steps; None: all. What is named is read into memory first.

        Yields:
            Each trajectory; with its last observation where ``map`` or ``features`` are asked for.
        """
        asked = list(self._columns["steps"]) if columns is None else list(columns)
        steps = self.arrays(list(dict.fromkeys([*OWNER[:3], *asked])))
        seen = [name for name in asked if name in ("map", "features")]
        finals = self.arrays([*OWNER[:3], *seen], "finals") if seen else empty(())
        last = {owner: k for k, owner in enumerate(_owners(finals))} if seen else {}
        order = np.lexsort([steps[name] for name in ("generation", "slot", "town")])
        for rows in _runs(steps, order):
            town, slot, generation = (int(steps[name][rows[0]]) for name in OWNER[:3])
            end = last.get((town, slot, generation))
            final = None if end is None else {name: finals[name][end] for name in seen}
            lived = {name: steps[name][rows] for name in asked}
            yield Trajectory(town, slot, generation, lived, final)

    def metrics(self) -> pl.DataFrame:
        """A row per trajectory, as a polars frame.

        Raises:
            UserError: the capture broke off before they were written.
        """
        import polars as pl  # noqa: PLC0415  (slow to import)

        for entry in files_in(self.manifest, "metrics"):
            if entry.name.endswith(".parquet"):
                return pl.read_parquet(self.folder / entry.name)
        raise UserError(f"{self.folder}: the capture broke off; it has no metrics")


def _owners(rows: Arrays) -> Iterator[tuple[int, ...]]:
    """Town, slot and generation of each row."""
    return zip(*(rows[name].tolist() for name in OWNER[:3]), strict=True)


def _runs(steps: Arrays, order: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    """Rows of each owner, given the rows sorted by owner; ticks stay in their order."""
    if not len(order):
        return []
    keys = np.stack([steps[name][order] for name in OWNER[:3]])
    return np.split(order, np.flatnonzero((keys[:, 1:] != keys[:, :-1]).any(axis=0)) + 1)
