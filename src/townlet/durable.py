"""Files that are whole and on the disk, or not there."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path


def write_durably(path: Path, data: bytes) -> str:
    """Write a file, see it onto the disk, and put it in its place in one step.

    Returns:
        Its SHA-256, 64 hex digits.

    Raises:
        OSError: naming the file; an older one stays as it was, and no half of a new one is left.
    """
    draft = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        discard(draft)
    return hashlib.sha256(data).hexdigest()


def discard(draft: Path) -> None:
    """Remove what was half written, if it is there; what keeps it from going has been raised."""
    with suppress(OSError):
        draft.unlink()


def sync_folder(folder: Path) -> None:
    """See a new name onto the disk; where folders cannot be opened, it is left to the system."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
