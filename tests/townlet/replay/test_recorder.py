"""A recorder writes everything down, whatever becomes of the run, and changes nothing."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.townlet.replay.recorded import CONFIG, TICKS, eventful, small

from townlet import Simulation
from townlet.errors import UserError
from townlet.replay import Recorder, Recording, replay
from townlet.replay import blocks as block_file
from townlet.replay.recorder import hash_every_of

Run = tuple[Path, Simulation]


def tiny() -> Simulation:
    return Simulation.from_config(CONFIG, agents=8, seed=2, threads=1)


def test_who_is_recorded_lives_as_if_nobody_looked(run: Run) -> None:
    plain = Simulation.from_config(small(), towns=2, seed=6)
    eventful(plain)
    assert plain.hash() == run[1].hash()


def test_it_says_what_was_run(run: Run) -> None:
    folder, sim = run
    recording = Recording(folder)
    manifest = recording.manifest
    assert manifest["complete"]
    assert manifest["ended"] is None
    assert (manifest["seed"], manifest["towns"], manifest["agents"]) == (6, 2, 8)
    assert manifest["config"]["hash"] == sim.config.config_hash()
    assert manifest["config"]["values"]["world"]["capacity"] == 9
    assert manifest["state_hash"] == f"{sim.hash():016x}"
    assert (manifest["ticks"], recording.last) == (TICKS, TICKS)
    assert [saved.step for saved in recording.snapshots] == [0, 50, 100, 130]
    assert recording.hashes.steps.tolist() == list(range(TICKS + 1))
    assert recording.told == []
    names = [order.name for order in recording.orders]
    assert set(names) == {
        "kill", "spawn", "set_price", "trigger", "cancel", "step", "possess", "guard", "close",
    }  # fmt: skip
    assert len(names) == manifest["orders"]
    refused = [order for order in recording.orders if order.refused]
    assert [order.text for order in refused] == ["kill(agent='nobody', town=0) (refused)"]


def test_the_record_of_a_tick_is_the_hash_of_its_end(tmp_path: Path) -> None:
    sim, seen = tiny(), {}
    with Recorder(sim, tmp_path / "run", hash_every=4, snapshot_every=0):
        for tick in range(1, 11):
            sim.step(np.full(sim.capacity, 1, np.int32))
            seen[tick] = sim.hash()
    log = Recording(tmp_path / "run").hashes
    assert log.steps.tolist() == [0, 4, 8, 10]
    assert [log.record(k).state_hash for k in (1, 2, 3)] == [seen[4], seen[8], seen[10]]
    assert len(Recording(tmp_path / "run").snapshots) == 2


def test_an_order_after_the_last_tick_is_kept(tmp_path: Path) -> None:
    sim = tiny()
    with Recorder(sim, tmp_path / "run", hash_every=3):
        sim.run(5)
        sim.kill(1)
    assert Recording(tmp_path / "run").manifest["state_hash"] == f"{sim.hash():016x}"
    assert replay(tmp_path / "run", verify=True).hash() == sim.hash()


def test_it_may_begin_in_the_middle(tmp_path: Path) -> None:
    sim = tiny().run(70)
    with Recorder(sim, tmp_path / "run"):
        sim.run(5)
    recording = Recording(tmp_path / "run")
    assert (recording.tick_of(0), recording.tick_of(5), recording.step_of(73)) == (70, 75, 3)
    assert replay(recording, 75).hash() == sim.hash()
    with pytest.raises(UserError, match=r"tick is 69; .* was recorded from 70 to 75"):
        recording.step_of(69)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    sim = tiny()
    with Recorder(sim, tmp_path / "run"):
        pass
    assert sim.ear.listeners == []
    with pytest.raises(UserError, match="holds a recording already"):
        Recorder(sim, tmp_path / "run")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter").write_text("dear")
    with pytest.raises(UserError, match="the folder is not empty"):
        Recorder(sim, tmp_path / "other")
    with pytest.raises(UserError, match="it cannot be made"):
        Recorder(sim, tmp_path / "other" / "letter" / "run")
    for options in ({"hash_every": 0}, {"snapshot_every": -1}):
        with pytest.raises(UserError, match="must be at least"):
            Recorder(sim, tmp_path / "new", **options)
    assert not (tmp_path / "new").exists()
    assert sim.ear.listeners == []


def test_what_breaks_off_says_why(tmp_path: Path) -> None:
    sim = tiny()

    def fail() -> None:
        with Recorder(sim, tmp_path / "run"):
            sim.run(3)
            raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        fail()
    assert Recording(tmp_path / "run").manifest["ended"] == "ValueError: enough"
    sim.run(1)  # nobody listens any more


def test_a_tick_that_is_broken_off_is_no_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second Ctrl-C comes in the middle of one; what it leaves is no state of the run."""
    sim = tiny()

    def interrupt() -> None:
        raise KeyboardInterrupt

    def run() -> None:
        with Recorder(sim, tmp_path / "run", hash_every=2):
            sim.run(3)
            monkeypatch.setattr(sim, "_after", interrupt)
            sim.run(1)

    with pytest.raises(KeyboardInterrupt):
        run()
    recording = Recording(tmp_path / "run")
    assert recording.manifest["ended"].startswith("KeyboardInterrupt")
    assert (recording.last, recording.manifest["state_hash"]) == (3, None)
    assert [saved.step for saved in recording.snapshots] == [0]
    assert recording.hashes.steps.tolist() == [0, 2]
    assert replay(recording, verify=True).hash() == tiny().run(3).hash()


