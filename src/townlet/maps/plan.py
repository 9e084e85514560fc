"""What a town looks like, as arrays: the result of :func:`townlet.maps.build_plan`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from townlet.maps.kinds import PLACE_KINDS
from townlet.maps.layout import Layout

ExtraObject = tuple[str, str, tuple[int, int] | None]
"""An object a file names: id, object type, and its (x, y) in the town or None."""


@dataclass(frozen=True)
class PlanSpec:
    """What a town is asked to hold; all that a plan depends on.

    Attributes:
        population: agents at the start.
        capacity: agent slots; homes are built for all of them.
        map_seed: ``world.map_seed``; the run seed has no say.
        residents_per_district: aimed at by the generator.
        district_size: width and height of generated districts, in tiles.
        grid_size: width and height of one open district, used when there are no layouts.
        layouts: hand-drawn layouts; districts choose among them.
        extra_objects: objects named by manifests and scenarios.
        extra_tiles: (x, y) in the town of tiles that get a routing table.
        tile_rules: tile kind -> "one" or "many", where it differs from the default.
    """

    population: int
    capacity: int
    map_seed: int = 0
    residents_per_district: int = 64
    district_size: tuple[int, int] = (32, 32)
    grid_size: tuple[int, int] | None = None
    layouts: tuple[Layout, ...] = ()
    extra_objects: tuple[ExtraObject, ...] = ()
    extra_tiles: tuple[tuple[int, int], ...] = ()
    tile_rules: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class TownPlan:
    """Districts, places, objects, homes and routes of a town; arrays are read-only.

    A *tile* is ``y * width + x`` within its district. Routing targets of a layout are the four
    gates N, S, E, W, then its places, its anchors, their queue tiles, and extra tiles.

    Attributes:
        width, height: tiles of a district; grid_w, grid_h: districts of the town.
        layouts: the drawings.
        district_layout: int16 (districts,).
        place_first, object_first: first place and object of each district, int32 (districts + 1,).
        tile_kind: number in ``TILE_KINDS``, uint8 (layouts, tiles).
        walkable, single, outdoor: can be stood on; holds one agent; under the sky;
            bool (layouts, tiles).
        place_of_tile: number of the place within the layout or -1, int16 (layouts, tiles).
        route: ``distance << 3 | direction``, uint16 (layouts, targets, tiles); direction 0..3 is
            a step N, S, E, W, 4 is arrived; 0xFFFF where there is no way.
        gate_exit: tile entered next door when leaving in a direction, int16 (4, tiles), -1 none.
        place_kind: number in ``PLACE_KINDS``, int16 (places,).
        place_district: int32 (places,); place_door: tile, int16; place_target: routing target
            that leads inside, int16; place_jobs: jobs it offers, int16.
        object_types: names; object_type: number of its type, int16 (objects,).
        object_district: int32 (objects,); object_tile: int16; object_place: place in the town,
            int32; object_target: routing target, int16.
        object_queue: routing targets of tiles to wait on, int16 (objects, 3), -1 none.
        object_number: the n of ``<type>_<n>``, int32 (objects,).
        object_private: only residents of its home use it, bool (objects,).
        object_names: ids given by manifests and scenarios, by object.
        home_place: home of each slot, int32 (capacity,), -1 none.
        home_district: int32 (capacity,), never descending; home_tile: where the slot's agent
            starts, int16.
        tile_targets: routing target of an extra tile, by (layout, tile).
    """

    width: int
    height: int
    grid_w: int
    grid_h: int
    layouts: tuple[Layout, ...]
    district_layout: NDArray[np.int16]
    place_first: NDArray[np.int32]
    object_first: NDArray[np.int32]
    tile_kind: NDArray[np.uint8]
    walkable: NDArray[np.bool_]
    single: NDArray[np.bool_]
    outdoor: NDArray[np.bool_]
    place_of_tile: NDArray[np.int16]
    route: NDArray[np.uint16]
    gate_exit: NDArray[np.int16]
    place_kind: NDArray[np.int16]
    place_district: NDArray[np.int32]
    place_door: NDArray[np.int16]
    place_target: NDArray[np.int16]
    place_jobs: NDArray[np.int16]
    object_types: tuple[str, ...]
    object_type: NDArray[np.int16]
    object_district: NDArray[np.int32]
    object_tile: NDArray[np.int16]
    object_place: NDArray[np.int32]
    object_target: NDArray[np.int16]
    object_queue: NDArray[np.int16]
    object_number: NDArray[np.int32]
    object_private: NDArray[np.bool_]
    object_names: Mapping[int, str]
    home_place: NDArray[np.int32]
    home_district: NDArray[np.int32]
    home_tile: NDArray[np.int16]
    tile_targets: Mapping[tuple[int, int], int]

    def __post_init__(self) -> None:
        """Make the arrays read-only: one plan serves all towns of a batch."""
        for entry in fields(self):
            value = getattr(self, entry.name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def districts(self) -> int:
        """Number of districts."""
        return self.grid_w * self.grid_h

    @property
    def tiles(self) -> int:
        """Tiles of a district."""
        return self.width * self.height

    @property
    def objects(self) -> int:
        """Number of objects of the town."""
        return len(self.object_type)

    @property
    def places(self) -> int:
        """Number of places of the town."""
        return len(self.place_kind)

    def object_id(self, index: int) -> str:
        """Name of an object: the one a file gave it, else ``<type>_<n>``."""
        name = self.object_names.get(index)
        if name is not None:
            return name
        return f"{self.object_types[self.object_type[index]]}_{self.object_number[index]}"

    def object_index(self, object_id: str) -> int:
        """Number of an object by its id.

        Raises:
            KeyError: no such object; the message names what comes nearest.
        """
        for index, name in self.object_names.items():
            if name == object_id:
                return index
        head, _, tail = object_id.rpartition("_")
        if head in self.object_types and tail.isdecimal() and str(int(tail)) == tail:
            alike = self.object_type == self.object_types.index(head)
            for found in np.flatnonzero(alike & (self.object_number == int(tail))):
                if int(found) not in self.object_names:
                    return int(found)
            raise KeyError(
                f"no object {object_id!r}: the town has {int(alike.sum())} of type {head}"
            )
        known = [*self.object_names.values(), *(f"{name}_1" for name in self.object_types)]
        close = get_close_matches(object_id, known, n=1, cutoff=0.0)
        raise KeyError(f"no object {object_id!r}" + (f"; nearest: {close[0]!r}" if close else ""))

    def place_id(self, index: int) -> str:
        """Name of a place, such as ``cafe_3``: its kind and its number among them, from 1."""
        kind = self.place_kind[index]
        return f"{PLACE_KINDS[kind]}_{int((self.place_kind[: index + 1] == kind).sum())}"

    def locate(self, x: int, y: int) -> tuple[int, int]:
        """District and tile of a position in the town."""
        column, row = x // self.width, y // self.height
        return row * self.grid_w + column, y % self.height * self.width + x % self.width

    def position(self, district: int, tile: int) -> tuple[int, int]:
        """Position in the town, (x, y), of a tile of a district."""
        column, row = district % self.grid_w, district // self.grid_w
        return column * self.width + tile % self.width, row * self.height + tile // self.width

    def starts(self) -> NDArray[np.int32]:
        """Position in the town where each slot's agent starts, int32 (capacity, 2)."""
        district, tile = self.home_district, self.home_tile.astype(np.int32)
        x = district % self.grid_w * self.width + tile % self.width
        y = district // self.grid_w * self.height + tile // self.width
        return np.stack([x, y], axis=1)
