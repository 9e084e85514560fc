from __future__ import annotations

import json
from pathlib import Path

import pytest

from townlet.cli import main


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "town.yaml"
    path.write_text("world: {agents: 8}\n")
    return path


def test_map__prints_the_town(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["map", str(config)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("#####")
    assert "b bed" in out
    assert "8 agents" in err


def test_map__json_is_one_object(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["map", str(config), "--agents", "300", "--json"]) == 0
    town = json.loads(capsys.readouterr().out)
    assert (town["agents"], town["districts"], town["grid"]) == (300, 6, [3, 2])
    assert town["place_kinds"]["cafe"] == 6


def test_map__draws_a_picture(config: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / "new" / "town.png"
    assert main(["map", str(config), "--out", str(picture)]) == 0
    assert picture.stat().st_size > 10_000


def test_map__no_such_district(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["map", str(config), "--district", "4"]) == 2
    assert "district 4: no such one; 0 to 0" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "town.jpeg"])
def test_map__a_picture_that_cannot_be_is_refused(
    name: str, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["map", str(config), "--out", str(tmp_path / name)]) == 2
    assert ".png" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["town.yaml"]


def test_map__names_the_config_that_has_no_room(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text("world: {district_size: [16, 16]}\n")
    assert main(["map", str(config)]) == 2
    assert capsys.readouterr().err.startswith(f"{config}: world.district_size")
