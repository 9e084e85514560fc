"""The city: layouts, districts, places and slots, from the plan."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from townlet.ecs import Store
from townlet.maps import PLACE_KINDS, TownPlan
from townlet.maps.routing import UNREACHABLE
from townlet.setup.blueprint import Blueprint
from townlet_components.actors import Chunks
from townlet_components.citymap import DistrictPlan, Layouts, PlacePlan, SlotPlan
from townlet_components.rows import DistrictRows, Rows, Towns

_HOME = PLACE_KINDS.index("home")


def serving(plan: TownPlan, kind: str) -> npt.NDArray[np.int32]:
    """The place of a kind that serves each home: of its district, else the town's first; -1 none.

    Returns:
        int32 (places,); -1 where a place is no home.
    """
    found = np.full(len(plan.place_kind), -1, np.int32)
    shops = np.flatnonzero(plan.place_kind == PLACE_KINDS.index(kind))
    if not len(shops):
        return found
    of_district = np.full(plan.districts, shops[0], np.int32)
    of_district[plan.place_district[shops][::-1]] = shops[::-1]
    homes = plan.place_kind == _HOME
    found[homes] = of_district[plan.place_district[homes]]
    return found


def _gate_tiles(plan: TownPlan) -> npt.NDArray[np.int16]:
    exits = plan.gate_exit >= 0
    first = exits.argmax(axis=1)
    return np.where(exits.any(axis=1), first, -1).astype(np.int16)


def _entrances(plan: TownPlan) -> npt.NDArray[np.int16]:
    """Tiles newcomers enter at, int16 (layouts, 4): the gates; without any, the border's middles.

    From an entrance every place can be reached; -1 where a side has none.
    """
    gates = np.broadcast_to(_gate_tiles(plan), (len(plan.route), 4)).copy()
    for layout in np.flatnonzero((gates < 0).all(axis=1)):
        used = (plan.route[layout] != UNREACHABLE).any(axis=1)
        open_ground = (plan.route[layout][used] != UNREACHABLE).all(axis=0) & plan.walkable[layout]
        for side, tiles in enumerate(_border(plan.width, plan.height)):
            found = tiles[open_ground[tiles]]
            if len(found):
                gates[layout, side] = found[0]
    return gates


def _border(width: int, height: int) -> list[npt.NDArray[np.int64]]:
    """Tiles of the north, south, east and west border, those in the middle first."""
    along, down = np.arange(width), np.arange(height) * width
    sides = (along, along + (height - 1) * width, down + width - 1, down)
    return [tiles[np.argsort(abs(2 * np.arange(len(tiles)) + 1 - len(tiles)), kind="stable")]
            for tiles in sides]  # fmt: skip


def fill_city(store: Store, blue: Blueprint) -> None:
    """Fill the static columns of the map."""
    plan = blue.plan
    layouts = store.write(Layouts)
    layouts.route[:] = plan.route
    layouts.walkable[:] = plan.walkable
    layouts.single[:] = plan.single
    layouts.place[:] = plan.place_of_tile
    layouts.outdoor[:] = plan.outdoor
    layouts.gate_exit[:] = plan.gate_exit
    layouts.gate_tile[:] = _gate_tiles(plan)
    layouts.entrance[:] = _entrances(plan)
    layouts.step[:] = (-plan.width, plan.width, 1, -1)
    districts = store.write(DistrictPlan)
    districts.layout[:] = plan.district_layout
    districts.place_first[:] = plan.place_first
    districts.object_first[:] = plan.object_first
    districts.grid[:] = (plan.grid_w, plan.grid_h)
    districts.size[:] = (plan.width, plan.height)
    places = store.write(PlacePlan)
    places.kind[:] = plan.place_kind
    places.district[:] = plan.place_district
    places.target[:] = plan.place_target
    places.grocer[:] = serving(plan, "grocer")
    housed = np.flatnonzero(plan.home_place >= 0)
    homes = plan.home_place[housed]
    counts = np.bincount(homes, minlength=len(plan.place_kind))
    places.resident_first[:] = np.concatenate([[0], np.cumsum(counts)])
    places.resident[: len(housed)] = housed[np.argsort(homes, kind="stable")]
    slots = store.write(SlotPlan)
    slots.home[:] = plan.home_place
    slots.district[:] = plan.home_district
    slots.tile[:] = plan.home_tile


def fill_rows(store: Store, blue: Blueprint, order: npt.NDArray[np.int64] | None = None) -> None:
    """Number the rows of agents and districts, and seed the towns.

    Args:
        store: the store.
        blue: the blueprint.
        order: None for rows in slot order; or, for each row, which ``town * capacity + slot`` it
            holds (a permutation). Nothing but speed depends on it.
    """
    rows = store.write(Rows)
    ids = np.arange(blue.towns * blue.capacity) if order is None else order
    rows.slot[:] = ids % blue.capacity
    rows.town[:] = ids // blue.capacity
    rows.index[:] = np.arange(len(ids))
    rows.row_of[ids] = np.arange(len(ids))
    chunks = store.write(Chunks)
    chunks.number[:] = np.arange(len(chunks.number))
    districts = store.write(DistrictRows)
    numbers = np.arange(blue.towns * blue.plan.districts)
    districts.town[:] = numbers // blue.plan.districts
    districts.number[:] = numbers % blue.plan.districts
    seeds = [(blue.seed + k) % (1 << 64) for k in range(blue.towns)]
    towns = store.write(Towns)
    towns.seed[:] = np.array(seeds, np.uint64)
    towns.number[:] = np.arange(blue.towns)
