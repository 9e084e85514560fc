from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townlet.errors import UserError
from townlet.maps import PLACE_KINDS, PlanSpec, TownPlan, build_plan, walk_distance
from townlet.maps.ascii import parse_layout
from townlet.maps.layout import Layout

HOME = PLACE_KINDS.index("home")


def same(one: TownPlan, other: TownPlan) -> bool:
    for entry in fields(one):
        a, b = getattr(one, entry.name), getattr(other, entry.name)
        if isinstance(a, np.ndarray):
            if a.dtype != b.dtype or not np.array_equal(a, b):
                return False
        elif entry.name != "layouts" and a != b:
            return False
    return True


def check_plan(plan: TownPlan, capacity: int) -> None:
    """What holds of every generated town."""
    assert len(plan.home_place) == capacity
    assert (plan.place_kind[plan.home_place] == HOME).all()
    assert (np.diff(plan.home_district) >= 0).all()
    assert (plan.place_district[plan.home_place] == plan.home_district).all()
    people = np.bincount(plan.home_district, minlength=plan.districts)
    assert people.max() - people.min() <= 1
    assert np.bincount(plan.home_place).max() <= 4
    layout = plan.district_layout[plan.home_district]
    assert plan.walkable[layout, plan.home_tile].all()
    local = plan.home_place - plan.place_first[plan.home_district]
    assert (plan.place_of_tile[layout, plan.home_tile] == local).all()
    assert (plan.object_private == (plan.place_kind[plan.object_place] == HOME)).all()
    assert (plan.place_district[plan.object_place] == plan.object_district).all()
    assert (
        np.repeat(np.arange(plan.districts), np.diff(plan.object_first)) == plan.object_district
    ).all()
    for kind in range(len(plan.object_types)):
        numbers = plan.object_number[plan.object_type == kind]
        assert (np.sort(numbers) == np.arange(1, len(numbers) + 1)).all()


