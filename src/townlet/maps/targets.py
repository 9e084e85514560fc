"""Routing targets of a layout, and the objects' table that refers to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from townlet.errors import UserError
from townlet.maps.checks import arrival_tiles
from townlet.maps.layout import Layout
from townlet.maps.routing import route_table

GATES = 4


@dataclass(frozen=True)
class Targets:
    """Routes of one layout.

    Attributes:
        route: uint16 (targets, tiles).
        anchor: routing target of each anchor.
        queue: routing target of each queue tile.
        extra: routing target of each extra tile.
        beside: routing target of each tile an extra object stands on.
    """

    route: NDArray[np.uint16]
    anchor: list[int]
    queue: dict[int, int]
    extra: dict[int, int]
    beside: dict[int, int]


def layout_targets(layout: Layout, extra: set[int], beside: set[int]) -> Targets:
    """Number the targets of a layout and route to them.

    Args:
        layout: the layout.
        extra: tiles to walk onto (next to, where they are blocked).
        beside: tiles of further objects.

    Raises:
        UserError: a walk too long to be stored.
    """
    walkable = layout.walkable().ravel()
    sources: list[list[int]] = [list(layout.gates(side)) for side in range(GATES)]
    sources += [[tile for tile in place.tiles if walkable[tile]] for place in layout.places]
    anchor = list(range(len(sources), len(sources) + len(layout.anchors)))
    sources += [arrival_tiles(layout, spot.tile, walkable) for spot in layout.anchors]
    queue = _numbered({tile for spot in layout.anchors for tile in spot.queue}, len(sources))
    sources += [[tile] for tile in queue]
    spots = _numbered(extra | set(layout.extra_tiles), len(sources))
    sources += [
        [tile] if walkable[tile] else arrival_tiles(layout, tile, walkable) for tile in spots
    ]
    objects = _numbered(beside, len(sources))
    sources += [arrival_tiles(layout, tile, walkable) for tile in objects]
    try:
        route = route_table(layout.walkable(), sources)
    except ValueError as error:
        raise UserError(f"layout {layout.name}: {error}") from error
    return Targets(route, anchor, queue, spots, objects)


def _numbered(tiles: set[int], first: int) -> dict[int, int]:
    """Target of each tile, counting from ``first`` in ascending order of tiles."""
    return {tile: first + number for number, tile in enumerate(sorted(tiles))}
