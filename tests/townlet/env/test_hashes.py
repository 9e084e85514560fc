"""Whoever steps a town, and whoever looks on: one hash (SPEC §1)."""

from __future__ import annotations

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from tests.townlet.env.towns import hard_town, open_actions, same_town

from townlet.env import TownVectorEnv, parallel_env
from townlet.simulation import Simulation

STEPS = 600


def arrive(sim: Simulation) -> None:
    """The first tick: everybody comes, nobody has decided anything."""
    sim.step(None, waits=np.ones(sim.towns * sim.capacity, bool))


@pytest.mark.parametrize("watched", [True, False])
@pytest.mark.parametrize("level", ["option", "primitive"])
def test_pettingzoo_is_the_simulation_with_the_same_actions(level: str, watched: bool) -> None:
    town = parallel_env(hard_town(), agents=8, level=level, max_cycles=STEPS)
    obs, _ = town.reset(seed=3)
    sim = same_town(1, 8, 3, watched=watched)
    arrive(sim)
    luck = np.random.default_rng(5)
    slot = {f"agent_{k}": k for k in range(8)}
    while town.agents:
        actions = {
            name: int(luck.choice(np.flatnonzero(obs[name]["action_mask"])))
            for name in town.agents
            if luck.random() < 0.95
        }
        given, waits = np.full(8, -1, np.int32), np.ones(8, bool)
        for name, action in actions.items():
            number = int(name.removeprefix("agent_"))
            given[number % 8], waits[number % 8] = action, False
        obs, *_ = town.step(actions)
        sim.step(given, level, waits)
    assert town.sim.hash() == sim.hash()
    assert len(town.possible_agents) > len(slot) + 20
    assert town.sim.tick == STEPS + 1


@pytest.mark.parametrize("policy", ["scripted", "random"])
@pytest.mark.parametrize("face", ["pettingzoo", "gymnasium"])
def test_the_towns_own_policies_are_the_same_through_either_face(face: str, policy: str) -> None:
    """-1 lets the town's policy decide; newcomers of PettingZoo wait in the tick they come."""
    sim = Simulation.from_config(same_town(1, 8, 7).config, 1, 7, policy=policy)
    arrive(sim)
    town = parallel_env(hard_town(), agents=8, policy=policy, max_cycles=STEPS)
    env = TownVectorEnv(hard_town(), agents=8, policy=policy, max_cycles=None)
    core = town.core if face == "pettingzoo" else env.core
    town.reset(seed=7)
    env.reset(seed=7)
    left, waited = np.zeros(8, bool), 0
    for _ in range(STEPS):
        if face == "pettingzoo":
            town.step(dict.fromkeys(town.agents, -1))
        else:
            env.step(np.full(8, -1, np.int32))
        sim.step(np.full(8, -1, np.int32), waits=left)
        waited += int(left.sum())
        left = core.left.copy()
    assert core.sim.hash() == sim.hash()
    assert waited > 10


@pytest.mark.parametrize("level", ["option", "primitive"])
def test_gymnasium_is_the_simulation_with_the_same_actions(level: str) -> None:
    """NEXT_STEP in words of the simulation: who begins an episode waits; a cut episode starts anew.

    Nobody leaves while it waits here: food lasts longer than an episode. See test_autoreset.
    """
    env = TownVectorEnv(hard_town(), 3, agents=8, level=level, max_cycles=28)
    _, infos = env.reset(seed=3)
    sim = same_town(3, 8, 3, watched=False)
    arrive(sim)
    luck, waits = np.random.default_rng(5), np.zeros(24, bool)
    episode = sim.store.column("Episode.tick")
    cut = left = 0
    for _ in range(STEPS):
        actions = open_actions(infos["action_mask"], luck)
        _, _, terminated, truncated, infos = env.step(actions)
        sim.step(actions, level, waits)
        assert not (waits & env.core.left).any()
        waits = terminated | truncated
        episode[episode >= 28] = 0
        cut, left = cut + int(truncated.sum()), left + int(terminated.sum())
    assert env.sim.hash() == sim.hash()
    assert cut > 20
    assert left > 100


@pytest.mark.parametrize("mode", list(AutoresetMode), ids=lambda mode: mode.name)
def test_what_is_observed_changes_nothing(mode: AutoresetMode) -> None:
    hashes = set()
    for options in (
        {},
        {"observations": "full", "maps": "bits", "precision": "float16"},
        {"observations": "compact", "parts": "features", "buffers": 2},
        {"threads": 2, "lanes": 5},
    ):
        env = TownVectorEnv(hard_town(), 2, agents=8, max_cycles=60, autoreset_mode=mode, **options)
        _, infos = env.reset(seed=1)
        luck = np.random.default_rng(2)
        for _ in range(300):
            actions = open_actions(infos["action_mask"], luck)
            _, _, terminated, truncated, infos = env.step(actions)
            done = terminated | truncated
            if mode is AutoresetMode.DISABLED and done.any():
                _, infos = env.reset(options={"reset_mask": done})
        hashes.add(env.sim.hash())
    assert len(hashes) == 1


def test_a_reset_town_is_a_new_one() -> None:
    """Simulation.restart: nothing of the town before is left, in any column."""
    sim, new = same_town(2, 8, 3), same_town(2, 8, 11)
    sim.run(500)
    sim.restart(11)
    assert (sim.tick, sim.seed, sim.clock) == (0, 11, new.clock)
    for _ in range(3):
        assert sim.hash_columns() == new.hash_columns()
        sim.run(100)
        new.run(100)
    assert sim.kpis_today().equals(new.kpis_today())
    seen, other = sim.observation(), new.observation()
    assert seen.map.tobytes() == other.map.tobytes()
    assert seen.features.tobytes() == other.features.tobytes()