@given(st.integers(1, 700), st.integers(0, 50))
@settings(max_examples=15, deadline=None)
def test_build_plan__any_size(capacity: int, seed: int) -> None:
    spec = PlanSpec(max(1, capacity // 2), capacity, map_seed=seed)
    plan = build_plan(spec)
    check_plan(plan, capacity)
    assert same(plan, build_plan(spec))
    assert set(plan.place_kind) == set(range(len(PLACE_KINDS) - 1))
    assert int(plan.place_jobs.sum()) == (95 * capacity + 50) // 100
    assert not plan.place_jobs[plan.place_kind == HOME].any()
    assert plan.grid_w - plan.grid_h in (0, 1)


def test_build_plan__depends_on_the_map_seed() -> None:
    assert not same(build_plan(PlanSpec(64, 64)), build_plan(PlanSpec(64, 64, map_seed=1)))


def test_build_plan__a_million() -> None:
    plan = build_plan(PlanSpec(1_000_000, 1_000_000))
    assert (plan.grid_w, plan.grid_h, len(plan.layouts)) == (125, 125, 4)
    assert set(plan.district_layout) == {0, 1, 2, 3}
    check_plan(plan, 1_000_000)
    last = plan.objects - 1
    assert plan.object_index(plan.object_id(last)) == last


def test_build_plan__arrays_are_read_only_and_have_the_promised_types() -> None:
    plan = build_plan(PlanSpec(100, 100))
    wanted = {
        "district_layout": "int16", "place_first": "int32", "object_first": "int32",
        "tile_kind": "uint8", "walkable": "bool", "single": "bool", "outdoor": "bool",
        "place_of_tile": "int16", "route": "uint16", "gate_exit": "int16", "place_kind": "int16",
        "place_district": "int32", "place_door": "int16", "place_target": "int16",
        "place_jobs": "int16", "object_type": "int16", "object_district": "int32",
        "object_tile": "int16", "object_place": "int32", "object_target": "int16",
        "object_queue": "int16", "object_number": "int32", "object_private": "bool",
        "home_place": "int32", "home_district": "int32", "home_tile": "int16",
    }  # fmt: skip
    for name, dtype in wanted.items():
        array = getattr(plan, name)
        assert array.dtype == dtype, name
        assert not array.flags.writeable, name


def test_build_plan__routes_lead_to_objects_places_and_queues() -> None:
    plan = build_plan(PlanSpec(200, 200))
    for index in range(plan.objects):
        district = int(plan.object_district[index])
        layout = int(plan.district_layout[district])
        table = plan.route[layout, plan.object_target[index]]
        at = int(plan.object_tile[index])
        arrived = {int(tile) for tile in np.flatnonzero(table == 4)}
        around = {at, at - plan.width, at + plan.width, at - 1, at + 1}
        assert arrived
        assert arrived <= around
        door = int(plan.place_door[plan.object_place[index]])
        assert table[door] != 0xFFFF
        place = int(plan.object_place[index])
        inside = plan.route[layout, plan.place_target[place]] == 4
        local = place - plan.place_first[district]
        assert (plan.place_of_tile[layout][inside] == local).all()
        for target in plan.object_queue[index]:
            if target >= 0:
                (tile,) = np.flatnonzero(plan.route[layout, target] == 4)
                assert plan.place_of_tile[layout, tile] == local


def test_build_plan__gates_lead_into_each_other() -> None:
    plan = build_plan(PlanSpec(300, 300))
    for side, back in ((0, 1), (1, 0), (2, 3), (3, 2)):
        for tile in np.flatnonzero(plan.gate_exit[side] >= 0):
            there = plan.gate_exit[side, tile]
            assert plan.gate_exit[back, there] == tile
            assert plan.walkable[:, tile].all()
            assert not plan.single[:, tile].any()
        assert (plan.gate_exit[side] >= 0).sum() == 2


def test_build_plan__tile_rules() -> None:
    plan = build_plan(PlanSpec(8, 8, tile_rules={"road": "many", "floor": "one"}))
    kind = plan.tile_kind
    assert not plan.single[kind == 3].any()
    assert plan.single[kind == 1].all()
    assert plan.single[kind == 4].all()
    with pytest.raises(UserError, match=r"world\.tiles\.raod: no such tile kind; nearest: 'road'"):
        build_plan(PlanSpec(8, 8, tile_rules={"raod": "one"}))


def test_build_plan__extra_tiles_have_routes() -> None:
    plan = build_plan(PlanSpec(300, 300, extra_tiles=((40, 15),)))
    district, tile = plan.locate(40, 15)
    layout = int(plan.district_layout[district])
    table = plan.route[layout, plan.tile_targets[layout, tile]]
    assert list(np.flatnonzero(table == 4)) == [tile]
    with pytest.raises(UserError, match=r"position \[999, 0\] is off the map"):
        build_plan(PlanSpec(8, 8, extra_tiles=((999, 0),)))


def test_build_plan__refuses_impossible_numbers() -> None:
    with pytest.raises(UserError, match=r"world\.capacity: 0"):
        build_plan(PlanSpec(0, 0))
    with pytest.raises(UserError, match=r"world\.agents: 9 is not allowed; 0 to the capacity, 8"):
        build_plan(PlanSpec(9, 8))


def test_walk_distance__follows_the_defined_route() -> None:
    plan = build_plan(PlanSpec(500, 500))
    step = (-plan.width, plan.width, 1, -1)
    for slot in range(0, 500, 61):
        for index in range(0, plan.objects, 397):
            district, tile = int(plan.home_district[slot]), int(plan.home_tile[slot])
            wanted, steps, goal = (
                walk_distance(plan, district, tile, index),
                0,
                int(plan.object_district[index]),
            )
            while True:
                if district == goal:
                    target = int(plan.object_target[index])
                elif district % plan.grid_w != goal % plan.grid_w:
                    target = 2 if goal % plan.grid_w > district % plan.grid_w else 3
                else:
                    target = 1 if goal > district else 0
                move = int(plan.route[plan.district_layout[district], target, tile]) & 7
                if move < 4:
                    tile += step[move]
                elif district == goal:
                    break
                else:
                    tile = int(plan.gate_exit[target, tile])
                    district += (-plan.grid_w, plan.grid_w, 1, -1)[target]
                steps += 1
                assert plan.walkable[plan.district_layout[district], tile]
            assert steps == wanted


HAND = """
rows:
  - "##GG##"
  - "#h==b#"
  - "G====G"
  - "G====G"
  - "#n==p#"
  - "##GG##"
legend: {"#": wall, "=": road, G: gate, h: {place: park}, b: {place: plaza},
         n: {place: gym}, p: {place: cafe}}
"""


def hand(text: str = HAND, name: str = "square") -> Layout:
    return parse_layout(text, name)


def test_build_plan__layouts_without_beds_spread_their_agents() -> None:
    plan = build_plan(PlanSpec(130, 130, layouts=(hand(),)))
    assert plan.districts == 4
    assert (plan.home_place == -1).all()
    assert plan.walkable[0, plan.home_tile].all()


def test_build_plan__refuses_layouts_that_cannot_be_neighbours() -> None:
    spec = PlanSpec(130, 130, layouts=(hand(), hand(HAND.replace('  - "G====G"\n', "", 1), "low")))
    with pytest.raises(UserError, match="layout low is 6 x 5 tiles and layout square 6 x 6"):
        build_plan(spec)
    gateless = hand(HAND.replace("##GG##", "######"), "shut")
    with pytest.raises(UserError, match="layout shut: no gate in the north side"):
        build_plan(replace(spec, layouts=(gateless,)))
    build_plan(PlanSpec(4, 4, layouts=(gateless,)))
    askew = hand(HAND.replace('p#"\n  - "##GG##', 'p#"\n  - "#GG###'), "askew")
    with pytest.raises(UserError, match="layout askew: the gates of its south side"):
        build_plan(replace(spec, layouts=(askew,)))
