"""`townlet capture` on a real, small town: what a user types and gets."""

from __future__ import annotations

import errno
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from townlet import cli
from townlet.capture import Recorder, load

KEYS = [
    "config_id", "policy", "level", "observations", "schema_hash", "seed", "towns", "agents",
    "ticks", "steps", "trajectories", "reward_mean", "files", "bytes", "wall_s", "ticks_per_s",
    "state_hash", "interrupted", "out",
]  # fmt: skip


@pytest.fixture
def town(tmp_path: Path) -> str:
    path = tmp_path / "town.yaml"
    path.write_text("config_id: tiny\nworld: {agents: 8}\n")
    return str(path)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "capture"


def test_json_is_one_object_about_what_was_written(
    town: str, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["capture", town, "--ticks", "40", "--towns", "2", "--seed", "5", "--out", str(out)]
    assert cli.main([*words, "--observations", "compact", "--format", "npz", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert list(summary) == KEYS
    assert (summary["ticks"], summary["steps"], summary["trajectories"]) == (40, 39 * 16, 16)
    assert summary["observations"] == "compact"
    capture = load(out)
    assert capture.manifest["state_hash"] == summary["state_hash"]
    assert capture.manifest["observation"]["schema_hash"] == summary["schema_hash"]
    assert len(list(out.iterdir())) == summary["files"] + 1
    assert summary["bytes"] == sum(
        file.stat().st_size for file in out.iterdir() if file.name != "manifest.json"
    )
    assert capture.arrays(["rewards"])["rewards"].mean() == pytest.approx(summary["reward_mean"])
    assert cli.main(["hash", town, "--ticks", "40", "--towns", "2", "--seed", "5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state_hash"] == summary["state_hash"]


def test_people_read_what_was_done_and_where_it_is(
    town: str, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--policy", "random", "--level", "primitive"]
    assert cli.main(["capture", town, "--ticks", "30", "--out", str(out), *words]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    for words_told in ("random policy", "30 ticks", "232 steps of 8 trajectories", "move_north"):
        assert words_told in told.err
    assert f"Wrote {out}: manifest.json, metrics.json, metrics.parquet and 2 parquet" in told.err


def test_a_single_tick_has_no_steps_and_says_why(
    town: str, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["capture", town, "--ticks", "1", "--out", str(out)]) == 0
    assert "who arrives in a tick acts from the next one on" in capsys.readouterr().err
    capture = load(out)
    assert list(capture.trajectories()) == []
    assert len(capture.arrays()["map"]) == capture.metrics().height == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--format", "csv"], "--format csv: there is no such format; valid are parquet, npz"),
        (["--level", "optoin"], "--level optoin: there is no such level; did you mean 'option'?"),
        (["--observations", "ful"], "--observations ful: there is no such variant; did you"),
        (["--policy", "rndom"], "unknown policy 'rndom'; did you mean 'random'?"),
        (["--ticks", "3", "--days", "1"], "--ticks and --days both say how long to run"),
        (["--seed", str(2**63)], "give a number from 0 to"),
    ],
)
def test_wrong_words_get_one_sentence(
    words: list[str], sentence: str, town: str, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["capture", town, "--out", str(out), *words]) == 2
    told = capsys.readouterr()
    assert sentence in told.err
    assert told.err.count("\n") == 1
    assert not out.exists() or not list(out.iterdir())


def test_a_folder_with_something_in_it_is_refused(
    town: str, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out.mkdir()
    (out / "mine.txt").write_text("precious")
    assert cli.main(["capture", town, "--out", str(out)]) == 2
    assert capsys.readouterr().err == (
        f"--out {out}: the folder is not empty; name a new or an empty one.\n"
    )
    assert [file.name for file in out.iterdir()] == ["mine.txt"]


def press_ctrl_c(monkeypatch: pytest.MonkeyPatch, at: int, times: int = 1) -> None:
    """Let Ctrl-C come in the middle of a tick."""
    real = Recorder._tick

    def tick(self: Recorder) -> None:
        real(self)
        if self.sim.tick == at:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Recorder, "_tick", tick)


def test_ctrl_c_writes_what_there_is(
    town: str, out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    press_ctrl_c(monkeypatch, 20)
    words = ["capture", town, "--days", "9", "--out", str(out), "--json"]
    assert cli.main(words) == 130
    summary = json.loads(capsys.readouterr().out)
    assert summary["interrupted"] is True
    capture = load(out)
    ticks: Any = capture.arrays(["tick", "truncated"])
    last = capture.manifest["ticks"]
    assert 20 <= last == summary["ticks"] < 9 * 1440
    assert capture.complete
    assert ticks["truncated"].sum() == 8
    assert (ticks["truncated"] == (ticks["tick"] == last)).all()


def test_a_second_ctrl_c_stops_at_once(
    town: str, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    press_ctrl_c(monkeypatch, 20, times=2)
    assert cli.main(["capture", town, "--days", "9", "--out", str(out)]) == 130
    assert not list(out.iterdir()), "nothing was full yet, so that nothing was written"


def test_a_full_disk_gets_one_sentence(
    town: str, out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert cli.main(["capture", town, "--ticks", "5", "--out", str(out)]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == f"{out / 'steps-00000.parquet'}: No space left on device"
    assert not list(out.iterdir())
