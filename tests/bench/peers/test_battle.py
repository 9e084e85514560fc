"""A town beside MAgent2: units are kept apart; the numbers of this run do not matter."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from bench.peers import battle


def test_a_row_per_size_and_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []

    def peer(python: Path, module: str, *arguments: str) -> dict[str, Any]:
        asked.append((module, *arguments))
        return {"agent_steps_per_s": 1000.0}

    monkeypatch.setattr(battle, "run_peer", peer)
    monkeypatch.setattr(battle, "ticks_of", lambda agents: 3)
    said: list[str] = []
    rows = battle.measure(Path(sys.executable), [8], 2, "compact", 1, said.append)
    assert [(row["agents"], row["unit"]) for row in rows] == [(8, u) for u in battle.UNITS]
    assert asked == [("magent2_battle", "8", "40", unit) for unit in battle.UNITS for _ in "12"]
    for row in rows:
        assert row["magent2"] == 1000
        assert row["ratio"] == pytest.approx(row["townlet"] / 1000, rel=0.5)
    assert "8 agents, policy, turn 2 of 2" in said


def test_the_network_decides_in_the_town() -> None:
    sim = battle.lived_in(8, "compact", 1)
    step = battle.stepper(sim, "policy")
    for _ in range(20):
        step()
    assert sim.tick == 80
    assert sim.column("Orders.masked").sum() == 0, "only what is open was chosen"
    assert (sim.column("Intent.option") >= 0).all()


@pytest.mark.parametrize(("agents", "steps", "ticks"), [(4000, 40, 400), (10**6, 2, 6)])
def test_turns_are_long_enough_and_not_too_long(agents: int, steps: int, ticks: int) -> None:
    assert (battle.steps_of(agents), battle.ticks_of(agents)) == (steps, ticks)
