"""A portrait is what the buffers hold, by names."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from townlet import Simulation, load_config
from townlet.errors import UserError
from townlet.learner import Learner
from townlet.observe.portrait import portrait


def sim_of(**asked: Any) -> Simulation:
    learner = Learner(rewards=False, **asked)
    config = load_config("configs/town.yaml").with_overrides({"features.systems.lifecycle": "off"})
    return Simulation.from_config(config, agents=12, towns=2, learner=learner).run(70)


@pytest.mark.parametrize("maps", ["float", "bits"])
def test_it_holds_map_features_and_masks(maps: str) -> None:
    sim = sim_of(observations="hybrid", maps=maps)
    seen = portrait(sim, 5, town=1)
    json.dumps(seen, allow_nan=False)
    at = sim.capacity + 5
    assert (seen["slot"], seen["town"], seen["tick"], seen["time"]) == (5, 1, 70, "08:10")
    assert seen["agent"] == sim.blueprint.names.of(5, 0)
    assert list(seen["features"].values()) == sim.observation().features[at].tolist()
    cells = np.array(seen["map"]["cells"])
    assert cells.shape == (5, 11, 11)
    assert cells[0].sum() == cells[0, 5, 5] == 1
    if maps == "float":
        assert (cells == sim.observation().map[at]).all()
    row = int(sim.column("Rows.row_of")[at])
    masks = sim.masks()
    assert list(seen["options"].values()) == masks.option[row].tolist()
    assert list(seen["primitives"].values()) == masks.primitive[row].tolist()
    assert seen["schema_hash"] == sim.features().schema_hash


def test_looking_changes_nothing() -> None:
    sim, other = sim_of(observations="full"), sim_of(observations="full")
    portrait(sim, "anna")
    assert sim.run(5).hash() == other.run(5).hash()


def test_nobody_has_no_portrait() -> None:
    sim = sim_of(observations="hybrid")
    sim.kill(5)
    sim.run(1)
    with pytest.raises(UserError, match="slot 5"):
        portrait(sim, 5)
    with pytest.raises(UserError, match="annna"):
        portrait(sim, "annna")
