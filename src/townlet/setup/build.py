"""Building: allocate and fill every column before the first tick."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from townlet.ecs import Store
from townlet.observe.shape import shape_of
from townlet.setup.arrivals import check_guests, invite
from townlet.setup.blueprint import Blueprint
from townlet.setup.cast import fill_cast
from townlet.setup.city import fill_city, fill_rows
from townlet.setup.incidents import fill_incident_plan
from townlet.setup.jobs import fill_jobs
from townlet.setup.menu import build_menu
from townlet.setup.observation import fill_observation
from townlet.setup.rewards import fill_reward_blocks
from townlet.setup.rules import fill_rules
from townlet.setup.sizes import sizes_of
from townlet.setup.things import fill_things, thing_rows
from townlet.setup.town_state import fill_town_state
from townlet_components.observation import Observation
from townlet_components.rows import Rows
from townlet_components.values import Values
from townlet_systems.preconditions import initial_values

if TYPE_CHECKING:
    from townlet.learner import Learner


def build_store(
    blue: Blueprint,
    components: Iterable[type[Any]],
    lanes: int,
    row_order: npt.NDArray[np.int64] | None = None,
    learner: Learner | None = None,
) -> Store:
    """Allocate the components and fill map, rules, objects and the first arrivals.

    Args:
        blue: the blueprint.
        components: component classes.
        lanes: rows of lane scratch.
        row_order: see :func:`townlet.setup.city.fill_rows`.
        learner: who observes; None: nobody, or as the config says.
    """
    menu = build_menu(blue.table)
    things = thing_rows(blue.plan, blue.config.queue_fairness.ring_capacity)
    shape = shape_of(blue, learner)
    store = Store(components, sizes_of(blue, menu, things, lanes, shape))
    fill_rows(store, blue, row_order)
    fill_city(store, blue)
    fill_things(store, blue, things)
    del things  # 150 MB for 5 million agents
    fill_jobs(store, blue.jobs, blue.plan)
    fill_incident_plan(store, blue.incidents)
    fill_rules(store, blue, menu)
    fill_reward_blocks(store, blue.capacity)
    fill_town_state(store, blue)
    store.write(Values).value[:] = initial_values(len(blue.needs))
    if Observation.__name__ in store.components:
        fill_observation(store, blue, shape)
    check_guests(blue)
    fill_cast(store, blue)
    invite(store, blue)
    return store


def rebuild_store(store: Store, blue: Blueprint, learner: Learner | None = None) -> None:
    """Put every array back to what :func:`build_store` makes of a blueprint; none of them moves.

    Args:
        store: what it made of a blueprint that differs in its seed at most.
        blue: the blueprint.
        learner: who observes, as then.
    """
    rows = store.read(Rows)
    order = rows.town.astype(np.int64) * blue.capacity + rows.slot
    fresh = build_store(blue, store.components.values(), store.sizes.length("lane"), order, learner)
    for spec in store.specs():
        for col in spec.columns:
            name = f"{spec.name}.{col.name}"
            np.copyto(store.column(name), fresh.column(name))
