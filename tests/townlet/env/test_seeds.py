"""The same seed is the same town: everything an environment answers, for a thousand steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from tests.townlet.env.towns import hard_town, open_actions

from townlet.env import ParallelTown, TownVectorEnv, parallel_env
from townlet.errors import UserError


def same(a: Any, b: Any) -> bool:
    """Equal to the last bit, through dictionaries and sequences."""
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, np.ndarray):
        same_kind = a.dtype == b.dtype and a.shape == b.shape
        return bool(same_kind and a.tobytes() == b.tobytes())
    return type(a) is type(b) and bool(a == b)


def choices(town: ParallelTown, obs: dict[str, Any], luck: np.random.Generator) -> dict[str, int]:
    return {
        name: int(luck.choice(np.flatnonzero(obs[name]["action_mask"]))) for name in town.agents
    }


def test_a_thousand_steps_of_pettingzoo_are_the_same_twice() -> None:
    one, two = (parallel_env(hard_town(), 1000, agents=6) for _ in range(2))
    one.reset(seed=4)  # whatever was before
    obs, other = one.reset(seed=9), two.reset(seed=9)
    assert same(obs, other)
    luck, seen = np.random.default_rng(0), obs[0]
    for _ in range(1000):
        actions = choices(one, seen, luck)
        answer, again = one.step(actions), two.step(actions)
        assert same(answer, again)
        assert one.agents == two.agents
        assert one.possible_agents == two.possible_agents
        assert same(one.state(), two.state())
        seen = answer[0]
    assert one.sim.hash() == two.sim.hash()
    assert not one.agents
    assert len(one.possible_agents) > 50


@pytest.mark.parametrize("mode", list(AutoresetMode), ids=lambda mode: mode.name)
@pytest.mark.parametrize("threads", [1, 2])
def test_a_thousand_steps_of_gymnasium_are_the_same_twice(
    mode: AutoresetMode, threads: int
) -> None:
    one, two = (
        TownVectorEnv(hard_town(), 3, agents=6, max_cycles=50, autoreset_mode=mode, threads=count)
        for count in (1, threads)
    )
    one.reset(seed=4)
    begun = one.reset(seed=9)
    assert same(begun, two.reset(seed=9))
    luck, infos = np.random.default_rng(0), begun[1]
    for _ in range(1000):
        actions = open_actions(infos["action_mask"], luck)
        answer, again = one.step(actions), two.step(actions)
        assert same(answer, again)
        infos = answer[4]
        done = answer[2] | answer[3]
        if mode is AutoresetMode.DISABLED and done.any():
            asked = {"reset_mask": done}
            obs, infos = one.reset(options=asked)
            assert same((obs, infos), two.reset(options=asked))
    assert one.sim.hash() == two.sim.hash()


def test_another_seed_is_another_town() -> None:
    town = parallel_env(agents=6)
    hashes = set()
    for seed in (0, 1, 2, 1 << 63):
        town.reset(seed=seed)
        hashes.add(town.sim.hash())
    assert len(hashes) == 4


def test_without_a_seed_no_town_is_played_twice_and_all_can_be_played_again() -> None:
    batch = TownVectorEnv(towns=3, agents=4)
    seeds = []
    for seed in (None, None, 20, None):
        batch.reset(seed=seed)
        seeds.append(batch.sim.seed)
    assert seeds == [0, 3, 20, 23]
    assert batch.sim.column("Towns.seed").tolist() == [23, 24, 25]


def test_a_town_of_a_batch_is_the_town_alone() -> None:
    batch, alone = TownVectorEnv(hard_town(), 3, agents=6), TownVectorEnv(hard_town(), 1, agents=6)
    batch.reset(seed=5)
    alone.reset(seed=6)
    luck = np.random.default_rng(1)
    for _ in range(200):
        actions = luck.integers(0, batch.core.actions, 18).astype(np.int32)
        obs, reward, *_ = batch.step(actions)
        mine, earned, *_ = alone.step(actions[6:12])
        assert same(reward[6:12], earned)
        assert same({part: rows[6:12] for part, rows in obs.items()}, dict(mine))
    assert batch.sim.hash(1) == alone.sim.hash()


@pytest.mark.parametrize("seed", [-1, 1.5, [1, 2]])
@pytest.mark.parametrize("face", [TownVectorEnv, parallel_env])
def test_a_seed_that_is_none_gets_a_sentence(face: Any, seed: Any) -> None:
    with pytest.raises(UserError, match=r"seed is .*; it must be a whole number, at least 0"):
        face(agents=2).reset(seed=seed)
    with pytest.raises(UserError, match=r"seed is .*; it must be a whole number, at least 0"):
        face(agents=2, seed=seed)


@pytest.mark.parametrize("face", [TownVectorEnv, parallel_env])
def test_a_seed_that_numpy_has_drawn_is_a_seed(face: Any) -> None:
    """Its numbers overflow where Python's grow, and Gymnasium takes none of them."""
    one, two, three = face(agents=3), face(agents=3), face(agents=3, seed=np.int64(5))
    assert same(one.reset(seed=5), two.reset(seed=np.int64(5)))
    three.reset()
    assert one.sim.hash() == two.sim.hash() == three.sim.hash()
    for town in (two, three):
        assert type(town.sim.seed) is int
