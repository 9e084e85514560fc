"""`townlet snapshot` and going on from one, on a real, small town."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from townlet import Simulation, cli
from townlet.snapshot import inspect, read, write

TOWN = "config_id: tiny\nworld: {agents: 8}\n"


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "town.yaml"
    path.write_text(TOWN)
    return path


def output(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert cli.main([*words, "--json"]) == code
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def save(folder: Path, name: str, ticks: int, *more: str) -> str:
    path = str(folder / name)
    how = ["--ticks", str(ticks), "--seed", "3", "--out", path, *more]
    assert cli.main(["snapshot", "save", str(folder / "town.yaml"), *how]) == 0
    return path


def test_a_run_goes_on_from_a_saved_one(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = save(tmp_path, "a.safetensors", 40)
    on = output(capsys, "run", saved, "--ticks", "50", "--save", "b.safetensors", "--out", "run")
    whole = output(capsys, "hash", str(town), "--ticks", "90", "--seed", "3")
    assert on["state_hash"] == whole["state_hash"]
    assert on["seed"] == 3
    assert output(capsys, "snapshot", "inspect", "b.safetensors")["tick"] == 90
    assert json.loads(Path("run/summary.json").read_text())["state_hash"] == on["state_hash"]


def test_a_run_goes_on_from_a_file_of_any_name(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = save(tmp_path, "noon.v2", 4)
    assert saved.endswith("noon.v2")
    assert output(capsys, "run", saved, "--ticks", "1", "--save", "on.v3")["ticks"] == 1
    assert inspect("on.v3").tick == 5


def test_a_place_that_the_config_forbids_is_refused_before_the_run(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    town.write_text(TOWN + "snapshot: {storage: {root: saves}}\n")
    (tmp_path / "saves").mkdir()
    assert cli.main(["run", str(town), "--ticks", "2", "--out", "r", "--record"]) == 0
    monkeypatch.setattr(Simulation, "run", None)
    capsys.readouterr()
    assert cli.main(["run", str(town), "--ticks", "90", "--save", "end"]) == 2
    assert "it lies outside the folders" in capsys.readouterr().err
    assert cli.main(["replay", "r", "--snapshot", "end"]) == 2
    assert "it lies outside the folders" in capsys.readouterr().err


def test_a_save_that_is_stopped_writes_what_there_is(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    true = Simulation.run

    def run(sim: Simulation, ticks: int) -> Simulation:
        true(sim, ticks)
        if sim.tick >= 20:
            signal.raise_signal(signal.SIGTERM)
        return sim

    monkeypatch.setattr(Simulation, "run", run)
    words = ["--ticks", "20M", "--out", "a"]
    page = output(capsys, "snapshot", "save", str(town), *words, code=130)
    assert 20 <= page["tick"] < 100
    assert inspect("a.safetensors").tick == page["tick"]


def test_what_a_snapshot_decides_no_option_does(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = save(tmp_path, "a.safetensors", 1)
    for option in ("--agents", "--towns", "--seed"):
        assert cli.main(["run", saved, option, "5"]) == 2
        assert f"{option} 5: the snapshot" in capsys.readouterr().err
    assert cli.main(["run", saved, "--strict"]) == 2
    assert "--strict is about warnings of a town's YAML file" in capsys.readouterr().err
    assert cli.main(["run", "none.safetensors"]) == 2
    assert "none.safetensors: there is no such file" in capsys.readouterr().err
    for out, why in (("no/a.safetensors", "there is no folder no"), (".", "this is a folder")):
        assert cli.main(["run", str(town), "--ticks", "1", "--save", out]) == 2
        assert why in capsys.readouterr().err


def test_inspect_shows_one_or_many(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = save(tmp_path, "a.safetensors", 3), save(tmp_path, "b.safetensors", 4)
    page = output(capsys, "snapshot", "inspect", first)
    assert (page["config_id"], page["tick"], page["clock"]) == ("tiny", 3, [0, 7, 3])
    assert page["bytes"] == Path(first).stat().st_size
    both = output(capsys, "snapshot", "inspect", first, second)["snapshots"]
    assert [p["tick"] for p in both] == [3, 4]
    assert cli.main(["snapshot", "inspect", first]) == 0
    told = capsys.readouterr()
    assert not told.out
    for word in ("day 0, 07:03", "tiny", page["state_hash"]):
        assert word in told.err


def test_validate_names_every_file_that_is_not_good(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = save(tmp_path, "a.safetensors", 3), tmp_path / "bad.safetensors"
    bad.write_bytes(Path(good).read_bytes()[:-1])
    assert cli.main(["snapshot", "validate", "--strict", good]) == 0
    capsys.readouterr()
    assert cli.main(["snapshot", "validate", good, str(bad)]) == 2
    told = capsys.readouterr().err
    assert "a.safetensors: good" in told
    assert "bad.safetensors: the file is damaged" in told
    other = tmp_path / "other.yaml"
    other.write_text(TOWN.replace("tiny", "other"))
    words = ["snapshot", "validate", good, "--strict", "--config", str(other)]
    assert cli.main(words) == 2
    assert "of config 'tiny'" in capsys.readouterr().err


def test_diff_leaves_with_one_when_something_differs(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = save(tmp_path, "a.safetensors", 30), save(tmp_path, "b.safetensors", 31)
    assert output(capsys, "snapshot", "diff", first, first) == {
        "same": True, "header": {}, "columns": [],
    }  # fmt: skip
    found = output(capsys, "snapshot", "diff", first, second, code=1)
    assert found["header"]["tick"] == [30, 31]
    level = next(c for c in found["columns"] if c["column"] == "Needs.level")
    assert (level["town"], level["entity"], level["label"]) == (0, 0, "hunger")
    assert cli.main(["snapshot", "diff", first, second]) == 1
    assert "Needs.level" in capsys.readouterr().err
    more = output(capsys, "snapshot", "diff", first, second, "--all", code=1)["columns"]
    assert len(more) > len(found["columns"])


def test_migrate_names_its_steps_in_the_file(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved, new = save(tmp_path, "a.safetensors", 30), tmp_path / "new.yaml"
    new.write_text(TOWN.replace("tiny", "new"))
    words = ["snapshot", "migrate", saved, "--config", str(new), "--out", "n.safetensors"]
    assert cli.main(words) == 2
    assert "no chain of migrations leads from 'tiny' to 'new'" in capsys.readouterr().err
    handler = "tests.townlet.cli.migration:to_new"
    new.write_text(
        TOWN.replace("tiny", "new")
        + f"snapshot: {{migrations: {{handlers: {{tiny: '{handler}'}}}}}}\n"
    )
    page = output(capsys, *words)
    assert page["migrations"] == ["tiny->new:to_new"]
    assert (page["config_id"], page["tick"]) == ("new", 30)
    assert page["state_hash"] == inspect(saved).state_hash


def test_export_writes_tables(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = save(tmp_path, "a.safetensors", 3)
    files = output(capsys, "snapshot", "export", saved, "--out", "x", "--table", "agent")["files"]
    assert files == ["x/header.json", "x/agent.parquet"]
    assert cli.main(["snapshot", "export", saved, "--out", "x", "--table", "agents"]) == 2
    assert "did you mean 'agent'" in capsys.readouterr().err
    assert cli.main(["snapshot", "export", saved, "--out", "x", "--format", "xml"]) == 2


@pytest.mark.parametrize("form", ["parquet", "json"])
def test_an_export_onto_a_full_disk_names_the_file(
    town: Path,
    tmp_path: Path,
    form: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(path: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    saved = save(tmp_path, "a.safetensors", 3)
    monkeypatch.setattr(Path, "write_bytes", full)
    capsys.readouterr()
    assert cli.main(["snapshot", "export", saved, "--out", "e", "--format", form]) == 1
    assert capsys.readouterr().err.endswith(f".{form}: No space left on device\n")
    assert [path.name for path in Path("e").iterdir()] == ["header.json"]


def test_a_run_saves_as_its_config_says(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town.write_text(TOWN + "snapshot: {autosave: {cadence_ticks: 100, retain: 2}}\n")
    summary = output(capsys, "run", str(town), "--ticks", "300")
    files = [Path(file) for file in summary["snapshots"]["files"]]
    assert [inspect(file).tick for file in files] == [200, 300]
    assert files[0].parent.parent == Path("snapshots")
    assert summary["snapshots"]["failed"] == 0
    assert inspect(files[1]).state_hash == summary["state_hash"]


def test_a_snapshot_that_cannot_be_written_fails_the_run_not_its_report(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("townlet.snapshot.tensors.os.fsync", full)
    town.write_text(TOWN + "snapshot: {autosave: {cadence_ticks: 100}}\n")
    assert cli.main(["run", str(town), "--ticks", "250", "--out", "run", "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["snapshots"] == {"files": [], "failed": 2}
    assert told.err.count("not saved:") == 1
    assert cli.main(["run", str(town), "--ticks", "9", "--out", "run", "--save", "b"]) == 1
    assert "b.safetensors: it cannot be written (No space left" in capsys.readouterr().err
    assert json.loads(Path("run/summary.json").read_text())["ticks"] == 9


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_stopped_saves_first(
    town: Path, tmp_path: Path, number: signal.Signals
) -> None:
    town.write_text(TOWN + "snapshot: {autosave: {cadence_ticks: 1000000000}}\n")
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from townlet import cli; sys.exit(cli.main(sys.argv[1:]))"
    )
    running = subprocess.Popen(
        [
            sys.executable,
            "-c",
            code,
            "run",
            str(town),
            "--days",
            "100000",
            "--save",
            "end",
            "--json",
        ],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    # It keeps its own handler only while it runs; before that, a signal ends it at once.
    catches = 1 << (number - 1)
    status = Path(f"/proc/{running.pid}/status")
    if not status.exists():
        pytest.skip("whether a process is ready for signals is read off /proc")
    while running.poll() is None and not _caught(status) & (1 << (signal.SIGTERM - 1)) & ~0:
        time.sleep(0.05)
    assert _caught(status) & catches
    time.sleep(0.5)
    running.send_signal(number)
    out, _ = running.communicate(timeout=120)
    assert running.returncode == 130
    summary = json.loads(out)
    assert summary["ticks"] > 1
    (saved,) = summary["snapshots"]["files"]
    for file in (tmp_path / saved, tmp_path / "end.safetensors"):
        header = inspect(file)
        assert (header.tick, header.state_hash) == (summary["ticks"], summary["state_hash"])


def _caught(status: Path) -> int:
    """Signals that a process has a handler for, as bits."""
    line = next(line for line in status.read_text().splitlines() if line.startswith("SigCgt"))
    return int(line.split()[1], 16)


def test_a_newer_file_is_refused_in_a_sentence(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contents = read(save(tmp_path, "a.safetensors", 1))
    contents.header.format = "7.0"
    path = write(contents, tmp_path / "new")
    for words in (["run"], ["snapshot", "inspect"], ["snapshot", "validate"]):
        assert cli.main([*words, str(path)]) == 2
        assert "its format is 7.0, and this Townlet knows 1.0" in capsys.readouterr().err
