"""kill -9 at keyed moments: every process that follows ends where none had been killed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.townlet.soak.runs import plan, run

from townlet.soak.journal import Journal
from townlet.soak.report import write_report
from townlet.soak.supervisor import KILLS_FILE, Supervisor, moments, told


def test_the_first_kill_comes_before_the_first_autosave() -> None:
    for seed in range(50):
        found = moments(plan(seed=seed, kills=10, ticks=5000, save_every=200))
        assert len(found) == 10
        assert 1 <= found[0][0] <= 100
        assert all(1 <= tick <= 5000 and 0 <= wait < 1 for tick, wait, _ in found)
        assert sum(saving for *_, saving in found) == 3
        assert found == moments(plan(seed=seed, kills=10, ticks=5000, save_every=200))


def test_a_line_of_the_process_says_where_it_is() -> None:
    assert told('{"kind": "saving", "tick": 40}\n', 3) == ("saving", 40)
    assert told("Warming up\n", 3) == ("", 3)


@pytest.mark.slow
def test_every_resume_ends_with_the_hash_of_the_uninterrupted_run(tmp_path: Path) -> None:
    asked = plan(kills=3, ticks=3000, save_every=400, hash_every=100, fault_period=120)
    straight = run(tmp_path / "straight", asked)
    folder = tmp_path / "killed"
    folder.mkdir()
    asked.write(folder)
    command = [sys.executable, "-m", "townlet", "soak", "--resume", str(folder), "--worker", "0"]
    reached: list[int] = []
    assert Supervisor(folder, asked, command, reached.append).run() == 0
    assert len(Journal(folder / KILLS_FILE).entries) == 3
    summary, _ = write_report(folder, asked)
    assert summary["kills"] == 3
    assert summary["starts"] >= 2
    assert summary["violations"] == []
    assert summary["state_hash"] == straight.journal.of("end")[-1]["hash"]
    assert summary["ticks"] == 3000
    assert not list(folder.rglob(".*")), "no half of a file is left"
    assert Supervisor(folder, asked, command, reached.append).run() == 0, "it is done"


def test_a_process_that_fails_is_not_started_for_ever(tmp_path: Path) -> None:
    asked = plan(kills=2)
    command = [sys.executable, "-c", "import sys; sys.exit(3)"]
    assert Supervisor(tmp_path, asked, command, lambda tick: None).run() == 3


@pytest.mark.parametrize("answers", [True, False], ids=["answers", "dies"])
def test_a_supervisor_that_is_stopped_stops_its_process(tmp_path: Path, answers: bool) -> None:
    """One that still warms up answers no signal, and is ended by it."""
    code = (
        "import json, signal, sys, time\n"
        f"if {answers}: signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))\n"
        "for tick in range(6000):\n"
        "    print(json.dumps({'kind': 'tick', 'tick': tick}), flush=True)\n"
        "    time.sleep(0.01)\n"
    )
    reached: list[int] = []

    def listen(tick: int) -> None:
        reached.append(tick)
        if tick == 3:
            supervisor.stop()

    supervisor = Supervisor(tmp_path, plan(kills=0), [sys.executable, "-c", code], listen)
    assert supervisor.run() == 130
    assert reached[-1] < 100


def test_a_supervisor_that_is_stopped_before_it_begins_begins_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit(3)"]
    supervisor = Supervisor(tmp_path, plan(kills=0), command, lambda tick: None)
    supervisor.stop()
    assert supervisor.run() == 130
