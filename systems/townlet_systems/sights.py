"""Sights: what is to be seen in each district, as rows of bits that windows are cut from.

A district's rows reach as far beyond its borders as a window does, so a window never has to be put
together from four districts: it is cut from the rows of the one its owner stands in.
"""

from typing import NamedTuple

import numpy as np

from townlet.ecs import (
    F32,
    I16,
    I32,
    I64,
    U16,
    U64,
    Bool,
    Phase,
    Read,
    Write,
    device,
    kernel,
    system,
)
from townlet_components.citymap import DistrictPlan
from townlet_components.clock import Clock
from townlet_components.identity import Identity
from townlet_components.objects import ObjectPlan, Objects
from townlet_components.observation import (
    AGENTS,
    LINE,
    RESERVATIONS,
    Daytime,
    MapPlan,
    ObservationRules,
    Sights,
    Stands,
)
from townlet_components.position import Position
from townlet_components.rows import DistrictRows, Rows
from townlet_systems.ahead import ask_for
from townlet_systems.bits import lowest
from townlet_systems.counting import SIXTEEN, find_sixteen, look_at_sixteen
from townlet_systems.lines import clear_part
from townlet_systems.sharing import count_up

_DAY = 1440


class Raw(NamedTuple):
    """What is in each district itself, without its neighbours; see ``Sights``."""

    number: U16
    seen: U64
    crowded: U64
    reserved: U64


class Tiles(NamedTuple):
    """Where tiles are, and how large districts and the town are."""

    x: I32
    y: I32
    size: I32
    grid: I32


@kernel
def tell_time(sin: F32, cos: F32, turn: I32, minute: I64, day: I64) -> None:
    """Write each town's time of day, 2 pi (minutes mod turn) / turn, as sine and cosine.

    Args:
        sin, cos: results, (town,).
        turn: minutes a turn takes, (town,).
        minute, day: (1,).
    """
    now = day[0] * _DAY + minute[0]
    for t in range(sin.shape[0]):
        angle = 2.0 * np.pi * float(now % turn[t]) / float(turn[t])
        sin[t] = np.float32(np.sin(angle))
        cos[t] = np.float32(np.cos(angle))


@kernel(over="agent")
def stand_all(
    stand: I32, count: U16, alive: Bool, town: I32, district: I32, tile: I16, tiles: Tiles
) -> None:
    """Count the living on their tiles: who stands where it stood is counted already.

    Args:
        stand: the tile each row is counted on, of all districts; -1 none. Changed in place.
        count: agents on each tile, (district, tile); changed in place, by several lanes at once.
        alive, town, district, tile: by row.
        tiles: see there.
    """
    districts, room = tiles.grid[0] * tiles.grid[1], count.shape[1]
    for r in range(stand.shape[0]):
        here, before = -1, stand[r]
        if alive[r]:
            here = (town[r] * districts + district[r]) * room + tile[r]
        if here == before:
            continue
        if before >= 0:
            count_up(count, before, -1)
        if here >= 0:
            count_up(count, here, 1)
        stand[r] = here


@device
def mark_row(count: U16, seen: U64, crowded: U64, d: int, y: int, width: int, words: int) -> None:
    """Write the bits of a row of tiles: those with an agent, and those with several.

    Args:
        count: agents by tile.
        seen, crowded: results.
        d, y: district and row; width: tiles of the row; words: that hold their bits.
    """
    first, k = d * count.shape[1] + y * width, y * words
    for w in range(k, k + words):
        seen[d, w] = crowded[d, w] = np.uint64(0)
    whole = width - width % SIXTEEN
    for x in range(0, whole, SIXTEEN):
        some, several = look_at_sixteen(count, first + x)
        seen[d, k + (x >> 6)] |= some << np.uint64(x & 63)
        crowded[d, k + (x >> 6)] |= several << np.uint64(x & 63)
    for x in range(whole, width):
        bit, many = np.uint64(1) << np.uint64(x & 63), count[d, y * width + x]
        seen[d, k + (x >> 6)] |= bit if many > 0 else np.uint64(0)
        crowded[d, k + (x >> 6)] |= bit if many > 1 else np.uint64(0)


