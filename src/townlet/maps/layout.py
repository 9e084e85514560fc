"""A layout: the drawing of a district, with its places and the anchors where objects stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from townlet.maps.kinds import GATE, walkable_kinds

SIDES = ("north", "south", "east", "west")
"""Names of the four sides and directions, in the order of the actions N, S, E, W."""

MAX_TILES = 32767
"""Tiles are stored as int16."""


@dataclass(frozen=True)
class Place:
    """A building or park of a layout.

    Attributes:
        kind: one of ``PLACE_KINDS``.
        door: tile one enters by; it is walkable and lies next to a street.
        tiles: the interior, without the door of a building (a park's door is part of it).
    """

    kind: str
    door: int
    tiles: tuple[int, ...]


@dataclass(frozen=True)
class Anchor:
    """A spot where an object of a type stands.

    Attributes:
        object_type: the type, such as ``shower``.
        tile: where the object stands; it is used from there or from a tile next to it.
        place: number of the place within the layout.
        queue: up to three tiles to wait on.
    """

    object_type: str
    tile: int
    place: int
    queue: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Layout:
    """The drawing of a district; many districts may be instances of one layout.

    Attributes:
        name: how sentences name it: a file name, or ``generated 2``.
        kind: numbers of ``TILE_KINDS``, uint8 (height, width); y grows southward.
        places: buildings and parks.
        anchors: where objects stand, in the order that numbers them.
        extra_tiles: further tiles that get a routing table.
    """

    name: str
    kind: NDArray[np.uint8]
    places: tuple[Place, ...]
    anchors: tuple[Anchor, ...]
    extra_tiles: tuple[int, ...] = ()

    @property
    def width(self) -> int:
        """Tiles from west to east."""
        return int(self.kind.shape[1])

    @property
    def height(self) -> int:
        """Tiles from north to south."""
        return int(self.kind.shape[0])

    @property
    def tiles(self) -> int:
        """Number of tiles."""
        return int(self.kind.size)

    def walkable(self) -> NDArray[np.bool_]:
        """Tiles that can be stood on, bool (height, width)."""
        return np.asarray(walkable_kinds()[self.kind], dtype=np.bool_)

    def gates(self, side: int) -> tuple[int, ...]:
        """Gate tiles on a side (0..3 = N, S, E, W), in ascending order."""
        y, x = np.nonzero(self.kind == GATE)
        on = (y == 0, y == self.height - 1, x == self.width - 1, x == 0)[side]
        return tuple(int(tile) for tile in (y * self.width + x)[on])

    def place_of_tile(self) -> NDArray[np.int16]:
        """Number of the place a tile belongs to (its door too), -1 none, int16 (tiles,)."""
        table = np.full(self.tiles, -1, np.int16)
        for number, place in enumerate(self.places):
            table[list(place.tiles)] = number
            table[place.door] = number
        return table

    def beds(self) -> list[Anchor]:
        """Anchors of the beds in homes: one per resident, in the order that fills them."""
        return [
            anchor
            for anchor in self.anchors
            if anchor.object_type == "bed" and self.places[anchor.place].kind == "home"
        ]

    def at(self, tile: int) -> str:
        """How sentences name a tile: ``(x, y)``."""
        return f"({tile % self.width}, {tile // self.width})"


def neighbours(tile: int, width: int, height: int) -> list[int]:
    """The tiles north, south, east and west of a tile that lie on the map, in this order."""
    x, y = tile % width, tile // width
    around = ((x, y - 1), (x, y + 1), (x + 1, y), (x - 1, y))
    return [v * width + u for u, v in around if 0 <= u < width and 0 <= v < height]


def queue_tiles(anchor: int, free: list[int], width: int, most: int = 2) -> tuple[int, ...]:
    """Pick the tiles nearest to an anchor to wait on.

    Args:
        anchor: the object's tile.
        free: walkable tiles of the same place without an object.
        width: tiles per row of the map.
        most: how many at most.
    """

    def far(tile: int) -> tuple[int, int]:
        return abs(tile % width - anchor % width) + abs(tile // width - anchor // width), tile

    return tuple(sorted(free, key=far)[:most])
