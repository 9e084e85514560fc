"""When dying pays: the worst tick against the penalties of leaving."""

import pytest

from townlet.config import SimulationConfig
from townlet.config.reward_checks import dying_pays, worst_tick


def config(**keys: float) -> SimulationConfig:
    return SimulationConfig().with_overrides({k.replace("__", "."): v for k, v in keys.items()})


def test_the_worst_tick_has_every_need_empty() -> None:
    assert worst_tick(SimulationConfig()) == pytest.approx(0.002 - 0.02 * 2.4)
    assert worst_tick(config(needs__fun__weight=1.0)) == pytest.approx(0.002 - 0.02 * 3.4)
    assert worst_tick(config(rewards__clip__clip_per_tick=0.01)) == -0.01
    assert worst_tick(config(rewards__homeostasis_scale=0.0)) == 0.0


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, []),
        ({"rewards__faint_penalty": -4.61}, []),
        ({"rewards__faint_penalty": -4.59}, ["faint"]),
        ({"rewards__eviction_penalty": -2.0}, ["eviction"]),
        ({"shaping__gamma": 0.995}, ["faint", "eviction"]),
        ({"shaping__gamma": 1.0}, ["faint", "eviction"]),
        ({"shaping__gamma": 1.0, "rewards__homeostasis_scale": 0.0}, []),
        ({"needs__fun__weight": 0.5}, ["faint", "eviction"]),
    ],
)
def test_a_sentence_per_penalty_that_is_too_small(
    keys: dict[str, float], expected: list[str]
) -> None:
    found = dying_pays(config(**keys))
    assert len(found) == len(expected)
    for text, name in zip(found, expected, strict=True):
        assert text.startswith(f"dying pays: rewards.{name}_penalty is -")


def test_the_bonus_of_punctuality_is_at_most_the_weight_of_hunger() -> None:
    fits = config(rewards__punctuality_bonus=0.1, rewards__needs_weights__hunger=0.5)
    assert fits.rewards.punctuality_bonus == 0.1
