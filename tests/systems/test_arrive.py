"""Arrivals: what a newcomer brings, and that it carries no trace of who was there before."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
from tests.oracle.town import look, make

from townlet_components.embedding import Embedding


def test_newcomers_start_at_home_with_starter_money_and_goods(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=10, seed=1, **{"world.capacity": 12})
    town = look(sim)
    for agent in town.agents[:10]:
        assert (agent.alive, agent.generation, agent.episode) == (True, 0, 1)
        assert agent.context_reset
        assert agent.money == 7500, "1.5 rents"
        assert agent.carried == {"ingredients": 1, "meals": 0, "clean_clothes": 1}
        assert agent.home == sim.plan.home_place[agent.slot]
        assert all(0.59 < level <= 1 for level in agent.needs.values())
        assert town.rules.ground.walkable(agent.district, agent.tile)
    assert len({level for a in town.agents[:10] for level in a.needs.values()}) == 30
    assert [agent.alive for agent in town.agents[10:]] == [False, False]
    assert town.treasury == -10 * 7500
    assert town.flow["initial"] == 10 * 7500
    assert sorted(sim.column("Embedding.slot").tolist()) == [-1, -1, *range(10)]


def test_profiles_follow_their_shares_closely(tmp_path: Path) -> None:
    """A low-discrepancy sequence: 90 agents are as near to the shares as 90 can be, nearly."""
    town = look(make("homes", tmp_path, agents=90, seed=5))
    shares = Counter(agent.profile for agent in town.agents)
    assert len(shares) == 3
    assert all(abs(count - 30) <= 2 for count in shares.values())
    patience = [agent.traits["patience"] for agent in town.agents]
    assert len(set(patience)) > 30
    assert all(-1 <= value <= 1 for value in patience)


def test_wishes_of_a_spawn_are_met(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=3, seed=1, **{"world.capacity": 4})
    slot = sim.spawn(profile="stoic", wallet=2.5, needs={"energy": 0.25})
    assert slot == 3
    assert not look(sim).agents[3].alive, "it enters in the next ARRIVE"
    assert sim.spawn() is None, "there is no other slot"
    assert sim.dropped()["arrivals"] == 1
    sim.run(1)
    agent = look(sim).agents[3]
    assert (agent.alive, agent.profile, agent.money) == (True, "stoic", 2500)
    assert abs(agent.needs["energy"] - 0.25) < 0.01
    assert agent.needs["hunger"] > 0.59
    assert sim.money() == [0]


def test_a_later_generation_is_somebody_else(tmp_path: Path) -> None:
    """Own luck, own personality; nothing of the old purse, bag, orders or counters is left."""
    sim = make("homes", tmp_path, agents=3, seed=1)
    sim.run(300)
    sim.desk.possess(1)
    sim.desk.guard(1, 31)
    old = look(sim).agents[1]
    sim.kill(1)
    sim.run(5)
    assert sim.spawn() == 1
    sim.run(1)
    new = look(sim).agents[1]
    assert (new.generation, new.money, new.episode) == (1, 7500, 1)
    assert new.carried == {"ingredients": 1, "meals": 0, "clean_clothes": 1}
    assert new.traits != old.traits
    assert (new.possessed, new.guard, new.masked, new.guarded) == (False, 0, 0, 0)
    assert (new.queue, new.running, new.cool_object) == (None, None, None)
    assert sim.money() == [0]


def test_one_death_shifts_nobody_elses_luck(tmp_path: Path) -> None:
    sims = [make("homes", tmp_path, agents=6, seed=1, **{"world.capacity": 8}) for _ in range(2)]
    sims[0].kill(0)
    for sim in sims:
        sim.run(1)
        sim.spawn() if sim is sims[1] else (sim.spawn(), sim.spawn())
        sim.run(1)
    first, second = (look(sim).agents[6] for sim in sims)
    assert first.needs == second.needs
    assert first.traits == second.traits


def test_embedding_slots_rest_before_they_are_reused(tmp_path: Path) -> None:
    keys = {"embedding_allocator.max_slots": 5, "embedding_allocator.cooldown_ticks": 50}
    sim = make("homes", tmp_path, agents=4, seed=1, **keys)
    slots = sim.store.read(Embedding).slot

    def reborn() -> int:
        sim.kill(0)
        sim.run(1)
        sim.spawn()
        sim.run(1)
        assert len(set(slots.tolist())) == 4
        return int(slots[0])

    assert slots.tolist() == [0, 1, 2, 3]
    assert reborn() == 4, "the only one that has rested"
    forced = sim.column("EmbeddingSlots.forced")
    assert forced.tolist() == [0]
    assert reborn() == 0, "none has rested: the one that rested longest"
    assert forced.tolist() == [1]
    sim.run(60)
    assert reborn() == 4
    assert forced.tolist() == [1]
    assert sim.column("EmbeddingSlots.given").tolist() == [7]
    assert np.all(sim.column("EmbeddingSlots.taken_by")[slots] == np.arange(4))
