"""Orders against their slow twin; possession."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from tests.oracle import scripted as slow
from tests.oracle.society import LIVELY, entangle
from tests.oracle.town import KINDS, Town, look, make, scramble, tick, twin

from townlet.errors import UserError


@pytest.mark.parametrize("level", ["option", "primitive"])
def test_orders_equal_the_slow_twin(level: str, tmp_path: Path) -> None:
    """Any action, to anyone, vacant slots too, at any time: taken, or counted."""
    masked: Counter[str] = Counter()
    for kind in KINDS:
        keys = {"world.capacity": 14} | LIVELY
        sim = make(kind, tmp_path, seed=3, policy="random", **keys)
        names = sim.blueprint.option_names if level == "option" else sim.blueprint.primitive_names
        luck, seen = random.Random(kind), list[Town]()
        for k in range(120):
            if k % 12 == 5:
                scramble(sim, luck)
                entangle(sim, luck)
            actions = [luck.randrange(-1, len(names)) for _ in range(sim.capacity)]
            sim.desk.give(np.array(actions, np.int32), level)
            tick(sim, {"obey_orders": twin(sim, slow.obey, seen)})
            sim.desk.take_back()
        masked["all"] += sum(agent.masked for agent in seen[-1].agents[:12])
        masked["open"] += sum(
            agent.primitive == agent.given_primitive for town in seen for agent in town.agents
        )
        masked["company"] += sum(
            "talk" == agent.primitive == agent.given_primitive
            or "socialise" == agent.option == agent.given_option
            for town in seen
            for agent in town.agents
        )
    assert masked["all"] > 100
    assert masked["company"] > 5
    assert level == "option" or masked["open"] > 100


def test_an_order_comes_before_the_policy(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=4, seed=1)
    sim.column("Needs.level")[:] = [0.1, 1.0, 1.0]
    sim.column("Intent.wake")[:] = 0
    sleep = sim.blueprint.option_names.index("sleep")
    sim.step(np.array([sleep, -1, -1, -1], np.int32))
    options = [agent.option for agent in look(sim).agents]
    assert options == ["sleep", "get_fed", "get_fed", "get_fed"]


def test_a_wrong_action_gets_a_sentence_and_changes_nothing(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=4, seed=1)
    before = sim.hash()
    with pytest.raises(UserError, match=r"action 99 at index 2 .* between -1 and 7"):
        sim.step(np.array([0, 0, 99, 0], np.int32))
    with pytest.raises(UserError, match="shape"):
        sim.step(np.zeros(3, np.int32))
    assert sim.hash() == before


def test_the_possessed_choose_nothing_by_themselves(tmp_path: Path) -> None:
    """However hungry: the policy passes them over, orders move them."""
    sim = make("homes", tmp_path, agents=4, seed=1)
    sim.desk.possess(0)
    sim.column("Intent.option")[0] = 0
    sim.column("Intent.target")[0] = -3
    sim.column("Intent.wake")[:] = 0
    for _ in range(30):
        sim.column("Needs.level")[:] = [0.1, 0.5, 0.5]
        sim.run(1)
        assert look(sim).agents[0].option == "idle"
        assert look(sim).agents[0].primitive == "wait"
    assert look(sim).agents[1].option == "get_fed"
    sim.step(np.array([1, -1, -1, -1], np.int32))
    assert look(sim).agents[0].option == "get_fed"
    sim.desk.possess(0, release=True)
    sim.column("Intent.wake")[0] = 0
    sim.column("Needs.level")[0] = [1.0, 1.0, 0.1]
    sim.run(1)
    assert look(sim).agents[0].option == "sleep"


def test_possession_ends_what_the_policy_chose(tmp_path: Path) -> None:
    """Taken over on its way somewhere, the agent stands still until it is told to move."""
    sim = make("homes", tmp_path, agents=8, seed=1)
    while not any(a.primitive.startswith("move") for a in look(sim).agents):
        sim.run(1)
    walker = next(a.slot for a in look(sim).agents if a.primitive.startswith("move"))
    sim.desk.possess(walker)
    before = look(sim).agents[walker]
    sim.run(3)
    after = look(sim).agents[walker]
    assert (after.district, after.tile) == (before.district, before.tile)


def test_wait_is_open_to_a_vacant_slot(tmp_path: Path) -> None:
    """As its mask says; whoever steers a batch sends an action for every slot."""
    sim = make("homes", tmp_path, agents=4, seed=1, **{"world.capacity": 5})
    assert sim.masks().primitive[4].tolist()[0]
    sim.step(np.zeros(5, np.int32), level="primitive")
    sim.step(np.zeros(5, np.int32), level="option")
    assert look(sim).agents[4].masked == 0


def test_whoever_comes_inherits_no_masked_actions(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=4, seed=1, **{"world.capacity": 5})
    assert not sim.masks().primitive[4, 1]
    for _ in range(3):
        sim.step(np.ones(5, np.int32), level="primitive")
    sim.spawn()
    sim.run(1)
    assert look(sim).agents[4].alive
    assert look(sim).agents[4].masked == 0
