"""`townlet config`: check, show, schema, reference."""

import json
import re
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
    Path("x.yaml").write_text("config_id: mine\ncuriosity: {phase_A_weight: 0.1}\n")
    result = call("check", "x.yaml")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "OK x.yaml: mine" in result.stderr
    assert "rest_sleep" in result.stderr
    assert "8.26 of 9.60" in result.stderr
    assert "accepted, not used yet:\n  curiosity: phase_A_weight" in result.stderr


def test_check_says_when_dying_pays(call: Call) -> None:
    Path("x.yaml").write_text("rewards: {faint_penalty: -1.0}\nshaping: {gamma: 0.99}\n")
    (warning,) = json.loads(call("check", "x.yaml", "--json").stdout)["warnings"]
    assert warning.startswith("x.yaml: dying pays: rewards.faint_penalty is -1, and living on with")
    assert "is worth -0.046 a tick, which a discount (shaping.gamma) of 0.99 makes -4.6;" in warning
    assert call("check", "x.yaml", "--strict").exit_code != 0


def test_check_prints_one_json_object(call: Call) -> None:
    Path("x.yaml").write_text("curiosity: {phase_A_weight: 0.1}\n")
    result = call("check", "x.yaml", "--json")
    told = json.loads(result.stdout)
    assert result.stderr == ""
    assert told["ok"] is True
    assert told["config_id"] == "town"
    assert told["config_hash"] == load_config("x.yaml").config_hash()
    assert told["unused"] == ["curiosity.phase_A_weight"]
    assert told["warnings"] == []
    (shop,) = (line for line in told["day"]["lines"] if line["affordance"] == "shop")
    assert told["day"]["minutes"] == pytest.approx(1027.6 + shop["minutes"], abs=0.1)
    assert told["day"]["income"] == pytest.approx(480 * 0.02)
    assert sum(job["positions"] for job in told["day"]["jobs"]) == 61


def test_check_warns_and_strict_makes_it_an_error(call: Call) -> None:
    Path("x.yaml").write_text("rewards: {decay_rates: {energy: 0.0012}}\n")
    told = call("check", "x.yaml")
    assert told.exit_code == 0
    assert re.search(r"warning x.yaml: a day needs 14\d\d minutes \(", told.stderr)
    strict = call("check", "x.yaml", "--strict")
    assert isinstance(strict.exception, UserError)
    assert str(strict.exception).startswith("x.yaml: a day needs 14")


def test_check_holds_wages_against_the_basket(call: Call) -> None:
    Path("x.yaml").write_text("world: {agents: 20}\neconomy: {wage_income: 0.03}\n")
    told = call("check", "x.yaml").stderr
    assert "Wages, beside a basket of 8.40" in told
    assert "note a full shift as 'grocer' and 'barista'" in told.replace("\n", " ")
    Path("x.yaml").write_text("world: {agents: 20}\neconomy: {wage_income: 0.01}\n")
    warnings = json.loads(call("check", "x.yaml", "--json").stdout)["warnings"]
    assert any("pays 4.80 and a basket costs 8.40." in text for text in warnings)


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


def test_check_lists_what_the_manifest_brings_and_nobody_uses(call: Call) -> None:
    Path("x.yaml").write_text("affordances: {affordances_file: own.yaml}\n")
    Path("own.yaml").write_text(
        "- id: nap\n  object_type: bed\n  duration: 10\n  effects: {energy: 0.5, joy: 1}\n"
        "  hooks: {before: [yawn]}\n"
        "- {type: object, id: b1, object_type: bed, stock: {power_on: 1}}\n"
    )
    told = json.loads(call("check", "x.yaml", "--json").stdout)
    (note,) = told["notes"]
    assert note.endswith("stock of 'power_on': accepted, not used yet")
    assert any("no loaded module has a hook 'yawn'" in warning for warning in told["warnings"])
    assert any("'joy' has no effect" in warning for warning in told["warnings"])
    shown = call("check", "x.yaml").stderr
    assert "accepted, not used yet:\n" in shown
    assert "entry 2 ('b1'): stock of 'power_on'\n" in shown
    assert isinstance(call("check", "x.yaml", "--strict").exception, UserError)


def test_check_shows_the_load_on_each_object_type(call: Call) -> None:
    Path("x.yaml").write_text("world: {agents: 64}\n")
    loads = json.loads(call("check", "x.yaml", "--json").stdout)["day"]["loads"]
    assert [load["object_type"] for load in loads] == ["fridge", "stove", "till", "shower", "bed"]
    (bed,) = [load for load in loads if load["object_type"] == "bed"]
    assert bed["minutes"] == pytest.approx(64 * 0.864 / 0.13 * 60)
    assert bed["share"] == pytest.approx(bed["minutes"] / bed["objects"] / 1440)
    assert bed["objects"] >= 64
    shown = call("check", "x.yaml").stderr
    assert f"{bed['share']:.0%}" in shown


def test_homes_nobody_lives_in_lighten_no_load(call: Call) -> None:
    def beds(text: str) -> int:
        Path("x.yaml").write_text(text)
        loads = json.loads(call("check", "x.yaml", "--json").stdout)["day"]["loads"]
        found: int = next(load["objects"] for load in loads if load["object_type"] == "bed")
        return found

    assert beds("world: {agents: 8, capacity: 64}\n") < 20 < beds("world: {agents: 64}\n")


def test_check_warns_of_a_type_that_is_asked_too_much(call: Call) -> None:
    Path("x.yaml").write_text(
        "needs: {fun: {decay: 0.002}}\naffordances: {affordances_file: own.yaml}\n"
    )
    Path("own.yaml").write_text(
        "- {id: play, object_type: treadmill, duration: 60, effects: {fun: 0.4}}\n"
    )
    told = json.loads(call("check", "x.yaml", "--json").stdout)
    assert any("of type 'treadmill'" in warning for warning in told["warnings"])


def test_check_says_when_the_town_has_no_such_object(call: Call) -> None:
    Path("x.yaml").write_text("world: {agents: 4, grid_size: [12, 12]}\n")
    told = json.loads(call("check", "x.yaml", "--json").stdout)
    assert "nothing in town fills the need 'energy'" in " ".join(told["warnings"])
    assert told["day"]["loads"] == []
    assert call("check", "x.yaml").exit_code == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("world: {district_size: [16, 16]}\n", "x.yaml: world.district_size"),
        ("world: {layouts: [nope.yaml]}\n", "x.yaml:1: there is no file 'nope.yaml'"),
        ("runtime: {policy: sripted}\n", "x.yaml: runtime.policy.provider: unknown policy"),
    ],
)
def test_check_refuses_what_a_run_would_refuse(call: Call, text: str, sentence: str) -> None:
    Path("x.yaml").write_text(text)
    error = call("check", "x.yaml").exception
    assert isinstance(error, UserError)
    assert str(error).startswith(sentence)


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