def test_another_state_ends_it(tmp_path: Path) -> None:
    sim = tiny().run(5)
    sim.save(tmp_path / "at_5.safetensors")
    recorder = Recorder(sim, tmp_path / "run")
    expected = sim.run(4).hash()
    sim.restore(tmp_path / "at_5.safetensors")
    sim.run(9)
    recording = Recording(tmp_path / "run")
    assert "another state was put into the simulation" in recording.manifest["ended"]
    assert recording.last == 4
    assert replay(recording, verify=True).hash() == expected
    assert recorder.step == 4


def test_a_full_disk_stops_the_run_and_not_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sim = tiny()
    recorder = Recorder(sim, tmp_path / "run")
    sim.run(2)

    class Full:
        """The operating system, once the disk is full."""

        def __getattr__(self, name: str) -> object:
            return getattr(os, name)

        def write(self, handle: int, data: bytes) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(block_file, "os", Full())
        with pytest.raises(OSError, match=r"No space left on device: .*orders\.log"):
            sim.kill(1)
    assert sim.ear.listeners == []
    sim.run(2)
    recorder.finish()
    assert Recording(tmp_path / "run").last == 0


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("what", ["block", "tensors", "manifest"])
def test_a_disk_that_is_full_at_the_beginning_keeps_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, there: bool
) -> None:
    """The same folder can be named again when there is room."""
    sim, folder = tiny(), tmp_path / "run"
    if there:
        folder.mkdir()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder / "it"))

    places = {
        "block": "townlet.replay.blocks.BlockWriter.write",
        "tensors": "townlet.replay.recorder.write_tensors",
        "manifest": "townlet.replay.recorder.write_recording",
    }
    with monkeypatch.context() as patch:
        patch.setattr(places[what], full)
        with pytest.raises(OSError, match="No space left on device"):
            Recorder(sim, folder)
    assert folder.exists() is there
    assert sim.ear.listeners == []
    with Recorder(sim, folder):
        sim.run(2)
    assert replay(folder, verify=True).hash() == sim.hash()


KILLED = """
import sys
from townlet import Simulation
from townlet.replay import Recorder
sim = Simulation.from_config(sys.argv[1], agents=8, seed=2, threads=1)
Recorder(sim, sys.argv[2], snapshot_every=40)
sim.desk.close("bed_1")
while True:
    sim.run(1)
    if sim.tick % 30 == 0:
        sim.set_price("meal_cost", 1 + sim.tick / 1000)
        print(sim.tick, flush=True)
"""


def test_what_a_killed_run_has_left_can_be_replayed(tmp_path: Path) -> None:
    words = [sys.executable, "-c", KILLED, str(CONFIG), str(tmp_path / "run")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        while int(child.stdout.readline()) < 300:
            pass
        child.send_signal(signal.SIGKILL)
    recording = Recording(tmp_path / "run")
    assert not recording.manifest["complete"]
    assert any("the run was cut short" in sentence for sentence in recording.told)
    assert recording.last >= 300, "orders are never lost"
    assert len(recording.orders) >= 11
    assert len(recording.snapshots) >= 7
    sim = replay(recording, verify=True)
    again = tiny()
    again.desk.close("bed_1")
    while again.tick < sim.tick:
        again.run(1)
        if again.tick % 30 == 0 and again.tick < sim.tick:
            again.set_price("meal_cost", 1 + again.tick / 1000)
    prices = [order for order in recording.orders if order.step == sim.tick]
    for _ in prices:
        again.set_price("meal_cost", 1 + again.tick / 1000)
    assert again.hash() == sim.hash()


@pytest.mark.parametrize(
    ("rows", "every"), [(8, 1), (256, 1), (257, 10), (4096, 10), (4097, 100), (1 << 20, 100)]
)
def test_small_towns_are_hashed_more_often(rows: int, every: int) -> None:
    assert hash_every_of(rows) == every
