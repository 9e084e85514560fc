"""The first population, and what some newcomers wish for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from townlet.config import money
from townlet.ecs import Store
from townlet.errors import UserError
from townlet.maps import TownPlan
from townlet.setup.blueprint import Blueprint
from townlet_components.identity import ANY_JOB, WISHES, Arrivals, Identity, Wishes
from townlet_components.personality import TRAITS
from townlet_components.rows import Rows


@dataclass(frozen=True)
class Wish:
    """What a newcomer brings along; what is left out is drawn, or as the config says.

    Attributes:
        profile: number of its personality profile.
        traits: values in [-1, 1] by name.
        wallet: money in thousandths.
        needs: levels in [0, 1] by name.
        job: number of its job, ``ANY_JOB`` or ``NO_JOB``.
        at: district and tile it enters at.
        name: number of a name the scenario gives; -1: made from its serial.
    """

    profile: int | None = None
    traits: Mapping[str, float] = field(default_factory=dict)
    wallet: int | None = None
    needs: Mapping[str, float] = field(default_factory=dict)
    job: int = ANY_JOB
    at: tuple[int, int] | None = None
    name: int = -1


def wishes_of(blue: Blueprint) -> int:
    """How many wishes a town can have at a time: all of its first population's have room."""
    return max(WISHES, len(blue.cast.agents), len(first_wishes(blue)))


def write_wish(
    store: Store, town: int, slot: int, wish: Wish, *, ordered: bool, needs: tuple[str, ...]
) -> bool:
    """Note what the newcomer of a slot brings along.

    Args:
        store: the components.
        town, slot: whose next owner.
        wish: what it brings.
        ordered: an operator sent for it; False: it is of the first population.
        needs: names of the needs.

    Returns:
        False, and nothing is noted, when the table is full.
    """
    columns, arrivals = store.write(Wishes), store.write(Arrivals)
    rows = len(columns.slot) // len(arrivals.wishes)
    free = np.flatnonzero(columns.slot[town * rows : (town + 1) * rows] < 0)
    if not len(free):
        return False
    row = town * rows + int(free[0])
    columns.slot[row], columns.ordered[row] = slot, ordered
    columns.job[row] = wish.job
    if wish.profile is not None:
        columns.profile[row] = wish.profile
    if wish.wallet is not None:
        columns.wallet[row] = wish.wallet
    if wish.at is not None:
        columns.district[row], columns.tile[row] = wish.at
    for name, level in wish.needs.items():
        columns.need[row, needs.index(name)] = level
    for name, value in wish.traits.items():
        columns.trait[row, TRAITS.index(name)] = value
    arrivals.wishes[town] += 1
    rows_of_town = store.read(Rows).row_of.reshape(len(arrivals.wishes), -1)[town]
    store.write(Identity).name[rows_of_town[slot]] = wish.name
    return True


def first_wishes(blue: Blueprint) -> dict[int, Wish]:
    """What the config wishes for the first population, by slot: its scenario, its overrides."""
    wishes, profiles = cast_wishes(blue), list(blue.profiles)
    wanted, names = blue.config.personalities.overrides, blue.names
    for slot in range(len(wishes), blue.agents if wanted else 0):
        profile = wanted.get(names.of(slot, 0))
        if profile is not None:
            wishes[slot] = Wish(profile=profiles.index(profile))
    return wishes


def cast_wishes(blue: Blueprint) -> dict[int, Wish]:
    """What the agents of a scenario bring along, by slot.

    Raises:
        UserError: a position off the map or where nobody can stand, or an unknown job.
    """
    wishes, profiles = {}, list(blue.profiles)
    overrides = blue.config.personalities.overrides
    for slot, agent in enumerate(blue.cast.agents):
        profile = agent["personality_profile"] or overrides.get(agent["id"])
        x, y = agent["position"]
        wishes[slot] = Wish(
            profile=None if profile is None else profiles.index(profile.lower()),
            wallet=money(agent["wallet"]),
            needs=agent["needs"],
            job=ANY_JOB if agent["job"] is None else blue.jobs.number(agent["job"]),
            at=standing_tile(blue.plan, x, y, f"scenario.agents[{slot}].position"),
            name=slot,
        )
    return wishes


def check_guests(blue: Blueprint) -> None:
    """Refuse a timeline that lets somebody in where nobody can stand, or for an unknown job.

    Raises:
        UserError: naming the entry.
    """
    for entry in blue.timeline:
        given = entry.arguments if entry.name == "spawn_agent" else {}
        if given.get("position") is not None:
            x, y = given["position"]
            standing_tile(blue.plan, x, y, f"{entry.where}: position")
        if given.get("job") is not None:
            blue.jobs.number(given["job"])


def standing_tile(plan: TownPlan, x: int, y: int, where: str = "tile") -> tuple[int, int]:
    """District and tile of a tile (x, y) of the town that somebody can stand on.

    Raises:
        UserError: it is off the map, or nobody can stand there; ``where`` begins the sentence.
    """
    width, height = plan.grid_w * plan.width, plan.grid_h * plan.height
    if not (0 <= x < width and 0 <= y < height):
        raise UserError(
            f"{where} [{x}, {y}] is off the map; x must be between 0 and {width - 1}, "
            f"y between 0 and {height - 1}"
        )
    district, tile = plan.locate(x, y)
    if not plan.walkable[plan.district_layout[district], tile]:
        raise UserError(f"{where} [{x}, {y}]: nobody can stand there")
    return district, tile


def invite(store: Store, blue: Blueprint) -> None:
    """The first agents arrive in tick 1, in slots 0 to agents - 1."""
    arrivals = store.write(Arrivals)
    arrivals.due[:] = store.read(Rows).slot < blue.agents
    arrivals.pending[:] = blue.agents
    for slot, wish in first_wishes(blue).items():
        for town in range(blue.towns):
            write_wish(store, town, slot, wish, ordered=False, needs=blue.need_names)
