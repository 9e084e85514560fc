"""Building: allocate and fill every column before the first tick."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.ecs import Store
from townlet.names import name_of
from townlet.setup.blueprint import Blueprint
from townlet.setup.city import fill_city, fill_rows
from townlet.setup.incidents import fill_incident_plan
from townlet.setup.jobs import fill_jobs
from townlet.setup.menu import build_menu
from townlet.setup.rules import fill_rules
from townlet.setup.sizes import sizes_of
from townlet.setup.things import fill_things, thing_rows
from townlet_components.identity import Arrivals
from townlet_components.rows import Rows
from townlet_components.values import Values
from townlet_systems.preconditions import initial_values


def build_store(
    blue: Blueprint,
    components: Iterable[type[Any]],
    lanes: int,
    row_order: npt.NDArray[np.int64] | None = None,
) -> Store:
    """Allocate the components and fill map, rules, objects and the first arrivals.

    Args:
        blue: the blueprint.
        components: component classes.
        lanes: rows of lane scratch.
        row_order: see :func:`townlet.setup.city.fill_rows`.
    """
    menu = build_menu(blue.table)
    things = thing_rows(blue.plan, blue.config.queue_fairness.ring_capacity)
    store = Store(components, sizes_of(blue, menu, things, lanes))
    fill_rows(store, blue, row_order)
    fill_city(store, blue)
    fill_things(store, blue, things)
    fill_jobs(store, blue.jobs, blue.plan)
    fill_incident_plan(store, blue.incidents)
    fill_rules(store, blue, menu)
    store.write(Values).value[:] = initial_values(len(blue.needs))
    _invite(store, blue)
    return store


def _invite(store: Store, blue: Blueprint) -> None:
    """The first agents arrive in tick 1, in slots 0 to agents - 1."""
    rows, arrivals = store.read(Rows), store.write(Arrivals)
    arrivals.due[:] = rows.slot < blue.agents
    arrivals.pending[:] = blue.agents
    wanted = blue.config.personalities.overrides
    if not wanted:
        return
    profiles = list(blue.profiles)
    for slot in range(blue.agents):
        profile = wanted.get(name_of(slot, 0, blue.capacity))
        if profile is not None:
            at = rows.row_of.reshape(blue.towns, -1)[:, slot]
            arrivals.profile[at] = profiles.index(profile)
