"""The generator of layouts: homes for the residents and one of every other kind of place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from townlet.errors import UserError
from townlet.maps import kinds
from townlet.maps.layout import Anchor, Layout, Place, queue_tiles
from townlet.maps.lots import STREET, Ground, Lot, survey
from townlet.maps.luck import Draws, Purpose

PUBLIC = ("plaza", "park", "cafe", "grocer", "office", "workshop", "gym")
"""Places besides homes, in the order they choose their lots: the first lie on the main street."""

RESIDENTS_PER_PUBLIC = 64
"""Residents of a district per place of each public kind, at least one place."""

MEAN_HOUSEHOLD = 2.75
"""Residents per home aimed at; homes hold 1 to 4."""

HOME_OBJECTS = ("fridge", "stove", "shower")

FURNITURE = {
    "cafe": ("fridge", "counter", "counter", "fridge"),
    "grocer": ("till", "till"),
    "gym": ("treadmill", "shower", "shower", "treadmill"),
    "park": ("bench",) * 4,
    "plaza": ("bench",) * 2,
}
"""Objects of public places, west to east along the wall opposite the door."""

BUILT_IN = ("counter", "till")
"""Objects that stand on a counter: an unwalkable tile, used from the tiles next to it."""


class _Site:
    """A layout under construction."""

    def __init__(self, ground: Ground, luck: Draws) -> None:
        self.ground = ground
        self.luck = luck
        self.kind: NDArray[np.uint8] = np.zeros((ground.height, ground.width), np.uint8)
        self.places: list[Place] = []
        self.anchors: list[Anchor] = []

    def tile(self, x: int, y: int) -> int:
        """Number of a tile."""
        return y * self.ground.width + x

    def pave(self) -> None:
        """Lay the streets: side streets end at the border's wall, main streets at its gates."""
        ground, kind = self.ground, self.kind
        for y in ground.side_y:
            kind[y : y + STREET, 1:-1] = kinds.PATH
        kind[ground.main_y : ground.main_y + STREET, :] = kinds.ROAD
        kind[:, ground.main_x : ground.main_x + STREET] = kinds.ROAD
        for border in (kind[0], kind[-1], kind[:, 0], kind[:, -1]):
            border[border == kinds.ROAD] = kinds.GATE

    def open_lot(self, lot: Lot, tile_kind: int) -> list[int]:
        """Lay a lot open to its street; return its tiles, back row first."""
        rows = [*lot.back_to_front, lot.front]
        self.kind[min(rows) : max(rows) + 1, lot.x0 : lot.x1 + 1] = tile_kind
        return [self.tile(x, y) for y in rows for x in range(lot.x0, lot.x1 + 1)]

    def house(self, lot: Lot) -> tuple[int, list[int]]:
        """Carve rooms and a door into the rock; return the door and the interior, back first."""
        self.kind[lot.y0 : lot.y1 + 1, lot.x0 : lot.x1 + 1] = kinds.FLOOR
        door = (lot.x0 + lot.x1) // 2
        self.kind[lot.front, door] = kinds.DOOR
        columns = range(lot.x0, lot.x1 + 1)
        return self.tile(door, lot.front), [
            self.tile(x, y) for y in lot.back_to_front for x in columns
        ]

    def furnish(self, kind: str, door: int, tiles: list[int], furniture: dict[int, str]) -> None:
        """Add a place, its objects at the given tiles, and tiles to wait on where it has queues."""
        number, width = len(self.places), self.ground.width
        self.places.append(Place(kind, door, tuple(sorted(tiles))))
        for tile, object_type in furniture.items():
            if object_type in BUILT_IN:
                self.kind[tile // width, tile % width] = kinds.COUNTER
        free = [tile for tile in tiles if tile not in furniture]
        for tile, object_type in furniture.items():
            queue = queue_tiles(tile, free, width) if kind in kinds.PUBLIC_QUEUES else ()
            self.anchors.append(Anchor(object_type, tile, number, queue))

    def home(self, lot: Lot, residents: int) -> None:
        """A home: beds along the far wall, then what the household shares."""
        door, tiles = self.house(lot)
        wanted = [*("bed",) * residents, *HOME_OBJECTS]
        wide = lot.x1 - lot.x0 + 1
        spots = [
            t for row in range(0, len(tiles), wide) for t in _ends_first(tiles[row : row + wide])
        ]
        ahead = door - lot.face * self.ground.width
        spots.remove(ahead)  # the tile inside the door stays free
        self.furnish("home", door, tiles, dict(zip(spots, wanted, strict=False)))

    def public(self, kind: str, lot: Lot) -> None:
        """Any other place."""
        if kind in ("park", "plaza"):
            tiles = self.open_lot(lot, kinds.PARK if kind == "park" else kinds.PLAZA)
            wide = lot.x1 - lot.x0 + 1
            door = tiles[-wide + (wide - 1) // 2]
            water = tiles[wide // 2 - wide // 6 : wide // 2 + wide // 6 + 1]
            tiles = [tile for tile in tiles if tile not in water]
            for tile in water:
                self.kind[tile // self.ground.width, tile % self.ground.width] = kinds.WATER
            row = [tile for tile in tiles if tile // self.ground.width == lot.back_to_front[-1]]
        else:
            door, tiles = self.house(lot)
            row = tiles[: lot.x1 - lot.x0 + 1]
        self.furnish(kind, door, tiles, _furniture(kind, row, tiles, lot))


def _ends_first(row: list[int]) -> list[int]:
    """The tiles of a row, those at its ends first."""
    return sorted(row, key=lambda tile: min(tile - row[0], row[-1] - tile))


def _furniture(kind: str, row: list[int], tiles: list[int], lot: Lot) -> dict[int, str]:
    """Where the objects of a public place stand: tile -> type.

    Desks and benches to work at fill every other row and every second or third tile of it; other
    objects are spread over ``row``.
    """
    if kind in ("office", "workshop"):
        gap, wide = (2, len(row)) if kind == "office" else (3, len(row))
        depth = lot.y1 - lot.y0 + 1
        spots = [
            tiles[y * wide + x] for y in range(0, max(1, depth - 1), 2) for x in range(0, wide, gap)
        ]
        return dict.fromkeys(spots, "desk" if kind == "office" else "workbench")
    objects = FURNITURE[kind]
    last = len(objects) - 1
    return {row[i * (len(row) - 1) // last]: name for i, name in enumerate(objects)}


def _allot(ground: Ground, residents: int, luck: Draws) -> tuple[list[tuple[str, Lot]], list[Lot]]:
    """Give the public places their lots: a whole strip to the park, two lots to the others.

    Returns:
        (kind, lot) of each public place, and the lots left for homes.
    """
    inner = [
        s for s in ground.strips if s[0].front + s[0].face in (ground.main_y, ground.main_y + 1)
    ]
    outer = [strip for strip in ground.strips if strip not in inner]
    strips = [*luck.shuffle(inner), *luck.shuffle(outer)]
    count = max(1, round(residents / RESIDENTS_PER_PUBLIC))
    wanted = [kind for kind in PUBLIC for _ in range(count)]
    places, left = [], []
    for strip in strips:
        lots = list(strip)
        while lots and wanted and (len(lots) > 1 or len(lots) == len(strip)):
            kind = wanted.pop(0)
            take = len(lots) if kind == "park" else min(2, len(lots))
            first = 0 if luck.below(2) else len(lots) - take
            whole = lots[first]
            for lot in lots[first + 1 : first + take]:
                whole = whole.joined(lot)
            places.append((kind, whole))
            lots = [lot for lot in lots if lot.x0 > whole.x1 or lot.x1 < whole.x0]
        left += lots
    if wanted:
        raise UserError(
            f"world.district_size: [{ground.width}, {ground.height}] has no lot left for the "
            f"{wanted[0]} of its {residents} residents; give it more tiles or fewer residents"
        )
    return places, left


def _households(ground: Ground, lots: list[Lot], residents: int, luck: Draws) -> list[int]:
    """How many residents each lot houses, 0 for a garden; homes gather round the crossing."""
    room = [min(4, lot.size - len(HOME_OBJECTS) - 1) for lot in lots]
    if sum(room) < residents:
        raise UserError(
            f"world.residents_per_district: {residents} do not fit into a district of "
            f"[{ground.width}, {ground.height}] tiles, which has homes for {sum(room)}"
        )

    def far(number: int) -> int:
        lot = lots[number]
        return abs(lot.x0 + lot.x1 - ground.width) + abs(lot.y0 + lot.y1 - ground.height)

    order = sorted(range(len(lots)), key=far)
    homes = min(len(lots), residents, round(residents / MEAN_HOUSEHOLD + 0.49))
    while sum(room[number] for number in order[:homes]) < residents:
        homes += 1
    household = [0] * len(lots)
    for number in order[:homes]:
        household[number] = 1
    for _ in range(residents - homes):
        roomy = [number for number in order[:homes] if household[number] < room[number]]
        household[roomy[luck.below(len(roomy))]] += 1
    return household


def _gardens(lots: list[Lot]) -> list[Lot]:
    """The lots nobody lives on, neighbours in a strip joined into one."""
    result: list[Lot] = []
    for lot in sorted(lots, key=lambda lot: (lot.y0, lot.x0)):
        if result and result[-1].y0 == lot.y0 and result[-1].x1 + 2 == lot.x0:
            result[-1] = result[-1].joined(lot)
        else:
            result.append(lot)
    return result


def generate_layout(
    map_seed: int, number: int, residents: int, size: tuple[int, int] = (32, 32)
) -> Layout:
    """Draw a district.

    Args:
        map_seed: ``world.map_seed``; not the run seed.
        number: which of the town's layouts this is; each has its own draws.
        residents: beds to place.
        size: width and height in tiles.

    Returns:
        A layout with gates in the middle of all four sides, at the same place for every seed.

    Raises:
        UserError: the district is too small for its residents and places.
    """
    ground = survey(*size)
    luck = Draws(map_seed, Purpose.GENERATOR + number)
    site = _Site(ground, luck)
    site.pave()
    places, lots = _allot(ground, residents, luck)
    for kind, lot in places:
        site.public(kind, lot)
    households = _households(ground, lots, residents, luck)
    for lot, household in zip(lots, households, strict=True):
        if household:
            site.home(lot, household)
    for lot in _gardens(
        [lot for lot, household in zip(lots, households, strict=True) if not household]
    ):
        site.open_lot(lot, kinds.GRASS)
    return Layout(f"generated {number}", site.kind, tuple(site.places), tuple(site.anchors))
