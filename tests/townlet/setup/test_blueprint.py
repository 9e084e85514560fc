"""The blueprint: what is decided before arrays exist."""

import re
from typing import Any

import polars as pl
import pytest

from townlet.config import SimulationConfig
from townlet.errors import UserError
from townlet.setup.blueprint import draw_blueprint, town_overrides

KEY = "economy.meal_cost"


def test_capacity_is_at_least_the_population() -> None:
    config = SimulationConfig().with_overrides({"world.capacity": 70})
    assert draw_blueprint(config, agents=8).capacity == 70
    assert draw_blueprint(config, agents=80).capacity == 80
    assert draw_blueprint(SimulationConfig(), agents=8).capacity == 8


def test_options_and_primitives_follow_needs_and_manifest() -> None:
    blue = draw_blueprint(SimulationConfig(), agents=8)
    assert blue.option_names[-1] == "relax"
    assert blue.primitive_names[9:11] == ("interact:use_shower", "interact:eat_meal")
    assert blue.need_names == ("hunger", "hygiene", "energy")


@pytest.mark.parametrize(
    "overrides",
    [{KEY: [1.0, 2.0]}, [{KEY: 1.0}, {KEY: 2.0}], pl.DataFrame({KEY: [1.0, 2.0]})],
    ids=["mapping", "list", "frame"],
)
def test_overrides_become_one_mapping_per_town(overrides: Any) -> None:
    assert town_overrides(overrides, 2) == [{KEY: 1.0}, {KEY: 2.0}]
    with pytest.raises(UserError, match=re.escape("for 3 towns; give one")):
        town_overrides(overrides, 3)


def test_towns_without_overrides_share_a_config() -> None:
    blue = draw_blueprint(SimulationConfig(), towns=3, agents=8, overrides=[{}, {KEY: 2.0}, {}])
    first, second, third = blue.town_configs
    assert first is third is blue.config
    assert (first.economy.meal_cost, second.economy.meal_cost) == (1.0, 2.0)


def test_sizes_have_limits() -> None:
    for towns, agents, sentence in (
        (0, 8, "towns is 0; it must be at least 1"),
        (1, 0, "agents is 0; it must be between 1 and"),
        (1, 2**24 + 1, "agents is 16777217; it must be between 1 and"),
        (2**16, 2**15, "65536 towns of 32768 agents are more than"),
    ):
        with pytest.raises(UserError, match=sentence):
            draw_blueprint(SimulationConfig(), towns=towns, agents=agents)
