"""Affordances against their slow twin, and what must hold in whole towns."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from tests.oracle import affordances as slow
from tests.oracle.town import KINDS, Town, affordance_events, look, make, scramble, tick, twin

from townlet.config import SimulationConfig
from townlet.simulation import Simulation


@pytest.mark.parametrize("policy", ["scripted", "random"])
def test_starts_and_finishes_equal_the_slow_twin(policy: str, tmp_path: Path) -> None:
    happened: Counter[tuple[str, int]] = Counter()
    for kind in KINDS:
        sim = make(kind, tmp_path, seed=4, policy=policy)
        luck, seen = random.Random(kind), list[Town]()
        watch = {
            "finish_affordances": twin(sim, slow.finish, seen),
            "interrupt_uses": twin(sim, slow.interrupt, seen),
            "start_affordances": twin(sim, slow.start, seen),
        }
        for k in range(300):
            if k % 3 == 2:
                scramble(sim, luck)
            tick(sim, watch)
            assert sim.money() == [0]
        for town in seen:
            for what, *_, value in town.events:
                happened[what, value if what == "affordance_fail" else 0] += 1
    failures = {reason for what, reason in happened if what == "affordance_fail"}
    assert {slow.FUNDS, slow.STOCK, slow.PRECONDITION, slow.CLOSED} <= failures
    assert {slow.POWER_OFF, slow.WATER_OFF} <= failures
    assert happened["affordance_start", 0] > 100
    assert happened["affordance_finish", 0] > 100


def test_systems_one_by_one_are_a_tick(tmp_path: Path) -> None:
    """What the twins look at is the town that `run` runs."""
    alone, watched = (make("districts", tmp_path, seed=2) for _ in range(2))
    alone.run(60)
    for _ in range(60):
        tick(watched)
    assert alone.hash() == watched.hash()
    assert alone.clock == watched.clock


def test_nothing_is_used_from_afar() -> None:
    """Eating, washing, sleeping start beside a real object, by the agent who holds it."""
    sim = Simulation.from_config(SimulationConfig(), agents=64, seed=1)
    uses = [use.id for use in sim.blueprint.manifest.affordances]
    started: Counter[str] = Counter()
    for _ in range(1440):
        sim.run(1)
        starts = [event for event in affordance_events(sim) if event[0] == "affordance_start"]
        town = look(sim) if starts else None
        for _, slot, _, number, use in starts:
            assert town is not None
            agent = town.agents[slot]
            started[uses[use]] += 1
            if number < 0:
                assert uses[use] == "eat_meal"
                continue
            thing = town.things[number]
            here = town.rules.ground.position(agent.district, agent.tile)
            there = town.rules.ground.position(thing.district, thing.tile)
            assert abs(here[0] - there[0]) + abs(here[1] - there[1]) <= 1
            assert thing.type == town.rules.use[uses[use]].object_type
            assert thing.holder == slot
            assert thing.in_use
    assert all(started[use] > 20 for use in ("eat_meal", "use_shower", "rest_sleep", "cook_meal"))
    assert sim.dropped()["events"] == 0


def test_an_object_is_never_reserved_by_nobody(tmp_path: Path) -> None:
    """After every tick, deaths included, holder and queue agree from both sides."""
    sim = make("homes", tmp_path, agents=16, seed=6, policy="random")
    luck = random.Random(6)
    for k in range(200):
        if k % 25 == 0:
            scramble(sim, luck)
        if k % 10 == 9:
            sim.kill(luck.choice([a.slot for a in look(sim).agents if a.alive]))
            sim.spawn()
        sim.run(1)
        town = look(sim)
        for thing in town.things:
            members = [*thing.ring, *([] if thing.holder is None else [thing.holder])]
            assert len(members) == len(set(members))
            for slot in members:
                assert town.agents[slot].alive
                assert town.agents[slot].queue == thing.number
                assert town.agents[slot].holding == (slot == thing.holder)
            using = [a.slot for a in town.agents if a.using == thing.number]
            assert using == ([thing.holder] if thing.in_use else [])
        queued = [agent for agent in town.agents if agent.queue is not None]
        assert len(queued) == sum(len(t.ring) + (t.holder is not None) for t in town.things)
