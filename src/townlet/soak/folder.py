"""The folder of a soak: a new one, or one to go on with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from townlet.errors import UserError
from townlet.report.folder import SUMMARY, kept, prepare_folder
from townlet.soak.journal import Journal
from townlet.soak.plan import PLAN, SoakPlan, read_plan
from townlet.soak.report import PAGE
from townlet.soak.supervisor import KILLS_FILE
from townlet.soak.worker import JOURNAL, RECORD, SNAPSHOTS

_FILES = (SUMMARY, PAGE, PLAN, JOURNAL, KILLS_FILE)


@contextmanager
def new_folder(folder: Path, plan: SoakPlan) -> Iterator[None]:
    """Make the folder and put the plan into it; an earlier soak that is finished makes way.

    Raises:
        UserError: it holds something else, or a soak that is not finished.
    """
    ours = (folder / PLAN).exists()
    if ours and not finished(folder):
        raise UserError(
            f"--out {folder}: a soak here is not finished; `townlet soak --resume {folder}` goes "
            "on with it. Name another folder, or remove this one."
        )
    prepare_folder(folder)
    for name in (RECORD, SNAPSHOTS):
        if not ours and (folder / name).exists():
            raise UserError(
                f"--out {folder}: what is in {name} there is no soak's, and would be lost; name "
                "another folder."
            )
    with kept(folder):
        for name in (RECORD, SNAPSHOTS):
            shutil.rmtree(folder / name, ignore_errors=True)
        for path in [*(folder / name for name in _FILES), *folder.glob("*.parquet")]:
            path.unlink(missing_ok=True)
        for pattern in ("violation-*", "failure-*"):
            for path in folder.glob(pattern):
                path.unlink()
        plan.write(folder)
        yield


@contextmanager
def old_folder(folder: Path) -> Iterator[SoakPlan]:
    """Take a soak's folder up again, and read its plan.

    Raises:
        UserError: there is no soak in it, or another process is at it.
    """
    plan = read_plan(folder)
    with kept(folder, _busy(folder)):
        yield plan


@contextmanager
def worker_folder(folder: Path) -> Iterator[SoakPlan]:
    """Keep what is in a soak's folder for one process of a supervisor, which keeps the folder.

    A supervisor that was killed leaves its process behind until that next tells where it is.

    Raises:
        UserError: there is no soak in it, or such a process is still at it.
    """
    plan = read_plan(folder)
    (folder / SNAPSHOTS).mkdir(exist_ok=True)
    with kept(folder / SNAPSHOTS, _busy(folder)):
        yield plan


def _busy(folder: Path) -> str:
    return f"--resume {folder}: another process is at this soak; wait until it ends, or stop it."


def ended(folder: Path) -> bool:
    """Whether a process of a folder's soak has come to an end of its own, of which to report."""
    return bool(Journal(folder / JOURNAL).of("end"))


def finished(folder: Path) -> bool:
    """Whether the soak of a folder has come to its end."""
    try:
        summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(summary, dict) and summary.get("ended") in ("ticks", "minutes", "violation")
