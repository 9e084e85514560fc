"""Building: allocate and fill every column before the first tick."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.config import money
from townlet.ecs import Store
from townlet.errors import UserError
from townlet.maps import TownPlan
from townlet.setup.blueprint import Blueprint
from townlet.setup.cast import fill_cast
from townlet.setup.city import fill_city, fill_rows
from townlet.setup.jobs import fill_jobs
from townlet.setup.menu import build_menu
from townlet.setup.rules import fill_rules
from townlet.setup.sizes import sizes_of
from townlet.setup.things import fill_things, thing_rows
from townlet_components.identity import Arrivals, Identity
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
    fill_rules(store, blue, menu)
    store.write(Values).value[:] = initial_values(len(blue.needs))
    fill_cast(store, blue)
    _first_population(store, blue)
    return store


@dataclass(frozen=True)
class Wish:
    """What a newcomer brings along.

    Attributes:
        profile: personality profile; -1: drawn.
        wallet: thousandths; -1: starter money.
        needs: levels, (need,); below 0: drawn; None: all drawn.
        district, tile: where it enters; -1: at home.
        name: number of a name a scenario gives; -1: made from its serial.
    """

    profile: int = -1
    wallet: int = -1
    needs: npt.NDArray[np.float32] | None = None
    district: int = -1
    tile: int = -1
    name: int = -1


def invite(store: Store, town: int, slot: int, wish: Wish) -> None:
    """Let an agent enter a vacant slot in the next ARRIVE phase."""
    arrivals = store.write(Arrivals)
    row = store.read(Rows).row_of.reshape(len(arrivals.pending), -1)[town, slot]
    arrivals.due[row] = True
    arrivals.pending[town] += 1
    arrivals.profile[row], arrivals.wallet[row] = wish.profile, wish.wallet
    arrivals.need[row] = -1.0 if wish.needs is None else wish.needs
    arrivals.district[row], arrivals.tile[row] = wish.district, wish.tile
    store.write(Identity).name[row] = wish.name


def _first_population(store: Store, blue: Blueprint) -> None:
    """The first agents arrive in tick 1, in slots 0 to agents - 1, the cast first."""
    arrivals, rows = store.write(Arrivals), store.read(Rows)
    arrivals.due[:] = rows.slot < blue.agents
    arrivals.pending[:] = blue.agents
    wishes = cast_wishes(blue)
    wanted = blue.config.personalities.overrides
    profiles = list(blue.profiles)
    for slot in range(len(wishes), blue.agents if wanted else 0):
        profile = wanted.get(blue.names.of(slot, 0))
        if profile is not None:
            wishes[slot] = Wish(profile=profiles.index(profile))
    for slot, wish in wishes.items():
        for town in range(blue.towns):
            invite(store, town, slot, wish)
    arrivals.pending[:] = blue.agents


def cast_wishes(blue: Blueprint) -> dict[int, Wish]:
    """What the agents of a scenario bring along, by slot.

    Raises:
        UserError: a position off the map or where nobody can stand.
    """
    wishes, profiles = {}, list(blue.profiles)
    for slot, agent in enumerate(blue.cast.agents):
        profile = agent["personality_profile"]
        profile = blue.config.personalities.overrides.get(agent["id"], profile)
        where = f"scenario.agents[{slot}].position"
        district, tile = standing_tile(blue.plan, agent["position"], where)
        wishes[slot] = Wish(
            profile=-1 if profile is None else profiles.index(profile.lower()),
            wallet=money(agent["wallet"]),
            needs=need_levels(agent["needs"], blue.need_names),
            district=district,
            tile=tile,
            name=slot,
        )
    return wishes


def need_levels(levels: Mapping[str, float], names: tuple[str, ...]) -> npt.NDArray[np.float32]:
    """Levels by need, (need,); -1 for what is not given."""
    return np.array([levels.get(name, -1.0) for name in names], np.float32)


def standing_tile(plan: TownPlan, position: Sequence[int], where: str) -> tuple[int, int]:
    """District and tile of a position somebody can stand on.

    Raises:
        UserError: it is off the map or cannot be stood on; ``where`` begins the sentence.
    """
    x, y = position
    width, height = plan.grid_w * plan.width, plan.grid_h * plan.height
    if not (0 <= x < width and 0 <= y < height):
        raise UserError(
            f"{where}: [{x}, {y}] is off the map; x is 0 to {width - 1} and y is 0 to {height - 1}"
        )
    district, tile = plan.locate(x, y)
    if not plan.walkable[plan.district_layout[district], tile]:
        raise UserError(f"{where}: nobody can stand at [{x}, {y}]")
    return district, tile
