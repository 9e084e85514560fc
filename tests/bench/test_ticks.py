"""A case runs, and its results become the tables of bench/README.md. No time is asserted."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bench.case import FOLDER, load_case
from bench.report import BEGIN, END, README, load, merge, tables, update_readme
from bench.ticks import measure

from townlet.profiling.machine import machine


@pytest.fixture(scope="module")
def result() -> dict[str, Any]:
    case = dataclasses.replace(
        load_case(FOLDER / "agents-8.yaml"), at=("03:00", "08:00"), window=1, windows=2, days=1
    )
    said: list[str] = []
    found = measure(case, threads=1, say=said.append)
    assert said == [
        f"{case.title}: {what}" for what in ("building", "day 1, 03:00", "day 1, 08:00")
    ]
    return {**found, "run": "2026-01-01T00:00:00Z", "machine": machine()}


def test_a_case_is_timed_at_its_times_of_day(result: dict[str, Any]) -> None:
    assert [entry["at"] for entry in result["times"]] == ["03:00", "08:00"]
    assert (result["agents"], result["towns"], result["threads"]) == (8, 1, 1)
    assert result["layer"] == "serial"
    assert len(result["config_hash"]) >= 12
    assert result["bytes_per_agent"] > 0
    slow = max(result["times"], key=lambda entry: entry["ns_per_agent"])
    assert result["slowest"] == slow["at"]
    for entry in result["times"]:
        assert entry["windows"] == 2
        assert "drain_needs" in entry["systems"]
        assert all(ns >= 0 for ns in entry["systems"].values())
        each = entry["us_per_tick"] * 1000 / 8
        assert entry["ns_per_agent"] == pytest.approx(each, rel=1e-3)
        assert entry["agent_ticks_per_s"] == pytest.approx(1e9 / each, rel=1e-3)


def test_a_large_observed_town_lives_unseen_until_it_is_timed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = dataclasses.replace(
        load_case(FOLDER / "agents-8-observed.yaml"), at=("08:00",), window=2, windows=2, days=1
    )
    seen = measure(case, threads=1)
    monkeypatch.setattr("bench.ticks._LARGE", 8)
    monkeypatch.setattr("bench.ticks._WARM", 0)
    unseen = measure(case, threads=1)
    assert unseen["state_hash"] == seen["state_hash"]
    assert unseen["times"][0]["systems"]["write_features"] > 0


def test_results_become_tables_between_the_marks(result: dict[str, Any], tmp_path: Path) -> None:
    readme, results = tmp_path / "README.md", tmp_path / "results.json"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    merge(results, {**result, "agent_ticks": 1})
    merge(results, result)
    assert json.loads(results.read_text()) == {"agents-8": result}
    update_readme(readme, results)
    text = readme.read_text()
    assert text.startswith(f"before\n{BEGIN}\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text
    assert f"| `agents-8` | {result['slowest']} (slowest) |" in text
    update_readme(readme, results)
    assert readme.read_text() == text


def test_cost_per_agent_is_compared_within_one_run_only(result: dict[str, Any]) -> None:
    kept = {
        "agents-10k": {**result, "case": "agents-10k"},
        "agents-1m": {**result, "case": "agents-1m"},
    }
    assert "| 1.00x |" in "\n".join(tables(kept))
    kept["agents-1m"]["run"] = "2026-01-02T00:00:00Z"
    assert "measured in different runs" in "\n".join(tables(kept))


def test_a_start_is_told_by_part_and_by_kernel_with_what_was_started() -> None:
    kernels = {f"k{n:02}": float(n) for n in range(20)}
    start = {
        "case": "start", "run": "2026-01-02T03:04:05Z", "machine": machine(), "threads": 1,
        "cold_s": 30.0, "later_s": 2.0, "config_hash": "abcdef0123456789",
        "cold": {"parts": {"config": 0.1, "kernels": 29.9}, "kernels": kernels},
        "later": {"parts": {"config": 0.1, "kernels": 1.9}, "kernels": {"k19": 0.5}},
    }  # fmt: skip
    lines = tables({"start": start})
    at = lines.index("### Starts")
    rows = [line for line in lines[at:] if line.startswith("| ")]
    assert rows[1:4] == [
        "| kernels | 29.90 | 1.90 |", "| config | 0.10 | 0.10 |", "| `k19` | 19.00 | 0.50 |",
    ]  # fmt: skip
    assert len(rows) == 1 + 2 + 12
    (where,) = [line for line in lines[at:] if line.startswith("2026-01-02; ")]
    assert ", 1 thread," in where
    assert "config `abcdef012345`" in where
    del start["config_hash"]
    assert "### Starts" not in tables({"start": start})


def test_without_results_nothing_is_claimed() -> None:
    text = "\n".join(tables({}))
    assert "not measured yet" in text
    assert "M agent-ticks/s |" not in text.replace("6 M agent-ticks/s |", "")


def test_lost_marks_are_an_error(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("nothing\n")
    with pytest.raises(ValueError, match="lost its marks"):
        update_readme(readme, tmp_path / "none.json")


def test_the_committed_tables_are_those_of_the_kept_results() -> None:
    block = README.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert block.strip().splitlines() == "\n".join(tables(load())).strip().splitlines()


def test_an_unknown_case_is_a_sentence_and_exit_code_2() -> None:
    command = [sys.executable, "-m", "bench.ticks", "--case", "agents-9"]
    root = Path(__file__).parents[2]
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert "there is no case 'agents-9'" in done.stderr
    assert "Traceback" not in done.stderr
