"""The columns of a plan: rows of the layouts' tables, laid over the districts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townlet.maps import kinds
from townlet.maps.extras import Additions, Standing
from townlet.maps.frame import Frame, running_total
from townlet.maps.layout import Layout
from townlet.maps.luck import Purpose, shuffled
from townlet.maps.plan import PlanSpec
from townlet.maps.targets import GATES, Targets


@dataclass(frozen=True, eq=False)
class Anchors:
    """The anchors of all layouts in one table, and which row of it each object is.

    ``kind``, ``tile``, ``place`` (rows,) describe anchors; ``layout_first`` (layouts + 1,) says
    where each layout's begin; ``row`` and ``district`` (objects,) lay them over the town.
    """

    kind: NDArray[np.int16]
    tile: NDArray[np.int16]
    place: NDArray[np.int16]
    row: NDArray[np.int32]
    district: NDArray[np.int32]
    first: NDArray[np.int32]

    @classmethod
    def of(cls, frame: Frame, types: tuple[str, ...]) -> Anchors:
        """Lay the anchors of each district's layout over the town."""
        every = [anchor for layout in frame.layouts for anchor in layout.anchors]
        counts = np.array([len(layout.anchors) for layout in frame.layouts], np.int64)
        start = running_total(counts)[:-1]
        per = counts[frame.layout]
        first = running_total(per)
        district = np.repeat(np.arange(frame.districts, dtype=np.int32), per)
        shift = (start[frame.layout] - first[:-1]).astype(np.int32)
        return cls(
            kind=np.array([types.index(anchor.object_type) for anchor in every], np.int16),
            tile=np.array([anchor.tile for anchor in every], np.int16),
            place=np.array([anchor.place for anchor in every], np.int16),
            row=np.arange(len(district), dtype=np.int32) + np.repeat(shift, per),
            district=district,
            first=first,
        )

    def standing(self) -> Standing:
        """District, type and tile of every object, (objects,) each."""
        return self.district, self.kind[self.row], self.tile[self.row]


