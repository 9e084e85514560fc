"""A recorded run that tests share; they do not write into it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.townlet.replay.recorded import record

from townlet import Simulation


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Simulation]:
    """Folder of the recording, and the simulation in the end."""
    folder = tmp_path_factory.mktemp("recorded") / "run"
    return folder, record(folder, snapshot_every=50)
