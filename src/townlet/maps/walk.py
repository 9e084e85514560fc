"""Walking distances over the whole town, in plain Python: for tools and tests, not for the tick."""

from __future__ import annotations

from townlet.maps.plan import TownPlan
from townlet.maps.routing import ARRIVED, UNREACHABLE

NORTH, SOUTH, EAST, WEST = range(4)


def walk_distance(plan: TownPlan, district: int, tile: int, object_index: int) -> int:
    """Steps from a tile until an object is in reach.

    Within a district this is the table's distance. Between districts the route is defined, not
    shortest (SPEC §3): along x first, then y, gate to gate.

    Args:
        plan: the town.
        district: district one starts in.
        tile: walkable tile one starts on.
        object_index: the object to reach.

    Raises:
        ValueError: there is no way.
    """
    goal = int(plan.object_district[object_index])
    steps = 0
    while district != goal:
        side = _side(plan, district, goal)
        walked, tile = _walk_to_gate(plan, district, tile, side)
        steps += walked + 1
        tile = int(plan.gate_exit[side, tile])
        district += (-plan.grid_w, plan.grid_w, 1, -1)[side]
    layout = int(plan.district_layout[district])
    entry = int(plan.route[layout, int(plan.object_target[object_index]), tile])
    if entry == UNREACHABLE:
        raise ValueError(f"there is no way from tile {tile} of district {district}")
    return steps + (entry >> 3)


def _side(plan: TownPlan, district: int, goal: int) -> int:
    """The side to leave a district by: x first, then y."""
    column, row = district % plan.grid_w, district // plan.grid_w
    goal_column, goal_row = goal % plan.grid_w, goal // plan.grid_w
    if column != goal_column:
        return EAST if goal_column > column else WEST
    return SOUTH if goal_row > row else NORTH


def _walk_to_gate(plan: TownPlan, district: int, tile: int, side: int) -> tuple[int, int]:
    """Follow the route to a side's gate; return the steps taken and the gate tile reached."""
    table = plan.route[int(plan.district_layout[district]), side]
    move = (-plan.width, plan.width, 1, -1)
    steps = 0
    while (entry := int(table[tile])) & 7 != ARRIVED:
        if entry == UNREACHABLE:
            raise ValueError(f"there is no way from tile {tile} of district {district} to a gate")
        tile += move[entry & 7]
        steps += 1
    return steps, tile
