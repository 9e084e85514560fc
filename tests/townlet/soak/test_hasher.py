"""Hashes made beside the ticks are those of the ticks they were asked at."""

from __future__ import annotations

import pytest
from tests.townlet.soak.runs import CONFIG

from townlet import Simulation
from townlet.soak.hasher import Hasher


@pytest.fixture
def sim() -> Simulation:
    return Simulation.from_config(CONFIG, towns=2, seed=3).run(40)


def test_a_hash_is_of_the_tick_it_was_asked_at(sim: Simulation) -> None:
    hasher = Hasher(sim)
    for ticks in (1, 30, 200):
        sim.run(ticks)
        here = (sim.tick, sim.hash())
        hasher.ask(sim.tick)
        sim.run(5)
        assert hasher.busy
        assert hasher.heard(wait=True) == here
        assert not hasher.busy
        assert hasher.heard() is None
    hasher.close()


def test_it_is_heard_when_it_is_there(sim: Simulation) -> None:
    hasher = Hasher(sim)
    hasher.ask(sim.tick)
    found = None
    while found is None:  # the first look wakes the thread
        found = hasher.heard()
    assert found == (sim.tick, sim.hash())
    hasher.close()


def test_it_is_for_small_states(sim: Simulation, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Hasher.is_for(sim)
    monkeypatch.setattr("townlet.soak.hasher.SMALL", 1000)
    assert not Hasher.is_for(sim)
