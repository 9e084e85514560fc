"""Things: rings, pantries, stock and the index of objects, from the plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from townlet.ecs import Store
from townlet.maps import PLACE_KINDS, TownPlan
from townlet.setup.blueprint import Blueprint
from townlet.setup.city import serving
from townlet_components.inventory import INGREDIENTS, ITEMS, MEALS
from townlet_components.objects import ObjectIndex, ObjectPlan, Objects

#: What shops and cafes are delivered up to, per resident they serve: a till two days of
#: ingredients (by ``economy.daily_ingredients``), a fridge a meal and a half; and at least so much.
SHOPS = (
    ("grocer", "till", INGREDIENTS, 2.0, 12),
    ("cafe", "fridge", MEALS, 1.5, 10),
)
#: Fridge and stove of an open district hold what the prototype's do (*world §3.1*).
OPEN_STOCK = (("fridge", MEALS, 5), ("stove", INGREDIENTS, 3))
_MOST = 30_000
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
    """Where a home keeps its goods: its first fridge, else its first stove, else its first object.

    All private objects of a place share one pantry; a public object is its own.
    """
    pantry = np.arange(plan.objects, dtype=np.int32)
    of_place = np.full(len(plan.place_kind), -1, np.int32)
    for name in ("fridge", "stove", None):
        rows = np.flatnonzero(plan.object_private)
        if name is not None:
            kind = plan.object_types.index(name) if name in plan.object_types else -1
            rows = rows[plan.object_type[rows] == kind]
        rows = rows[of_place[plan.object_place[rows]] < 0][::-1]
        of_place[plan.object_place[rows]] = rows
    private = plan.object_private
    pantry[private] = of_place[plan.object_place[private]]
    return pantry


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


def planned_stock(plan: TownPlan, daily: int) -> npt.NDArray[np.int16]:
    """What deliveries fill public objects up to, (objects, item).

    Args:
        plan: the town.
        daily: ingredients a resident needs in a day.
    """
    target = np.zeros((plan.objects, len(ITEMS)), np.int16)
    kinds, places = plan.place_kind[plan.object_place], len(plan.place_kind)
    residents = _residents(plan)
    for kind, name, item, share, least in SHOPS:
        rows = _public(plan, name) & (kinds == PLACE_KINDS.index(kind))
        shop = serving(plan, kind)
        homes = shop >= 0
        served = np.bincount(shop[homes], residents[homes], minlength=places)
        objects = np.bincount(plan.object_place[rows], minlength=places)
        per_object = served[plan.object_place[rows]] / objects[plan.object_place[rows]]
        wanted = np.ceil(per_object * share * (daily if item == INGREDIENTS else 1))
        target[rows, item] = np.clip(wanted, least, _MOST)
    for name, item, count in OPEN_STOCK:
        target[_public(plan, name) & (kinds == _OPEN), item] = count
    return target


def _public(plan: TownPlan, name: str) -> npt.NDArray[np.bool_]:
    """Which objects are of a type, and everybody's."""
    if name not in plan.object_types:
        return np.zeros(plan.objects, np.bool_)
    found: npt.NDArray[np.bool_] = plan.object_type == plan.object_types.index(name)
    return found & ~plan.object_private


def initial_stock(blue: Blueprint, rows: ThingRows) -> npt.NDArray[np.int16]:
    """Stock at tick 0, (objects, item).

    Public objects have their planned stock; a home has one meal and a day of ingredients per
    resident; a manifest's ``stock`` replaces both for its object.
    """
    plan = blue.plan
    daily = blue.config.economy.daily_ingredients
    stock = planned_stock(plan, daily)
    # Of pantries alone, and in 32 bits: for millions of agents these decide what building needs.
    own = rows.pantry == np.arange(plan.objects, dtype=np.int32)
    pantries = np.flatnonzero(plan.object_private & own)
    residents = _residents(plan)[plan.object_place[pantries]]
    stock[pantries, MEALS] = residents
    stock[pantries, INGREDIENTS] = np.minimum(residents * daily, _MOST)
    for entry in blue.manifest.objects:
        for key, count in entry.stock.items():
            name = _STOCK_KEYS.get(key, key)
            if name in ITEMS:
                stock[plan.object_index(entry.id), ITEMS.index(name)] = min(count, _MOST)
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
    columns.restock[:] = planned_stock(plan, blue.config.economy.daily_ingredients)
    index = store.write(ObjectIndex)
    index.place_first[:] = rows.place_first
    index.place_object[:] = rows.place_object
    index.public_first[:] = rows.public_first
    index.public_object[: len(rows.public_object)] = rows.public_object
    stock = store.write(Objects).stock
    stock.reshape(blue.towns, plan.objects, stock.shape[-1])[:] = initial_stock(blue, rows)
