"""Looking at snapshots: differences, export, validation."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from townlet import Simulation
from townlet.errors import UserError
from townlet.snapshot import differences, read, take, validate, write
from townlet.snapshot.differences import header_differences
from townlet.snapshot.errors import DamagedSnapshotError
from townlet.snapshot.export import export, table_frame, tables_of

CONFIG = Path(__file__).parents[3] / "configs" / "town.yaml"


@pytest.fixture(scope="module")
def sim() -> Simulation:
    sim = Simulation.from_config(CONFIG, towns=2, agents=8)
    sim.run(100)
    return sim


def test_one_bit_is_found_and_named(sim: Simulation) -> None:
    one, two = take(sim), take(sim)
    assert differences(one, two) == []
    assert header_differences(one.header, two.header) == {}
    level = two.arrays["Needs.level"]
    level.view(np.uint32)[11, 1] ^= 1
    level[13, 0] = np.nan
    found = differences(one, two)
    assert len(found) == 1
    assert (found[0].column, found[0].count) == ("Needs.level", 2)
    assert (found[0].town, found[0].entity, found[0].label) == (1, 3, "hygiene")
    assert found[0].first == one.arrays["Needs.level"][11, 1]
    assert found[0].second == level[11, 1]


def test_statistics_are_compared_when_asked_for(sim: Simulation) -> None:
    one, two = take(sim), take(sim)
    two.arrays["Metrics.need_sum"][0, 0] += 1
    assert differences(one, two) == []
    assert [d.column for d in differences(one, two, every=True)] == ["Metrics.need_sum"]
    assert not differences(one, two, every=True)[0].authoritative


def test_other_shapes_are_told(sim: Simulation) -> None:
    one, two = take(sim), take(sim, 0)
    found = {d.column: d for d in differences(one, two)}
    assert found["Needs.level"].count is None
    assert found["Needs.level"].first == "float32 (16, 3)"
    assert header_differences(one.header, two.header)["towns"] == (2, 1)


def test_export_writes_tables_that_are_what_frames_are(sim: Simulation, tmp_path: Path) -> None:
    contents = take(sim)
    written = export(contents, tmp_path / "x")
    assert {path.stem for path in written} == {"header", *tables_of(contents)}
    agents = pl.read_parquet(tmp_path / "x" / "agent.parquet")
    frame = sim.frame("agent")
    for column in ("town", "id", "Needs.level.hunger", "Wallet.money", "Identity.alive"):
        assert agents[column].to_list() == frame[column].to_list()
    header = json.loads((tmp_path / "x" / "header.json").read_text())
    assert header["state_hash"] == f"{sim.hash():016x}"
    assert len(header["sections"]["history"]["hour"]) == 1
    export(contents, tmp_path / "x", "json", ["town"])
    towns = json.loads((tmp_path / "x" / "town.json").read_text())
    assert [row["town"] for row in towns] == [0, 1]
    with pytest.raises(UserError, match="no table 'agents'; did you mean 'agent'"):
        table_frame(contents, "agents")
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="the folder cannot be made"):
        export(contents, tmp_path / "file" / "x")


def test_validation_says_what_stands_in_the_way(sim: Simulation, tmp_path: Path) -> None:
    path = sim.save(tmp_path / "a")
    header, problems = validate(path, strict=True)
    assert (header.tick, problems) == (100, [])
    contents = read(path)
    contents.header.components["Needs"] = "0" * 16
    assert validate(write(contents, tmp_path / "b"))[1] == [
        f"{tmp_path / 'b.safetensors'}: Needs had schema {'0' * 16} and has "
        f"{header.components['Needs']} now; it needs a migration"
    ]
    contents = read(path)
    contents.header.state_hash = "0" * 16
    wrong = write(contents, tmp_path / "c")
    assert validate(wrong)[1] == []
    assert "do not trust it" in validate(wrong, strict=True)[1][0]
    contents.header.complete = False
    assert "failed half-way" in validate(write(contents, tmp_path / "d"))[1][0]
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(DamagedSnapshotError):
        validate(path)