@device
def held_from(holder: I32, at: int, count: int) -> np.uint64:
    """Which of up to sixteen objects from number ``at`` of all on are reserved: bits."""
    if count == SIXTEEN:
        return np.uint64(find_sixteen(holder, at))
    held = np.uint64(0)
    for k in range(count):
        held |= np.uint64(1 if holder[at + k] >= 0 else 0) << np.uint64(k)
    return held


@kernel(over="district", whole=("holder",))
def mark_all(
    count: U16, seen: U64, crowded: U64, reserved: U64, town: I32, number: I32, object_first: I32,
    holder: I32, tile: I16, tiles: Tiles,
) -> None:  # fmt: skip
    """Mark the tiles of agents and of reserved objects.

    Args:
        count: agents by tile, of ``Sights``, by district.
        seen, crowded, reserved: results, of ``Sights``, by district.
        town, number: of each district row.
        object_first: first object of each district of a town; holder: by object of all towns.
        tile: tile of each object of a town.
        tiles: see there.
    """
    width, height = int(tiles.size[0]), int(tiles.size[1])
    words = seen.shape[1] // height
    for d in range(town.shape[0]):
        for y in range(height):
            ask_for(count, (d + 1) * count.shape[1] + y * width)
            mark_row(count, seen, crowded, d, y, width, words)
        clear_part(reserved, d * reserved.shape[1], reserved.shape[1])
        base, last = town[d] * tile.shape[0], object_first[number[d] + 1]
        for thing in range(object_first[number[d]], last, SIXTEEN):
            held = held_from(holder, int(base + thing), min(int(last - thing), SIXTEEN))
            while held != 0:
                here = tile[thing + lowest(held)]
                held &= held - np.uint64(1)
                x, y = tiles.x[here], tiles.y[here]
                reserved[d, y * words + (x >> 6)] |= np.uint64(1) << np.uint64(x & 63)


class Strip(NamedTuple):
    """Districts that lie side by side: row numbers, and bits that keep a neighbour or hide it."""

    west: int
    middle: int
    east: int
    keep_west: np.uint64
    keep_east: np.uint64


@device
def strip_of(tiles: Tiles, d: int, column: int, reach: int) -> Strip:
    """District row ``d``, in a column of the town's grid, with its neighbours to the sides."""
    keep_west = keep_east = np.uint64(0)
    west = east = d
    if column > 0:
        west, keep_west = d - 1, ~np.uint64(0)
    if column < tiles.grid[0] - 1:
        east, keep_east = d + 1, (np.uint64(1) << np.uint64(reach)) - np.uint64(1)
    return Strip(west, d, east, keep_west, keep_east)


@device
def wide_row(raw: U64, strip: Strip, y: int, width: int, reach: int) -> np.uint64:
    """A row of a district and what lies ``reach`` tiles beyond its sides; off the map nothing.

    Args:
        raw: one word per row, (district, y).
        strip, y: which row.
        width: of a district, at least ``reach`` where there are several.
        reach: tiles.
    """
    row = raw[strip.middle, y] << np.uint64(reach)
    row |= (raw[strip.west, y] >> np.uint64(max(width - reach, 0))) & strip.keep_west
    row |= (raw[strip.east, y] & strip.keep_east) << np.uint64(reach + width)
    return np.uint64(row)


