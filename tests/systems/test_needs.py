"""Needs against their slow twin."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from tests.oracle import needs as slow
from tests.oracle.town import KINDS, Town, look, make, scramble, tick, twin


def test_drain_equals_the_slow_twin(tmp_path: Path) -> None:
    """Three profiles, four needs, from full to empty; commitments break where they must."""
    broken = 0
    for kind in KINDS:
        keys = {"needs.fun.decay": 0.003, "rewards.decay_rates.hunger": 0.004}
        sim = make(kind, tmp_path, seed=1, **keys)
        luck, seen = random.Random(kind), list[Town]()
        for k in range(90):
            if k % 30 == 3:
                scramble(sim, luck)
            tick(sim, {"drain_needs": twin(sim, slow.drain, seen)})
        assert len({agent.profile for agent in seen[-1].agents}) == 3
        broken += sum(a.wake == town.tick + 1 and a.running is not None for town in seen
                      for a in town.agents)  # fmt: skip
    assert broken > 0


def test_needs_drain_asleep_or_awake_by_one_subtraction(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, seed=3)
    sim.column("Needs.level")[:] = 0.5
    sim.run(1)
    expected = np.float32(0.5) - np.float32(0.0006)
    balanced = [a for a in look(sim).agents if a.profile == "balanced"]
    assert balanced
    assert all(agent.needs["energy"] == expected for agent in balanced)


def test_ticks_of_starving_are_counted_in_a_row(tmp_path: Path) -> None:
    """At most 0.03 of hunger; what follows from it is decided elsewhere."""
    sim = make("homes", tmp_path, agents=2, seed=3)
    for k in range(25):
        sim.column("Needs.level")[0, 0] = 0.02
        sim.run(1)
        assert look(sim).agents[0].starving == k + 1
    sim.column("Needs.level")[0, 0] = 0.5
    sim.run(1)
    assert look(sim).agents[0].starving == 0
