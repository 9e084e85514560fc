"""Gymnasium's face: sizes, infos, orders that are none, and what a step costs in Python."""

from __future__ import annotations

import gc
import re
import sys
import weakref
from types import FrameType
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.error import ResetNeeded
from gymnasium.vector import AutoresetMode
from tests.townlet.env.towns import hard_town

from townlet.env import TOWN_ID, TownVectorEnv
from townlet.errors import UserError


def test_a_sub_environment_per_slot() -> None:
    env = TownVectorEnv(towns=3, agents=4)
    assert env.num_envs == 12
    assert isinstance(env.single_observation_space, spaces.Dict)
    assert env.single_action_space == spaces.Discrete(8)
    assert env.action_space.shape == (12,)
    obs, infos = env.reset(seed=0)
    assert env.observation_space.contains(obs)
    assert infos["action_mask"].shape == (12, 8)
    obs, reward, terminated, truncated, infos = env.step(env.action_space.sample())
    assert env.observation_space.contains(obs)
    assert reward.dtype == np.float32
    assert reward.shape == terminated.shape == truncated.shape == (12,)
    assert (reward == env.sim.rewards().total).all()
    for key in ("action_mask", "live", "generation", "episode_tick", "cause"):
        assert len(infos[key]) == len(infos[f"_{key}"]) == 12
    assert infos["episode_tick"].tolist() == [2] * 12
    env.close()


def test_what_a_step_returned_is_the_learners_but_the_observations() -> None:
    env = TownVectorEnv(hard_town(), 2, agents=4)
    env.reset(seed=0)
    kept: list[Any] = []
    for _ in range(60):
        _, reward, terminated, truncated, infos = env.step(np.zeros(8, np.int32))
        mine = [reward, terminated, truncated, infos["cause"], infos["_cause"]]
        kept.append([(array, array.copy()) for array in (*mine, infos["episode_tick"])])
    assert all((array == copy).all() for pairs in kept for array, copy in pairs)
    assert any(pairs[1][0].any() for pairs in kept)


def test_a_learner_cannot_write_into_the_engine() -> None:
    env = TownVectorEnv(agents=2)
    obs, infos = env.reset(seed=0)
    for array in (*obs.values(), infos["action_mask"], infos["live"], infos["generation"]):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"num_envs": 10, "agents": 4}, "num_envs is 10; with 4 agents in a town it must be a mu"),
        ({"num_envs": 8, "towns": 3, "agents": 4}, "num_envs is 8; with 4 agents in a town it"),
        ({"towns": 0}, "towns is 0; it must be at least 1"),
        ({"config": "nowhere.yaml"}, "nowhere"),
        ({"polcy": "random"}, "unexpected keyword argument 'polcy'"),
    ],
)
def test_wrong_arguments_get_a_sentence(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises((UserError, TypeError), match=re.escape(sentence)):
        TownVectorEnv(**options)


@pytest.mark.parametrize(
    ("actions", "sentence"),
    [
        (np.zeros(7, np.int32), "actions have shape (7,); they must have (8,)"),
        (np.zeros(8), "actions are float64; they must be int32"),
        (np.full(8, 8), "action 8 at index 0 is not an option; it must be between -1 and 7"),
    ],
)
def test_wrong_actions_get_a_sentence(actions: Any, sentence: str) -> None:
    env = TownVectorEnv(towns=2, agents=4)
    env.reset(seed=0)
    before = env.sim.hash()
    with pytest.raises(UserError, match=re.escape(sentence)):
        env.step(actions)
    assert env.sim.hash() == before


def test_nothing_happens_before_the_first_reset() -> None:
    """Nobody has arrived yet; what is an action now would be a newcomer's, who has seen nothing."""
    env = TownVectorEnv(towns=2, agents=4)
    with pytest.raises(ResetNeeded, match=re.escape("call reset() first")):
        env.step(np.zeros(8, np.int32))
    with pytest.raises(ResetNeeded, match=re.escape("call reset() first")):
        env.reset(options={"reset_mask": np.ones(8, bool)})
    assert env.sim.tick == 0
    env.reset(seed=0)
    env.step(np.zeros(8, np.int32))


def test_make_vec_makes_as_many_towns_as_it_takes() -> None:
    made: Any = gymnasium.make_vec(TOWN_ID, num_envs=12, agents=4).unwrapped
    assert made.core.sim.towns == 3
    assert gymnasium.make_vec(TOWN_ID, towns=2, agents=4).num_envs == 8
    assert gymnasium.make_vec(TOWN_ID, agents=4).num_envs == 4
    made = gymnasium.make_vec(TOWN_ID, num_envs=4, agents=4, autoreset_mode="same_step")
    assert made.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP


def test_towns_of_a_batch_may_have_other_rules() -> None:
    env = TownVectorEnv(towns=2, agents=4, overrides={"rewards.survival_tick": [0.0, 0.01]})
    env.reset(seed=0)
    env.step(np.full(8, -1, np.int32))
    assert np.unique(env.sim.rewards().survival).tolist() == [0.0, np.float32(0.01)]


@pytest.mark.parametrize("mode", ["ansi", "rgb_array"])
def test_a_frame_per_town(mode: str) -> None:
    env = TownVectorEnv(towns=2, agents=4, render_mode=mode)
    env.reset(seed=0)
    frames = env.render()
    assert frames is not None
    assert len(frames) == 2


def python_calls(env: TownVectorEnv, steps: int) -> int:
    """Python-level calls, of Python and of C functions, while some steps run."""
    count, actions = 0, np.full(env.num_envs, -1, np.int32)

    def profile(frame: FrameType, event: str, arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        for _ in range(steps):
            env.step(actions)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("mode", list(AutoresetMode), ids=lambda mode: mode.name)
def test_python_calls_per_step_do_not_depend_on_agents_or_towns(mode: AutoresetMode) -> None:
    calls = set()
    for towns, agents in ((1, 8), (1, 5000), (60, 8)):
        env = TownVectorEnv(towns=towns, agents=agents, autoreset_mode=mode, threads=1)
        env.reset(seed=0)
        python_calls(env, 3)
        calls.add(python_calls(env, 10))
    assert len(calls) == 1
    assert calls.pop() < 10 * 700


@pytest.mark.parametrize("mode", list(AutoresetMode), ids=lambda mode: mode.name)
def test_an_environment_that_is_gone_keeps_nothing(mode: AutoresetMode) -> None:
    """esper's worlds are global; the step within a tick must not hold the environment."""
    env = TownVectorEnv(agents=3, autoreset_mode=mode)
    env.reset(seed=0)
    env.step(np.zeros(3, np.int32))
    core, sim = weakref.ref(env.core), weakref.ref(env.sim)
    del env
    gc.collect()
    assert core() is None
    assert sim() is None
