"""Whose a soak's folder is: one process at a time, and nothing that is no soak's is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.townlet.soak.runs import plan

from townlet.errors import UserError
from townlet.soak.folder import ended, new_folder, old_folder, worker_folder
from townlet.soak.journal import Journal


def test_a_soak_is_taken_up_by_one_process_at_a_time(tmp_path: Path) -> None:
    plan().write(tmp_path)
    busy = rf"--resume {tmp_path}: another process is at this soak"
    with old_folder(tmp_path) as found:
        assert found == plan()
        with worker_folder(tmp_path), pytest.raises(UserError, match=busy):  # a supervisor's own
            worker_folder(tmp_path).__enter__()
        with pytest.raises(UserError, match=busy):
            old_folder(tmp_path).__enter__()
    with old_folder(tmp_path), worker_folder(tmp_path):
        pass


@pytest.mark.parametrize("name", ["record", "snapshots"])
def test_what_a_run_has_left_is_no_soaks(tmp_path: Path, name: str) -> None:
    (tmp_path / "summary.json").write_text('{"state_hash": "0"}')
    (tmp_path / name).mkdir()
    (tmp_path / name / "mine").touch()
    with pytest.raises(UserError, match=f"what is in {name} there is no soak's"):
        new_folder(tmp_path, plan()).__enter__()
    assert (tmp_path / name / "mine").exists()


def test_a_soak_has_ended_when_a_process_of_it_said_so(tmp_path: Path) -> None:
    assert not ended(tmp_path)
    journal = Journal(tmp_path / "journal.jsonl")
    journal.add("start", 0)
    assert not ended(tmp_path)
    journal.add("end", 9, why="interrupted")
    assert ended(tmp_path)
    journal.close()
