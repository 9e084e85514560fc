"""Soaks of a few agents for tests: a plan, and runs of it in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from townlet import load_config
from townlet.cli.drive import Stop
from townlet.soak.faults import FAULTS
from townlet.soak.plan import SoakPlan
from townlet.soak.worker import Worker

CONFIG = Path(__file__).parents[3] / "configs" / "small.yaml"


class Deaf(Stop):
    """Hears everything and does nothing, unless it is told to stop at a tick."""

    def __init__(self, at: int | None = None) -> None:
        self._at = at

    def reached(self, tick: int) -> None:
        """Nothing."""

    def saving(self, tick: int) -> None:
        """Stop when the tick has come."""
        self.asked = self._at is not None and tick >= self._at


def plan(**asked: Any) -> SoakPlan:
    """A soak of eight agents through a night, with all faults, saved every 100 ticks."""
    model = load_config(CONFIG)
    own: dict[str, Any] = {
        "config": dict(model.written), "source": str(CONFIG), "needs": model.need_names(),
        "start_minute": model.start_minute(), "towns": 1, "agents": 8, "seed": 3, "ticks": 450,
        "minutes": None, "faults": tuple(FAULTS), "fault_period": 60, "check_every": 37,
        "mask_every": 2, "hash_every": 50, "save_every": 100, "save_seconds": 1e9, "keep": 2,
        "kills": 0, "threads": 1,
    }  # fmt: skip
    return SoakPlan(**own | asked)


def run(folder: Path, asked: SoakPlan, stop_at: int | None = None) -> Worker:
    """Run a soak, or go on with it, until a snapshot from ``stop_at`` on is written."""
    folder.mkdir(exist_ok=True)
    asked.write(folder)
    stop = Deaf(stop_at)
    worker = Worker(folder, asked, stop)
    worker.run(stop)
    return worker
