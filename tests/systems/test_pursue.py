"""Option controllers against their slow twin."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from tests.oracle import controllers as slow
from tests.oracle.society import LIVELY, entangle
from tests.oracle.town import KINDS, Town, look, make, scramble, tick, twin


@pytest.mark.parametrize("policy", ["scripted", "random"])
def test_primitives_equal_the_slow_twin(policy: str, tmp_path: Path) -> None:
    emitted: Counter[str] = Counter()
    lined_up = errands = talking = 0
    for kind in KINDS:
        sim = make(kind, tmp_path, agents=16, seed=8, policy=policy, **LIVELY)
        luck, seen = random.Random(kind), list[Town]()
        for k in range(150):
            if k % 25 == 5:
                scramble(sim, luck)
                entangle(sim, luck)
            tick(sim, {"pursue_options": twin(sim, slow.pursue, seen)})
        for town in seen:
            for agent in town.agents:
                emitted[agent.primitive.partition(":")[0]] += 1
                emitted[agent.option] += agent.primitive.startswith("move")
                lined_up += agent.queue is not None and not agent.holding
                errands += town.society.errand(agent.slot, town.tick) is not None
                talking += town.society.partner[agent.slot] is not None
    walks = {f"move_{side}" for side in slow.SIDES}
    assert walks | {"wait", "use_item", "leave", "interact"} <= emitted.keys()
    assert {"talk", "go_to_work", "socialise"} <= (+emitted).keys()
    assert min(lined_up, errands, talking) > 0


def test_an_agent_walks_to_its_object_by_a_shortest_way(tmp_path: Path) -> None:
    """Across districts too: every step is one tile nearer, until the object is in reach."""
    sim = make("districts", tmp_path, agents=3, seed=1)
    sim.column("Orders.possessed")[:] = True
    ground = look(sim).rules.ground
    things = [t.number for t in look(sim).things if not t.private]
    luck = random.Random(5)
    crossed = 0
    for number in luck.sample(things, 6):
        district = int(sim.plan.object_district[number])
        goal = ground.reach(number)
        sim.column("Intent.target")[0] = number
        sim.column("Intent.affordance")[0] = 0
        agent = look(sim).agents[0]
        walk = ground.distance((agent.district, agent.tile), district, goal)
        assert walk is not None
        crossed += agent.district != district
        ticks = 0
        while agent.district != district or agent.tile not in goal:
            sim.run(1)
            agent = look(sim).agents[0]
            ticks += 1
        # Between districts the distance is measured by each gate's first tile: not exact.
        slack = 8 if crossed else 0
        assert abs(ticks - walk) <= slack
        sim.column("Intent.target")[0] = -1
        sim.run(2)
    assert crossed > 0


def test_who_changes_its_option_stops_what_it_is_doing(tmp_path: Path) -> None:
    """A need that becomes critical breaks a commitment, and with it the affordance (SPEC §12)."""
    sim = make("homes", tmp_path, agents=4, seed=1)
    while not any(agent.running == "rest_sleep" for agent in look(sim).agents):
        sim.column("Needs.level")[:] = [0.9, 0.9, 0.2]
        sim.run(1)
    sleeper = next(a.slot for a in look(sim).agents if a.running == "rest_sleep")
    sim.column("Needs.level")[sleeper] = [np.float32(0.15), 0.9, 0.2]
    sim.run(3)
    agent = look(sim).agents[sleeper]
    assert agent.option == "get_fed"
    assert agent.running != "rest_sleep"
