"""`townlet soak`: what a user types and gets, right and wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from townlet import cli
from townlet.soak.journal import Journal
from townlet.soak.supervisor import KILLS_FILE, Supervisor

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
    "a file to resume": (["--resume", "TOWN"], "this is a file; name the folder of a soak"),
    "both": (["TOWN", "--resume", "OUT"], "give nothing but it"),
    "two storms": (["TOWN", "--storm", "2", "--storm-seed", "3"], "give one of them"),
    "storm of nothing": (["--storm", "2"], "a storm needs a CONFIG"),
    "seed": (["TOWN", "--ticks", "9", "--out", "OUT", "--seed", str(2**63)], "--seed"),
    "resume knows": (["--resume", "OUT", "--threads", "3"], "give nothing but it and --json"),
    "storm draws": (
        ["TOWN", "--storm", "2", "--ticks", "9", "--fault-every", "60"],
        "leave --ticks, --fault-every out",
    ),
    "storm town": (["TOWN", "--storm-seed", "2", "--seed", "9"], "leave --seed out"),
    "no faults": (["TOWN", "--ticks", "9", "--out", "OUT", "--fault-every", "60"], "name some"),
    "no kills": (
        ["TOWN", "--ticks", "9", "--out", "OUT", "--faults", "deaths", "--kills", "2"],
        "add it to --faults",
    ),
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


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_supervised_soak_that_is_stopped_ends_its_tick_and_can_go_on(
    town: str, tmp_path: Path, number: signal.Signals
) -> None:
    """The signal comes to the supervisor alone, as `kill` sends it."""
    out = tmp_path / "out"
    words = ["--ticks", "200M", "--save-every", "500", "--faults", "kills", "--kills", "1"]
    running = subprocess.Popen(
        [sys.executable, "-m", "townlet", "soak", town, *words, "--out", str(out), "--json"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )

    def starts() -> list[int]:
        return [entry["tick"] for entry in Journal(out / "journal.jsonl").of("start")]

    _until(lambda: bool(Journal(out / KILLS_FILE).entries) and len(starts()) == 2)
    newer = f"tick-{starts()[-1] + 1:09d}"
    _until(lambda: any(path.name > newer for path in (out / "snapshots").glob("tick-*")))
    running.send_signal(number)
    told, _ = running.communicate(timeout=120)
    assert running.returncode == 130
    found = json.loads(told)
    assert (found["ended"], found["kills"], found["starts"]) == ("interrupted", 1, 2)
    saved = max(path.name for path in (out / "snapshots").glob("tick-*"))
    assert saved == f"tick-{found['ticks']:09d}.safetensors", "nothing is run again"


def _until(done: Callable[[], bool]) -> None:
    """Wait for something that is to come within two minutes."""
    latest = time.monotonic() + 120
    while not done():
        assert time.monotonic() < latest
        time.sleep(0.05)


def test_a_supervised_soak_that_is_stopped_at_once_has_nothing_to_tell(
    town: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Supervisor, "run", lambda self: 130)
    words = ["--ticks", "900", "--faults", "kills", "--out", str(tmp_path / "out")]
    assert cli.main(["soak", town, *words]) == 130
    assert f"--resume {tmp_path / 'out'}` goes on" in " ".join(capsys.readouterr().err.split())


def test_a_recorded_run_is_not_overwritten(
    town: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert cli.main(["run", town, "--ticks", "5", "--out", str(out), "--record"]) == 0
    assert cli.main(["soak", town, "--ticks", "5", "--out", str(out)]) == 2
    assert "what is in record there is no soak's" in " ".join(capsys.readouterr().err.split())
    assert cli.main(["replay", str(out)]) == 0


def test_a_config_that_says_where_snapshots_go_can_be_soaked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "town.yaml").write_text(
        "config_id: tiny\nworld: {agents: 6}\nsnapshot: {storage: {root: saves}, "
        "capture_on_failure: true, guardrails: {allowed_paths: [more], allow_downgrade: true}}\n"
    )
    assert cli.main(["soak", "town.yaml", "--ticks", "70", "--out", "out"]) == 0
    assert (tmp_path / "out" / "snapshots" / "tick-000000070.safetensors").exists()
    said = json.loads((tmp_path / "out" / "soak.json").read_text())["config"]["snapshot"]
    assert said == {"guardrails": {"allow_downgrade": True}}


def test_a_full_disk_is_told_with_how_to_go_on(
    town: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr("townlet.snapshot.tensors.os.fsync", full)
        assert cli.main(["soak", town, "--ticks", "70", "--out", str(out)]) == 1
    told = capsys.readouterr().err
    assert "No space left on device" in told
    assert f"`townlet soak --resume {out}` goes on when that is mended." in told
    assert cli.main(["soak", "--resume", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ticks"] == 70
