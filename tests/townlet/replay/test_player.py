"""A replay comes to the same, from wherever and however it is run; what does not, is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.townlet.replay.recorded import CONFIG, TICKS

from townlet import Simulation
from townlet.errors import UserError
from townlet.replay import Order, Player, Recorder, Recording, ReplayError, replay
from townlet.replay.order_log import OrderWriter, read_orders
from townlet.replay.player import apply_order

Run = tuple[Path, Simulation]


def test_the_whole_run_again(run: Run) -> None:
    folder, sim = run
    again = replay(folder, verify=True)
    assert (again.tick, again.hash()) == (TICKS, sim.hash())
    assert again.hash_columns() == sim.hash_columns()


@pytest.mark.parametrize("step", [0, 49, 50, 51, 100, 129])
def test_from_any_snapshot(run: Run, step: int) -> None:
    player = Player(Recording(run[0]), step)
    assert player.step == step
    assert player.mismatch(TICKS) is None
    assert player.sim.hash() == run[1].hash()


def test_in_another_row_order_and_more_lanes(run: Run) -> None:
    order = np.random.default_rng(3).permutation(18)
    sim = replay(run[0], verify=True, row_order=order, lanes=3, threads=2)
    assert sim.hash() == run[1].hash()


def test_until_a_tick(run: Run) -> None:
    recording = Recording(run[0])
    sim = replay(recording, 60)
    found = recording.hashes.at_step(60)
    assert found is not None
    assert (sim.tick, sim.hash()) == (60, found.state_hash)
    with pytest.raises(UserError, match=r"tick is 131; .* was recorded from 0 to 130"):
        replay(recording, 131)


@pytest.fixture
def copy(run: Run, tmp_path: Path) -> Path:
    shutil.copytree(run[0], tmp_path / "copy")
    return tmp_path / "copy"


def rewrite(folder: Path, *orders: Order) -> None:
    (folder / "orders.log").unlink()
    writer = OrderWriter(folder / "orders.log")
    for order in orders:
        writer.add(order)
    writer.close()


def test_another_order_is_found_out_at_its_tick(copy: Path) -> None:
    orders, _ = read_orders(copy / "orders.log")
    kept = [o for o in orders if o.name != "set_price"]
    rewrite(copy, *kept)
    with pytest.raises(ReplayError, match=r"differs at tick 14: state \w+ instead of \w+, .*Pri"):
        replay(copy, verify=True)
    assert ReplayError.exit_code == 1


def test_an_order_that_is_refused_now_is_told(copy: Path) -> None:
    orders, _ = read_orders(copy / "orders.log")
    rewrite(copy, *orders[:1], Order(4, "kill", {"agent": 5}), *orders[1:])
    with pytest.raises(ReplayError, match=r"tick 4: kill\(agent=5\) was carried out, and is refu"):
        replay(copy)
    rewrite(copy, Order(3, "kill", {"agent": 4}, "nobody lives there"))
    with pytest.raises(ReplayError, match=r"was not carried out, and is now: nobody lives there"):
        replay(copy)


def test_an_order_of_a_later_program_is_told(run: Run) -> None:
    with pytest.raises(ReplayError, match="this program knows no such order"):
        apply_order(run[1], Order(0, "dance"))


def test_a_damaged_snapshot_is_passed_over(copy: Path) -> None:
    file = copy / "snapshots" / f"step-{100:012d}.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    recording = Recording(copy)
    player = Player(recording, 110)
    assert player.mismatch(TICKS) is None
    assert any("damaged" in sentence for sentence in recording.told)
    for file in (copy / "snapshots").iterdir():
        file.unlink()
    with pytest.raises(UserError, match="there is no whole snapshot to begin with"):
        Player(Recording(copy))


def test_restarts_and_reloads_are_replayed(tmp_path: Path) -> None:
    manifest = tmp_path / "own.yaml"
    text = (CONFIG.parent / "affordances" / "core.yaml").read_text()
    manifest.write_text(text)
    (tmp_path / "town.yaml").write_text(
        f"extends: {CONFIG}\naffordances: {{affordances_file: own.yaml}}\n"
    )
    sim = Simulation.from_config(tmp_path / "town.yaml", agents=8, seed=2)
    with Recorder(sim, tmp_path / "run"):
        sim.run(20)
        assert "duration: 30" in text
        manifest.write_text(text.replace("duration: 30", "duration: 7"))
        assert sim.reload()
        sim.run(300)
        sim.restart(9)
        sim.desk.close("bed_1")
        sim.run(30)
    manifest.unlink()
    recording = Recording(tmp_path / "run")
    assert [o.name for o in recording.orders] == ["reload", "restart", "close"]
    assert (recording.tick_of(320), recording.tick_of(350)) == (0, 30)
    assert recording.step_of(21) == 21
    assert replay(recording, verify=True).hash() == sim.hash()


def test_what_is_no_recording_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no such folder"):
        Recording(tmp_path / "none")
    with pytest.raises(UserError, match=r"no recording\.json; record a run with"):
        Recording(tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="this is a file; name the folder"):
        Recording(tmp_path / "file")
