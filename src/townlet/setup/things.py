"""Things: rings, pantries, stock and the index of objects, from the plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from townlet.ecs import Store
from townlet.maps import PLACE_KINDS, TownPlan
from townlet.setup.blueprint import Blueprint
from townlet_components.inventory import INGREDIENTS, ITEMS, MEALS
from townlet_components.objects import ObjectIndex, ObjectPlan, Objects

#: What a public object of a type is stocked with and delivered up to. Cafes and grocers are
#: Townlet's; fridge and stove of an open district are the prototype's (*world §3.1*).
PUBLIC_STOCK = {"fridge": {MEALS: 40}, "till": {INGREDIENTS: 150}}
OPEN_STOCK = {"fridge": {MEALS: 5}, "stove": {INGREDIENTS: 3}}
_OPEN = PLACE_KINDS.index("open")
_STOCK_KEYS = {"raw_ingredients": "ingredients"}


@dataclass(frozen=True)
class ThingRows:
    """Arrays derived from a plan; see the columns of the same names.

    Attributes:
        ring_start, ring_size: int32, int16 (objects,); ``entries`` is their total.
        pantry: int32 (objects,).
        place_first, place_object: objects by place, CSR.
        public_first, public_object: public objects by (district, type), CSR.
    """

    ring_start: npt.NDArray[np.int32]
    ring_size: npt.NDArray[np.int16]
    entries: int
    pantry: npt.NDArray[np.int32]
    place_first: npt.NDArray[np.int32]
    place_object: npt.NDArray[np.int32]
    public_first: npt.NDArray[np.int32]
    public_object: npt.NDArray[np.int32]


def _offsets(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def _residents(plan: TownPlan) -> npt.NDArray[np.int64]:
    """Residents per place."""
    homes = plan.home_place[plan.home_place >= 0]
    return np.bincount(homes, minlength=len(plan.place_kind))


def _pantries(plan: TownPlan) -> npt.NDArray[np.int32]:
    """The first fridge of an object's place; the object itself where there is none."""
    own = np.arange(plan.objects, dtype=np.int32)
    if "fridge" not in plan.object_types:
        return own
    fridges = np.flatnonzero(plan.object_type == plan.object_types.index("fridge"))
    of_place = np.full(len(plan.place_kind), -1, np.int32)
    of_place[plan.object_place[fridges][::-1]] = fridges[::-1]
    pantry = of_place[plan.object_place]
    return np.where(plan.object_private & (pantry >= 0), pantry, own).astype(np.int32)


def thing_rows(plan: TownPlan, ring_capacity: int) -> ThingRows:
    """Derive rings, pantries and indexes. A home's ring has room for all its residents."""
    household = np.clip(_residents(plan)[plan.object_place], 1, ring_capacity)
    ring_size = np.where(plan.object_private, household, ring_capacity).astype(np.int16)
    ring_start = _offsets(ring_size.astype(np.int64))
    types = len(plan.object_types)
    public = np.flatnonzero(~plan.object_private)
    cell = plan.object_district[public].astype(np.int64) * types + plan.object_type[public]
    order = np.argsort(cell, kind="stable")
    places = np.bincount(plan.object_place, minlength=len(plan.place_kind))
    return ThingRows(
        ring_start=ring_start[:-1],
        ring_size=ring_size,
        entries=int(ring_start[-1]),
        pantry=_pantries(plan),
        place_first=_offsets(places),
        place_object=np.argsort(plan.object_place, kind="stable").astype(np.int32),
        public_first=_offsets(np.bincount(cell, minlength=plan.districts * types)),
        public_object=public[order].astype(np.int32),
    )


def _restock(plan: TownPlan) -> npt.NDArray[np.int16]:
    """Planned stock of public objects, (objects, item)."""
    target = np.zeros((plan.objects, len(ITEMS)), np.int16)
    in_open = plan.place_kind[plan.object_place] == _OPEN
    for stocks, where in ((PUBLIC_STOCK, ~in_open), (OPEN_STOCK, in_open)):
        for name, goods in stocks.items():
            if name not in plan.object_types:
                continue
            kind = plan.object_types.index(name)
            rows = where & (plan.object_type == kind) & ~plan.object_private
            for item, count in goods.items():
                target[rows, item] = count
    return target


def initial_stock(blue: Blueprint, rows: ThingRows) -> npt.NDArray[np.int16]:
    """Stock at tick 0, (objects, item).

    Public objects have their planned stock; a home has one meal and a day of ingredients per
    resident; a manifest's ``stock`` replaces both for its object.
    """
    plan = blue.plan
    stock = _restock(plan)
    residents = _residents(plan)[plan.object_place]
    pantries = plan.object_private & (rows.pantry == np.arange(plan.objects))
    if "fridge" in plan.object_types:
        pantries &= plan.object_type == plan.object_types.index("fridge")
    stock[pantries, MEALS] = residents[pantries]
    daily = blue.config.economy.daily_ingredients
    stock[pantries, INGREDIENTS] = np.minimum(residents[pantries] * daily, 30_000)
    for entry in blue.manifest.objects:
        for key, count in entry.stock.items():
            name = _STOCK_KEYS.get(key, key)
            if name in ITEMS:
                stock[plan.object_index(entry.id), ITEMS.index(name)] = min(count, 30_000)
    return stock


def fill_things(store: Store, blue: Blueprint, rows: ThingRows) -> None:
    """Fill the static columns of objects, and the stock of every town."""
    plan = blue.plan
    columns = store.write(ObjectPlan)
    columns.type[:] = plan.object_type
    columns.district[:] = plan.object_district
    columns.tile[:] = plan.object_tile
    columns.place[:] = plan.object_place
    columns.target[:] = plan.object_target
    columns.queue[:] = plan.object_queue
    columns.private[:] = plan.object_private
    columns.pantry[:] = rows.pantry
    columns.ring_start[:] = rows.ring_start
    columns.ring_size[:] = rows.ring_size
    columns.restock[:] = _restock(plan)
    index = store.write(ObjectIndex)
    index.place_first[:] = rows.place_first
    index.place_object[:] = rows.place_object
    index.public_first[:] = rows.public_first
    index.public_object[: len(rows.public_object)] = rows.public_object
    stock = store.write(Objects).stock
    stock.reshape(blue.towns, plan.objects, stock.shape[-1])[:] = initial_stock(blue, rows)
