"""Walking: following the tables leads there, along x first, in as many steps as promised."""

from __future__ import annotations

from collections import deque
from functools import cache
from typing import Any

import numpy as np
import pytest

from townlet.config import SimulationConfig
from townlet.simulation import Simulation
from townlet_components.citymap import DistrictPlan, Layouts
from townlet_systems.bundles import City
from townlet_systems.walking import (
    ARRIVED,
    FAR,
    UNREACHABLE,
    distance,
    gate_toward,
    neighbour,
    next_step,
)

pytestmark = pytest.mark.usefixtures("plain_python")
STEPS = ((0, -1), (0, 1), (1, 0), (-1, 0))


@cache
def town() -> Simulation:
    config = SimulationConfig().with_overrides({"world.residents_per_district": 32})
    return Simulation.from_config(config, agents=32 * 6)


def city() -> City:
    layouts, plan = town().store.read(Layouts), town().store.read(DistrictPlan)
    return City(layouts.route, plan.layout, layouts.gate_exit, layouts.gate_tile, plan.grid)


def plain(function: Any, *args: Any) -> int:
    return int(function.py_func(*args))


def breadth_first(district: int, goals: set[int]) -> dict[int, int]:
    """Steps from every tile of a district to the nearest goal."""
    plan = town().plan
    walkable = plan.walkable[plan.district_layout[district]]
    far = dict.fromkeys(goals, 0)
    todo = deque(goals)
    while todo:
        tile = todo.popleft()
        for spot in around(tile):
            if walkable[spot] and spot not in far:
                far[spot] = far[tile] + 1
                todo.append(spot)
    return far


def around(tile: int) -> list[int]:
    width, height = town().plan.width, town().plan.height
    x, y = tile % width, tile // width
    spots = [(x + dx, y + dy) for dx, dy in STEPS]
    return [v * width + u for u, v in spots if 0 <= u < width and 0 <= v < height]


def beside(thing: int) -> set[int]:
    """Tiles a thing is used from."""
    plan = town().plan
    walkable = plan.walkable[plan.district_layout[plan.object_district[thing]]]
    tile = int(plan.object_tile[thing])
    return {spot for spot in (tile, *around(tile)) if walkable[spot]}


def walk(district: int, tile: int, goal: int, target: int) -> tuple[list[int], int, int]:
    """Follow the steps as movement would: districts passed, number of steps, last tile."""
    plan, map_ = town().plan, city()
    passed, steps = [district], 0
    while (step := plain(next_step, map_, district, tile, goal, target)) != ARRIVED:
        assert 0 <= step < 4
        beyond = plain(neighbour, map_, district, step)
        if plan.gate_exit[step, tile] >= 0 and beyond >= 0:
            district, tile = beyond, int(plan.gate_exit[step, tile])
            passed.append(district)
        else:
            tile += (-plan.width, plan.width, 1, -1)[step]
        assert plan.walkable[plan.district_layout[district], tile]
        steps += 1
        assert steps < 1000
    return passed, steps, tile


def test_the_town_has_several_districts_to_walk_through() -> None:
    assert (town().plan.grid_w, town().plan.grid_h) in ((3, 2), (2, 3))


def test_within_a_district_the_way_is_the_shortest() -> None:
    plan, luck = town().plan, np.random.default_rng(0)
    for thing in luck.choice(plan.objects, 12, replace=False).tolist():
        district, target = int(plan.object_district[thing]), int(plan.object_target[thing])
        far = breadth_first(district, beside(thing))
        for tile in luck.choice(sorted(far), 12).tolist():
            assert plain(distance, city(), district, tile, district, target) == far[tile]
            _, steps, end = walk(district, tile, district, target)
            assert steps == far[tile]
            assert end in beside(thing)


def test_between_districts_the_way_goes_along_x_first() -> None:
    plan, luck = town().plan, np.random.default_rng(1)
    for _ in range(40):
        thing = int(luck.integers(plan.objects))
        goal, start = int(plan.object_district[thing]), int(luck.integers(plan.districts))
        tile = int(luck.choice(np.flatnonzero(plan.walkable[plan.district_layout[start]])))
        target = int(plan.object_target[thing])
        if tile not in breadth_first(start, beside_gates(start)):
            continue
        passed, steps, end = walk(start, tile, goal, target)
        assert end in beside(thing)
        assert passed == districts_along_x_first(start, goal)
        promised = plain(distance, city(), start, tile, goal, target)
        gates = int((plan.gate_exit[0] >= 0).sum())
        assert abs(steps - promised) <= gates * (len(passed) - 1)


def beside_gates(district: int) -> set[int]:
    """Gate tiles of a district; a courtyard without one is left by nobody."""
    return set(np.flatnonzero((town().plan.gate_exit >= 0).any(axis=0)).tolist())


def districts_along_x_first(start: int, goal: int) -> list[int]:
    across = town().plan.grid_w
    x, y = start % across, start // across
    passed = [start]
    while x != goal % across:
        x += 1 if x < goal % across else -1
        passed.append(y * across + x)
    while y != goal // across:
        y += 1 if y < goal // across else -1
        passed.append(y * across + x)
    return passed


def test_the_neighbour_of_the_edge_is_nowhere() -> None:
    across, down = town().plan.grid_w, town().plan.grid_h
    for district in range(town().plan.districts):
        x, y = district % across, district // across
        for side, (dx, dy) in enumerate(STEPS):
            u, v = x + dx, y + dy
            beyond = v * across + u if 0 <= u < across and 0 <= v < down else -1
            assert plain(neighbour, city(), district, side) == beyond


def test_gates_lead_toward_the_goal() -> None:
    for district in range(town().plan.districts):
        for goal in range(town().plan.districts):
            if district != goal:
                side = plain(gate_toward, city(), district, goal)
                beyond = plain(neighbour, city(), district, side)
                assert beyond == districts_along_x_first(district, goal)[1]


def test_where_there_is_no_way() -> None:
    """A line of three tiles; the first cannot reach the target."""
    route = np.full((1, 5, 3), UNREACHABLE, np.uint16)
    route[0, 4, 1:] = (1 << 3 | 2, ARRIVED)
    gates = np.full((4, 3), -1, np.int16)
    lonely = City(
        route, np.zeros(1, np.int16), gates, np.full(4, -1, np.int16), np.ones(2, np.int32)
    )
    assert [plain(next_step, lonely, 0, tile, 0, 4) for tile in range(3)] == [-1, 2, ARRIVED]
    assert [plain(distance, lonely, 0, tile, 0, 4) for tile in range(3)] == [FAR, 1, 0]
