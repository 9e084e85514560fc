"""The folder of a run: what may be overwritten, and files that are whole or not there."""

import json
import os
from collections.abc import Callable
from pathlib import Path

from townlet.errors import UserError

SUMMARY = "summary.json"


def prepare_folder(folder: Path) -> None:
    """Make the folder, or accept an old run's; anything else in it is not ours to overwrite.

    Raises:
        UserError: It is a file, or holds something that is no earlier run.
        OSError: It cannot be made.
    """
    if folder.exists() and not folder.is_dir():
        raise UserError(f"--out {folder}: this is a file; name a folder.")
    if folder.is_dir() and any(folder.iterdir()) and not _is_run(folder):
        raise UserError(
            f"--out {folder}: the folder holds files but no {SUMMARY} of an earlier run; "
            "name a new or an empty folder."
        )
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise PermissionError(13, "no permission to write here", str(folder))


def write_file(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a file beside ``path``, then put it in its place in one step.

    When writing fails, the old file stays as it was and no half of a new one is left.
    """
    draft = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        write(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _is_run(folder: Path) -> bool:
    """Whether an earlier run wrote this folder: its summary says so."""
    try:
        summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(summary, dict) and "state_hash" in summary
