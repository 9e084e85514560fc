"""The menu: which affordances serve which option. Derived from the manifest's numbers alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from townlet.affordances import AffordanceTable
from townlet_components.intent import GET_CLEAN, GET_FED, OPTIONS, RELAX, SHOP, SLEEP
from townlet_components.inventory import INGREDIENTS, MEALS
from townlet_components.needs import BASE_NEEDS

#: An affordance is a way to serve a need of every town if it gives at least this much; what gives
#: less (a coffee) is leisure. Further needs take what they are given.
SERVES = 0.1
_OPTION_OF_BASE_NEED = (GET_FED, GET_CLEAN, SLEEP)


@dataclass(frozen=True)
class MenuRows:
    """Affordances by option.

    Attributes:
        affordances: per option, in manifest order.
        producer: per option, the affordance that makes what it uses up; -1 none.
        need: per option, the need it serves; -1 none.
    """

    affordances: tuple[tuple[int, ...], ...]
    producer: tuple[int, ...]
    need: tuple[int, ...]


def option_of_need(need: int) -> int:
    """Option that serves a need, by number."""
    base = len(BASE_NEEDS)
    return _OPTION_OF_BASE_NEED[need] if need < base else len(OPTIONS) + need - base


def build_menu(table: AffordanceTable) -> MenuRows:
    """Sort affordances under the options they serve; types this town lacks serve nothing."""
    needs = table.need_effect.shape[1]
    options = len(OPTIONS) + needs - len(BASE_NEEDS)
    lists: list[list[int]] = [[] for _ in range(options)]
    producer, served = [-1] * options, [-1] * options
    for n in range(needs):
        served[option_of_need(n)] = n
    for aff in np.flatnonzero((table.object_type >= 0) & ~table.stub):
        items = table.item_effect[aff]
        if items[MEALS] > 0:
            if producer[GET_FED] < 0:
                producer[GET_FED] = int(aff)
            continue
        if items[INGREDIENTS] > 0:
            lists[SHOP].append(int(aff))
            continue
        gain = table.need_effect[aff]
        wins = [
            n for n in range(needs) if gain[n] >= SERVES or (n >= len(BASE_NEEDS) and gain[n] > 0)
        ]
        for n in wins:
            lists[option_of_need(n)].append(int(aff))
        if not wins and not items.any():
            lists[RELAX].append(int(aff))
    return MenuRows(tuple(tuple(x) for x in lists), tuple(producer), tuple(served))
