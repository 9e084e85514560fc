"""Verdicts on made-up measurements: hours of the day, ticks apart, drift, gates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.townlet.soak.runs import plan

from townlet.soak.journal import Journal
from townlet.soak.page import write_page
from townlet.soak.record import AFTER, CHECKED, DAY, FAULTED, HASHED, WRITING, Pages
from townlet.soak.verdict import _beside_its_hour, failed, summarise


def measured(ticks: int, growth: float = 0.0) -> Pages:
    """A millisecond a tick, two in the hour from 08:00, and memory that grows."""
    tick = np.arange(1, ticks + 1)
    ms = np.where((420 + tick) % 1440 // 60 == 8, 2.0, 1.0)
    sample = tick[tick % 60 == 0]
    return {
        "ns": (ms * 1e6).astype(np.int64),
        "cpu": (ms * 2e6).astype(np.int64),
        "flags": np.zeros(ticks, np.uint8),
        "sample_tick": sample,
        "rss": (1e9 * (1 + growth * sample / ticks)).astype(np.int64),
        "living": np.full(len(sample), 8),
    }


def judge(tmp_path: Path, pages: Pages, *entries: tuple[str, int, dict[str, Any]]) -> Any:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.add("start", 0)
    for kind, tick, more in entries:
        journal.add(kind, tick, **more)
    end = {"hash": "00", "why": "ticks", "dropped": {}}
    journal.add("end", len(pages["ns"]), **end)
    return summarise(plan(ticks=len(pages["ns"])), journal, pages, [])


def gate(summary: Any, name: str) -> Any:
    return next(found for found in summary["gates"] if found["name"] == name)


def test_ticks_are_told_by_hour_of_the_day(tmp_path: Path) -> None:
    summary = judge(tmp_path, measured(2880))
    hours = summary["tick_ms"]["hours"]
    assert len(hours) == 24
    assert (hours["08"]["p50"], hours["09"]["p50"], hours["08"]["ticks"]) == (2, 1, 120)
    assert gate(summary, "tick_p99")["value"] == 1
    assert not failed(summary)


def test_one_slow_tick_in_ten_shows_in_its_hour(tmp_path: Path) -> None:
    pages = measured(2880)
    pages["ns"][600:660:10] *= 9
    summary = judge(tmp_path, pages)
    found = gate(summary, "tick_p99")
    assert found["value"] > 5
    assert found["holds"] is False
    assert "(17:00)" in found["what"]
    assert found["processor"] == 1, "the machine's doing"
    assert not failed(summary), "it is told, and decides nothing"


def test_an_hour_of_another_day_is_no_measure(tmp_path: Path) -> None:
    """After many have died all ticks are quick; those of the days before were not slow for that."""
    pages = measured(2880)
    pages["ns"][1440:] //= 4
    summary = judge(tmp_path, pages)
    assert gate(summary, "tick_p99")["value"] == 1
    assert summary["tick_ms"]["hours"]["08"]["p99"] == 2


@pytest.mark.parametrize("start", [0, 17, 420, 1439])
def test_the_median_of_a_tick_is_that_of_its_own_hour(start: int) -> None:
    luck = np.random.default_rng(start)
    ms, plain = luck.random(500), luck.random(500) < 0.8
    number = (start + np.arange(1, 501)) // 60
    found = _beside_its_hour(ms, number, plain)
    for k in np.flatnonzero(plain):
        mine = ms[plain & (number == number[k])]
        assert found[k] == pytest.approx(ms[k] / np.median(mine))


def test_ticks_in_which_more_happens_stand_apart(tmp_path: Path) -> None:
    pages = measured(2880)
    for at, flag, times in (
        (1019, DAY, 3),
        (300, CHECKED, 50),
        (2459, DAY | CHECKED, 20),
        (7, FAULTED, 80),
    ):
        pages["flags"][at] |= flag
        pages["ns"][at] *= times
    save = {"ns": 6_000_000, "cpu_ns": 4_000_000, "tick_ns": 1, "bytes": 9, "written_ns": 8e9}
    summary = judge(tmp_path, pages, ("save", 500, save))
    apart = summary["tick_ms"]["apart"]
    assert apart["day"]["max_over_median"] == 3, "a check that falls into it is the soak's"
    assert apart["check"]["max_over_median"] == 50
    assert apart["fault"]["max_over_median"] == 80
    assert apart["save"] == {
        "ticks": 1, "p50": 7.0, "p99": 7.0, "max": 7.0, "over_median": 7.0,
        "p99_over_median": 7.0, "max_over_median": 7.0, "cpu_p99": 6.0, "cpu_p99_over_median": 3.0,
    }  # fmt: skip
    saves = summary["saves"]
    assert (saves["seconds_max"], saves["written_seconds_max"]) == (0.006, 8)
    assert gate(summary, "tick_save")["value"] == 7
    assert gate(summary, "tick_save")["processor"] == 3
    assert all(row["max"] <= 2 for row in summary["tick_ms"]["hours"].values())


@pytest.mark.parametrize(
    ("saves", "times", "holds"), [(19, 7, None), (20, 7, False), (20, 4, True)]
)
def test_a_kind_of_ticks_is_judged_when_there_are_enough(
    tmp_path: Path, saves: int, times: int, holds: bool | None
) -> None:
    cost = {"ns": (times - 1) * 1_000_000, "cpu_ns": 0, "tick_ns": 1, "bytes": 9}
    entries = [("save", 10 * (k + 13), cost) for k in range(saves)]
    summary = judge(tmp_path, measured(480), *entries)
    found = gate(summary, "tick_save")
    assert (found["value"], found["holds"]) == (times, holds), "told, whether judged or not"
    page = write_page(summary, [], {})
    assert ("too few ticks" in page) is (holds is None)
    assert page.count("too few samples") == 1, "of the memory"


def test_what_a_check_and_a_writer_leave_behind_stands_apart(tmp_path: Path) -> None:
    pages = measured(2880)
    pages["flags"][300], pages["flags"][301] = CHECKED, AFTER
    pages["flags"][501:701] = WRITING
    pages["flags"][600] |= HASHED
    pages["ns"][301] *= 9
    pages["ns"][501:502] *= 30
    pages["ns"][502:520] *= 4
    summary = judge(tmp_path, pages)
    apart = summary["tick_ms"]["apart"]
    assert (apart["after"]["ticks"], apart["after"]["max_over_median"]) == (1, 9)
    assert (apart["hash"]["ticks"], apart["writing"]["ticks"]) == (1, 199)
    assert gate(summary, "tick_writing")["value"] == 4, "not the slowest one"
    assert gate(summary, "tick_writing")["holds"] is True
    assert apart["writing"]["max_over_median"] == 30
    assert not any(entry["name"] == "tick_after" for entry in summary["gates"])


def test_without_processor_time_the_clock_is_told_alone(tmp_path: Path) -> None:
    pages = measured(2880)
    del pages["cpu"]
    summary = judge(tmp_path, pages, ("save", 500, {"ns": 6_000_000, "tick_ns": 1, "bytes": 9}))
    assert gate(summary, "tick_p99") | {"value": 1} == gate(summary, "tick_p99")
    assert gate(summary, "tick_p99")["processor"] is None
    assert summary["tick_ms"]["apart"]["save"]["cpu_p99"] is None
    assert json.dumps(summary, allow_nan=False)
    assert "in processor time" in write_page(summary, [], {})


@pytest.mark.parametrize(("growth", "holds"), [(0.0, True), (0.01, True), (0.05, False)])
def test_memory_that_grows_fails_the_soak(tmp_path: Path, growth: float, holds: bool) -> None:
    summary = judge(tmp_path, measured(5760, growth))
    assert gate(summary, "rss_drift")["holds"] is holds
    assert failed(summary) is not holds


def test_memory_is_judged_within_one_process(tmp_path: Path) -> None:
    pages = measured(5760)
    pages["rss"][pages["sample_tick"] <= 1000] //= 2
    summary = judge(tmp_path, pages, ("start", 1000, {}))
    assert summary["rss_drift"] == 0


def test_a_short_soak_is_not_judged_by_its_memory(tmp_path: Path) -> None:
    summary = judge(tmp_path, measured(300, 0.5))
    assert summary["rss_drift"] is None
    assert gate(summary, "rss_drift")["holds"] is None
    assert not failed(summary)


def test_the_page_escapes_what_it_shows(tmp_path: Path) -> None:
    summary = judge(tmp_path, measured(300))
    summary["config_id"] = "<b>&"
    page = write_page(summary, [("1", "deaths", "<script>")], {"Picture": b"png"})
    assert "<script>" not in page
    assert "Soak of &lt;b&gt;&amp;" in page
    assert "data:image/png;base64,cG5n" in page
    assert page.count("<table>") == page.count("</table>")
