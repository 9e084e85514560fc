"""The trace is valid trace-event JSON, and its events lie where the ticks were."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from townlet.profiling.trace import write_trace

from .made import samples_of


@pytest.fixture
def trace(tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "trace.json"
    first = samples_of([[300, 100], [400, 120]], started=5_000)
    first.collected[1, 1] = 7
    second = samples_of([[50, 60]], started=9_000_000)
    write_trace(path, [(first, 10, "08:00"), (second, 90, "19:00")], {"agents": 8})
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def complete(trace: dict[str, Any], category: str) -> list[dict[str, Any]]:
    return [e for e in trace["traceEvents"] if e["ph"] == "X" and e["cat"] == category]


def test_every_event_has_what_the_format_asks_for(trace: dict[str, Any]) -> None:
    assert trace["otherData"] == {"agents": "8"}
    for event in trace["traceEvents"]:
        assert event["ph"] in ("X", "M", "C")
        assert isinstance(event["name"], str)
        assert event["pid"] == 1
        if event["ph"] == "X":
            assert event["ts"] >= 0
            assert event["dur"] >= 0
            assert isinstance(event["tid"], int)
    named = {e["args"]["name"] for e in trace["traceEvents"] if e["ph"] == "M"}
    assert named == {
        "townlet", "ticks", "systems", "Python around systems",
        "garbage collection, moved to where its tick began",
    }  # fmt: skip


def test_ticks_and_systems_lie_where_they_were(trace: dict[str, Any]) -> None:
    ticks = complete(trace, "tick")
    assert [tick["name"] for tick in ticks] == ["tick 10", "tick 11", "tick 90"]
    assert [tick["args"]["at"] for tick in ticks] == ["08:00", "08:00", "19:00"]
    assert [tick["ts"] for tick in ticks] == [0, 0.44, 8995.0]
    assert [tick["dur"] for tick in ticks] == [0.44, 0.56, 0.15]
    systems = complete(trace, "system")
    assert [s["name"] for s in systems] == ["walk", "queue"] * 3
    for k, tick in enumerate(ticks):
        inside = systems[2 * k : 2 * k + 2]
        assert inside[0]["ts"] == pytest.approx(tick["ts"] + 0.02)
        assert inside[1]["ts"] == pytest.approx(inside[0]["ts"] + inside[0]["dur"])
        assert inside[1]["ts"] + inside[1]["dur"] <= tick["ts"] + tick["dur"]
    after = [e for e in complete(trace, "python") if e["name"] == "after"]
    assert after[0]["ts"] + after[0]["dur"] == pytest.approx(ticks[0]["ts"] + ticks[0]["dur"])


def test_events_of_a_track_lie_beside_each_other(trace: dict[str, Any]) -> None:
    for track in (1, 2, 3, 4):
        events = [e for e in trace["traceEvents"] if e["ph"] == "X" and e["tid"] == track]
        assert events
        for event, following in itertools.pairwise(events):
            assert event["ts"] + event["dur"] <= following["ts"] + 1e-9


def test_garbage_collection_is_an_event_of_the_tick_it_was_in(trace: dict[str, Any]) -> None:
    found = [e for e in trace["traceEvents"] if e["name"] == "garbage collection"]
    assert [(e["ts"], e["dur"]) for e in found] == [(0.44, 0.007)]


def test_no_tick_is_no_event(tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    write_trace(path, [], {})
    assert all(e["ph"] == "M" for e in json.loads(path.read_text())["traceEvents"])
