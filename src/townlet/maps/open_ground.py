"""An open district: what a config with only ``world.grid_size`` and a list of objects becomes.

All of it is walkable. Like a path, open *ground* holds one agent per tile; the *clearing* on and
next to an object holds any number, so that users and those who wait do not block each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from townlet.errors import UserError
from townlet.maps import kinds
from townlet.maps.layout import MAX_TILES, Anchor, Layout, Place, neighbours
from townlet.maps.luck import Purpose, shuffled
from townlet.maps.plan import ExtraObject

SPACING = 3
"""Tiles between an object the generator places and the ones before it, while there is room."""


@dataclass(frozen=True)
class _Field:
    """A free field and the objects that stand on it so far."""

    width: int
    height: int
    taken: list[int]

    def apart(self, tile: int) -> int:
        """Steps to the nearest object."""
        x, y = tile % self.width, tile // self.width
        return min(
            (abs(x - t % self.width) + abs(y - t // self.width) for t in self.taken),
            default=self.width + self.height,
        )


def open_layout(
    size: tuple[int, int],
    objects: tuple[ExtraObject, ...],
    map_seed: int,
) -> Layout:
    """Draw an open district with the objects given.

    Args:
        size: width and height in tiles.
        objects: id, type, position; those without one are spread over the ground, in a keyed
            order, at least ``SPACING`` tiles apart as long as there is room.
        map_seed: keys that order.

    Raises:
        UserError: a size that cannot be, an object off the map, more objects than tiles.
    """
    width, height = size
    if width < 1 or height < 1 or width * height > MAX_TILES:
        raise UserError(
            f"world.grid_size: [{width}, {height}] is not allowed; "
            f"a district has at least 1 and at most {MAX_TILES} tiles"
        )
    free = _Field(width, height, [])
    spots = _spots(objects, free, map_seed)
    ground = np.full(width * height, kinds.GROUND, np.uint8)
    for tile in free.taken:
        ground[[tile, *neighbours(tile, width, height)]] = kinds.CLEARING
    anchors = tuple(
        Anchor(object_type, spots[number], 0) for number, (_, object_type, _) in enumerate(objects)
    )
    middle = height // 2 * width + width // 2
    place = Place("open", middle, tuple(range(width * height)))
    return Layout("open ground", ground.reshape(height, width), (place,), anchors)


def _spots(objects: tuple[ExtraObject, ...], free: _Field, map_seed: int) -> dict[int, int]:
    """Tile of every object; those with a position come first."""
    spots: dict[int, int] = {}
    for number, (name, _, at) in enumerate(objects):
        if at is not None:
            spots[number] = _checked(name, at, (free.width, free.height))
            free.taken.append(spots[number])
    order = [int(t) for t in shuffled(map_seed, Purpose.OBJECT_TILE, free.width * free.height)]
    for number, (name, _, at) in enumerate(objects):
        if at is None:
            spots[number] = _spread(name, order, free)
            free.taken.append(spots[number])
    return spots


def _checked(name: str, at: tuple[int, int], size: tuple[int, int]) -> int:
    """Tile of a position, or a sentence."""
    (x, y), (width, height) = at, size
    if not (0 <= x < width and 0 <= y < height):
        raise UserError(
            f"object {name!r}: position [{x}, {y}] is off the map; "
            f"x is 0 to {width - 1} and y is 0 to {height - 1}"
        )
    return y * width + x


def _spread(name: str, order: list[int], free: _Field) -> int:
    """A tile for an object without a position: apart from the others and from the border."""

    def inside(tile: int) -> bool:
        x, y = tile % free.width, tile // free.width
        return 0 < x < free.width - 1 and 0 < y < free.height - 1

    for distance in range(SPACING, 0, -1):
        for tile in order:
            if (inside(tile) or distance == 1) and free.apart(tile) >= distance:
                return tile
    raise UserError(f"object {name!r}: no free tile is left for it on the map")
