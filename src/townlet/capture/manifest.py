"""The manifest: what a capture is, which files it has, and how to know they are whole."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from townlet.capture.columns import Column
from townlet.capture.files import write_durably
from townlet.errors import UserError

MANIFEST = "manifest.json"
#: What the manifest calls itself, and the version of its layout.
KIND, VERSION = "townlet capture", 1
_KEYS = (
    "complete", "interrupted", "created", "townlet", "config", "policy", "level", "actions", "seed",
    "towns", "agents", "slots", "ticks", "observation", "reward_terms", "causes", "format",
    "columns", "rows", "trajectories", "state_hash", "files",
)  # fmt: skip


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
    said = {"kind": KIND, "version": VERSION, **content, "files": [asdict(f) for f in files]}
    full: dict[str, Any] = json.loads(json.dumps(said, allow_nan=False))
    full["checksum"] = _checksum(full)
    text = json.dumps(full, indent=2, allow_nan=False) + "\n"
    write_durably(folder / MANIFEST, text.encode())
    return full


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a capture.

    Raises:
        UserError: there is none, or it is damaged, or of another version; a sentence.
    """
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise UserError(f"{folder}: there is no {MANIFEST}; this is no capture") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: the manifest is damaged: it is no JSON ({error})") from None
    if not isinstance(content, dict) or content.get("kind") != KIND:
        raise UserError(f"{path}: this is no manifest of a capture")
    if content.get("version") != VERSION:
        raise UserError(
            f"{path}: the manifest has version {content.get('version')!r}; this program reads "
            f"version {VERSION}"
        )
    given = content.pop("checksum", None)
    if given != _checksum(content):
        raise UserError(f"{path}: the manifest is damaged: its checksum is not that of its content")
    for key in _KEYS:
        if key not in content:
            raise UserError(f"{path}: the manifest has no {key!r}")
    return {**content, "checksum": given}


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


def _checksum(content: dict[str, Any]) -> str:
    """SHA-256 of what the manifest says, however it is laid out."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
