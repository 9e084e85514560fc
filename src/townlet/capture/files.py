"""Files of a capture: whole and on the disk, or not there; each with its checksum."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from townlet.errors import UserError
from townlet.report.folder import run_folder

_BLOCK = 1 << 20


@contextmanager
def capture_folder(folder: Path) -> Iterator[None]:
    """Make a folder, or take an empty one, and keep it for one capture.

    Raises:
        UserError: it holds something, cannot be made, or somebody else is going to write there.
    """
    _refuse_full(folder)
    with run_folder(folder):
        _refuse_full(folder)  # somebody else may have written meanwhile
        yield


def _refuse_full(folder: Path) -> None:
    """Nothing of anybody else's is overwritten, not even an older capture."""
    if folder.is_dir() and any(folder.iterdir()):
        raise UserError(f"--out {folder}: the folder is not empty; name a new or an empty one.")


def verify(path: Path, size: int, digest: str) -> None:
    """Compare a file with what was written.

    Args:
        path: the file.
        size: its bytes.
        digest: its SHA-256.

    Raises:
        UserError: it is missing, or not what was written.
    """
    if not path.is_file():
        raise UserError(f"{path}: the file is missing; the manifest lists it")
    found = path.stat().st_size
    if found != size:
        raise UserError(f"{path}: the file is damaged: it has {found} bytes and was {size} long")
    state = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            state.update(block)
    if state.hexdigest() != digest:
        raise UserError(f"{path}: the file is damaged: its checksum is not that of the manifest")
