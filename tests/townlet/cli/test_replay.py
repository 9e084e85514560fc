"""`townlet run --record`, `townlet replay` and `townlet diff`, as a person types them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from townlet import Simulation, cli
from townlet.replay import Recorder

CONFIG = Path(__file__).parents[3] / "configs" / "small.yaml"
TOWN = [str(CONFIG), "--agents", "8", "--seed", "2"]


def answer(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    """The JSON a command prints."""
    assert cli.main([*words, "--json"]) == code
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run made with ``--record``."""
    out = tmp_path_factory.mktemp("cli") / "run"
    assert cli.main(["run", *TOWN, "--ticks", "90", "--out", str(out), "--record"]) == 0
    return out


def test_a_recorded_run_is_replayed(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    summary = json.loads((run / "summary.json").read_text())
    found = answer(capsys, "replay", str(run), "--verify")
    assert (found["same"], found["tick"], found["hashes"]) == (True, 90, 91)
    assert found["state_hash"] == summary["state_hash"]
    assert cli.main(["replay", str(run / "record"), "--until", "40"]) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert "40 ticks and 0 orders again, to tick 40" in told
    assert "The same as was recorded." in told


def test_what_differs_is_told_with_exit_code_1(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sim = Simulation.from_config(CONFIG, agents=8, seed=2)
    with Recorder(sim, tmp_path / "other"):
        sim.run(50)
        sim.column("Wallet.money")[1] += 64
        sim.run(40)
    found = answer(capsys, "replay", str(tmp_path / "other"), "--verify", code=1)
    assert (found["same"], found["first_different_tick"]) == (False, 51)
    assert "Wallet.money" in found["columns"]
    assert cli.main(["replay", str(tmp_path / "other")]) == 1
    assert "was recorded" in capsys.readouterr().err
    found = answer(capsys, "diff", str(run), str(tmp_path / "other"), code=1)
    assert (found["verdict"], found["same_tick"], found["tick"]) == ("memory", 50, 51)
    assert (found["cells"][0]["column"], found["cells"][0]["id"]) == ("Wallet.money", 1)
    assert cli.main(["diff", str(run), str(tmp_path / "other")]) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert "Different in tick 51, system (none" in told
    assert "Wallet.money of slot 1 (" in told


def test_the_same_is_exit_code_0(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, "diff", str(run), str(run))["same"] is True
    assert cli.main(["diff", str(run), str(run)]) == 0
    assert "The same in all 91 hashes" in " ".join(capsys.readouterr().err.split())


def test_snapshots_and_hashes_are_written(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = tmp_path / "at_60.safetensors", tmp_path / "hashes.jsonl"
    words = ["--until", "60", "--snapshot", str(files[0]), "--hashes", str(files[1])]
    assert cli.main(["replay", str(run), *words]) == 0
    capsys.readouterr()
    assert answer(capsys, "diff", str(run), str(files[0]))["same"] is True
    assert answer(capsys, "diff", str(files[1]), str(run))["same"] is True
    last = run / "record" / "snapshots" / f"step-{90:012d}.safetensors"
    assert cli.main(["diff", str(last), str(files[0])]) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert "Their tick differs: 90 in A, 60 in B." in told
    assert "Needs.level" in told


def test_a_torn_log_is_cut_and_told(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(run / "record", tmp_path / "torn")
    log = tmp_path / "torn" / "hashes.log"
    log.write_bytes(log.read_bytes()[:-9])
    found = answer(capsys, "replay", str(tmp_path / "torn"), "--verify")
    assert found["same"] is True
    assert "the last block is torn" in found["told"][0]
    told = answer(capsys, "diff", str(run), str(tmp_path / "torn"))
    assert "the last block is torn" in told["sentences"][0]
    told = answer(capsys, "diff", str(log), str(run))
    assert "the last block is torn" in told["sentences"][0]


def test_what_a_killed_run_has_left_is_the_same(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its manifest is of an earlier tick than the end of its logs."""
    sim = Simulation.from_config(CONFIG, agents=8, seed=2)
    recorder = Recorder(sim, tmp_path / "killed", snapshot_every=30)
    sim.run(50)
    recorder._hashes.flush()  # as it does by itself after a second
    shutil.copytree(tmp_path / "killed", tmp_path / "left")
    recorder.finish()
    found = answer(capsys, "replay", str(tmp_path / "left"))
    assert (found["same"], found["tick"]) == (True, 50)
    assert found["state_hash"] == f"{sim.hash():016x}"


def test_what_was_ordered_after_the_last_tick_is_no_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sim = Simulation.from_config(CONFIG, agents=8, seed=2)
    with Recorder(sim, tmp_path / "run"):
        sim.run(5)
        sim.spawn(0)
        sim.set_price("meal_cost", 2.0)
    assert answer(capsys, "replay", str(tmp_path / "run"))["same"] is True
    found = answer(capsys, "replay", str(tmp_path / "run"), "--until", "5")
    assert found["same"] is True


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--record"], "--record: say with --out DIR where to write"),
        (["--hash-every", "3"], "--hash-every is of recorded runs: add --record"),
        (["--snapshot-every", "3"], "--snapshot-every is of recorded runs: add --record"),
    ],
)
def test_options_that_make_no_recording_are_refused(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", *TOWN, *words]) == 2
    assert sentence in " ".join(capsys.readouterr().err.split())


def test_mistakes_are_sentences(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = {
        ("run", *TOWN, "--out", str(run), "--record"): "holds a recording, which is not overwr",
        ("replay", str(tmp_path / "none")): "there is no such folder",
        ("replay", str(tmp_path)): "there is no recording.json; record a run with",
        ("replay", str(run), "--until", "91"): "was recorded from 0 to 90",
        ("replay", str(run), "--snapshot", "no/x"): "--snapshot no/x: there is no folder no",
        ("replay", str(run), "--hashes", str(tmp_path)): "this is a folder; name a file",
        ("diff", str(run), str(tmp_path / "none")): "there is no such file or folder",
    }
    for words, sentence in cases.items():
        assert cli.main(list(words)) == 2
        assert sentence in " ".join(capsys.readouterr().err.split()), words
