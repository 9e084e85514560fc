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

    A line that was cut short by a kill is no line. Entries have ``kind`` and ``tick``.

    Args:
        path: the file; it may not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.entries = _read(path)
        self._file: int | None = None

    def add(self, kind: str, tick: int, **more: Any) -> None:
        """Write an entry; it is in the file when this returns."""
        entry = {"kind": kind, "tick": tick, **more}
        self.entries.append(entry)
        if self._file is None:
            self._rewrite()  # without a line that was cut short
            self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND)
            return
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
        self.entries = kept
        self._rewrite()
        return gone

    def of(self, kind: str) -> list[Entry]:
        """All entries of a kind."""
        return [entry for entry in self.entries if entry["kind"] == kind]

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _rewrite(self) -> None:
        self.close()
        text = "".join(json.dumps(entry) + "\n" for entry in self.entries)
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
