"""Rules of ties as a config gives them."""

from typing import Any

import numpy as np
import pytest

import townlet_components
from townlet.config import SimulationConfig
from townlet.ecs import Store
from townlet.setup.blueprint import draw_blueprint
from townlet.setup.build import build_store
from townlet.systems import discover_components
from townlet_components.rows import Towns
from townlet_components.ties import TieRules, Ties


def build(keys: dict[str, Any], towns: int = 1, overrides: Any = None) -> Store:
    config = SimulationConfig().with_overrides({"world.agents": 4, **keys})
    blue = draw_blueprint(config, towns, 0, 4, overrides)
    return build_store(blue, discover_components(townlet_components), 1)


def test_numbers_of_the_config_become_rules() -> None:
    store = build(
        {
            "conflict.rivalry.increment_per_conflict": 0.2,
            "conflict.rivalry.avoid_threshold": 0.6,
            "conflict.rivalry.max_edges": 3,
        }
    )
    rules = store.read(TieRules)
    assert rules.increment[0] == np.float32(0.2)
    assert rules.avoid_at[0] == np.float32(0.6)
    assert store.read(Ties).other.shape[1] == 3


@pytest.mark.parametrize(("stage", "on"), [("OFF", False), ("A", True), ("B", True)])
def test_stages_turn_ties_on(stage: str, on: bool) -> None:
    assert build({"features.stages.relationships": stage}).read(TieRules).on[0] == on


def test_profiles_tolerate_and_talk_as_they_are_where_they_act() -> None:
    store = build({})
    profiles = list(SimulationConfig().personalities.table())
    rules = store.read(TieRules)
    assert rules.tolerance[0, profiles.index("stoic")] == np.float32(0.6)
    assert rules.chat_preference[0, profiles.index("socialite")] == np.float32(1.3)
    off = build({"features.behavior.personality_profiles": False}).read(TieRules)
    assert (off.tolerance == 1).all()
    assert (off.chat_preference == 1).all()


def test_towns_of_a_batch_have_rules_and_numbers_of_their_own() -> None:
    store = build({}, 3, {"conflict.rivalry.decay_per_tick": [0.1, 0.2, 0.1]})
    assert store.read(TieRules).rivalry_decay.tolist() == [
        np.float32(0.1), np.float32(0.2), np.float32(0.1)
    ]  # fmt: skip
    assert store.read(Towns).number.tolist() == [0, 1, 2]
