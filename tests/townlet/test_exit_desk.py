"""The exit desk: the line of those who have to leave, and orders about employment exits."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.oracle.town import make

from townlet.errors import UserError
from townlet.simulation import Simulation
from townlet_components.incidents import ACTIVE

_NO_CAP: dict[str, Any] = {"lifecycle.max_exits_per_day": 50, "lifecycle.exit_cooldown_ticks": 0}


def town(folder: Path, **keys: Any) -> Simulation:
    return make("homes", folder, agents=6, seed=1, **{"employment.daily_exit_cap": 0, **keys})


def kinds(sim: Simulation) -> list[tuple[str, int, int]]:
    """Events of exits of the last tick: (kind, agent, value)."""
    events = sim.events().select("kind", "agent", "value").rows()
    return [event for event in events if event[0].startswith(("employment_exit", "agent_"))]


def test_a_requested_exit_takes_place_in_its_turn(tmp_path: Path) -> None:
    sim = town(tmp_path, **{"lifecycle.exit_cooldown_ticks": 20})
    sim.request_exit(4)
    sim.request_exit("ada")
    sim.run(1)
    [waiting] = sim.exit_queue()
    gone = ({0, 4} - {waiting.agent}).pop()
    assert (waiting.cause, waiting.due, waiting.review) == ("employment", sim.tick, "requested")
    assert sorted(kinds(sim)) == [
        ("agent_removed", gone, 6),
        ("employment_exit_manual_request", 0, 0),
        ("employment_exit_manual_request", 4, 0),
        ("employment_exit_pending", 0, 1),
        ("employment_exit_pending", 4, 2),
        ("employment_exit_processed", gone, 0),
    ]
    sim.run(19)
    assert len(sim.exit_queue()) == 1
    sim.run(1)
    assert sim.exit_queue() == []
    assert ("agent_removed", waiting.agent, 6) in kinds(sim)
    assert sim.column("ExitCounts.by_cause")[0].tolist() == [0, 0, 0, 0, 0, 0, 2, 0]


def test_the_queue_is_shown_in_the_order_people_leave(tmp_path: Path) -> None:
    sim = town(tmp_path, **{"lifecycle.max_exits_per_day": 0})
    for slot in (5, 2, 3, 0):
        sim.request_exit(slot)
    sim.run(1)
    order = [pending.agent for pending in sim.exit_queue()]
    assert sorted(order) == [0, 2, 3, 5]
    sim.column("LifecycleRules.cap_count")[0] = 50
    sim.column("LifecycleRules.cooldown")[0] = 1
    left = []
    for _ in order:
        sim.run(1)
        left += [agent for kind, agent, _ in kinds(sim) if kind == "agent_removed"]
    assert left == order


def test_deferred_and_approved_exits(tmp_path: Path) -> None:
    sim = town(tmp_path, **{"lifecycle.max_exits_per_day": 0})
    for slot in (1, 2, 3):
        sim.request_exit(slot)
    sim.run(1)
    sim.defer_exit(1)
    sim.approve_exit(2)
    sim.run(1)
    assert ("employment_exit_deferred", 1, 2) in kinds(sim)
    assert {p.agent: p.review for p in sim.exit_queue()} == {2: "approved", 3: "requested"}
    assert sim.column("ExitCounts.pending").tolist() == [2]
    with pytest.raises(UserError, match="agent 1 of town 0 has no pending exit"):
        sim.approve_exit(1)


def test_nobody_leaves_in_a_blackout_and_its_grace(tmp_path: Path) -> None:
    """A tenant in arrears, at the day boundary, while the power is out and for the grace after."""
    sim = town(tmp_path, **{**_NO_CAP, "perturbations.grace_window_ticks": 10})
    state = sim.column("Incidents.state")
    sim.run(1440 - 420 - 2)
    state[0], sim.column("Incidents.ends")[0] = ACTIVE, 1_000_000
    sim.column("Debt.days")[1], sim.column("Debt.arrears")[1] = 5, 9_000_000
    sim.run(1)
    assert sim.clock[1:] == (0, 0)
    assert [(p.agent, p.cause) for p in sim.exit_queue()] == [(1, "eviction")]
    sim.run(4)
    state[0] = 0
    sim.run(10)
    assert sim.column("Departures.count").tolist() == [0]
    sim.run(1)
    assert sim.column("Departures.count").tolist() == [1]
    assert sim.column("ExitCounts.by_cause")[0, 3] == 1


@pytest.mark.parametrize(
    ("agent", "where", "sentence"),
    [
        (9, 0, "agent is 9; it must be between 0 and 5"),
        ("nobody", 0, "no agent is called 'nobody'"),
        (2, 7, "town is 7; it must be between 0 and 0"),
    ],
)
def test_wrong_agents_get_a_sentence(
    tmp_path: Path, agent: int | str, where: int, sentence: str
) -> None:
    sim = town(tmp_path)
    for order in (sim.request_exit, sim.approve_exit, sim.defer_exit):
        with pytest.raises(UserError, match=re.escape(sentence)):
            order(agent, where)


def test_only_employment_exits_are_reviewed(tmp_path: Path) -> None:
    sim = town(tmp_path)
    sim.column("Exits.due")[2], sim.column("Exits.cause")[2] = 1, 3
    with pytest.raises(UserError, match="agent 2 of town 0 leaves for eviction; only employment"):
        sim.defer_exit(2)
    with pytest.raises(UserError, match="town is 3; it must be between 0 and 0"):
        sim.exit_queue(3)


@pytest.mark.parametrize(
    ("key", "value"),
    [("features.systems.lifecycle", "off"), ("employment.enforce_job_loop", False)],
)
def test_no_requests_where_there_are_no_employment_exits(
    tmp_path: Path, key: str, value: object
) -> None:
    sim = town(tmp_path, **{key: value})
    with pytest.raises(UserError, match=f"town 0 has no employment exits; {key} is off"):
        sim.request_exit(1)


def test_exits_do_not_depend_on_rows(tmp_path: Path) -> None:
    hashes = set()
    for seed in (None, 3):
        order = None if seed is None else np.random.default_rng(seed).permutation(6)
        sim = make("homes", tmp_path, agents=6, seed=1, row_order=order, **_NO_CAP)
        for slot in (1, 2, 5):
            sim.request_exit(slot)
        sim.run(25)
        hashes.add(sim.hash())
    assert len(hashes) == 1
