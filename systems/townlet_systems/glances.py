"""Glances: a window tile by tile, for what bit rows do not show: counts, paths, wide windows."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import F32, I16, U8, U16, U64, Bool, device, rare
from townlet_components.observation import COMPACT
from townlet_systems.bundles import City
from townlet_systems.sights import Tiles
from townlet_systems.walking import EAST, NORTH, SOUTH, next_step
from townlet_systems.windows import set_cell

#: Channels before those of object types: self, agents, objects, reservations.
BASE_CHANNELS = 4
#: Nobody is nearer than this, in squared tiles.
_FAR = 1 << 20


class Scenery(NamedTuple):
    """What stands where, district by district."""

    number: U16
    reserved: U64
    things: U8
    walkable: Bool
    layout: I16


class Spot(NamedTuple):
    """A tile of a window: district of the town, tile; -1 where the map has ended."""

    district: int
    tile: int


class Look(NamedTuple):
    """Who looks: town, district, tile, its own x and y in the town, and whether it stands there."""

    town: int
    district: int
    tile: int
    x: int
    y: int
    me: int


@device
def spot_at(tiles: Tiles, x: int, y: int) -> Spot:
    """The tile at a position of the town."""
    width, height = tiles.size[0], tiles.size[1]
    if x < 0 or y < 0 or x >= tiles.grid[0] * width or y >= tiles.grid[1] * height:
        return Spot(-1, -1)
    district = y // height * tiles.grid[0] + x // width
    return Spot(int(district), int(y % height * width + x % width))


@device
def look_of(tiles: Tiles, town: int, district: int, tile: int, alive: bool) -> Look:
    """Where an agent looks from; who leaves in this tick is counted nowhere any more."""
    x = district % tiles.grid[0] * tiles.size[0] + tiles.x[tile]
    y = district // tiles.grid[0] * tiles.size[1] + tiles.y[tile]
    return Look(town, district, tile, int(x), int(y), 1 if alive else 0)


@device
def others_on(scenery: Scenery, look: Look, spot: Spot) -> int:
    """Agents on a tile but who looks."""
    districts = scenery.layout.shape[0]
    many = int(np.int64(scenery.number[look.town * districts + spot.district, spot.tile]))
    mine = spot.district == look.district and spot.tile == look.tile
    return int(many - look.me if mine else many)


@device
def is_reserved(scenery: Scenery, tiles: Tiles, look: Look, spot: Spot) -> bool:
    """An object on the tile is reserved."""
    d = look.town * scenery.layout.shape[0] + spot.district
    words = scenery.reserved.shape[1] // tiles.size[1]
    x, y = tiles.x[spot.tile], tiles.y[spot.tile]
    word = scenery.reserved[d, y * words + (x >> 6)]
    return bool((word >> np.uint64(x & 63)) & np.uint64(1))


@rare
def look_around(
    around: F32, row: int, scenery: Scenery, tiles: Tiles, look: Look, side: int
) -> None:
    """Write shares of the window and the distance of the nearest agent; see ``Ways.around``."""
    reach = side // 2
    agents, objects, reserved, near = 0, 0, 0, _FAR
    for k in range(side * side):
        dx, dy = k % side - reach, k // side - reach
        spot = spot_at(tiles, look.x + dx, look.y + dy)
        if spot.district < 0:
            continue
        here = others_on(scenery, look, spot)
        agents += here
        objects += 1 if scenery.things[spot.district, 0, spot.tile] > 0 else 0
        reserved += 1 if is_reserved(scenery, tiles, look, spot) else 0
        if here > 0 and k != side * side // 2:
            near = min(near, dx * dx + dy * dy)
    cells = side * side
    around[row, 0] = np.float32(min(1.0, agents / (cells - 1.0)))
    around[row, 1] = np.float32(objects / float(cells))
    around[row, 2] = np.float32(reserved / float(cells))
    around[row, 3] = np.float32(min(1.0, np.sqrt(float(near)) / reach) if near < _FAR else 0.0)


class Glance(NamedTuple):
    """What is on a tile: others, objects, whether one is reserved, a wall or the end of the map."""

    agents: int
    objects: int
    reserved: bool
    wall: bool


@device
def glance_at(scenery: Scenery, tiles: Tiles, look: Look, spot: Spot) -> Glance:
    """What is on a tile of a window."""
    if spot.district < 0:
        return Glance(0, 0, False, True)
    return Glance(
        others_on(scenery, look, spot),
        int(np.int64(scenery.things[spot.district, 0, spot.tile])),
        is_reserved(scenery, tiles, look, spot),
        not scenery.walkable[scenery.layout[spot.district], spot.tile],
    )


@device
def value_of(
    scenery: Scenery, seen: Glance, spot: Spot, own: bool, channel: int, types: int, last: int,
    variant: int,
) -> int:  # fmt: skip
    """What a channel shows of a tile; paths are drawn by :func:`draw_paths`."""
    value = 0
    if channel == 0:
        value = 1 if own else 0
    elif channel == 1:
        value = seen.agents
    elif channel == 2:
        value = seen.objects
    elif channel == 3:
        value = 1 if seen.reserved else 0
    elif channel == last:
        value = 1 if seen.wall else 0
    elif channel < BASE_CHANNELS + types:
        if spot.district >= 0:
            value = int(np.int64(scenery.things[spot.district, channel - 3, spot.tile]))
    elif variant == COMPACT:
        taken = own or seen.agents > 0 or seen.objects > 0 or seen.reserved or seen.wall
        value = 0 if taken else 1
    return value


@rare
def draw_cells(
    cells: F32, bits: U64, scenery: Scenery, tiles: Tiles, look: Look, side: int, variant: int,
    types: int, paths: int, counts: bool,
) -> None:  # fmt: skip
    """Draw a map tile by tile: as bits, and as numbers where counts are wanted.

    Args:
        cells: result where ``counts``, (1, cells), all of them.
        bits: result where not, of which only ones are set.
        scenery, tiles, look: see there.
        side: of the window; variant: of observations; types: object types with a channel.
        paths: channels left free for paths.
        counts: numbers are wanted.
    """
    area = side * side
    last = BASE_CHANNELS + types + paths + (1 if variant == COMPACT else 0)
    for k in range(area):
        spot = spot_at(tiles, look.x + k % side - side // 2, look.y + k // side - side // 2)
        seen = glance_at(scenery, tiles, look, spot)
        for c in range(last + 1):
            value = value_of(scenery, seen, spot, k == area // 2, c, types, last, variant)
            if counts:
                cells[0, c * area + k] = np.float32(value)
            elif value > 0:
                set_cell(bits, c * area + k)


@rare
def draw_paths(
    bits: U64, minus: int, city: City, tiles: Tiles, look: Look, goal: int, target: int, side: int
) -> None:
    """Draw the way to a target: from each tile of the window the next step there.

    As numbers, dx and dy are +1, 0 or -1; as bits there is a channel per direction N, S, E, W.

    Args:
        bits: result.
        minus: first word of the bits of cells that are -1; 0: a channel per direction.
        city, tiles, look: see there.
        goal, target: district of the town and routing target; nothing is drawn where ``goal`` < 0.
        side: of the window.
    """
    area = side * side
    for k in range(area if goal >= 0 else 0):
        spot = spot_at(tiles, look.x + k % side - side // 2, look.y + k // side - side // 2)
        if spot.district < 0:
            continue
        step = next_step(city, spot.district, spot.tile, goal, target)
        if step < NORTH or step > EAST + 1:
            continue
        if minus == 0:
            set_cell(bits, (BASE_CHANNELS + step) * area + k)
            continue
        channel = BASE_CHANNELS + (1 if step <= SOUTH else 0)
        first = 0 if step in (SOUTH, EAST) else minus * 64
        set_cell(bits, first + channel * area + k)
