"""Walking: the next step and the distance to a target, from the layouts' tables.

Between districts the route is defined, not shortest: along x first, then y, gate to gate (SPEC §3).
"""

import numpy as np

from townlet.ecs import device
from townlet_systems.bundles import City

NORTH, SOUTH, EAST, WEST, ARRIVED = 0, 1, 2, 3, 4
UNREACHABLE = 0xFFFF
#: Distance of what cannot be reached.
FAR = 1 << 24


@device
def gate_toward(city: City, district: int, goal: int) -> int:
    """Side on which to leave ``district`` for another district ``goal``."""
    # Without a sign: dividing is the dearest of what is done here.
    width = np.uint32(city.grid[0])
    x, goal_x = np.uint32(district) % width, np.uint32(goal) % width
    if x != goal_x:
        return EAST if x < goal_x else WEST
    return SOUTH if district < goal else NORTH


@device
def neighbour(city: City, district: int, side: int) -> int:
    """District beyond a side, or -1 at the edge of the town."""
    width, height = np.int64(city.grid[0]), np.int64(city.grid[1])
    y = np.int64(np.uint32(district) // np.uint32(width))
    x = district - y * width
    if side == NORTH:
        return int(district - width if y > 0 else -1)
    if side == SOUTH:
        return int(district + width if y < height - 1 else -1)
    if side == EAST:
        return int(district + 1 if x < width - 1 else -1)
    return int(district - 1 if x > 0 else -1)


@device
def next_step(city: City, district: int, tile: int, goal: int, target: int) -> int:
    """Direction of the next step toward a target of district ``goal``.

    Returns:
        0..3, ARRIVED, or -1 when there is no way.
    """
    side = target if district == goal else gate_toward(city, district, goal)
    word = city.route[city.layout[district], side, tile]
    if word == UNREACHABLE:
        return -1
    step = int(word & 7)
    if step == ARRIVED and district != goal:
        return side
    return step


@device
def distance(city: City, district: int, tile: int, goal: int, target: int) -> int:
    """Tiles to walk to a target of district ``goal``; FAR when there is no way.

    Exact within a district. Across districts the walk is measured by each gate's first tile.
    """
    total, tile = entrance(city, district, tile, goal)
    return total + distance_within(city, goal, tile, target) if total < FAR else FAR


@device
def entrance(city: City, district: int, tile: int, goal: int) -> tuple[int, int]:
    """Tiles to walk to where one enters district ``goal``, and the tile there.

    Who is there has nothing to walk; FAR when there is no way.
    """
    # Divided as numbers without a sign, and once.
    width = np.int64(city.grid[0])
    y = np.int64(np.uint32(district) // np.uint32(width))
    goal_y = np.int64(np.uint32(goal) // np.uint32(width))
    x, goal_x = district - y * width, goal - goal_y * width
    total = 0
    while x != goal_x or y != goal_y:
        along = SOUTH if y < goal_y else NORTH
        across = EAST if x < goal_x else WEST
        side = across if x != goal_x else along
        word = city.route[city.layout[y * width + x], side, tile]
        if word == UNREACHABLE:
            return FAR, tile
        total += int(np.int64(word) >> 3) + 1
        tile = int(city.gate_exit[side, city.gate_tile[side]])
        x += (1 if side == EAST else 0) - (1 if side == WEST else 0)
        y += (1 if side == SOUTH else 0) - (1 if side == NORTH else 0)
    return total, tile


@device
def distance_within(city: City, district: int, tile: int, target: int) -> int:
    """Tiles to walk to a target of the district one is in; FAR when there is no way."""
    word = city.route[city.layout[district], target, tile]
    return FAR if word == UNREACHABLE else int(np.int64(word) >> 3)
