"""``python -m bench.peers``: what it refuses, and what it keeps."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

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
    monkeypatch.setattr(peers, "merge", lambda path, result: kept.append(result))
    assert run("--python", sys.executable, "--only", "small").exit_code == 0
    assert kept == [], "nothing is kept unless asked"
    result = run("--python", sys.executable, "--update-readme")
    assert result.exit_code == 0, result.output
    assert [r["case"] for r in kept] == ["peers", "peers-small", "peers-meters"]
    for found in kept:
        assert found["rows"] == rows
        assert found["peers"] == {"mesa": "3"}
        assert {"run", "machine", "threads", "config_hash"} <= found.keys()
