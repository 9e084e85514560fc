from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from townlet.cli.validate_affordances import register

GOOD = "- {id: nap, object_type: bed, duration: 5, effects: {energy: 0.1}}\n"
WARNED = "- {id: nap, object_type: bed, duration: 5, effects: {fun: 0.1}}\n"
BAD = "- {id: nap, object_type: bed, duration: 0, effects: {energy: 0.1}}\n"


def call(*args: object) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)  # with a callback the program has sub-commands
    register(app)
    return CliRunner().invoke(app, ["validate-affordances", *map(str, args)])


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "deep/b.yaml").write_text(WARNED)
    (tmp_path / "note.txt").write_text("not a manifest")
    return tmp_path


def test_good_files(files: Path) -> None:
    result = call(files, files / "a.yaml")
    assert result.exit_code == 0
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert lines[0] == f"OK   {files / 'a.yaml'} (1 affordances, 0 objects)"
    assert lines[1] == f"OK   {files / 'deep/b.yaml'} (1 affordances, 0 objects)"
    assert "warning: " in lines[2]
    assert "effect 'fun' has no effect" in lines[2]
    assert len(lines) == 3  # a.yaml is named twice and checked once


def test_strict_makes_warnings_fail(files: Path) -> None:
    result = call(files, "--strict")
    assert result.exit_code == 2
    assert f"FAIL {files / 'deep/b.yaml'}" in result.stderr
    assert call(files, "--strict", "--need", "fun").exit_code == 0


def test_one_bad_file_fails_all(files: Path) -> None:
    (files / "c.yaml").write_text(BAD)
    result = call(files / "a.yaml", files / "c.yaml", files / "gone.yaml")
    assert result.exit_code == 2
    assert f"{files / 'c.yaml'}:1: entry 1 ('nap'): duration must be" in result.stderr
    assert f"{files / 'gone.yaml'}: there is no such manifest file" in result.stderr
    assert "OK " in result.stderr
    assert "Traceback" not in result.stderr


def test_nothing_found(tmp_path: Path) -> None:
    assert call(tmp_path).exit_code == 0
    result = call(tmp_path, "--strict")
    assert result.exit_code == 2
    assert f"no *.yaml file found in {tmp_path}" in result.stderr


def test_json_is_one_object(files: Path) -> None:
    (files / "c.yaml").write_text(BAD)
    result = call(files, "--json")
    assert result.exit_code == 2
    report = json.loads(result.stdout)
    assert report["ok"] is False
    assert [Path(file["path"]).name for file in report["files"]] == ["a.yaml", "c.yaml", "b.yaml"]
    good, bad, warned = report["files"]
    assert good["ok"] is True
    assert good["affordance_count"] == 1
    assert len(good["checksum"]) == 64
    assert "duration" in bad["errors"][0]
    assert len(warned["warnings"]) == 1
