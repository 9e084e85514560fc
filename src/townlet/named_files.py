"""Files that a config names: what they hold, or what they held when a snapshot was saved.

Every reader of such a file asks here. Within :func:`noted` it is written down which files were
read; within :func:`kept` files are taken to hold what was written down, whether they are still
there or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class NamedFile:
    """A file as it was read.

    Attributes:
        path: where it lay.
        content: what it held.
    """

    path: Path
    content: bytes


class Notes:
    """Which files were looked for, and which were read."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._contents: dict[Path, bytes] = {}

    def found(self, name: str, path: Path) -> None:
        """A file of this name lies here."""
        self._names[str(path)] = name

    def read(self, path: Path, content: bytes) -> None:
        """A file holds this."""
        self._contents[path] = content

    def files(self) -> dict[str, NamedFile]:
        """Files that were read, by the name they were looked for by, or else their path."""
        return {
            self._names.get(str(path), str(path)): NamedFile(path, content)
            for path, content in self._contents.items()
        }


_notes: ContextVar[Notes | None] = ContextVar("notes", default=None)
_kept: ContextVar[Mapping[str, NamedFile] | None] = ContextVar("kept", default=None)


@contextmanager
def noted() -> Iterator[Notes]:
    """Write down what is read within this block."""
    notes = Notes()
    token = _notes.set(notes)
    try:
        yield notes
    finally:
        _notes.reset(token)


@contextmanager
def kept(files: Mapping[str, NamedFile]) -> Iterator[None]:
    """Within this block, files are what they were, by name and by path."""
    token = _kept.set(files)
    try:
        yield
    finally:
        _kept.reset(token)


def kept_path(name: str) -> Path | None:
    """Where a file of this name lay; None: look for it."""
    files = _kept.get()
    return None if files is None or name not in files else files[name].path


def note_path(name: str, path: Path) -> None:
    """Say where a file of this name was found."""
    notes = _notes.get()
    if notes is not None:
        notes.found(name, path)


def content_of(path: Path) -> bytes:
    """What a file holds.

    Raises:
        OSError: it cannot be read.
    """
    files = _kept.get() or {}
    held = next((file.content for file in files.values() if file.path == path), None)
    content = path.read_bytes() if held is None else held
    notes = _notes.get()
    if notes is not None:
        notes.read(path, content)
    return content
