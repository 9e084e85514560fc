"""Targets of perturbations: words of a config or an operator, resolved to what there is in town."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from townlet.affordances import AffordanceTable
from townlet.maps import PLACE_KINDS, TownPlan
from townlet.suggest import nearest
from townlet_components.incidents import (
    AIM_KEY,
    AIM_OBJECT,
    AIM_PLACE,
    AIM_PLACE_KIND,
    AIM_TYPE,
    AIMS,
)
from townlet_systems.preconditions import PRICE_KEYS

Aim = tuple[int, int]
"""What a target is (``townlet_components.incidents.AIM_*``) and its number."""

#: Goods by the words people use; the keys of prices themselves are words too.
GOODS = {
    "meal": "meal_cost",
    "meals": "meal_cost",
    "ingredient": "ingredients_cost",
    "ingredients": "ingredients_cost",
    "groceries": "ingredients_cost",
    "shower": "public_shower",
    "showers": "public_shower",
    "coffee": "coffee",
    "gym": "gym",
    "rent": "rent",
}
#: Words for several prices: all there are, and all but the rent.
EVERYTHING, MARKET = "global", "market"


class TargetError(ValueError):
    """A word means nothing here; the message goes on after ``<where> is '<word>'``."""


class Targets:
    """Resolves the words of perturbations in one town plan.

    Args:
        plan: the map.
        table: the affordances, for what is sold where.
    """

    def __init__(self, plan: TownPlan, table: AffordanceTable) -> None:
        self._plan, self._table = plan, table
        kinds = sorted({int(kind) for kind in plan.place_kind})
        self._kinds = {PLACE_KINDS[kind]: kind for kind in kinds}
        self._types = {
            name: number
            for number, name in enumerate(plan.object_types)
            if (plan.object_type == number).any()
        }

    def prices(self, words: Sequence[str]) -> list[Aim]:
        """Prices that a spike moves; without words all of them.

        Raises:
            TargetError: a word that names no price here, or more targets than there is room for.
        """
        found: dict[Aim, None] = {}
        for word in words or (EVERYTHING,):
            found.update(dict.fromkeys(self._prices_of(word)))
        return _limited(list(found))

    def _prices_of(self, word: str) -> list[Aim]:
        if word in (EVERYTHING, MARKET):
            goods = range(len(PRICE_KEYS))
            return [(AIM_KEY, k) for k in goods if word == EVERYTHING or PRICE_KEYS[k] != "rent"]
        if word in self._kinds:
            return [(AIM_PLACE_KIND, self._kinds[word])]
        key = GOODS.get(word, word)
        if key in PRICE_KEYS:
            return [(AIM_KEY, PRICE_KEYS.index(key))]
        if word in self._types:
            return self._sold_at(word)
        place = self._place(word)
        if place is None:
            thing = self._object(word)
            if thing is None:
                raise TargetError(self._unknown(word, [EVERYTHING, MARKET, *GOODS, *PRICE_KEYS]))
            if self._plan.object_private[thing]:
                raise TargetError("which belongs to a household: nothing is sold there")
            place = int(self._plan.object_place[thing])
        return [(AIM_PLACE, place)]

    def _sold_at(self, name: str) -> list[Aim]:
        """Prices of what is done at a type of object; its places where a price has no key."""
        table, plan, number = self._table, self._plan, self._types[name]
        here = (table.object_type == number) & ((table.price_key >= 0) | (table.price > 0))
        aims = [(AIM_KEY, int(key)) for key in table.price_key[here] if key >= 0]
        if (table.price_key[here] < 0).any():
            places = plan.object_place[(plan.object_type == number) & ~plan.object_private]
            aims += [(AIM_PLACE_KIND, kind) for kind in np.unique(plan.place_kind[places]).tolist()]
        if not aims:
            raise TargetError("a type of object at which nothing is sold")
        return aims

    def objects(self, words: Sequence[str]) -> list[Aim]:
        """Objects that a closure closes.

        Raises:
            TargetError: no word, one that names no object here, or too many.
        """
        if not words:
            raise TargetError("empty; a queue_closure has at least one target")
        found: dict[Aim, None] = {}
        for word in words:
            found.update(dict.fromkeys(self._objects_of(word)))
        return _limited(list(found))

    def _objects_of(self, word: str) -> list[Aim]:
        if word in self._kinds:
            return [(AIM_PLACE_KIND, self._kinds[word])]
        if word in self._types:
            return [(AIM_TYPE, self._types[word])]
        key = GOODS.get(word, word)
        if key in PRICE_KEYS:
            sold = self._table.price_key == PRICE_KEYS.index(key)
            types = sorted({int(kind) for kind in self._table.object_type[sold]} - {-1})
            if types:
                return [(AIM_TYPE, kind) for kind in types]
            raise TargetError("a price, and nothing is closed where it is paid")
        place, thing = self._place(word), self._object(word)
        if place is not None:
            return [(AIM_PLACE, place)]
        if thing is not None:
            return [(AIM_OBJECT, thing)]
        raise TargetError(self._unknown(word, GOODS))

    def location(self, word: str) -> tuple[int, int]:
        """District and routing target of a meeting place.

        A kind of place means the first one of the town, a type of object its first, a public one
        where there is one.

        Raises:
            TargetError: it names no place or object here.
        """
        plan = self._plan
        place, thing = self._place(word), self._object(word)
        if word in self._kinds:
            place = int(np.flatnonzero(plan.place_kind == self._kinds[word])[0])
        elif word in self._types:
            alike = np.flatnonzero(plan.object_type == self._types[word])
            thing = int(alike[np.argmin(plan.object_private[alike])])
        if place is not None:
            return int(plan.place_district[place]), int(plan.place_target[place])
        if thing is not None:
            return int(plan.object_district[thing]), int(plan.object_target[thing])
        raise TargetError(self._unknown(word, ()))

    def _place(self, word: str) -> int | None:
        """A place by its id, such as ``cafe_3``."""
        kind, _, number = word.rpartition("_")
        if kind not in self._kinds or not number.isdecimal():
            return None
        alike = np.flatnonzero(self._plan.place_kind == self._kinds[kind])
        place = int(number) - 1
        return int(alike[place]) if 0 <= place < len(alike) else None

    def _object(self, word: str) -> int | None:
        """An object by its id, such as ``shower_3``."""
        try:
            return self._plan.object_index(word)
        except KeyError:
            return None

    def _unknown(self, word: str, words: Sequence[str] | dict[str, str]) -> str:
        if word in PLACE_KINDS:
            return f"and the town has no such place; it has {', '.join(self._kinds)}"
        known = [*self._kinds, *self._types, *words]
        known += [f"{name}_1" for name in (*self._kinds, *self._types)]
        return f"which names nothing in this town{nearest(word, known)}"


def _limited(aims: list[Aim]) -> list[Aim]:
    if len(aims) > AIMS:
        raise TargetError(f"{len(aims)} targets; there is room for {AIMS}")
    return aims
