"""The commands on a real, small town: what a user types and gets."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from townlet import cli

TOWN = "config_id: tiny\nworld: {agents: 8}\n"


@pytest.fixture
def town(tmp_path: Path) -> str:
    path = tmp_path / "town.yaml"
    path.write_text(TOWN)
    return str(path)


def output(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert cli.main([*words, "--json"]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def test_run_reports_a_day(town: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    summary = output(capsys, "run", town, "--days", "1", "--towns", "2", "--out", str(out))
    assert (summary["config_id"], summary["towns"], summary["agents"]) == ("tiny", 2, 8)
    assert summary["ticks"] == 1440
    assert summary["kpis"]["population"] == 8
    assert 0 < summary["kpis"]["mean_need.hunger"] <= 1
    assert all(cost["ns_per_tick"] > 0 for cost in summary["systems"].values())
    assert json.loads((out / "summary.json").read_text()) == summary
    assert pl.read_parquet(out / "kpis.parquet").select("town", "day").rows() == [(0, 0), (1, 0)]
    for picture in ("town.png", "needs.png"):
        assert (out / picture).read_bytes().startswith(b"\x89PNG")


def test_run_and_hash_agree(town: str, capsys: pytest.CaptureFixture[str]) -> None:
    how = ["--ticks", "90", "--seed", "5"]
    ran = output(capsys, "run", town, *how)["state_hash"]
    hashed = output(capsys, "hash", town, *how, "--columns", "--threads", "1")
    assert hashed["state_hash"] == ran
    assert "Needs.level" in hashed["columns"]
    other = output(capsys, "hash", town, "--ticks", "90", "--seed", "6")["state_hash"]
    assert other != ran


def test_the_configs_seed_counts_unless_one_is_given(
    town: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(town).write_text(TOWN + "seed: 5\n")
    for command in ("run", "hash"):
        assert output(capsys, command, town, "--ticks", "3")["seed"] == 5
        assert output(capsys, command, town, "--ticks", "3", "--seed", "0")["seed"] == 0


def test_the_schedule_tells_the_story_of_a_tick(
    town: str, capsys: pytest.CaptureFixture[str]
) -> None:
    systems = output(capsys, "schedule", town)["systems"]
    assert all(system["doc"].endswith(".") for system in systems), "a sentence for each system"
    names = [system["system"] for system in systems]
    assert names == [system["system"] for system in output(capsys, "schedule")["systems"]]
    assert cli.main(["schedule", town]) == 0
    told = capsys.readouterr().out
    assert [told.index(f"\n  {name}  ") for name in names] == sorted(
        told.index(f"\n  {name}  ") for name in names
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("queue_fairnes: {}\n", ["town.yaml:1", "queue_fairnes", "queue_fairness"]),
        ("queue_fairness:\n  cooldown_ticks: -3\n", ["town.yaml:2", "cooldown_ticks", "-3"]),
        ("world: {agents: [\n", ["town.yaml:"]),
        ("", ["town.yaml"]),
    ],
)
def test_a_bad_file_gets_one_sentence_and_exit_code_2(
    text: str, words: list[str], town: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(town).write_text(text)
    assert cli.main(["run", town]) == 2
    told = capsys.readouterr()
    assert not told.out
    assert told.err.count("\n") == 1
    for word in words:
        assert word in told.err


def test_an_unknown_policy_is_the_users_error(
    town: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", town, "--policy", "scriptd", "--ticks", "1"]) == 2
    assert "scripted" in capsys.readouterr().err
