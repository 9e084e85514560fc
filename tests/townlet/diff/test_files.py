"""Whatever two paths name is compared: snapshots, runs, logs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from townlet import Simulation
from townlet.diff import Desync
from townlet.diff.files import StateDifference, diff_paths
from townlet.errors import UserError
from townlet.replay import Recorder, read_hashes, write_lines

CONFIG = Path(__file__).parents[3] / "configs" / "small.yaml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recorded run of 40 ticks, snapshots of ticks 40 and 41, and one with a changed value."""
    here = tmp_path_factory.mktemp("files")
    sim = Simulation.from_config(CONFIG, agents=8, seed=4)
    with Recorder(sim, here / "run"):
        sim.run(40)
        sim.save(here / "at_40.safetensors")
    money = sim.column("Wallet.money")
    money[3] += 500
    sim.save(here / "richer.safetensors")
    money[3] -= 500
    sim.run(1).save(here / "at_41.safetensors")
    return here


def states(a: Path, b: Path) -> StateDifference:
    found = diff_paths(a, b)
    assert isinstance(found, StateDifference)
    return found


def test_a_snapshot_is_what_it_is(folder: Path) -> None:
    found = states(folder / "at_40.safetensors", folder / "at_40.safetensors")
    assert (found.columns, found.ticks, found.sentences) == ([], (40, 40), [])


def test_a_value_in_a_snapshot(folder: Path) -> None:
    found = states(folder / "at_40.safetensors", folder / "richer.safetensors")
    (column,) = found.columns
    (cell,) = column.cells
    assert (cell.column, cell.id, cell.b - cell.a) == ("Wallet.money", 3, 500)
    assert cell.agent
    assert found.as_dict()["columns"][0]["cells"][0]["component"] == "Wallet"


def test_snapshots_of_two_ticks(folder: Path) -> None:
    found = states(folder / "at_40.safetensors", folder / "at_41.safetensors")
    assert found.ticks == (40, 41)
    assert "Their tick differs: 40 in A, 41 in B." in found.sentences
    assert "Needs.level" in {column.column for column in found.columns}


def test_a_run_is_compared_at_the_tick_of_the_snapshot(folder: Path) -> None:
    assert states(folder / "run", folder / "at_40.safetensors").columns == []
    (column,) = states(folder / "richer.safetensors", folder / "run").columns
    assert (column.column, column.cells[0].b - column.cells[0].a) == ("Wallet.money", -500)
    with pytest.raises(UserError, match=r"tick is 41; .* was recorded from 0 to 40"):
        diff_paths(folder / "run", folder / "at_41.safetensors")


def test_logs_and_runs(folder: Path) -> None:
    found = diff_paths(folder / "run" / "hashes.log", folder / "run")
    assert isinstance(found, Desync)
    assert (found.verdict, found.compared) == ("same", 41)


def test_what_cannot_be_compared_is_a_sentence(folder: Path, tmp_path: Path) -> None:
    snapshot = folder / "at_40.safetensors"
    with pytest.raises(UserError, match="a snapshot and a log of hashes cannot be compared"):
        diff_paths(snapshot, folder / "run" / "hashes.log")
    with pytest.raises(UserError, match="there is no such file or folder"):
        diff_paths(snapshot, tmp_path / "none")
    with pytest.raises(UserError, match=r"no recording\.json; record a run with"):
        diff_paths(tmp_path, snapshot)
    (tmp_path / "letter").write_text("dear")
    with pytest.raises(UserError, match="letter: this is no log of hashes"):
        diff_paths(tmp_path / "letter", folder / "run")


def test_what_a_file_is_does_not_depend_on_its_name(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "noon.v2").write_bytes((folder / "at_40.safetensors").read_bytes())
    assert states(tmp_path / "noon.v2", folder / "at_40.safetensors").columns == []
    write_lines(read_hashes(folder / "run" / "hashes.log"), tmp_path / "hashes.json")
    found = diff_paths(tmp_path / "hashes.json", folder / "run")
    assert isinstance(found, Desync)
    assert (found.verdict, found.compared) == ("same", 41)


def test_arrays_of_others_are_a_sentence(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros(3))
    with pytest.raises(UserError):
        diff_paths(tmp_path / "x.npy", tmp_path / "x.npy")
