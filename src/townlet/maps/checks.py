"""What a layout must be before a town is built of it; every complaint is one sentence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from townlet.errors import UserError
from townlet.maps import kinds
from townlet.maps.layout import MAX_TILES, SIDES, Layout, neighbours
from townlet.maps.routing import UNREACHABLE


def check_layout(layout: Layout) -> None:
    """Check what can be seen without routes.

    Raises:
        UserError: a place of an unknown kind, a blocked door, an anchor outside its place, two
            anchors on one tile, too many tiles.
    """
    if layout.tiles > MAX_TILES:
        raise UserError(
            f"layout {layout.name}: {layout.width} x {layout.height} tiles are too many; "
            f"a district has at most {MAX_TILES}"
        )
    walkable = layout.walkable().ravel()
    for number, place in enumerate(layout.places):
        label = f"layout {layout.name}: {place.kind} number {number}"
        if place.kind not in kinds.PLACE_KINDS:
            raise UserError(
                f"{label} is of no known kind{kinds.nearest(place.kind, kinds.PLACE_KINDS)}"
            )
        if not walkable[place.door]:
            raise UserError(f"{label} has a door at {layout.at(place.door)} that is not walkable")
        if not any(walkable[tile] for tile in place.tiles):
            raise UserError(f"{label} has no tile to stand on behind its door")
    seen: dict[int, str] = {}
    for anchor in layout.anchors:
        label = f"layout {layout.name}: the {anchor.object_type} at {layout.at(anchor.tile)}"
        if anchor.tile in seen and layout.places[anchor.place].kind != "open":
            raise UserError(f"{label} stands where a {seen[anchor.tile]} stands already")
        if anchor.tile not in layout.places[anchor.place].tiles:
            raise UserError(f"{label} stands outside its {layout.places[anchor.place].kind}")
        seen[anchor.tile] = anchor.object_type


def check_routes(layout: Layout, route: NDArray[np.uint16], many: bool) -> None:
    """Check that one can walk from everywhere that matters to everywhere that matters.

    Args:
        layout: a layout that passed :func:`check_layout`.
        route: its table, uint16 (targets, tiles).
        many: the town has more than one district, so gates are needed.

    Raises:
        UserError: naming layout, place and tile.
    """
    if many:
        for side in range(4):
            if not layout.gates(side):
                raise UserError(
                    f"layout {layout.name}: no gate in the {SIDES[side]} side, and a town of more "
                    "than one district needs one in each"
                )
    starts = [tile for side in range(4) for tile in layout.gates(side)]
    starts += [place.door for place in layout.places]
    for target, label, tile in _goals(layout):
        for start in starts:
            if route[target, start] == UNREACHABLE:
                raise UserError(
                    f"layout {layout.name}: there is no way from {layout.at(start)} "
                    f"to the {label} at {layout.at(tile)}"
                )


def _goals(layout: Layout) -> list[tuple[int, str, int]]:
    """Target number, name and tile of everything one must be able to walk to."""
    gates = [(side, layout.gates(side)) for side in range(4)]
    goals = [(side, f"{SIDES[side]} gate", tiles[0]) for side, tiles in gates if tiles]
    for number, place in enumerate(layout.places):
        goals.append((4 + number, f"{place.kind} number {number} with its door", place.door))
    first = 4 + len(layout.places)
    for number, anchor in enumerate(layout.anchors):
        home = f"{layout.places[anchor.place].kind} number {anchor.place}"
        goals.append((first + number, f"{anchor.object_type} of {home}", anchor.tile))
    return goals


def check_same_frame(layouts: tuple[Layout, ...]) -> None:
    """Check that any two layouts can be neighbours.

    Raises:
        UserError: sizes differ, or gates do not face each other.
    """
    model = layouts[0]
    for layout in layouts[1:]:
        if layout.kind.shape != model.kind.shape:
            raise UserError(
                f"layout {layout.name} is {layout.width} x {layout.height} tiles and layout "
                f"{model.name} {model.width} x {model.height}; those of a town have one size"
            )
    width = model.width
    for side, across in ((0, True), (1, True), (2, False), (3, False)):
        wanted = _offsets(model, 0 if across else 2, width, across)
        for layout in layouts:
            found = _offsets(layout, side, width, across)
            if found != wanted:
                raise UserError(
                    f"layout {layout.name}: the gates of its {SIDES[side]} side are at "
                    f"{'x' if across else 'y'} = {found}, those they must meet at {wanted}"
                )


def _offsets(layout: Layout, side: int, width: int, across: bool) -> list[int]:
    """Where along its side each gate lies."""
    return [tile % width if across else tile // width for tile in layout.gates(side)]


def arrival_tiles(layout: Layout, tile: int, walkable: NDArray[np.bool_]) -> list[int]:
    """Tiles where an object is in reach: its own and the four next to it, if walkable."""
    spots = [tile, *neighbours(tile, layout.width, layout.height)]
    return [spot for spot in spots if walkable[spot]]