@device
def pile_up(
    surplus: U16, count: U16, d: int, k: int, strip: Strip, y: int, crowd: np.uint64, width: int,
    reach: int,
) -> None:  # fmt: skip
    """Add what crowded tiles have too many of to their columns, as high as a window.

    Args:
        surplus: result, (district, y, x); d: the district.
        count: agents by tile.
        k: row of the wide district; strip, y: where it comes from.
        crowd: its crowded tiles, one bit each.
        width: of a district; reach: of a window.
    """
    while crowd != 0:
        x = lowest(crowd)
        crowd &= crowd - np.uint64(1)
        where, tile = strip.middle, x - reach
        if tile < 0:
            where, tile = strip.west, tile + width
        elif tile >= width:
            where, tile = strip.east, tile - width
        many = np.uint16(count[where, y * width + tile]) - np.uint16(1)
        for line in range(max(0, k - 2 * reach), min(surplus.shape[1], k + 1)):
            surplus[d, line, x] += np.uint16(many)


@kernel(over="district", whole=("raw",))
def widen_all(
    plane: U64, surplus: U16, town: I32, number: I32, raw: Raw, tiles: Tiles,
    reach: I32, near: Bool,
) -> None:  # fmt: skip
    """Write the wide rows of agents and reservations, and where tiles are crowded.

    Args:
        plane, surplus: results, of ``Sights``, by district.
        town, number: of each district row.
        raw, tiles: see there.
        reach: of a window, (1,); near: rows fit a word each, or nothing is done, (1,).
    """
    if not near[0]:
        return
    far, width, height = int(reach[0]), int(tiles.size[0]), int(tiles.size[1])
    across, down = int(tiles.grid[0]), int(tiles.grid[1])
    piles = surplus.shape[1] * surplus.shape[2]
    for d in range(town.shape[0]):
        column, line = number[d] % across, number[d] // across
        whole = int(town[d]) * across * down + number[d]
        for k in range(0, piles, LINE * 2):
            ask_for(surplus, (d + 1) * piles + k)
        clear_part(surplus, d * piles, piles)
        for part in range(3):
            if line + part < 1 or line + part > down:
                continue
            strip = strip_of(tiles, whole + (part - 1) * across, column, far)
            low = height - far if part == 0 else 0
            high = far if part == 2 else height
            start = far + (part - 1) * height
            for y in range(max(low, 0), min(high, height)):
                k = start + y
                ask_for(plane, ((d + 1) * plane.shape[1] + k) * plane.shape[2])
                plane[d, k, AGENTS] = wide_row(raw.seen, strip, y, width, far)
                plane[d, k, RESERVATIONS] = wide_row(raw.reserved, strip, y, width, far)
                crowd = wide_row(raw.crowded, strip, y, width, far)
                if crowd != 0:
                    pile_up(surplus, raw.number, d, k, strip, y, crowd, width, far)


def tiles_of(plan: MapPlan, city: DistrictPlan) -> Tiles:
    """Bundle the columns."""
    return Tiles(plan.x, plan.y, city.size, city.grid)


@system(phase=Phase.OBSERVE)
def gather_sights(
    sights: Write[Sights],
    stands: Write[Stands],
    daytime: Write[Daytime],
    identity: Read[Identity],
    rows: Read[Rows],
    position: Read[Position],
    districts: Read[DistrictRows],
    objects: Read[Objects],
    things: Read[ObjectPlan],
    city: Read[DistrictPlan],
    plan: Read[MapPlan],
    rules: Read[ObservationRules],
    clock: Read[Clock],
) -> None:
    """What is to be seen in each district is marked, with what lies near its borders."""
    tiles = tiles_of(plan, city)
    raw = Raw(sights.count, sights.seen, sights.crowded, sights.reserved)
    tell_time(daytime.sin, daytime.cos, rules.turn, clock.minute, clock.day)
    stand_all(
        stands.tile, sights.count, identity.alive, rows.town, position.district, position.tile,
        tiles,
    )  # fmt: skip
    mark_all(
        sights.count, sights.seen, sights.crowded, sights.reserved, districts.town,
        districts.number, city.object_first, objects.holder, things.tile, tiles,
    )  # fmt: skip
    widen_all(
        sights.plane, sights.surplus, districts.town, districts.number, raw, tiles, plan.reach,
        plan.near,
    )  # fmt: skip
