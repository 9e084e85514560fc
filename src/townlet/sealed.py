"""Sealed files: JSON that says what it is, in which version, and how to know that it is whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from townlet.durable import write_durably
from townlet.errors import UserError


@dataclass(frozen=True)
class SealedKind:
    """What a sealed file can be.

    Attributes:
        kind, version: what it calls itself, and of which layout.
        noun: what it is a manifest of.
        keys: those it has.
    """

    kind: str
    version: int
    noun: str
    keys: tuple[str, ...]


def write_sealed(path: Path, what: SealedKind, content: dict[str, Any]) -> dict[str, Any]:
    """Write a file durably.

    Returns:
        What it holds, as a program reads it.
    """
    said = {"kind": what.kind, "version": what.version, **content}
    full: dict[str, Any] = json.loads(json.dumps(said, allow_nan=False))
    full.pop("checksum", None)  # of an earlier one that is written anew
    full["checksum"] = _checksum(full)
    text = json.dumps(full, indent=2, allow_nan=False) + "\n"
    write_durably(path, text.encode())
    return full


def read_sealed(path: Path, what: SealedKind) -> dict[str, Any]:
    """Read a file.

    Raises:
        UserError: there is none, or it is damaged, or of another version; a sentence.
    """
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise UserError(f"{path.parent}: there is no {path.name}; this is no {what.noun}") from None
    except OSError as error:
        raise UserError(f"{path}: it cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: the manifest is damaged: it is no JSON ({error})") from None
    if not isinstance(content, dict) or content.get("kind") != what.kind:
        raise UserError(f"{path}: this is no manifest of a {what.noun}")
    if content.get("version") != what.version:
        raise UserError(
            f"{path}: the manifest has version {content.get('version')!r}; this program reads "
            f"version {what.version}"
        )
    given = content.pop("checksum", None)
    if given != _checksum(content):
        raise UserError(f"{path}: the manifest is damaged: its checksum is not that of its content")
    _require(path, content, what.keys)
    return {**content, "checksum": given}


def _require(path: Path, content: dict[str, Any], keys: Iterable[str]) -> None:
    for key in keys:
        if key not in content:
            raise UserError(f"{path}: the manifest has no {key!r}")


def _checksum(content: dict[str, Any]) -> str:
    """SHA-256 of what the file says, however it is laid out."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
