"""Autosave: the right ticks, the last few, and never the only good one gone."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from townlet import Simulation, load_config
from townlet.snapshot import Autosave, inspect, load, newest
from townlet.snapshot.autosave import file_name, remove_drafts, run_name, snapshots_in, sweep_runs
from townlet.snapshot.errors import OutsideRootsError


@pytest.fixture
def sim(tmp_path: Path) -> Simulation:
    path = tmp_path / "tiny.yaml"
    path.write_text("config_id: tiny\nworld: {agents: 8}\n")
    return Simulation.from_config(path)


def ticks_in(folder: Path) -> list[int]:
    return [inspect(path).tick for path in snapshots_in(folder)]


def test_by_ticks_it_saves_at_multiples_and_keeps_the_last(sim: Simulation, tmp_path: Path) -> None:
    saves = Autosave(sim, tmp_path / "s", ticks=100, retain=2)
    kept = []
    while sim.tick < 450:
        room = saves.room()
        assert room is not None
        sim.run(min(room, 70))
        if saves.look():
            assert saves.wait()
            kept.append(ticks_in(tmp_path / "s"))
    assert kept == [[100], [100, 200], [200, 300], [300, 400]]
    assert [path.name for path in saves.saved] == [file_name(300), file_name(400)]
    assert newest(tmp_path / "s") == tmp_path / "s" / file_name(400)


def test_by_time_it_saves_when_enough_has_passed(
    sim: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [50.0]
    monkeypatch.setattr("townlet.snapshot.autosave.time.monotonic", lambda: now[0])
    saves = Autosave(sim, tmp_path / "s", seconds=60)
    assert saves.room() is None
    for at, due in ((60, False), (109, False), (110, True), (111, False), (171, True)):
        now[0] = at
        sim.run(1)
        assert (saves.look() is not None) == due, at
    now[0] = 500
    assert saves.look() is None  # nothing has happened since


def test_the_old_ones_stay_until_the_new_one_is_safe(
    sim: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saves = Autosave(sim, tmp_path / "s", ticks=10, retain=1)
    sim.run(10)
    good = saves.look()
    assert saves.wait()

    def full(file: int) -> None:
        raise OSError(28, "the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("townlet.snapshot.tensors.os.fsync", full)
        sim.run(10)
        assert saves.look() == tmp_path / "s" / file_name(20)
        assert not saves.wait()
    assert saves.failed == 1
    assert "the disk is full" in saves.problem
    assert saves.saved == [good]
    sim.run(10)
    assert saves.look() is not None
    assert saves.wait()
    assert (saves.failed, saves.problem) == (1, "")
    assert ticks_in(tmp_path / "s") == [30]


def test_what_became_of_a_save_is_heard_at_the_next_look(
    sim: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saves = Autosave(sim, tmp_path / "s", ticks=10)
    (tmp_path / "s").write_text("no folder")
    sim.run(10)
    assert saves.look() is None  # a folder that cannot be made is told at once
    assert saves.failed == 1
    (tmp_path / "s").unlink()
    sim.run(10)

    def full(file: int) -> None:
        raise OSError(28, "the disk is full")

    monkeypatch.setattr("townlet.snapshot.tensors.os.fsync", full)
    assert saves.look() is not None
    while saves.failed == 1:
        sim.run(1)
        saves.look()
    assert "the disk is full" in saves.problem
    monkeypatch.undo()
    assert saves.save() == tmp_path / "s" / file_name(sim.tick)
    assert saves.problem == ""


def test_the_newest_whole_one_is_found_past_damaged_ones(sim: Simulation, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    assert newest(folder) is None
    saves = Autosave(sim, folder, ticks=10, retain=9)
    for _ in range(3):
        sim.run(10)
        saves.look()
    saves.wait()
    (folder / "snapshot-notes.txt").write_text("not ours")
    last = folder / file_name(30)
    last.write_bytes(last.read_bytes()[:-1])
    assert newest(folder) == folder / file_name(20)
    (folder / file_name(20)).write_bytes(b"")
    assert newest(folder) == folder / file_name(10)


def test_a_run_from_an_earlier_tick_does_not_lose_its_own(sim: Simulation, tmp_path: Path) -> None:
    """Files of later ticks of another past are older than what is saved now."""
    folder = tmp_path / "s"
    later = Autosave(sim, folder, ticks=100, retain=1)
    sim.run(200)
    later.look()
    later.wait()
    twin = Simulation.from_config(sim.config)
    saves = Autosave(twin, folder, ticks=50, retain=1)
    twin.run(50)
    saves.look()
    saves.wait()
    assert ticks_in(folder) == [50]


def test_drafts_of_the_dead_are_removed_and_those_of_the_living_are_not(
    sim: Simulation, tmp_path: Path
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead = tmp_path / f".{file_name(3)}.{gone.pid}.draft"
    living = tmp_path / f".{file_name(4)}.{os.getppid()}.draft"
    for path in (dead, living):
        path.write_bytes(b"half")
    assert remove_drafts(tmp_path) == 1
    assert not dead.exists()
    assert living.exists()
    assert newest(tmp_path) is None


def test_a_run_sweeps_what_killed_runs_have_left(tmp_path: Path) -> None:
    path, root = tmp_path / "tiny.yaml", tmp_path / "root"
    path.write_text(
        "config_id: tiny\nworld: {agents: 8}\nsnapshot:\n"
        f"  storage: {{root: {root}}}\n  autosave: {{cadence_ticks: 100}}\n"
    )
    sim = Simulation.from_config(path)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    run, other = root / f"tiny-seed0-20260101T000000-{gone.pid}", root / "letters"
    name, hours_ago = f".{file_name(3)}.{gone.pid}.draft", time.time() - 7200
    stale, alien = run / name, other / name
    fresh, living = run / f".{file_name(5)}.{gone.pid}.draft", run / f".{file_name(4)}.1.draft"
    whole = run / file_name(1)
    for file in (stale, alien, fresh, living, whole):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"half")
        if file is not fresh:
            os.utime(file, (hours_ago, hours_ago))
    assert Autosave.of_config(sim) is not None
    assert not stale.exists()
    assert all(file.exists() for file in (alien, fresh, living, whole))
    assert sweep_runs(tmp_path / "nowhere") == 0


def test_a_config_may_ask_for_it(tmp_path: Path) -> None:
    path = tmp_path / "tiny.yaml"
    root = tmp_path / "root"
    path.write_text(
        "config_id: a town/of mine\nworld: {agents: 8}\nsnapshot:\n"
        f"  storage: {{root: {root}}}\n  autosave: {{cadence_ticks: 100, retain: 1}}\n"
    )
    sim = Simulation.from_config(path, seed=4)
    saves = Autosave.of_config(sim)
    assert saves is not None
    assert saves.folder.parent == root
    assert saves.folder.name.startswith("a_town_of_mine-seed4-")
    sim.run(100)
    written = saves.look()
    assert written is not None
    assert saves.wait()
    assert load(written).hash() == sim.hash()
    with pytest.raises(OutsideRootsError):
        Autosave(sim, tmp_path / "elsewhere", ticks=100)
    plain = load_config(path).with_overrides({"snapshot.autosave.cadence_ticks": None})
    assert Autosave.of_config(Simulation.from_config(plain)) is None
    assert run_name(plain, 1) != run_name(plain, 2)
