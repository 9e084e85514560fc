"""check_vector_env: it passes what is right, upstream's own included, and sees what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv, VectorWrapper
from tests.townlet.env.towns import hard_town

from townlet.env import TownVectorEnv
from townlet.errors import CheckFailed
from townlet.testing import check_vector_env

MODES = list(AutoresetMode)


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
@pytest.mark.parametrize("level", ["option", "primitive"])
def test_towns_conform(mode: AutoresetMode, level: str) -> None:
    env = TownVectorEnv(
        hard_town(), towns=2, agents=6, max_cycles=61, autoreset_mode=mode, level=level
    )
    assert check_vector_env(env, steps=400) > 50


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_towns_conform_when_everybody_is_cut_at_once(mode: AutoresetMode) -> None:
    env = TownVectorEnv(agents=5, max_cycles=7, autoreset_mode=mode, observations="compact")
    assert check_vector_env(env, steps=50) >= 5 * 5


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_gymnasiums_own_conform(mode: AutoresetMode) -> None:
    assert check_vector_env(cart_poles(mode), steps=120) > 3


def cart_poles(mode: AutoresetMode) -> SyncVectorEnv:
    makers = [lambda: gymnasium.make("CartPole-v1") for _ in range(3)]
    return SyncVectorEnv(makers, autoreset_mode=mode)


class Broken(VectorWrapper[Any, Any, Any, Any, Any]):
    """An environment whose answers are spoilt."""

    def __init__(self, mode: AutoresetMode, spoil: Callable[[list[Any]], None]) -> None:
        super().__init__(cart_poles(mode))
        self.spoil, self.before = spoil, np.zeros(3, bool)

    def step(self, actions: Any) -> Any:
        answer = [*self.env.step(actions), self.before]
        self.before = answer[2] | answer[3]
        self.spoil(answer)
        return tuple(answer[:5])


def reward_beginnings(answer: list[Any]) -> None:
    answer[1][answer[5]] = 1.0


def end_beginnings(answer: list[Any]) -> None:
    answer[3] |= answer[5]


def forget_final(answer: list[Any]) -> None:
    answer[4].pop("final_obs", None)
    answer[4].pop("_final_obs", None)


def spoil_final(answer: list[Any]) -> None:
    if "final_obs" in answer[4]:
        answer[4]["final_obs"] = np.full((3, 4), 9e9, np.float32)


def drop_mask(answer: list[Any]) -> None:
    answer[4]["lap"] = np.zeros(3)


def shorten(answer: list[Any]) -> None:
    answer[1] = answer[1][:2]


def leave_space(answer: list[Any]) -> None:
    answer[0] = answer[0] + 100


def not_a_number(answer: list[Any]) -> None:
    answer[1][0] = np.nan


def dream(answer: list[Any]) -> None:
    answer[1] = np.random.random(3)


@pytest.mark.parametrize(
    ("mode", "spoil", "sentence"),
    [
        (AutoresetMode.NEXT_STEP, reward_beginnings, "that begins an episode is rewarded"),
        (AutoresetMode.NEXT_STEP, end_beginnings, "begun in this step has ended in it"),
        (AutoresetMode.SAME_STEP, forget_final, "infos\\['_final_obs'\\] must be True"),
        (AutoresetMode.SAME_STEP, spoil_final, "is not in single_observation_space"),
        (AutoresetMode.NEXT_STEP, drop_mask, "infos\\['lap'\\] has no mask"),
        (AutoresetMode.NEXT_STEP, shorten, "rewards must be an array of shape \\(3,\\)"),
        (AutoresetMode.NEXT_STEP, leave_space, "observations are not in observation_space"),
        (AutoresetMode.NEXT_STEP, not_a_number, "a reward is not finite"),
        (AutoresetMode.SAME_STEP, dream, "with the same seed and actions, rewards are others"),
    ],
)
def test_what_is_wrong_is_seen(
    mode: AutoresetMode, spoil: Callable[[list[Any]], None], sentence: str
) -> None:
    with pytest.raises(CheckFailed, match=sentence):
        check_vector_env(Broken(mode, spoil), steps=120)


class Obedient(VectorEnv[Any, Any, Any]):
    """Counts, and lets a beginning episode begin with its action: NEXT_STEP forbids it."""

    def __init__(self, mode: Any = AutoresetMode.NEXT_STEP, length: int = 3) -> None:
        self.metadata = {"autoreset_mode": mode}
        self.num_envs, self.length = 2, length
        self.single_observation_space = gymnasium.spaces.Box(-9e9, 9e9, (1,), np.float32)
        self.single_action_space = gymnasium.spaces.Discrete(9)
        self.observation_space = gymnasium.vector.utils.batch_space(
            self.single_observation_space, 2
        )
        self.action_space = gymnasium.vector.utils.batch_space(self.single_action_space, 2)
        self.value, self.age = np.zeros((2, 1), np.float32), 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        self.value[:], self.age = 0, 0
        return self.value, {}

    def step(self, actions: Any) -> Any:
        over = self.age == self.length
        self.age = 0 if over else self.age + 1
        self.value[:, 0] += actions
        done = np.full(2, self.age == self.length)
        return self.value, np.zeros(2), done, np.zeros(2, bool), {}


def test_an_action_that_should_be_ignored_is_seen() -> None:
    with pytest.raises(CheckFailed, match="with other actions where an episode had just ended"):
        check_vector_env(Obedient())


def test_masks_that_are_none_must_be_refused_and_others_left_alone() -> None:
    with pytest.raises(CheckFailed, match="reset takes a reset_mask of integers"):
        check_vector_env(Obedient(AutoresetMode.DISABLED))


def test_nothing_to_look_at_is_a_failure() -> None:
    with pytest.raises(CheckFailed, match="no episode ended in 20 steps"):
        check_vector_env(Obedient(length=50), steps=20)
    with pytest.raises(CheckFailed, match="must be a gymnasium AutoresetMode"):
        check_vector_env(Obedient("next"))
