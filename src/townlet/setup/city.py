"""The city: layouts, districts, places and slots, from the plan."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from townlet.ecs import Store
from townlet.maps import PLACE_KINDS, TownPlan
from townlet.setup.blueprint import Blueprint
from townlet_components.citymap import DistrictPlan, Layouts, PlacePlan, SlotPlan
from townlet_components.rows import DistrictRows, Rows, Towns

_GROCER = PLACE_KINDS.index("grocer")
_HOME = PLACE_KINDS.index("home")


def _grocers(plan: TownPlan) -> npt.NDArray[np.int32]:
    """The grocer that delivers to each home: of its district, else the town's first; -1 none."""
    serving = np.full(len(plan.place_kind), -1, np.int32)
    shops = np.flatnonzero(plan.place_kind == _GROCER)
    if not len(shops):
        return serving
    of_district = np.full(plan.districts, shops[0], np.int32)
    of_district[plan.place_district[shops][::-1]] = shops[::-1]
    homes = plan.place_kind == _HOME
    serving[homes] = of_district[plan.place_district[homes]]
    return serving


def _gate_tiles(plan: TownPlan) -> npt.NDArray[np.int16]:
    exits = plan.gate_exit >= 0
    first = exits.argmax(axis=1)
    return np.where(exits.any(axis=1), first, -1).astype(np.int16)


def fill_city(store: Store, blue: Blueprint) -> None:
    """Fill the static columns of the map."""
    plan = blue.plan
    layouts = store.write(Layouts)
    layouts.route[:] = plan.route
    layouts.walkable[:] = plan.walkable
    layouts.single[:] = plan.single
    layouts.place[:] = plan.place_of_tile
    layouts.gate_exit[:] = plan.gate_exit
    layouts.gate_tile[:] = _gate_tiles(plan)
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
    places.grocer[:] = _grocers(plan)
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
    districts = store.write(DistrictRows)
    numbers = np.arange(blue.towns * blue.plan.districts)
    districts.town[:] = numbers // blue.plan.districts
    districts.number[:] = numbers % blue.plan.districts
    seeds = [(blue.seed + k) % (1 << 64) for k in range(blue.towns)]
    store.write(Towns).seed[:] = np.array(seeds, np.uint64)
