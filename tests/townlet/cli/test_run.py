"""`townlet run` on a fake town: what it asks for, prints, writes and leaves with."""

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from townlet import cli
from townlet.cli import run as command
from townlet.cli.console import people
from townlet.config import SimulationConfig
from townlet.errors import UserError

from ..fakes import FakeTown

KEYS = [
    "config_id", "seed", "towns", "agents", "ticks", "wall_s", "first_tick_s", "ticks_per_s",
    "agent_ticks_per_s", "state_hash", "dropped", "kpis", "systems",
]  # fmt: skip


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> FakeTown:
    """Let `townlet run` find a fake town behind any config, and draw no picture."""
    fake = FakeTown()
    asked: dict[str, Any] = {}

    def build(
        config: Any, towns: int, seed: int | None, agents: int | None, *rest: Any
    ) -> FakeTown:
        asked.update(towns=towns, seed=seed, agents=agents, rest=list(rest[:2]))
        return fake

    monkeypatch.setattr(command, "load", lambda *_: fake.config)
    monkeypatch.setattr(command, "build", build)
    monkeypatch.setattr(
        "townlet.report.pictures.draw_town", lambda subject, path: path.write_bytes(b"map")
    )
    fake.config.asked = asked
    return fake


def test_json_is_one_object_with_exactly_the_documented_keys(
    town: FakeTown, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", "town.yaml", "--ticks", "100", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert list(summary) == KEYS
    assert summary["ticks"] == 100
    assert summary["state_hash"] == "0000000000000b20"
    assert summary["dropped"] == {"queues": 0, "events": 2}
    assert summary["systems"]["move"] == {"ns_per_tick": 1000.0, "ns_per_agent": 62.5}
    assert summary["agent_ticks_per_s"] == pytest.approx(16 * summary["ticks_per_s"], rel=1e-3)


def test_a_day_is_the_default_length(town: FakeTown) -> None:
    assert cli.main(["run", "town.yaml"]) == 0
    assert town.tick == 1440


def test_days_are_1440_ticks(town: FakeTown) -> None:
    assert cli.main(["run", "town.yaml", "--days", "3"]) == 0
    assert town.tick == 3 * 1440


def test_without_a_seed_the_config_decides(town: FakeTown) -> None:
    assert cli.main(["run", "town.yaml", "--ticks", "1"]) == 0
    assert town.config.asked["seed"] is None


def test_the_manifest_a_config_names_is_reloaded_between_chunks_and_counted(
    town: FakeTown, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town.config.affordances.affordances_file = "own[1].yaml"
    town.manifest = [False, True, UserError("own.yaml:3: [no] such key"), True]
    out = tmp_path / "run"
    assert cli.main(["run", "town.yaml", "--ticks", "900", "--out", str(out), "--json"]) == 0
    told = capsys.readouterr()
    assert re.sub(r"tick \d+", "tick T", told.err).splitlines() == [
        "reloaded own[1].yaml at tick T",
        "not reloaded: own.yaml:3: [no] such key",
        "reloaded own[1].yaml at tick T",
    ]
    assert town.tick == 900
    assert json.loads(told.out)["reloads"] == 2
    assert json.loads((out / "summary.json").read_text())["reloads"] == 2


def test_the_built_in_manifest_is_not_looked_at(
    town: FakeTown, capsys: pytest.CaptureFixture[str]
) -> None:
    town.manifest = [True]
    assert cli.main(["run", "town.yaml", "--ticks", "9", "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)) == KEYS
    assert town.manifest == [True]


def test_square_brackets_in_names_are_shown(
    town: FakeTown, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town.config.config_id = "town [red]"
    out = tmp_path / "[blue]"
    assert cli.main(["run", "town.yaml", "--ticks", "9", "--out", str(out)]) == 0
    told = capsys.readouterr().err
    assert "town [red]" in told
    assert f"Wrote {out}:" in told


def test_a_run_of_one_tick_shows_no_empty_timings(
    town: FakeTown, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", "town.yaml", "--ticks", "1"]) == 0
    assert "Slowest systems" not in capsys.readouterr().err


def test_options_reach_the_simulation(town: FakeTown) -> None:
    size = ["--agents", "5", "--towns", "7", "--ticks", "1"]
    rest = ["--seed", "9", "--threads", "2", "--policy", "random"]
    assert cli.main(["run", "town.yaml", *size, *rest]) == 0
    assert town.config.asked == {"agents": 5, "towns": 7, "seed": 9, "rest": [2, "random"]}


def test_ticks_and_days_together_are_refused(
    town: FakeTown, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", "town.yaml", "--days", "1", "--ticks", "5"]) == 2
    assert capsys.readouterr().err.startswith("--ticks and --days")
    assert town.tick == 0


@pytest.mark.parametrize("words", [["--agents", "0"], ["--ticks", "-1"], ["--seed", "-3"]])
def test_out_of_range_options_are_the_users_error(town: FakeTown, words: list[str]) -> None:
    assert cli.main(["run", "town.yaml", *words]) == 2


def test_people_get_tables_on_stderr_and_stdout_stays_empty(
    town: FakeTown, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", "town.yaml", "--ticks", "30"]) == 0
    told = capsys.readouterr()
    assert not told.out
    for word in ("fake_town", "Day 0 07:30", "population", "drain_needs", "events 2"):
        assert word in told.err


def test_ctrl_c_ends_the_tick_writes_what_there_is_and_exits_130(
    town: FakeTown, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town.interrupt_at = 50
    out = tmp_path / "run"
    assert cli.main(["run", "town.yaml", "--days", "9", "--out", str(out), "--json"]) == 130
    summary = json.loads(capsys.readouterr().out)
    assert 50 <= summary["ticks"] == town.tick < 9 * 1440
    assert json.loads((out / "summary.json").read_text()) == summary


def test_out_holds_summary_kpis_and_pictures(town: FakeTown, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "run"
    assert cli.main(["run", "town.yaml", "--days", "2", "--out", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "kpis.parquet", "kpis.png", "needs.png", "summary.json", "town.png",
    ]  # fmt: skip
    assert pl.read_parquet(out / "kpis.parquet").select("town", "day").rows() == [
        (0, 0), (1, 0), (0, 1), (1, 1),
    ]  # fmt: skip


def test_an_earlier_run_may_be_overwritten(town: FakeTown, tmp_path: Path) -> None:
    for _ in range(2):
        assert cli.main(["run", "town.yaml", "--ticks", "9", "--out", str(tmp_path)]) == 0
    assert json.loads((tmp_path / "summary.json").read_text())["ticks"] == 9


def test_a_folder_that_is_no_run_is_refused_before_anything_runs(
    town: FakeTown, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    assert cli.main(["run", "town.yaml", "--out", str(tmp_path)]) == 2
    assert str(tmp_path) in capsys.readouterr().err
    assert town.tick == 0


def test_a_full_disk_costs_the_folder_and_not_the_numbers(
    town: FakeTown,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    assert cli.main(["run", "town.yaml", "--ticks", "9", "--out", str(tmp_path), "--json"]) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["ticks"] == 9
    assert "No space left on device" in told.err


def test_strict_makes_the_first_warning_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    warned = SimulationConfig()
    told = property(lambda config: ["town.yaml:4: too many beds.", "more"])
    monkeypatch.setattr(SimulationConfig, "warnings", told)
    monkeypatch.setattr("townlet.load_config", lambda path: warned)
    with pytest.raises(UserError, match="too many beds"):
        command.load(Path("town.yaml"), True, people())
    loaded: object = command.load(Path("town.yaml"), False, people())
    assert loaded is warned


def test_a_scenario_says_how_long_it_runs_unless_the_command_does() -> None:
    assert command.how_long(None, None, 40) == 40
    assert command.how_long(7, None, 40) == 7
    assert command.how_long(None, 2, 40) == 2880
    assert command.how_long(None, None) == 1440
