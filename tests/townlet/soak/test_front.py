"""Towns of a storm side by side: the same results, in their order; one process gone is told."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from townlet import cli
from townlet.config import load_config
from townlet.soak import front
from townlet.soak.front import run_towns
from townlet.soak.storm import StormResult

CONFIG = Path(__file__).parents[3] / "configs" / "town.yaml"


def stand_in(number: int, base: object = None) -> StormResult:
    """A town that knows which process it ran in."""
    return StormResult(number, ticks=os.getpid())


def fall(number: int, base: object = None) -> StormResult:
    """The process of a town is killed."""
    os._exit(9)


@pytest.mark.slow
def test_two_processes_come_to_what_one_comes_to() -> None:
    base, numbers = load_config(CONFIG), range(3, 11)
    alone = list(run_towns(numbers, base, 1))
    assert list(run_towns(numbers, base, 2)) == alone
    assert [result.number for result in alone] == list(numbers)


def test_few_towns_stay_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "run_town", stand_in)
    assert {result.ticks for result in run_towns(range(7), None, 64)} == {os.getpid()}
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert {result.ticks for result in run_towns(range(40))} == {os.getpid()}


def test_many_towns_go_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "run_town", stand_in)
    results = list(run_towns(range(9), None, 2))
    assert [result.number for result in results] == list(range(9))
    assert os.getpid() not in {result.ticks for result in results}


def test_a_process_that_is_killed_ends_the_storm_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(front, "run_town", fall)
    assert cli.main(["soak", str(CONFIG), "--storm", "8", "--threads", "2"]) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert "a process of the storm was killed" in told
    assert "0 towns" in told


PARENT = """
import multiprocessing, os, time
from concurrent.futures import ProcessPoolExecutor
from townlet.soak.front import depend_on_the_parent

if __name__ == "__main__":
    begin = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(1, begin, depend_on_the_parent)
    print(pool.submit(os.getpid).result(), flush=True)
    time.sleep(600)
"""


def test_a_parent_that_is_killed_leaves_nobody_behind(tmp_path: Path) -> None:
    (tmp_path / "parent.py").write_text(PARENT)
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(tmp_path / "parent.py")]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = Path(f"/proc/{int(parent.stdout.readline())}/stat")
        if not child.exists():
            parent.kill()
            pytest.skip("who lives is read off /proc")
        parent.kill()
        latest = time.monotonic() + 60
        while _lives(child):
            assert time.monotonic() < latest
            time.sleep(0.05)


def _lives(stat: Path) -> bool:
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
