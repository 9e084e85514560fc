"""The small rules side by side."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Any

import pytest
from bench.peers import rules, small


def fake(digests: list[str]) -> Any:
    found = itertools.cycle(digests)

    def peer(python: Path, module: str, *arguments: str) -> dict[str, Any]:
        return {"agent_ticks_per_s": 50.0, "digest": next(found)}

    return peer


def test_rates_and_ratios(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small, "run_peer", fake(["a"]))
    row = small.compare(Path(sys.executable), 2, 1, lambda text: None)
    assert row["agents"] == 128
    assert row["loop"] == row["mesa"] == 50
    assert row["over_loop"] == row["over_mesa"] == row["townlet"] / 50 > 0


def test_peers_that_do_not_end_alike_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small, "run_peer", fake(["a", "b"]))
    with pytest.raises(RuntimeError, match="the rules differ"):
        small.compare(Path(sys.executable), 1, 1, lambda text: None)


def test_the_town_begins_with_the_needs_of_the_loop() -> None:
    sim = small.town(3)
    assert sim.tick == rules.DAY
    level = sim.column("Needs.level").reshape(3, 64, 3)
    assert level[:, :, :2].min() > 0.1
    assert (sim.column("Employment.position") < 0).all(), "nobody works"
    assert (sim.column("Ties.other") < 0).all(), "nobody has ties"
    assert small.ticks_of(1) == rules.DAY > small.ticks_of(64) > small.ticks_of(1024) >= 20
