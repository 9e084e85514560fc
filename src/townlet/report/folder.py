"""The folder of a run: what may be overwritten, and files that are whole or not there."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: two runs into one folder are not noticed there
    fcntl = None  # type: ignore[assignment]

from townlet.durable import discard
from townlet.errors import UserError

SUMMARY = "summary.json"


@contextmanager
def run_folder(folder: Path | None) -> Iterator[None]:
    """Prepare the folder and keep it for one run; None: the run leaves nothing behind.

    Raises:
        UserError: It cannot be used, or another run is using it.
    """
    if folder is None:
        yield
        return
    prepare_folder(folder)
    with kept(folder):
        yield


def prepare_folder(folder: Path) -> None:
    """Make the folder, or accept an old run's; anything else in it is not ours to overwrite.

    Raises:
        UserError: It is a file, holds something that is no earlier run, cannot be made, or
            nothing may be written there.
    """
    for place in (folder, *folder.parents):
        if place.exists() and not place.is_dir():
            what = "this" if place == folder else place
            raise UserError(f"--out {folder}: {what} is a file; name a folder.")
    if folder.is_dir() and any(folder.iterdir()) and not _is_run(folder):
        raise UserError(
            f"--out {folder}: the folder holds files but no {SUMMARY} of an earlier run; "
            "name a new or an empty folder."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out {folder}: it cannot be made ({error.strerror}).") from None
    if not os.access(folder, os.W_OK):
        raise UserError(f"--out {folder}: there is no permission to write here.")


@contextmanager
def kept(folder: Path, busy: str | None = None) -> Iterator[None]:
    """Lock the folder itself: nothing is left in it, not even by a run that was killed.

    Args:
        folder: The folder.
        busy: The sentence for who finds it locked; None: that of ``--out``.

    Raises:
        UserError: Another process has locked it.
    """
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                busy or f"--out {folder}: another run is going to write here; name another folder."
            ) from None
        except OSError:  # a file system without locks
            pass
        yield
    finally:
        os.close(handle)


def write_file(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a file beside ``path``, then put it in its place in one step.

    When writing fails, the old file stays as it was and no half of a new one is left.
    """
    draft = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        write(draft)
        draft.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        discard(draft)


def _is_run(folder: Path) -> bool:
    """Whether an earlier run wrote this folder: its summary says so."""
    try:
        summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(summary, dict) and "state_hash" in summary
