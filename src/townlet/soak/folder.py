"""The folder of a soak: a new one, or one to go on with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from townlet.errors import UserError
from townlet.report.folder import SUMMARY, kept, prepare_folder
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
    if (folder / PLAN).exists() and not finished(folder):
        raise UserError(
            f"--out {folder}: a soak here is not finished; `townlet soak --resume {folder}` goes "
            "on with it. Name another folder, or remove this one."
        )
    prepare_folder(folder)
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
    with kept(folder):
        yield plan


def finished(folder: Path) -> bool:
    """Whether the soak of a folder has come to its end."""
    try:
        summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(summary, dict) and summary.get("ended") in ("ticks", "minutes", "violation")
