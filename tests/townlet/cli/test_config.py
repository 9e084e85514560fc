"""`townlet config`: check, show, schema, reference."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
import yaml
from typer.testing import CliRunner, Result

from townlet.cli.config import register
from townlet.config import SimulationConfig, load_config
from townlet.config.reference import reference
from townlet.errors import UserError

Call = Callable[..., Result]


def _nothing() -> None:
    """Typer needs something between the program and its commands."""


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    app.callback()(_nothing)
    register(app)
    return lambda *words: CliRunner().invoke(app, ["config", *words])


def test_check_says_ok_what_a_day_needs_and_what_nobody_reads(call: Call) -> None:
    Path("x.yaml").write_text("config_id: mine\nemployment: {grace_ticks: 3}\n")
    result = call("check", "x.yaml")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "OK x.yaml: mine" in result.stderr
    assert "rest_sleep" in result.stderr
    assert "8.26 of 8.40" in result.stderr
    assert "accepted, not used yet:\n  employment: grace_ticks" in result.stderr


def test_check_prints_one_json_object(call: Call) -> None:
    Path("x.yaml").write_text("shaping: {gamma: 0.9}\n")
    result = call("check", "x.yaml", "--json")
    told = json.loads(result.stdout)
    assert result.stderr == ""
    assert told["ok"] is True
    assert told["config_id"] == "town"
    assert told["config_hash"] == load_config("x.yaml").config_hash()
    assert told["unused"] == ["shaping.gamma"]
    assert told["warnings"] == []
    assert told["day"]["minutes"] == pytest.approx(1027.6, abs=0.1)
    assert told["day"]["income"] == pytest.approx(8.4)


def test_check_warns_and_strict_makes_it_an_error(call: Call) -> None:
    Path("x.yaml").write_text("rewards: {decay_rates: {energy: 0.0012}}\n")
    told = call("check", "x.yaml")
    assert told.exit_code == 0
    assert "warning x.yaml: a day needs 1426 minutes (99%)" in told.stderr
    strict = call("check", "x.yaml", "--strict")
    assert isinstance(strict.exception, UserError)
    assert str(strict.exception).startswith("x.yaml: a day needs 1426 minutes (99%)")


def test_check_uses_the_files_own_affordances(call: Call) -> None:
    Path("x.yaml").write_text(
        "needs: {fun: {decay: 0.001}}\naffordances: {affordances_file: own.yaml}\n"
    )
    Path("own.yaml").write_text(
        "- {id: play, object_type: bench, duration: 10, effects: {fun: 0.5, money: -0.25}}\n"
    )
    day = json.loads(call("check", "x.yaml", "--json").stdout)["day"]
    (line,) = [line for line in day["lines"] if line["serves"] == "fun"]
    assert line["money"] == pytest.approx(1.44 / 0.5 * 0.25)


def test_mistakes_are_raised_as_sentences(call: Call) -> None:
    Path("x.yaml").write_text("queue_fairnes: {}\n")
    result = call("check", "x.yaml")
    assert isinstance(result.exception, UserError)
    assert str(result.exception) == (
        "x.yaml:1: unknown key 'queue_fairnes'; did you mean 'queue_fairness'?"
    )


def test_show_prints_what_loads_again(call: Call) -> None:
    Path("x.yaml").write_text("world: {agents: 7}\n")
    shown = call("show", "x.yaml").stdout
    assert yaml.safe_load(shown)["world"]["agents"] == 7
    Path("y.yaml").write_text(shown)
    assert load_config("y.yaml").config_hash() == load_config("x.yaml").config_hash()
    assert json.loads(call("show", "x.yaml", "--json").stdout) == load_config("x.yaml").resolved()


def test_schema_is_json_schema(call: Call) -> None:
    schema = json.loads(call("schema").stdout)
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert set(SimulationConfig.model_fields) < set(schema["properties"])
    assert {"extends", "observations"} < set(schema["properties"])
    cooldown = schema["$defs"]["QueueFairness"]["properties"]["cooldown_ticks"]
    assert (cooldown["minimum"], cooldown["maximum"], cooldown["default"]) == (0, 600, 60)
    assert cooldown["description"]


def test_reference_goes_to_stdout_or_a_file(call: Call) -> None:
    assert call("reference").stdout == reference()
    assert call("reference", "--out", "docs/config.md").exit_code == 0
    assert Path("docs/config.md").read_text() == reference()
