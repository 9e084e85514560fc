"""Departures against their slow twin: estate, refund, and objects that are free at once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from tests.oracle import affordances as slow
from tests.oracle.town import KINDS, Town, differences, look, make, scramble, tick

from townlet.errors import UserError
from townlet.simulation import Simulation


def test_departures_equal_the_slow_twin(tmp_path: Path) -> None:
    """Users, waiters, walkers and sleepers die in odd states, several at a time."""
    flows: Counter[str] = Counter()
    for kind in KINDS:
        sim = make(kind, tmp_path, agents=18, seed=3, policy="random")
        luck = random.Random(kind)
        for k in range(120):
            if k % 12 == 5:
                scramble(sim, luck)
            leaving: list[int] = []
            if k % 6 == 3:
                living = [a.slot for a in look(sim).agents if a.alive]
                leaving = sorted(luck.sample(living, 3))
                for slot in leaving:
                    sim.kill(slot)
            tick(sim, {"let_departed_go": partial(departing, leaving, sim)})
            for _ in leaving:
                sim.spawn()
            assert sim.money() == [0]
        flows.update(look(sim).flow)
        assert sim.column("Departures.count").tolist() == [60]
    assert flows["estate"] > 0
    assert flows["refund"] > 0


def departing(leaving: list[int], sim: Simulation) -> Callable[[], None]:
    """A watcher: who leaves and the accounts are as the twin says; objects pass on at once."""
    expected = look(sim)
    slow.depart(expected, leaving)

    def after() -> None:
        town = look(sim)
        for slot in leaving:
            assert differences(expected.agents[slot], town.agents[slot]) == []
        for name in ("tills", "treasury", "flow", "events"):
            assert getattr(expected, name) == getattr(town, name)
        objects_are_free(town, leaving)

    return after


def objects_are_free(town: Town, leaving: list[int]) -> None:
    """No object is left to the departed, and none is free while somebody waits."""
    for thing in town.things:
        assert thing.holder not in leaving
        assert not set(thing.ring) & set(leaving)
        assert thing.holder is not None or thing.closed or not thing.ring


def test_only_the_living_can_be_removed(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=2, seed=1)
    sim.kill(1)
    sim.kill(1)
    sim.run(1)
    assert sim.column("Departures.count").tolist() == [1], "one dies once"
    with pytest.raises(UserError, match="nobody lives in slot 1 of town 0"):
        sim.kill(1)
    with pytest.raises(UserError, match="agent is 2; it must be between 0 and 1"):
        sim.kill(2)
