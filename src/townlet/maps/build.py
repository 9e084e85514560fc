"""Build a town's plan: tables per layout, tiled over the districts without a loop over objects."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from townlet.errors import UserError
from townlet.maps import kinds
from townlet.maps.checks import check_routes
from townlet.maps.columns import Anchors, home_columns, object_columns, place_columns
from townlet.maps.extras import Additions, merged, settle
from townlet.maps.frame import Frame, make_frame
from townlet.maps.layout import Layout
from townlet.maps.plan import ExtraObject, PlanSpec, TownPlan
from townlet.maps.routing import UNREACHABLE
from townlet.maps.targets import Targets, layout_targets


def build_plan(spec: PlanSpec) -> TownPlan:
    """Build the plan of a town; a pure function of the spec.

    Args:
        spec: what the town is asked to hold.

    Returns:
        The plan that all towns of a batch share.

    Raises:
        UserError: a layout, an object or a size that cannot be; the message is the sentence.
    """
    _check_spec(spec)
    single = kinds.single_kinds(spec.tile_rules)
    named = merged(spec.extra_objects)
    frame = make_frame(spec, named)
    types = _object_types(frame.layouts, named)
    anchors = Anchors.of(frame, types)
    if spec.grid_size is not None and not spec.layouts:
        extra = Additions(names={number: name for number, (name, _, _) in enumerate(named)})
    else:
        extra = settle(named, frame, anchors.standing(), types, spec.map_seed)
    targets = _targets(spec, frame, extra)
    return TownPlan(
        width=frame.width,
        height=frame.height,
        grid_w=frame.grid_w,
        grid_h=frame.grid_h,
        layouts=frame.layouts,
        district_layout=frame.layout,
        route=_stacked([entry.route for entry in targets]),
        gate_exit=_gate_exit(frame.layouts[0]),
        tile_targets=_tile_targets(targets),
        object_types=types,
        **_tile_columns(frame, single),
        **place_columns(frame, spec),
        **object_columns(frame, anchors, targets, extra, types),
        **home_columns(frame, spec),
    )


def _tile_columns(frame: Frame, single: NDArray[np.bool_]) -> dict[str, Any]:
    """What each tile of each layout is, (layouts, tiles)."""
    tile_kind = np.stack([layout.kind.ravel() for layout in frame.layouts])
    return {
        "tile_kind": tile_kind,
        "walkable": kinds.walkable_kinds()[tile_kind],
        "single": single[tile_kind],
        "outdoor": kinds.outdoor_kinds()[tile_kind],
        "place_of_tile": np.stack([layout.place_of_tile() for layout in frame.layouts]),
    }


def _check_spec(spec: PlanSpec) -> None:
    """Refuse numbers no town can have."""
    if spec.capacity < 1:
        raise UserError(f"world.capacity: {spec.capacity} is not allowed; at least 1")
    if not 0 <= spec.population <= spec.capacity:
        raise UserError(
            f"world.agents: {spec.population} is not allowed; 0 to the capacity, {spec.capacity}"
        )
    if spec.residents_per_district < 1:
        raise UserError(
            f"world.residents_per_district: {spec.residents_per_district} is not allowed; "
            "at least 1"
        )


def _object_types(layouts: tuple[Layout, ...], named: tuple[ExtraObject, ...]) -> tuple[str, ...]:
    """All types, the generator's first, others in the order they turn up."""
    drawn = [anchor.object_type for layout in layouts for anchor in layout.anchors]
    return tuple(dict.fromkeys([*kinds.OBJECT_TYPES, *drawn, *(kind for _, kind, _ in named)]))


def _targets(spec: PlanSpec, frame: Frame, extra: Additions) -> list[Targets]:
    """Routes of every layout, with targets for the tiles that files name."""
    spots: list[set[int]] = [set() for _ in frame.layouts]
    beside: list[set[int]] = [set() for _ in frame.layouts]
    for x, y in spec.extra_tiles:
        width, height = frame.grid_w * frame.width, frame.grid_h * frame.height
        if not (0 <= x < width and 0 <= y < height):
            raise UserError(
                f"position [{x}, {y}] is off the map; "
                f"x is 0 to {width - 1} and y is 0 to {height - 1}"
            )
        district, tile = frame.locate(x, y)
        spots[frame.layout[district]].add(tile)
    for row in extra.rows:
        beside[frame.layout[row.district]].add(row.tile)
    result = []
    for layout, tiles, objects in zip(frame.layouts, spots, beside, strict=True):
        targets = layout_targets(layout, tiles, objects)
        check_routes(layout, targets.route, frame.districts > 1)
        result.append(targets)
    for row in extra.rows:
        number = int(frame.layout[row.district])
        entry, door = result[number], frame.layouts[number].places[0].door
        if entry.route[entry.beside[row.tile], door] == UNREACHABLE:
            at = frame.layouts[number].at(row.tile)
            raise UserError(f"object {row.name!r}: there is no way to {at} of its district")
    return result


def _tile_targets(targets: list[Targets]) -> dict[tuple[int, int], int]:
    """Routing target of each extra tile, by (layout, tile)."""
    return {
        (number, tile): target
        for number, entry in enumerate(targets)
        for tile, target in entry.extra.items()
    }


def _stacked(routes: list[NDArray[np.uint16]]) -> NDArray[np.uint16]:
    """One array for all layouts; those with fewer targets are filled up with unreachable ones."""
    shape = (len(routes), max(len(route) for route in routes), routes[0].shape[1])
    result = np.full(shape, UNREACHABLE, np.uint16)
    for number, route in enumerate(routes):
        result[number, : len(route)] = route
    return result


def _gate_exit(layout: Layout) -> NDArray[np.int16]:
    """Tile entered next door through each gate, int16 (4, tiles), -1 elsewhere."""
    result = np.full((4, layout.tiles), -1, np.int16)
    across = (
        layout.tiles - layout.width,
        layout.width - layout.tiles,
        1 - layout.width,
        layout.width - 1,
    )
    for side in range(4):
        gates = np.array(layout.gates(side), np.int64)
        result[side, gates] = gates + across[side]
    return result
