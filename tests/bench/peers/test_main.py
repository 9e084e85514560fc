"""``python -m bench.peers``: what it refuses, and what it keeps."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from bench.report import load
from typer.testing import CliRunner, Result

from townlet import load_config
from townlet.env import TownVectorEnv

peers = importlib.import_module("bench.peers.__main__")


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(peers.main)
    return CliRunner().invoke(app, arguments)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--only", "batle"], "--only batle: unknown part; did you mean 'battle'"),
        (["--agents", "1"], "--agents 1: must be between 2 and 4000000"),
        (["--observations", "hybird"], "observations is 'hybird'; did you mean 'hybrid'"),
        (["--python", "nowhere/python"], "--python nowhere/python: there is no such interpreter"),
    ],
)
def test_mistakes_get_a_sentence(arguments: list[str], sentence: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert sentence in result.output


def test_a_peer_that_fails_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("python -m bench.peers.versions ended with 1: no magent2")

    monkeypatch.setattr(peers, "run_peer", fails)
    result = run("--python", sys.executable)
    assert result.exit_code == 1
    assert "no magent2" in result.output


def test_parts_are_kept_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[dict[str, Any]] = []
    rows = [{"agents": 64, "townlet": 2.0}]
    monkeypatch.setattr(peers, "run_peer", lambda *_: {"mesa": "3"})
    monkeypatch.setattr(peers.small, "measure", lambda *_: {"rows": rows, "habits": {}})
    monkeypatch.setattr(peers.meters, "measure", lambda *_: rows)
    monkeypatch.setattr(peers.battle, "measure", lambda *_: rows)
    for name in ("draw", "update_readme"):
        monkeypatch.setattr(peers, name, lambda *_: None)
    for name in ("merge", "merge_rows"):
        monkeypatch.setattr(peers, name, lambda path, result: kept.append(result))
    assert run("--python", sys.executable, "--only", "small").exit_code == 0
    assert kept == [], "nothing is kept unless asked"
    result = run("--python", sys.executable, "--update-readme", "--agents", "64")
    assert result.exit_code == 0, result.output
    assert [r["case"] for r in kept] == ["peers", "peers-small", "peers-meters"]
    for found in kept:
        assert found["rows"] == rows
        assert found["peers"] == {"mesa": "3"}
        assert {"run", "machine", "threads", "config_hash"} <= found.keys()


def test_the_meters_say_the_configs_that_environments_run() -> None:
    hashes = peers.meters.configs()
    assert list(hashes) == ["8", "64"]
    for agents, text in hashes.items():
        town = TownVectorEnv(peers.meters.TOWN, 1, agents=int(agents), seed=0)
        assert town.core.sim.config.config_hash() == text
        assert text != load_config(peers.meters.TOWN).config_hash()


def test_a_size_is_kept_before_the_next_is_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def measure(python: Path, sizes: list[int], *_: object) -> list[dict[str, Any]]:
        if sizes == [100]:
            raise RuntimeError("no memory")
        return [{"agents": n, "unit": unit, "townlet": 2.0} for n in sizes for unit in "ab"]

    results = tmp_path / "results.json"
    monkeypatch.setattr(peers, "run_peer", lambda *_: {"magent2": "0.3"})
    monkeypatch.setattr(peers.battle, "measure", measure)
    monkeypatch.setattr(peers, "RESULTS", results)
    for name in ("draw", "update_readme"):
        monkeypatch.setattr(peers, name, lambda *_: None)
    words = ("--python", sys.executable, "--only", "battle", "--update-readme")
    result = run(*words, "--agents", "50", "--agents", "100")
    assert result.exit_code == 1
    assert "no memory" in result.output
    assert [row["agents"] for row in load(results)["peers"]["rows"]] == [50, 50]
    first = load(results)["peers"]["run"]
    assert run(*words, "--agents", "4").exit_code == 0
    rows = load(results)["peers"]["rows"]
    assert [(row["agents"], row["unit"]) for row in rows] == [
        (4, "a"), (4, "b"), (50, "a"), (50, "b"),
    ]  # fmt: skip
    assert rows[-1]["run"] == first
    assert run(*words, "--agents", "8", "--hours", "2").exit_code == 0
    assert {row["agents"] for row in load(results)["peers"]["rows"]} == {8}, "not measured alike"
