"""`townlet soak`: what a user types and gets, right and wrong."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from townlet import cli

KEYS = {
    "config_id", "seed", "towns", "agents", "ticks", "ticks_asked", "ended", "finished",
    "state_hash", "violations", "first_broken", "rss_drift", "rss_bytes", "tick_ms",
    "ticks_per_s", "checks", "faults", "saves", "starts", "kills", "refused_snapshots", "dropped",
    "gates", "kpis",
}  # fmt: skip


@pytest.fixture
def town(tmp_path: Path) -> str:
    path = tmp_path / "town.yaml"
    path.write_text("config_id: tiny\nworld: {agents: 6}\n")
    return str(path)


def test_a_soak_leaves_a_report_and_prints_one_object(
    town: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = ["soak", town, "--ticks", "300", "--seed", "4", "--out", str(out)]
    assert cli.main([*words, "--faults", "deaths,crowds", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found.keys() == KEYS
    assert (found["ended"], found["violations"], found["agents"]) == ("ticks", [], 6)
    assert set(found["faults"]) == {"crowds", "deaths"}
    assert json.loads((out / "summary.json").read_text()) == found
    assert pl.read_parquet(out / "ticks.parquet").height == 300
    assert pl.read_parquet(out / "faults.parquet").height == sum(found["faults"].values())
    assert pl.read_parquet(out / "samples.parquet")["living"].to_list()[-1] > 0
    assert (out / "report.html").read_text().count("<img") >= 3
    assert cli.main(["hash", town, "--ticks", "300", "--seed", "4"]) == 0
    assert capsys.readouterr().out.strip() != found["state_hash"], "faults change a town"
    assert cli.main(["soak", "--resume", str(out), "--json"]) == 0, "told once more"
    assert json.loads(capsys.readouterr().out)["state_hash"] == found["state_hash"]
    assert cli.main([*words, "--json"]) == 0, "a finished soak makes way"
    plain = json.loads(capsys.readouterr().out)
    assert cli.main(["hash", town, "--ticks", "300", "--seed", "4"]) == 0
    assert capsys.readouterr().out.strip() == plain["state_hash"], "without faults it is a run"


WRONG = {
    "no out": (["TOWN", "--ticks", "9"], "a soak needs a CONFIG, --ticks and --out"),
    "fault": (
        ["TOWN", "--ticks", "9", "--out", "OUT", "--faults", "deaths,outagse"],
        "no fault is called 'outagse'; did you mean 'outages'?",
    ),
    "nothing to resume": (["--resume", "OUT"], "there is no soak.json; no soak has run here"),
    "both": (["TOWN", "--resume", "OUT"], "give nothing but it"),
    "two storms": (["TOWN", "--storm", "2", "--storm-seed", "3"], "give one of them"),
    "storm of nothing": (["--storm", "2"], "a storm needs a CONFIG"),
    "seed": (["TOWN", "--ticks", "9", "--out", "OUT", "--seed", str(2**63)], "--seed"),
    "foreign folder": (["TOWN", "--ticks", "9", "--out", "FULL"], "no summary.json of an earlier"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_words_get_a_sentence(
    case: str, town: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "diary.txt").write_text("mine")
    names = {"TOWN": town, "OUT": str(tmp_path / "out"), "FULL": str(tmp_path / "full")}
    words, sentence = WRONG[case]
    assert cli.main(["soak", *(names.get(word, word) for word in words)]) == 2
    assert sentence in " ".join(capsys.readouterr().err.split())


def test_an_unfinished_soak_is_not_overwritten(
    town: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = ["soak", town, "--ticks", "100000", "--out", str(out), "--minutes", "0.01"]
    assert cli.main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ended"] == "minutes"
    (out / "summary.json").unlink()
    assert cli.main(words) == 2
    assert f"`townlet soak --resume {out}` goes on" in " ".join(capsys.readouterr().err.split())
