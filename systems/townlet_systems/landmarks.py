"""Landmarks: the nearest fridge, stove, bed and shower, by walking distance."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import F32, I16, I32, rare
from townlet_systems.bundles import City, Nearby
from townlet_systems.lines import put_number
from townlet_systems.sights import Tiles
from townlet_systems.walking import FAR, distance

#: So many tiles to walk are one half.
HALF_WAY = 32.0


class Marks(NamedTuple):
    """Objects of a town, and the types that are landmarks."""

    type: I16
    district: I32
    tile: I16
    target: I16
    number: I32
    landmark: I16


@rare
def write_landmarks(
    draft: F32, at: int, marks: Marks, nearby: Nearby, city: City, tiles: Tiles, here: int,
    tile: int, home: int,
) -> int:  # fmt: skip
    """Write direction and distance of each landmark: one's own or public; zeros without one.

    The direction is that of a bird, a unit vector; the distance is that of who walks, as
    d / (d + 32).

    Args:
        draft: result, (1, features); at: where to begin.
        marks, nearby, city, tiles: see there.
        here, tile: where the agent stands; home: its home place, -1 none.

    Returns:
        Where to go on.
    """
    districts = city.layout.shape[0]
    types = (nearby.public_first.shape[0] - 1) // districts
    there = -1
    if home >= 0:
        there = marks.district[nearby.place_object[nearby.place_first[home]]]
    for n in range(marks.number[0]):
        kind, best, best_way = marks.landmark[n], -1, FAR
        for source in range(3):
            low, high = 0, 0
            if source == 0 and home >= 0:
                low, high = nearby.place_first[home], nearby.place_first[home + 1]
            elif kind >= 0 and (source == 1 or (source == 2 and there >= 0 and there != here)):
                cell = (here if source == 1 else there) * types + kind
                low, high = nearby.public_first[cell], nearby.public_first[cell + 1]
            for k in range(low, high):
                thing = nearby.place_object[k] if source == 0 else nearby.public_object[k]
                if marks.type[thing] != kind:
                    continue
                way = distance(city, here, tile, marks.district[thing], marks.target[thing])
                if way < best_way or (way == best_way and way < FAR and thing < best):
                    best, best_way = thing, way
        dx = dy = length = 0.0
        if best >= 0:
            goal, spot, across = marks.district[best], marks.tile[best], city.grid[0]
            width, height = tiles.size[0], tiles.size[1]
            dx = float((goal % across - here % across) * width + tiles.x[spot] - tiles.x[tile])
            dy = float((goal // across - here // across) * height + tiles.y[spot] - tiles.y[tile])
            length = np.sqrt(dx * dx + dy * dy)
        put_number(draft, at, np.float32(dx / length if length > 0 else 0.0))
        put_number(draft, at + 1, np.float32(dy / length if length > 0 else 0.0))
        far = best_way / (best_way + HALF_WAY)
        put_number(draft, at + 2, np.float32(far if best >= 0 else 0.0))
        at += 3
    return at
