"""Pictures of towns: text and pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from townlet.env import parallel_env
from townlet.env.pictures import MARGIN, TILE, describe, picture, where
from townlet.simulation import Simulation

CONFIGS = Path(__file__).parents[3] / "configs"


def test_text_says_when_and_shows_who() -> None:
    sim = Simulation.from_config("configs/small.yaml").run(1)
    text = describe(sim, 0)
    assert text.startswith("town 0, day 0, 07:01, 8 agents\n")
    assert "@ agent" in text


def test_pixels_show_everybody_where_they_are() -> None:
    sim = Simulation.from_config("configs/small.yaml", towns=2).run(200)
    spots = where(sim, 1)
    plan = sim.plan
    position = [
        plan.position(int(district), int(tile))
        for district, tile in zip(
            sim.column("Position.district")[8:], sim.column("Position.tile")[8:], strict=True
        )
    ]
    assert [tuple(spot) for spot in spots.tolist()] == position
    image = picture(sim, 1)
    assert image.shape == (plan.height * TILE, plan.width * TILE, 3)
    assert image.dtype == np.uint8
    red = (image == (0xD1, 0x34, 0x3B)).all(axis=2)
    assert red.sum() == len(set(position)) * (TILE - 2 * MARGIN) ** 2
    for x, y in position:
        assert red[y * TILE + MARGIN, x * TILE + MARGIN]


def test_a_large_town_shows_its_corner() -> None:
    sim = Simulation.from_config("configs/town.yaml", agents=64 * 100).run(1)
    assert sim.plan.grid_w > 8
    assert picture(sim, 0).shape == (8 * sim.plan.height * TILE, 8 * sim.plan.width * TILE, 3)


def test_render_modes(capsys: pytest.CaptureFixture[str]) -> None:
    for mode, kind in (("ansi", str), ("rgb_array", np.ndarray), ("human", type(None))):
        town = parallel_env(agents=3, render_mode=mode)
        town.reset(seed=0)
        assert isinstance(town.render(), kind)
    assert "3 agents" in capsys.readouterr().out
    town = parallel_env(agents=3)
    town.reset(seed=0)
    assert town.render() is None
