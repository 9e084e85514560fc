"""Guardrails turn primitives into wait, are counted, and close no option (SPEC §12)."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from tests.oracle.town import Town, look, make, scramble, tick, twin

from townlet.errors import UserError

#: Bits of the guard and the primitives they forbid.
FORBIDS = {1: "move_", 2: "talk", 4: "buy", 8: "use_item", 16: "interact:"}


def guard(town: Town) -> None:
    for agent in town.agents:
        for bit, start in FORBIDS.items():
            if agent.guard & bit and agent.primitive.startswith(start):
                agent.primitive = "wait"
                agent.guarded += 1


def test_guarded_primitives_become_wait(tmp_path: Path) -> None:
    sim = make("districts", tmp_path, agents=16, seed=2, policy="random")
    luck, seen = random.Random(1), list[Town]()
    for k in range(150):
        if k % 10 == 0:
            scramble(sim, luck)
            for slot in range(16):
                sim.desk.guard(slot, luck.randrange(32))
        if k % 3 == 0:
            count = len(sim.blueprint.primitive_names)
            actions = [luck.randrange(-1, count) for _ in range(16)]
            sim.desk.give(np.array(actions, np.int32), "primitive")
        tick(sim, {"guard_primitives": twin(sim, guard, seen)})
        sim.desk.take_back()
    assert sum(agent.guarded for agent in seen[-1].agents) > 100
    kept = {agent.primitive.partition(":")[0] for town in seen for agent in town.agents}
    assert {"move_north", "use_item", "interact", "leave"} <= kept, "others pass"


def test_a_guard_closes_nothing_and_holds_the_agent_in_place(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=4, seed=2)
    sim.column("Needs.level")[:] = [0.1, 0.1, 0.1]
    sim.column("Intent.wake")[:] = 0
    before = [array.copy() for array in (sim.masks().option, sim.masks().primitive)]
    for slot in range(4):
        sim.desk.guard(slot, 31)
    after = [sim.masks().option, sim.masks().primitive]
    assert all((a == b).all() for a, b in zip(before, after, strict=True))
    places = [(a.district, a.tile) for a in look(sim).agents]
    sim.run(20)
    town = look(sim)
    assert [(a.district, a.tile) for a in town.agents] == places
    assert all(agent.option == "get_fed" for agent in town.agents), "options go on"
    assert all(agent.guarded > 0 for agent in town.agents)
    assert all(agent.masked == 0 for agent in town.agents)


def test_a_guard_out_of_range_is_refused(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=2, seed=2)
    with pytest.raises(UserError, match="guard is 32; it must be between 0 and 31"):
        sim.desk.guard(0, 32)
