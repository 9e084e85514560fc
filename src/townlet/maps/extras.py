"""Objects that manifests and scenarios name: which anchor they take, or where they are put."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from townlet.errors import UserError
from townlet.maps.frame import Frame
from townlet.maps.layout import Layout, neighbours
from townlet.maps.luck import Purpose, words
from townlet.maps.plan import ExtraObject

Standing = tuple[NDArray[np.int32], NDArray[np.int16], NDArray[np.int16]]
"""District, type and tile of every object that stands on an anchor, (objects,) each."""


class ExtraRow(NamedTuple):
    """An object besides those on anchors; ``place`` is the layout's number of it."""

    district: int
    object_type: str
    tile: int
    place: int
    name: str


@dataclass
class Additions:
    """What extra objects change.

    Attributes:
        names: id of an object that stands on an anchor, by its number without additions.
        rows: further objects, by district.
    """

    names: dict[int, str] = field(default_factory=dict)
    rows: list[ExtraRow] = field(default_factory=list)


def merged(objects: tuple[ExtraObject, ...]) -> tuple[ExtraObject, ...]:
    """One entry per id: a scenario may give a position to an object that a manifest names.

    Raises:
        UserError: two entries with one id disagree on type or position.
    """
    known: dict[str, ExtraObject] = {}
    for name, object_type, at in objects:
        _, other, before = known.get(name, (name, object_type, None))
        if other != object_type:
            raise UserError(f"object {name!r} is given twice, as a {other} and as a {object_type}")
        if at is not None and before is not None and at != before:
            raise UserError(f"object {name!r} is given twice, at {list(before)} and at {list(at)}")
        known[name] = (name, object_type, at if at is not None else before)
    return tuple(known.values())


def settle(
    objects: tuple[ExtraObject, ...],
    frame: Frame,
    anchors: Standing,
    types: tuple[str, ...],
    map_seed: int,
) -> Additions:
    """Find a spot for every extra object.

    With a position it stands there, or is the object of its type that does already. Without one
    it takes the next free anchor of its type by district, then anchor; if there is none, a free
    tile of a public place in a keyed district.

    Args:
        objects: one entry per id.
        frame: districts and layouts.
        anchors: district, type and tile of every anchor's object, (objects,) each.
        types: names of the type numbers.
        map_seed: keys the choice of districts.

    Raises:
        UserError: a position off the map or out of reach, or no free tile.
    """
    result = Additions()
    _put(objects, frame, anchors, types, result)
    kind = anchors[1]
    luck = words(map_seed, Purpose.OBJECT_TILE, len(objects))
    for number, (name, object_type, at) in enumerate(objects):
        if at is not None:
            continue
        alike = np.flatnonzero(kind == types.index(object_type))[: len(objects) + 1]
        free = [int(index) for index in alike if int(index) not in result.names]
        if free:
            result.names[free[0]] = name
        else:
            here = int(luck[number]) % frame.districts
            spot, place = _free_tile(name, here, frame, result, int(luck[number]) >> 32)
            result.rows.append(ExtraRow(here, object_type, spot, place, name))
    result.rows.sort(key=lambda row: row.district)
    return result


def _put(
    objects: tuple[ExtraObject, ...],
    frame: Frame,
    anchors: Standing,
    types: tuple[str, ...],
    result: Additions,
) -> None:
    """Settle the objects that have a position."""
    district, kind, tile = anchors
    for name, object_type, at in objects:
        if at is None:
            continue
        here, spot = _located(name, at, frame)
        alike = kind == types.index(object_type)
        found = np.flatnonzero(alike & (district == here) & (tile == spot))
        if found.size and int(found[0]) not in result.names:
            result.names[int(found[0])] = name
        else:
            place = place_beside(frame.layout_of(here), spot)
            result.rows.append(ExtraRow(here, object_type, spot, place, name))


def _located(name: str, at: tuple[int, int], frame: Frame) -> tuple[int, int]:
    """District and tile of a position that can be reached, or a sentence."""
    (x, y), width, height = at, frame.grid_w * frame.width, frame.grid_h * frame.height
    if not (0 <= x < width and 0 <= y < height):
        raise UserError(
            f"object {name!r}: position [{x}, {y}] is off the map; "
            f"x is 0 to {width - 1} and y is 0 to {height - 1}"
        )
    district, tile = frame.locate(x, y)
    layout = frame.layout_of(district)
    walkable = layout.walkable().ravel()
    if not any(walkable[t] for t in (tile, *neighbours(tile, layout.width, layout.height))):
        raise UserError(f"object {name!r}: nobody can stand at or next to [{x}, {y}]")
    return district, tile


def place_beside(layout: Layout, tile: int) -> int:
    """The place a tile belongs to; outside of all, the public one whose door is nearest."""
    table = layout.place_of_tile()
    for spot in (tile, *neighbours(tile, layout.width, layout.height)):
        if table[spot] >= 0:
            return int(table[spot])

    def far(number: int) -> tuple[bool, int]:
        place = layout.places[number]
        dx = place.door % layout.width - tile % layout.width
        dy = place.door // layout.width - tile // layout.width
        return place.kind == "home", abs(dx) + abs(dy)

    return min(range(len(layout.places)), key=far)


def _free_tile(
    name: str, district: int, frame: Frame, so_far: Additions, luck: int
) -> tuple[int, int]:
    """A tile of a public place (else of any) without object, queue or door; and that place."""
    layout = frame.layout_of(district)
    walkable = layout.walkable().ravel()
    taken = {anchor.tile for anchor in layout.anchors}
    taken |= {tile for anchor in layout.anchors for tile in anchor.queue}
    taken |= {place.door for place in layout.places}
    taken |= {row.tile for row in so_far.rows if row.district == district}
    spots = [
        (tile, number)
        for number, place in enumerate(layout.places)
        for tile in place.tiles
        if walkable[tile] and tile not in taken
    ]
    public = [spot for spot in spots if layout.places[spot[1]].kind != "home"]
    choice = public or spots
    if not choice:
        raise UserError(f"object {name!r}: layout {layout.name} has no free tile for it")
    return choice[luck % len(choice)]
