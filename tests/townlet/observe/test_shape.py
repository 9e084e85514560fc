"""Shapes: channels, hashes, and what cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from townlet.config import SimulationConfig
from townlet.errors import UserError
from townlet.learner import Learner
from townlet.observe.shape import ObservationShape, channel_names, shape_of
from townlet.setup.blueprint import draw_blueprint
from townlet_components.observation import BITS, COMPACT, FLOATS, FULL, HYBRID

BASE = ("self", "agents", "objects", "reservations")


def shape(keys: dict[str, Any] | None = None, **asked: Any) -> ObservationShape:
    config = SimulationConfig().with_overrides({"world.agents": 4} | (keys or {}))
    return shape_of(draw_blueprint(config), Learner(rewards=False, **asked) if asked else None)


@pytest.mark.parametrize(
    ("variant", "elements", "types", "rest"),
    [
        (HYBRID, FLOATS, (), ("blocked",)),
        (FULL, FLOATS, (), ("path_dx", "path_dy", "blocked")),
        (FULL, BITS, (), ("path_north", "path_south", "path_east", "path_west", "blocked")),
        (COMPACT, FLOATS, ("bed",), ("object:bed", "walkable", "blocked")),
    ],
)
def test_channels_have_an_order(
    variant: int, elements: int, types: tuple[str, ...], rest: tuple[str, ...]
) -> None:
    assert channel_names(variant, elements, types) == (*BASE, *rest)


def test_the_config_says_the_variant_where_the_learner_does_not() -> None:
    assert shape().variant == HYBRID
    assert shape({"features.systems.observations": "compact"}).variant == COMPACT
    assert shape({"features.systems.observations": "compact"}, observations="full").variant == FULL


def test_rows_are_padded_to_lines() -> None:
    floats, halves = shape(observations="hybrid"), shape(observations="hybrid", precision="float16")
    assert (floats.map_words, floats.feature_words) == (608, 112)  # 605 cells, 99 features
    assert (halves.map_words, halves.feature_words) == (304, 64)
    assert shape(observations="hybrid", maps="bits").map_words == 32


def test_the_hash_is_the_schemas() -> None:
    """The element type is no part of it; names, ranges, formulas, channels and windows are."""
    known = shape(observations="hybrid").schema_hash
    assert len(known) == 64
    assert shape(observations="hybrid", precision="float16").schema_hash == known
    others = [
        shape(observations="compact"),
        shape({"observations_config.hybrid.local_window": 9}, observations="hybrid"),
        shape({"needs": {"fun": {}}}, observations="hybrid"),
        shape({"features.observations.personality_channels": True}, observations="hybrid"),
    ]
    assert len({known, *(other.schema_hash for other in others)}) == 5


def test_counts_do_not_fit_bits() -> None:
    keys = {"observations_config.compact.normalize_counts": False}
    with pytest.raises(UserError, match="normalize_counts is off: bits hold no counts"):
        shape(keys, observations="compact", maps="bits")


def test_an_object_type_the_town_has_not_is_refused() -> None:
    keys = {"observations_config.compact.object_channels": ["fridgee"]}
    with pytest.raises(UserError, match=r"no object type 'fridgee'; did you mean 'fridge'\?"):
        shape(keys, observations="compact")
    assert shape(keys, observations="hybrid").types == ()


def test_towns_of_a_batch_have_one_shape() -> None:
    config = SimulationConfig().with_overrides({"world.agents": 4})
    one, other = "observations_config.hybrid.time_ticks_per_day", "observations_config.hybrid"
    blue = draw_blueprint(config, towns=2, overrides={one: [1440, 60]})
    assert shape_of(blue, Learner(observations="hybrid")).side == 11
    blue = draw_blueprint(config, towns=2, overrides={f"{other}.local_window": [11, 9]})
    with pytest.raises(UserError, match="another shape in one town than in another"):
        shape_of(blue, Learner(observations="hybrid"))
