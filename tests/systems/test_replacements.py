"""Replacements: when and where they come, and that nothing stands in their way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.oracle.town import KINDS, look, make

from townlet.simulation import Simulation
from townlet.testing import check_invariants


def arrival_ticks(sim: Simulation, slots: list[int], most: int) -> dict[int, int]:
    """Ticks after which each of some vacant slots has somebody again."""
    found: dict[int, int] = {}
    for passed in range(1, most + 1):
        sim.run(1)
        for slot in slots:
            if slot not in found and sim.column("Identity.alive")[slot]:
                found[slot] = passed
    return found


def test_a_replacement_comes_5_to_20_ticks_later(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=40, seed=3)
    slots = list(range(0, 40, 2))
    for slot in slots:
        sim.kill(slot)
    sim.run(1)
    delays = arrival_ticks(sim, slots, 25)
    assert sorted(delays) == slots
    assert all(5 <= delay <= 20 for delay in delays.values())
    assert len(set(delays.values())) > 8, "each has its own"
    assert (sim.column("Replacements.at") == -1).all()
    assert sim.column("ExitCounts.arrived").tolist() == [20]
    assert sim.column("ExitCounts.by_cause")[0].tolist() == [0, 20, 0, 0, 0, 0, 0, 0]
    again = make("homes", tmp_path, agents=40, seed=3)
    again.kill(38)
    again.run(1)
    assert arrival_ticks(again, [38], 25)[38] == delays[38], "no death shifts another's luck"


@pytest.mark.parametrize(("delay", "after"), [(0, 1), (1, 1), (7, 7)])
def test_the_delay_is_the_configs(tmp_path: Path, delay: int, after: int) -> None:
    keys = {"lifecycle.respawn_delay_ticks": delay}
    sim = make("homes", tmp_path, agents=3, seed=1, **keys)
    sim.kill(1)
    sim.run(1)
    assert arrival_ticks(sim, [1], 20) == {1: after}


@pytest.mark.parametrize("kind", KINDS)
def test_three_arrive_at_once_and_walk_on(tmp_path: Path, kind: str) -> None:
    """At the gate of the home district; nobody blocks the others."""
    keys = {"lifecycle.respawn_delay_ticks": 4}
    sim = make(kind, tmp_path, agents=6, seed=1, **keys)
    for slot in (0, 1, 2):
        sim.kill(slot)
    sim.run(4)
    sim.run(1)
    events = sim.events()
    assert events.filter(events["kind"] == "agent_respawn")["agent"].to_list() == [0, 1, 2]
    width, height = sim.plan.width, sim.plan.height
    start = {}
    for slot in (0, 1, 2):
        agent = look(sim).agents[slot]
        assert (agent.alive, agent.generation) == (True, 1)
        assert agent.district == sim.plan.home_district[slot]
        y, x = divmod(agent.tile, width)
        assert min(x, y, width - 1 - x, height - 1 - y) <= 1, "at the border"
        start[slot] = agent.tile
    sim.column("Needs.level")[:] = 0.3
    walked: set[int] = set()
    for _ in range(60):
        sim.run(1)
        now = look(sim).agents
        walked |= {slot for slot in start if now[slot].tile != start[slot]}
    assert walked == {0, 1, 2}
    assert sim.money() == [0]


def test_no_replacements_where_the_lifecycle_is_off(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=3, seed=1, **{"features.systems.lifecycle": "off"})
    sim.kill(1)
    sim.run(50)
    assert sim.column("Identity.alive").tolist() == [True, False, True]
    assert sim.spawn() == 1, "operators may send for somebody"
    sim.run(1)
    assert sim.column("Identity.alive").all()
    events = sim.events()
    assert events.filter(events["kind"] == "agent_spawned")["agent"].to_list() == [1]


def test_the_first_population_is_no_arrival(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=3, seed=1)
    assert sim.column("ExitCounts.arrived").tolist() == [0]
    kinds = set(sim.events()["kind"])
    assert not kinds & {"agent_spawned", "agent_respawn"}


def test_half_of_the_replacements_want_a_job(tmp_path: Path) -> None:
    keys = {"lifecycle.respawn_delay_ticks": 0}
    sim = make("homes", tmp_path, agents=200, seed=1, **keys)
    for slot in range(200):
        sim.kill(slot)
    sim.run(2)
    assert sim.column("Newcomers.count").tolist() == [200]
    wants = sim.column("Newcomers.job") == -1
    assert 70 < wants.sum() < 130
    assert (sim.column("Newcomers.job")[~wants] == -2).all()


def test_row_order_does_not_matter(tmp_path: Path) -> None:
    hashes = set()
    for seed in (None, 0, 1):
        order = None if seed is None else np.random.default_rng(seed).permutation(24)
        sim = make("districts", tmp_path, agents=12, seed=5, towns=2, row_order=order)
        for slot in (1, 4, 7, 8):
            sim.kill(slot, slot % 2)
        sim.run(30)
        hashes.add(sim.hash())
    assert len(hashes) == 1


def test_a_replacement_that_made_way_to_a_new_slot_has_come_like_any_other(tmp_path: Path) -> None:
    """It is of generation 0 there, and yet it is none of the first population."""
    sim = make("homes", tmp_path, agents=3, seed=1, **{"world.capacity": 4}).run(50)
    sim.kill(1)
    sim.run(1)
    assert sim.column("Replacements.at")[1] > sim.tick
    assert sim.spawn() == 1
    assert sim.column("Replacements.at")[3] > sim.tick, "it made way"
    told = []
    while not sim.column("Identity.alive")[3]:
        sim.run(1)
        told += [event["kind"] for event in sim.events().rows(named=True) if event["agent"] == 3]
    assert sim.column("Identity.generation")[3] == 0
    assert told[0] == "agent_respawn"
    assert sim.column("ExitCounts.arrived").tolist() == [2]
    check_invariants(sim)
