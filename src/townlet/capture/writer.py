"""The writer: buffers to files, and a manifest that never names what is not whole."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from townlet.capture.buffer import Buffer
from townlet.capture.columns import Arrays, Column, row_bytes
from townlet.capture.formats import encode
from townlet.capture.manifest import FileEntry, write_manifest
from townlet.durable import write_durably

if TYPE_CHECKING:
    import polars as pl

#: Reports about the trajectories.
METRICS = ("metrics.json", "metrics.parquet")


class Writer:
    """Writes a capture into a folder.

    Args:
        folder: an empty one.
        form: format of the tables.
        columns: of each table.
        head: what the manifest says from the beginning on.
        slots: most rows a tick can have.
        chunk_bytes: bytes of rows that wait for a file, unless a single tick has more.

    Attributes:
        files: what has been written.
        rows: of each table, that wait or have been written.
    """

    def __init__(
        self,
        folder: Path,
        form: str,
        columns: dict[str, list[Column]],
        head: dict[str, Any],
        slots: int,
        chunk_bytes: int,
    ) -> None:
        self._folder, self._form, self._head = folder, form, head
        ticks = max(1, chunk_bytes // (row_bytes(columns["steps"]) * slots))
        rows = {"steps": ticks * slots, "finals": max(1, ticks // 8) * slots}
        self._buffers = {name: Buffer(columns[name], rows[name]) for name in columns}
        self._written = dict.fromkeys(columns, 0)
        self.files: list[FileEntry] = []

    @property
    def rows(self) -> dict[str, int]:
        """Rows of each table."""
        return {name: self._written[name] + b.count for name, b in self._buffers.items()}

    def take(self, table: str, rows: int) -> Arrays:
        """Views of the next rows of a table, to be filled.

        They wait at least until the next call for this table.
        """
        buffer = self._buffers[table]
        if buffer.count + rows > buffer.capacity:
            if table == "steps":
                self.flush()
            else:
                self._flush(table)
        return buffer.take(rows)

    def flush(self) -> None:
        """Write the rows that wait, then a manifest of all files there are."""
        for table in self._buffers:
            self._flush(table)
        self._write_manifest({"complete": False})

    def _flush(self, table: str) -> None:
        """Write the rows of a table that wait."""
        buffer = self._buffers[table]
        if not buffer.count:
            return
        first, arrays = self._written[table], buffer.filled
        number = sum(entry.table == table for entry in self.files)
        ticks = int(arrays["tick"].min()), int(arrays["tick"].max())
        name = f"{table}-{number:05}.{self._form}"
        self._write(name, table, (first, first + buffer.count), ticks, encode(arrays, self._form))
        self._written[table] += buffer.count
        buffer.clear()

    def _write(
        self, name: str, table: str, rows: tuple[int, int], ticks: tuple[int, int], data: bytes
    ) -> None:
        """Write a file, and remember it when it is whole."""
        digest = write_durably(self._folder / name, data)
        self.files.append(FileEntry(name, table, rows, ticks, len(data), digest))

    def _write_manifest(self, content: dict[str, Any]) -> dict[str, Any]:
        """Write the manifest of what has been written so far."""
        counts = {"rows": self._written["steps"], "trajectories": self._written["finals"]}
        return write_manifest(self._folder, self._head | counts | content, self.files)

    def finish(self, frame: pl.DataFrame, content: dict[str, Any]) -> dict[str, Any]:
        """Write what waits, the metrics and the last manifest; returns the manifest.

        Args:
            frame: a row per trajectory.
            content: what the manifest says in the end.
        """
        self.flush()
        rows, ticks = (0, frame.height), (1, max(1, content["ticks"]))
        head = {key: self._head[key] for key in ("config", "policy", "level", "seed")}
        # One row to a line: as JSON goes, that can be read.
        lines = frame.write_ndjson().splitlines()
        text = json.dumps(head | {"ticks": content["ticks"]})[:-1]
        text += ', "trajectories": [\n' + ",\n".join(lines) + "\n]}\n"
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        for name, data in zip(METRICS, (text.encode(), buffer.getvalue()), strict=True):
            self._write(name, "metrics", rows, ticks, data)
        return self._write_manifest(content)
