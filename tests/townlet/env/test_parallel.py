"""PettingZoo's face: names, newcomers, truncation, infos, orders that are none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.error import ResetNeeded
from pettingzoo.utils.conversions import aec_to_parallel
from tests.townlet.env.towns import hard_town

from townlet.env import env, parallel_env
from townlet.errors import UserError
from townlet_components.lifecycle import CAUSES


def test_who_leaves_is_told_once_and_a_newcomer_joins_in_the_next_step() -> None:
    town = parallel_env(agents=4)
    obs, infos = town.reset(seed=0)
    names = [f"agent_{k}" for k in range(4)]
    possible = town.possible_agents
    assert list(obs) == list(infos) == town.agents == possible == names
    town.sim.kill(2)
    obs, rewards, terminated, truncated, infos = town.step(dict.fromkeys(names, 0))
    assert sorted(obs) == names
    assert terminated == {name: name == "agent_2" for name in obs}
    assert not any(truncated.values())
    assert infos["agent_2"] == {"cause": "killed"}
    assert infos["agent_0"] == {}
    assert rewards["agent_2"] == pytest.approx(float(town.core.told.reward[2]))
    assert town.agents == ["agent_0", "agent_1", "agent_3"]
    obs, rewards, terminated, _, _ = town.step(dict.fromkeys(town.agents, 0))
    assert town.agents == list(obs) == ["agent_0", "agent_1", "agent_6", "agent_3"]
    assert rewards["agent_6"] == 0, "it has not acted yet"
    assert rewards["agent_0"] != 0
    assert not any(terminated.values())
    assert possible is town.possible_agents
    assert possible == [*names, "agent_6"]
    _, rewards, *_ = town.step(dict.fromkeys(town.agents, 0))
    assert rewards["agent_6"] != 0
    town.reset(seed=0)
    assert possible == names, "wrappers hold on to this list"


def test_everybody_is_truncated_at_the_last_step_and_the_town_is_over() -> None:
    town = parallel_env(hard_town(), max_cycles=90, agents=5)
    town.reset(seed=1)
    for step in range(1, 91):
        present = list(town.agents)
        obs, _, terminated, truncated, _ = town.step(dict.fromkeys(present, 0))
        assert any(truncated.values()) == (step == 90)
    assert all(truncated[name] != terminated[name] for name in present)
    assert set(obs) == set(present)
    assert town.agents == []
    assert town.step({}) == ({}, {}, {}, {}, {})
    town.reset()
    assert len(town.agents) == 5
    assert town.sim.seed == 2, "the next town"


def test_who_comes_in_the_last_step_is_told_to_nobody() -> None:
    """It could not act; upstream wants every possible agent to have finished."""
    town = parallel_env(agents=3, max_cycles=4)
    town.reset(seed=1)
    for step in range(1, 5):
        if step == 3:
            town.sim.kill(1)
        obs, _, terminated, truncated, _ = town.step(dict.fromkeys(town.agents, 0))
    assert town.sim.column("Identity.generation").tolist() == [0, 1, 0]
    assert sorted(obs) == sorted(terminated) == ["agent_0", "agent_2"]
    assert all(truncated.values())
    assert town.possible_agents == ["agent_0", "agent_1", "agent_2"]


def test_causes_are_told_by_name() -> None:
    town = parallel_env(hard_town(), agents=5)
    town.reset(seed=1)
    found: set[str] = set()
    for _ in range(100):
        *_, infos = town.step(dict.fromkeys(town.agents, 0))
        found |= {info["cause"] for info in infos.values() if info}
    assert found == {"collapse"}
    assert found <= set(CAUSES)


def test_spaces_are_kept_and_newcomers_have_seeded_ones() -> None:
    town, other = parallel_env(agents=4), parallel_env(agents=4)
    assert town.observation_space("agent_0") is town.observation_space("agent_77")
    assert town.action_space("agent_9") is town.action_space("agent_9")
    assert isinstance(town.action_space("agent_9"), spaces.Discrete)
    drawn = [[each.action_space("agent_9").sample() for _ in range(9)] for each in (town, other)]
    assert drawn[0] == drawn[1]
    assert town.max_num_agents == 4
    assert str(town) == "townlet_v0"


def test_observations_lie_in_their_spaces() -> None:
    variants: list[dict[str, Any]] = [
        {},
        {"observations": "full"},
        {"observations": "compact", "maps": "bits"},
    ]
    for options in variants:
        town = parallel_env(hard_town(), agents=4, **options)
        obs, _ = town.reset(seed=2)
        space = town.observation_space("agent_0")
        for _ in range(150):
            assert all(space.contains(seen) for seen in obs.values())
            assert town.state_space.contains(town.state())
            obs, *_ = town.step(dict.fromkeys(town.agents, -1))


def test_aec_converts_back_to_the_same_town() -> None:
    turns = env(agents=3)
    assert aec_to_parallel(turns).unwrapped is turns.unwrapped


def test_an_action_of_the_level() -> None:
    options, primitives = parallel_env(agents=2), parallel_env(agents=2, level="primitive")
    assert options.core.actions == len(options.sim.blueprint.option_names)
    assert primitives.core.actions == len(primitives.sim.blueprint.primitive_names)
    config = hard_town().with_overrides({"policy_runtime.action_level": "primitive"})
    assert parallel_env(config, agents=2).core.level == "primitive"
    assert parallel_env(config, agents=2, level="option").core.level == "option"


@pytest.mark.parametrize(
    ("actions", "sentence"),
    [
        ({"agent_7": 0}, "no agent 'agent_7' is in town"),
        ({"agent_0": 99}, "99 of agent_0 is not an action; it must be a whole number between -1 a"),
        ({"agent_0": np.int64(8)}, "action 8 of agent_0 is not an action; .* -1 and 7"),
        ({"agent_0": 1.5}, "action 1.5 of agent_0 is not"),
        ({"agent_0": np.float32(1)}, "action 1.0 of agent_0 is not"),
        ({"agent_0": "idle"}, "action idle of agent_0 is not"),
        ({"agent_0": -2}, "action -2 of agent_0 is not"),
    ],
)
def test_wrong_actions_get_a_sentence(actions: dict[str, Any], sentence: str) -> None:
    town = parallel_env(agents=2)
    town.reset(seed=0)
    with pytest.raises(UserError, match=sentence):
        town.step(actions)


def test_nothing_happens_before_the_first_reset() -> None:
    with pytest.raises(ResetNeeded, match=r"call reset\(\) first"):
        parallel_env(agents=2).step({})


@pytest.mark.parametrize("action", [1, np.int64(1), np.uint8(1), np.array(1)])
def test_whole_numbers_of_any_kind_are_actions(action: Any) -> None:
    town = parallel_env(agents=2)
    town.reset(seed=0)
    town.step({"agent_1": action})
    assert town.sim.column("Intent.option").tolist() == [0, 1]


@pytest.mark.parametrize("cycles", [None, 0, 1.5, "day"])
def test_an_episode_of_a_town_has_an_end(cycles: Any) -> None:
    with pytest.raises(UserError, match=r"max_cycles is .*; it must be a whole number, at least 1"):
        parallel_env(agents=2, max_cycles=cycles)


def test_one_without_an_action_waits_whatever_it_is_up_to() -> None:
    town = parallel_env(agents=3)
    town.reset(seed=0)
    for _ in range(50):
        town.step(dict.fromkeys(town.agents, -1))
    plan = town.sim.column("Intent.option").copy()
    for _ in range(5):
        town.step({"agent_1": None})
        assert (town.sim.column("Intent.primitive") == 0).all()
    assert town.sim.column("Intent.option").tolist() == plan.tolist()
    assert np.unique(town.sim.column("Orders.masked")).tolist() == [0]
