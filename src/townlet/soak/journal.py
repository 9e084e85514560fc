"""The journal: one line per thing that happened, which survives a kill at any byte."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from townlet.report.folder import write_file

Entry = dict[str, Any]
#: Entries about the process, not about the town: they stay when the town goes back in time.
OF_PROCESSES = frozenset({"start", "kill", "refused"})


class Journal:
    """An append-only file of JSON lines.

    A line that was cut short by a kill is no line. Entries have ``kind`` and ``tick``. They are in
    the file alone: a soak of a million ticks would otherwise hold more memory from day to day.

    Args:
        path: the file; it may not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    @property
    def entries(self) -> list[Entry]:
        """All entries, read from the file."""
        return _read(self._path)

    def add(self, kind: str, tick: int, **more: Any) -> None:
        """Write an entry; it is in the file when this returns."""
        entry = {"kind": kind, "tick": tick, **more}
        if self._file is None:
            self._rewrite(self.entries)  # without a line that was cut short
            self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        data = (json.dumps(entry) + "\n").encode()
        while data:  # a nearly full disk takes a part, then refuses the rest
            data = data[os.write(self._file, data) :]

    def rewind(self, tick: int) -> list[Entry]:
        """Forget what happened in the town after a tick; returns what was forgotten."""
        kept: list[Entry] = []
        gone: list[Entry] = []
        for entry in self.entries:
            stays = entry["tick"] <= tick or entry["kind"] in OF_PROCESSES
            (kept if stays else gone).append(entry)
        self._rewrite(kept)
        return gone

    def of(self, kind: str) -> list[Entry]:
        """All entries of a kind."""
        return [entry for entry in self.entries if entry["kind"] == kind]

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _rewrite(self, entries: list[Entry]) -> None:
        self.close()
        text = "".join(json.dumps(entry) + "\n" for entry in entries)
        write_file(self._path, lambda path: path.write_text(text, encoding="utf-8"))


def _read(path: Path) -> list[Entry]:
    if not path.exists():
        return []
    found: list[Entry] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True):
        try:
            entry = json.loads(line) if line.endswith("\n") else None
        except ValueError:
            entry = None
        if not isinstance(entry, dict) or not {"kind", "tick"} <= entry.keys():
            break  # what a kill has cut short is the last line
        found.append(entry)
    return found
