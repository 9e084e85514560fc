"""A save beside the ticks is the file of its own tick, whole or not there, and never in the way."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.townlet.snapshot.same import assert_same

from townlet import Simulation
from townlet.learner import Learner
from townlet.snapshot import Background, load, newest, read, restore_contents, take
from townlet.snapshot.autosave import remove_drafts
from townlet.snapshot.errors import NotWrittenError, OutsideRootsError
from townlet.snapshot.pace import Pace
from townlet.snapshot.take import drawn_up

TINY = "config_id: tiny\nworld: {agents: 8}\n"
WAYS: list[dict[str, Any]] = [
    {},
    {"threads": 1, "policy": "random"},
    {"towns": 3, "row_order": np.random.default_rng(1).permutation(24)},
    {"learner": Learner(observations="hybrid", rewards=True)},
]


def build(tmp_path: Path, **options: Any) -> Simulation:
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY)
    return Simulation.from_config(path, seed=3, **options)


@pytest.fixture
def sim(tmp_path: Path) -> Simulation:
    return build(tmp_path)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Writers stand still before the disk until this is set."""
    gate, sync = threading.Event(), os.fsync

    def wait(file: int) -> None:
        assert gate.wait(60)
        sync(file)

    monkeypatch.setattr("townlet.snapshot.tensors.os.fsync", wait)
    return gate


@pytest.mark.parametrize("options", WAYS)
def test_ticks_that_go_on_leave_no_trace_in_it(tmp_path: Path, options: dict[str, Any]) -> None:
    """Byte for byte what a save that stops the town writes, though columns and books go on."""
    sim = build(tmp_path, **options).run(700)
    background = Background(sim)
    sim.save(tmp_path / "still")
    entered, leave = threading.Event(), threading.Event()

    def before(pace: Pace) -> None:
        entered.set()
        assert leave.wait(60)

    done = background.save(tmp_path / "moving.safetensors", before=before)
    assert entered.wait(60)
    sim.run(800)  # over midnight, through a window of ties
    assert background.busy
    leave.set()
    size = done.result(60)
    whole = (tmp_path / "still.safetensors").read_bytes()
    assert (tmp_path / "moving.safetensors").read_bytes() == whole
    assert size == len(whole)
    assert_same(load(tmp_path / "moving.safetensors").run(800), sim)
    background.close()


def test_memory_that_was_used_before_holds_what_is_now(tmp_path: Path, sim: Simulation) -> None:
    background, hashes = Background(sim), {}
    for tick in (10, 20, 30):
        hashes[tick] = sim.run(10).hash()
        background.save(tmp_path / f"{tick}.safetensors")
    assert background.save(tmp_path / "last.safetensors").result(60) > 0
    for tick in (10, 20, 30):
        assert load(tmp_path / f"{tick}.safetensors").hash() == hashes[tick]
    assert read(tmp_path / "last.safetensors").header == read(tmp_path / "30.safetensors").header


def test_another_state_is_saved_as_it_is(tmp_path: Path, sim: Simulation) -> None:
    """Going back, starting again and prices of a run are seen, whatever is kept between saves."""
    background = Background(sim)
    early = sim.run(20).save(tmp_path / "early")
    sim.run(20)
    changes: list[Callable[[], object]] = [
        lambda: sim.restore(early),
        lambda: sim.restart(77),
        lambda: sim.set_price("meal_cost", 2.5, 0),
    ]
    for number, change in enumerate(changes):
        change()
        still = sim.save(tmp_path / f"still{number}")
        moving = tmp_path / f"moving{number}.safetensors"
        background.save(moving).result(60)
        assert moving.read_bytes() == still.read_bytes(), number


def test_a_header_is_not_made_anew_for_what_was_restored(sim: Simulation) -> None:
    """Soaks restore every few hundred ticks, and the config's part of a header takes 5 ms."""
    kept = drawn_up(sim)()[0].resolved
    restore_contents(sim, take(sim))
    assert drawn_up(sim)()[0].resolved is kept
    sim.blueprint = replace(sim.blueprint, town_configs=(sim.config.with_overrides({}),))
    assert drawn_up(sim)()[0].resolved is not kept


