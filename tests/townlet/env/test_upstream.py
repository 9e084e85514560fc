"""Upstream's own suites, unmodified: PettingZoo's and Gymnasium's."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.performance import benchmark_vector_step
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers.vector import DictInfoToList, RecordEpisodeStatistics
from pettingzoo.test import (
    api_test,
    max_cycles_test,
    parallel_api_test,
    parallel_seed_test,
    render_test,
    state_test,
)
from tests.townlet.env.towns import hard_town

import townlet.env
from townlet.env import TOWN_ID, ParallelTown, TownVectorEnv, env, parallel_env

#: What upstream says of every environment that has masks in its observations.
NESTED = [
    pytest.mark.filterwarnings("ignore:Observation is not a NumPy array"),
    pytest.mark.filterwarnings("ignore:Observation space for each agent probably should be"),
]


def nested(test: Any) -> Any:
    for mark in NESTED:
        test = mark(test)
    return test


class Counted(ParallelTown):
    """Counts who comes and goes."""

    left = came = 0

    def step(self, actions: Any) -> Any:
        before = len(self.possible_agents)
        answer = super().step(actions)
        self.left += sum(answer[2].values())
        self.came += len(self.possible_agents) - before
        return answer


# The suite compares the answers with who was there before the step: newcomers were not.
@pytest.mark.filterwarnings("ignore:Agent was given .* but was dead last turn")
@pytest.mark.filterwarnings("ignore:Live agent was not given")
@pytest.mark.parametrize("level", ["option", "primitive"])
def test_parallel_api_with_exits_and_arrivals(level: str) -> None:
    town = Counted(hard_town(), agents=6, level=level)
    parallel_api_test(town, num_cycles=1000)
    assert town.left > 50
    assert town.came > 50


@pytest.mark.parametrize("variant", ["full", "hybrid", "compact"])
def test_parallel_seed(variant: str) -> None:
    parallel_seed_test(lambda: parallel_env(hard_town(), agents=6, observations=variant), 500)


@nested
def test_api_through_the_aec_conversion() -> None:
    with redirect_stdout(io.StringIO()):
        api_test(env(hard_town(), max_cycles=150, agents=6), num_cycles=1000)


@nested
def test_api_with_features_alone() -> None:
    with redirect_stdout(io.StringIO()):
        api_test(env(agents=4, max_cycles=50, parts="features"), num_cycles=200)


def test_max_cycles() -> None:
    max_cycles_test(townlet.env)


def test_render() -> None:
    def make(**options: Any) -> Any:
        return env(hard_town(), agents=4, **options)

    with redirect_stdout(io.StringIO()) as printed:
        render_test(make, {"ansi": lambda text: "@ agent" in text})
    assert "@ agent" in printed.getvalue()


@pytest.mark.filterwarnings("ignore:The observation contains negative numbers")
@pytest.mark.filterwarnings("ignore:The state contains negative numbers")
def test_state() -> None:
    state_test(env(hard_town(), agents=4), parallel_env(hard_town(), agents=4), num_cycles=100)


@pytest.mark.parametrize("mode", list(AutoresetMode), ids=lambda mode: mode.name)
def test_gymnasium_makes_and_measures_it(mode: AutoresetMode) -> None:
    made = gymnasium.make_vec(
        TOWN_ID, num_envs=12, config=hard_town(), agents=6, autoreset_mode=mode
    )
    assert isinstance(made.unwrapped, TownVectorEnv)
    assert made.num_envs == 12
    assert made.spec is not None
    assert made.spec.id == TOWN_ID
    assert benchmark_vector_step(made, target_duration=1, seed=0) > 0


def test_gymnasiums_wrappers_fit() -> None:
    made = gymnasium.make_vec(TOWN_ID, num_envs=6, agents=6, parts="features")
    wrapped = gymnasium.wrappers.vector.RecordEpisodeStatistics(
        gymnasium.wrappers.vector.NormalizeReward(made)
    )
    obs, _ = wrapped.reset(seed=1)
    for _ in range(10):
        obs, rewards, *_ = wrapped.step(np.zeros(6, np.int64))
    assert obs.shape == made.observation_space.shape
    assert rewards.shape == (6,)


@pytest.mark.parametrize("mode", list(AutoresetMode), ids=lambda mode: mode.name)
def test_gymnasiums_statistics_are_those_of_the_episodes(mode: AutoresetMode) -> None:
    """Its wrappers read masks of infos, dictionaries in infos, and modes as we mean them."""
    made = TownVectorEnv(hard_town(), 2, agents=6, max_cycles=60, autoreset_mode=mode)
    env = DictInfoToList(RecordEpisodeStatistics(made))
    env.reset(seed=1)
    earned, ended = np.zeros(12), 0
    for _ in range(200):
        _, rewards, terminated, truncated, infos = env.step(np.zeros(12, np.int32))
        earned += rewards
        done = terminated | truncated
        assert [k for k in range(12) if "episode" in infos[k]] == np.flatnonzero(done).tolist()
        for k in np.flatnonzero(done).tolist():
            assert infos[k]["episode"]["r"] == pytest.approx(earned[k])
            assert ("cause" in infos[k]) == bool(terminated[k])
            assert ("final_obs" in infos[k]) == (mode is AutoresetMode.SAME_STEP)
            earned[k], ended = 0, ended + 1
        if mode is AutoresetMode.DISABLED and done.any():
            env.reset(options={"reset_mask": done})
    assert ended > 30
