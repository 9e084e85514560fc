"""What never changes of observations: wide rows, rings, and how long tables are."""

from __future__ import annotations

import numpy as np
import pytest

import townlet_components
from townlet.config import SimulationConfig
from townlet.learner import Learner
from townlet.observe.shape import shape_of
from townlet.setup.blueprint import draw_blueprint
from townlet.setup.build import build_store
from townlet.systems import OBSERVATION_COMPONENTS, discover_components
from townlet_components.observation import OBJECTS, WALLS, FeaturePlan, MapPlan, Sights


@pytest.mark.parametrize("side", [5, 11])
def test_wide_rows_show_what_lies_beyond_the_borders(side: int) -> None:
    config = SimulationConfig().with_overrides(
        {"world.agents": 300, "observations_config.hybrid.local_window": side}
    )
    blue, learner = draw_blueprint(config, towns=2), Learner(False, "hybrid")
    components = [*discover_components(townlet_components), *OBSERVATION_COMPONENTS]
    store = build_store(blue, components, 1, None, learner)
    plan, reach = blue.plan, side // 2
    assert plan.districts > 4
    planes = store.read(Sights).plane
    assert planes.shape == (2 * plan.districts, plan.height + 2 * reach, 4)
    things = {
        plan.position(int(d), int(t))
        for d, t in zip(plan.object_district, plan.object_tile, strict=True)
    }
    draws = np.random.default_rng(side)
    for _ in range(400):
        d = int(draws.integers(plan.districts))
        v, u = draws.integers([plan.height + 2 * reach, plan.width + 2 * reach]).tolist()
        x, y = plan.position(d, 0)
        x, y = x + u - reach, y + v - reach
        wall = True
        if 0 <= x < plan.grid_w * plan.width and 0 <= y < plan.grid_h * plan.height:
            district, tile = plan.locate(x, y)
            wall = not plan.walkable[plan.district_layout[district], tile]
        for town in range(2):
            row = planes[town * plan.districts + d, v]
            assert bool(int(row[WALLS]) >> u & 1) == wall
            assert bool(int(row[OBJECTS]) >> u & 1) == ((x, y) in things)


def test_rings_hold_every_cell_but_the_middle_once() -> None:
    blue = draw_blueprint(SimulationConfig().with_overrides({"world.agents": 4}))
    learner = Learner(False, "hybrid")
    components = [*discover_components(townlet_components), *OBSERVATION_COMPONENTS]
    plan = build_store(blue, components, 1, None, learner).read(MapPlan)
    whole = [int(low) | int(high) << 64 for low, high in plan.ring]
    assert sum(whole) == (1 << 121) - 1 - (1 << 60)
    assert (np.diff(plan.distance) > 0).all()
    assert plan.distance[0] == np.float32(0.2)
    assert plan.distance[-1] == 1


def test_landmarks_a_town_has_not_have_no_type() -> None:
    config = SimulationConfig().with_overrides(
        {
            "world.grid_size": [9, 9],
            "world.agents": 2,
            "observations_config.hybrid.include_targets": True,
        }
    )
    blue, learner = draw_blueprint(config), Learner(False, "hybrid")
    components = [*discover_components(townlet_components), *OBSERVATION_COMPONENTS]
    plan = build_store(blue, components, 1, None, learner).read(FeaturePlan)
    known = blue.plan.object_types
    wanted = [known.index(k) if k in known else -1 for k in ("fridge", "stove", "bed", "shower")]
    assert plan.landmark.tolist() == wanted
    assert plan.landmarks[0] == 4
    assert shape_of(blue, learner).choice.targets