def test_one_waits_for_the_one_before(
    tmp_path: Path, sim: Simulation, held: threading.Event
) -> None:
    background = Background(sim)
    first = background.save(tmp_path / "1.safetensors")
    sim.run(5)
    assert background.busy
    assert not (tmp_path / "1.safetensors").exists()
    threading.Timer(0.2, held.set).start()
    second = background.save(tmp_path / "2.safetensors")
    assert first.done()
    assert second.result(60) == first.result()
    background.close()
    assert not background.busy
    assert [load(tmp_path / f"{n}.safetensors").tick for n in (1, 2)] == [0, 5]


def test_a_full_disk_is_told_and_the_next_one_is_written(
    tmp_path: Path, sim: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    background, path, after = Background(sim), tmp_path / "a.safetensors", list[int]()

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("townlet.snapshot.tensors.os.fsync", full)
        done = background.save(path, after=lambda: after.append(1))
        with pytest.raises(NotWrittenError, match="No space left"):
            done.result(60)
    assert not after, "nothing is removed for one that is not there"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["tiny.yaml"]
    background.save(path, after=lambda: after.append(2)).result(60)
    assert (after, load(path).tick) == ([2], 0)


def test_a_place_that_is_not_allowed_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "tiny.yaml"
    config.write_text(TINY + f"snapshot: {{storage: {{root: {tmp_path / 'root'}}}}}\n")
    background = Background(Simulation.from_config(config))
    with pytest.raises(OutsideRootsError):
        background.save(tmp_path / "a.safetensors").result(60)


def test_a_draft_under_way_is_not_taken_for_one_of_the_dead(
    tmp_path: Path, sim: Simulation, held: threading.Event
) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    background = Background(sim)
    done = background.save(folder / "snapshot-000000000000.safetensors")
    while not list(folder.glob(".*")):
        pass
    assert remove_drafts(folder) == 0
    held.set()
    done.result(60)
    assert newest(folder) is not None


PROCESS = """
import os, sys, threading
from pathlib import Path
from townlet import Simulation
from townlet.snapshot import Autosave
sim = Simulation.from_config(sys.argv[1], seed=3)
saves = Autosave(sim, sys.argv[2], ticks=10, retain=1)
sim.run(10)
saves.look()
saves.wait()
sync = os.fsync
if sys.argv[3] == "kill":
    os.fsync = lambda file: (print("writing", flush=True), threading.Event().wait())
else:
    os.fsync = lambda file: (threading.Event().wait(0.3), sync(file))
sim.run(10)
saves.look()
if sys.argv[3] == "kill":
    while True:
        sim.run(1)
"""


def process(tmp_path: Path, how: str) -> subprocess.Popen[str]:
    (tmp_path / "tiny.yaml").write_text(TINY)
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS, str(tmp_path / "tiny.yaml"), str(tmp_path / "s"), how],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_killed_in_the_middle_the_one_before_is_there(tmp_path: Path) -> None:
    """And no other: the draft is never taken, and nothing was removed for its sake."""
    folder = tmp_path / "s"
    with process(tmp_path, "kill") as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "writing\n"
        child.kill()
    drafts = [path for path in folder.iterdir() if path.name.endswith(".draft")]
    assert len(drafts) == 1
    found = newest(folder)
    assert found is not None
    assert load(found).tick == 10
    assert len(list(folder.iterdir())) == 2
    assert remove_drafts(folder) == 1


def test_a_program_that_ends_waits_for_what_is_under_way(tmp_path: Path) -> None:
    with process(tmp_path, "end") as child:
        assert child.wait(120) == 0
    (only,) = (tmp_path / "s").iterdir()
    assert load(only).tick == 20


def test_a_writer_rests_longer_than_it_works_until_somebody_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, slept = [0.0], list[float]()
    pace = Pace()
    monkeypatch.setattr("townlet.snapshot.pace.time.thread_time", lambda: now[0])
    monkeypatch.setattr("townlet.snapshot.pace.time.sleep", slept.append)
    monkeypatch.setattr(pace._hurry, "wait", slept.append)
    pace.begin()
    for work in (0.0001, 0.0005, 0.004, 0.0001):
        now[0] += work
        pace()
    assert slept == [5e-5, 5e-5, pytest.approx(3 * 0.0046), 5e-5]
    pace.hurry()
    now[0] += 1
    pace()
    assert len(slept) == 4