def slot_first(frame: Frame, capacity: int) -> NDArray[np.int64]:
    """First slot of each district, int64 (districts + 1,): slots in proportion to beds."""
    rooms = np.array([len(layout.beds()) for layout in frame.layouts], np.int64)
    share = rooms if rooms.any() else np.ones_like(rooms)
    total = running_total(share[frame.layout]).astype(np.int64)
    return np.asarray(total * capacity // total[-1], dtype=np.int64)


def _shared_out(layout: Layout, jobs: int) -> list[int]:
    """Jobs of each place of a layout, by largest remainder."""
    parts = [kinds.JOB_WEIGHT.get(place.kind, 0) for place in layout.places]
    total = sum(parts)
    if not total:
        return parts
    share = [jobs * part // total for part in parts]
    late = sorted(range(len(parts)), key=lambda number: (-(jobs * parts[number] % total), number))
    for number in late[: jobs - sum(share)]:
        share[number] += 1
    return [min(32767, jobs) for jobs in share]


def _jobs(frame: Frame, capacity: int) -> NDArray[np.int16]:
    """Jobs of each place, int16 (places,): ``JOB_PERCENT`` of the slots in the town as a whole.

    Districts with one layout and one number of jobs share them out alike.
    """
    first = slot_first(frame, capacity)
    district_jobs = np.diff((first * kinds.JOB_PERCENT + 50) // 100)
    case = np.stack([frame.layout.astype(np.int64), district_jobs], axis=1)
    cases, which = np.unique(case, axis=0, return_inverse=True)
    result = np.zeros(int(frame.place_first[-1]), np.int16)
    for number, (layout, jobs) in enumerate(cases.tolist()):
        shares = np.array(_shared_out(frame.layouts[layout], jobs), np.int16)
        starts = frame.place_first[:-1][which.ravel() == number]
        result[starts[:, None] + np.arange(len(shares))] = shares
    return result


def place_columns(frame: Frame, spec: PlanSpec) -> dict[str, Any]:
    """The places' columns of the plan."""
    counts = np.array([len(layout.places) for layout in frame.layouts], np.int64)
    start = running_total(counts)[:-1]
    first = frame.place_first
    district = np.repeat(np.arange(frame.districts, dtype=np.int32), np.diff(first))
    local = np.arange(len(district)) - first[district]
    row = start[frame.layout[district]] + local
    every = [place for layout in frame.layouts for place in layout.places]
    kind = np.array([kinds.PLACE_KINDS.index(place.kind) for place in every], np.int16)
    return {
        "place_first": first,
        "place_kind": kind[row],
        "place_district": district,
        "place_door": np.array([place.door for place in every], np.int16)[row],
        "place_target": (GATES + local).astype(np.int16),
        "place_jobs": _jobs(frame, spec.capacity),
    }


def object_columns(
    frame: Frame,
    anchors: Anchors,
    targets: list[Targets],
    extra: Additions,
    types: tuple[str, ...],
) -> dict[str, Any]:
    """The objects' columns of the plan; further objects come last in their district."""
    added = np.array([row.district for row in extra.rows], np.int64)
    at = anchors.first[added + 1]
    new = np.arange(len(added), dtype=np.int32) + len(anchors.tile)
    row = np.insert(anchors.row, at, new)
    district = np.insert(anchors.district, at, added.astype(np.int32))
    kind = np.array([*anchors.kind, *(types.index(e.object_type) for e in extra.rows)], np.int16)
    tile = np.array([*anchors.tile, *(entry.tile for entry in extra.rows)], np.int16)
    place = np.array([*anchors.place, *(entry.place for entry in extra.rows)], np.int32)
    names = {int(spot) + k: extra.rows[k].name for k, spot in enumerate(at)}
    names |= {i + int((added < anchors.district[i]).sum()): n for i, n in extra.names.items()}
    counts = np.diff(anchors.first) + np.bincount(added, minlength=frame.districts)
    return {
        "object_first": running_total(counts),
        "object_type": kind[row],
        "object_district": district,
        "object_tile": tile[row],
        "object_place": frame.place_first[district] + place[row],
        "object_number": _numbers(kind[row], names, types),
        "object_names": dict(sorted(names.items())),
        **{name: table[row] for name, table in _routing_rows(frame, targets, extra).items()},
    }


def _routing_rows(
    frame: Frame, targets: list[Targets], extra: Additions
) -> dict[str, NDArray[Any]]:
    """Target, queue targets and privacy of every anchor and every further object, (rows, ...)."""
    target, queue, private = [], [], []
    for entry, layout in zip(targets, frame.layouts, strict=True):
        target += entry.anchor
        for anchor in layout.anchors:
            waiting = [entry.queue[tile] for tile in anchor.queue]
            queue.append([*waiting, -1, -1, -1][:3])
            private.append(layout.places[anchor.place].kind == "home")
    for row in extra.rows:
        number = int(frame.layout[row.district])
        target.append(targets[number].beside[row.tile])
        queue.append([-1, -1, -1])
        private.append(frame.layouts[number].places[row.place].kind == "home")
    return {
        "object_target": np.array(target, np.int16),
        "object_queue": np.array(queue, np.int16).reshape(-1, 3),
        "object_private": np.array(private, np.bool_),
    }


def _numbers(
    kind: NDArray[np.int16], names: dict[int, str], types: tuple[str, ...]
) -> NDArray[np.int32]:
    """The n of ``<type>_<n>``, int32 (objects,): counted per type, in order.

    An object that a file names ``<type>_<n>`` has that n; the one that would have had it gets the
    number left over, so no id is given twice.
    """
    result = np.zeros(len(kind), np.int32)
    for number in range(len(types)):
        alike = np.flatnonzero(kind == number)
        result[alike] = np.arange(1, len(alike) + 1, dtype=np.int32)
    for index, name in sorted(names.items()):
        head, _, tail = name.rpartition("_")
        if head == types[kind[index]] and tail.isdecimal() and 0 < int(tail) < 1 << 31:
            other = np.flatnonzero((kind == kind[index]) & (result == int(tail)))
            result[other] = result[index]
            result[index] = int(tail)
    return result


def home_columns(frame: Frame, spec: PlanSpec) -> dict[str, Any]:
    """The slots' columns: beds are given out evenly over the districts, in the order of slots."""
    beds = [layout.beds() for layout in frame.layouts]
    rooms = np.array([len(entry) for entry in beds], np.int64)
    first = slot_first(frame, spec.capacity)
    district = np.repeat(np.arange(frame.districts, dtype=np.int32), np.diff(first))
    rank = np.arange(spec.capacity) - first[district]
    if not rooms.any():
        return {
            "home_place": np.full(spec.capacity, -1, np.int32),
            "home_district": district,
            "home_tile": _spawn_tiles(frame, spec.map_seed, district, rank),
        }
    start = running_total(rooms)[:-1]
    row = start[frame.layout[district]] + rank
    places = np.array([anchor.place for entry in beds for anchor in entry], np.int32)
    tiles = np.array(
        [_bedside(lay, bed.tile) for lay in frame.layouts for bed in lay.beds()], np.int16
    )
    return {
        "home_place": frame.place_first[district] + places[row],
        "home_district": district,
        "home_tile": tiles[row],
    }


def _bedside(layout: Layout, tile: int) -> int:
    """The bed's tile, or a tile of the home next to it where a bed cannot be stood on."""
    walkable, place = layout.walkable().ravel(), layout.place_of_tile()
    x = layout.width
    spots = [tile, tile - x, tile + x, tile + 1, tile - 1]
    return next(
        spot
        for spot in spots
        if 0 <= spot < layout.tiles and walkable[spot] and place[spot] == place[tile]
    )


def _spawn_tiles(
    frame: Frame, map_seed: int, district: NDArray[np.int32], rank: NDArray[np.int64]
) -> NDArray[np.int16]:
    """Walkable tiles in a keyed order, one per slot and again from the start when they run out."""
    result = np.zeros(len(district), np.int16)
    for number, layout in enumerate(frame.layouts):
        free = np.flatnonzero(layout.walkable().ravel())
        free = free[shuffled(map_seed, Purpose.SPAWN_TILE, len(free))]
        mine = frame.layout[district] == number
        result[mine] = free[rank[mine] % len(free)]
    return result
