"""The manifest: what a capture is, which files it has, and how to know they are whole."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from townlet.capture.columns import Column
from townlet.sealed import SealedKind, read_sealed, write_sealed

MANIFEST = "manifest.json"
#: What the manifest calls itself, and the version of its layout.
KIND, VERSION = "townlet capture", 1
_KEYS = (
    "complete", "interrupted", "created", "townlet", "config", "policy", "level", "actions", "seed",
    "towns", "agents", "slots", "ticks", "observation", "reward_terms", "causes", "format",
    "columns", "rows", "trajectories", "state_hash", "files",
)  # fmt: skip
_CAPTURE = SealedKind(KIND, VERSION, "capture", _KEYS)


@dataclass(frozen=True)
class FileEntry:
    """A file of a capture.

    Attributes:
        name: within the folder.
        table: ``steps`` or ``finals``; ``metrics``: a report about it.
        rows: first row of the table that it holds, and the row after its last.
        ticks: first and last tick of its rows.
        bytes: its size.
        sha256: its checksum.
    """

    name: str
    table: str
    rows: tuple[int, int]
    ticks: tuple[int, int]
    bytes: int
    sha256: str


def write_manifest(folder: Path, content: dict[str, Any], files: list[FileEntry]) -> dict[str, Any]:
    """Write the manifest of what has been written so far.

    Returns:
        It, as a program reads it from the file.
    """
    said = {**content, "files": [asdict(f) for f in files]}
    return write_sealed(folder / MANIFEST, _CAPTURE, said)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a capture.

    Raises:
        UserError: there is none, or it is damaged, or of another version; a sentence.
    """
    return read_sealed(folder / MANIFEST, _CAPTURE)


def columns_in(manifest: dict[str, Any], table: str) -> list[Column]:
    """Columns of a table."""
    return [
        Column(column["name"], column["dtype"], tuple(column["shape"]))
        for column in manifest["columns"][table]
    ]


def files_in(manifest: dict[str, Any], table: str | None = None) -> list[FileEntry]:
    """Files of a table in their order, or all of them."""
    entries = [
        FileEntry(**{**entry, "rows": tuple(entry["rows"]), "ticks": tuple(entry["ticks"])})
        for entry in manifest["files"]
    ]
    return [entry for entry in entries if table in (None, entry.table)]
