from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townlet.errors import UserError
from townlet.maps import TILE_KINDS, PlanSpec, build_plan

OBJECTS = (("stove_1", "stove", (12, 12)), ("shower_1", "shower", None), ("bed_3", "bed", None))


def test_open_ground__one_district_with_the_objects_given() -> None:
    plan = build_plan(PlanSpec(8, 8, grid_size=(24, 20), extra_objects=OBJECTS))
    assert (plan.districts, plan.width, plan.height, plan.places) == (1, 24, 20, 1)
    assert [plan.object_id(i) for i in range(3)] == ["stove_1", "shower_1", "bed_3"]
    assert plan.object_index("bed_3") == 2
    assert plan.object_tile[0] == 12 * 24 + 12
    assert plan.walkable.all()
    assert plan.outdoor.all()
    assert not plan.object_private.any()
    assert (plan.gate_exit == -1).all()
    assert (plan.home_place == -1).all()
    assert len(set(plan.home_tile)) == 8
    assert (plan.place_of_tile == 0).all()


def test_open_ground__ground_holds_one_and_clearings_many() -> None:
    plan = build_plan(PlanSpec(8, 8, grid_size=(24, 20), extra_objects=OBJECTS[:1]))
    at = 12 * 24 + 12
    many = {int(tile) for tile in np.flatnonzero(~plan.single[0])}
    assert many == {at, at - 1, at + 1, at - 24, at + 24}
    assert TILE_KINDS[plan.tile_kind[0, at]] == "clearing"


@given(st.integers(1, 12), st.integers(0, 100))
@settings(max_examples=25, deadline=None)
def test_open_ground__objects_are_spread(count: int, seed: int) -> None:
    objects = tuple((f"bed_{n}", "bed", None) for n in range(1, count + 1))
    plan = build_plan(PlanSpec(4, 4, map_seed=seed, grid_size=(16, 16), extra_objects=objects))
    spots = [(int(t) % 16, int(t) // 16) for t in plan.object_tile]
    for i, (x, y) in enumerate(spots):
        assert 0 < x < 15
        assert 0 < y < 15
        assert all(abs(x - u) + abs(y - v) >= 3 for u, v in spots[:i])


def test_open_ground__more_agents_than_tiles() -> None:
    plan = build_plan(PlanSpec(20, 20, grid_size=(4, 4)))
    assert set(plan.home_tile) == set(range(16))


def test_open_ground__refused() -> None:
    with pytest.raises(UserError, match=r"world.grid_size: \[200, 200\] is not allowed"):
        build_plan(PlanSpec(8, 8, grid_size=(200, 200)))
    with pytest.raises(UserError, match=r"'a': position \[4, 0\] is off the map; x is 0 to 3"):
        build_plan(PlanSpec(1, 1, grid_size=(4, 4), extra_objects=(("a", "bed", (4, 0)),)))
    many = tuple((f"bed_{n}", "bed", None) for n in range(17))
    with pytest.raises(UserError, match="no free tile is left"):
        build_plan(PlanSpec(1, 1, grid_size=(4, 4), extra_objects=many))
