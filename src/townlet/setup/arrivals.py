"""The first population, and what some newcomers wish for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from townlet.ecs import Store
from townlet.names import name_of
from townlet.setup.blueprint import Blueprint
from townlet_components.identity import ANY_JOB, WISHES, Arrivals, Wishes
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
    """

    profile: int | None = None
    traits: Mapping[str, float] = field(default_factory=dict)
    wallet: int | None = None
    needs: Mapping[str, float] = field(default_factory=dict)
    job: int = ANY_JOB
    at: tuple[int, int] | None = None


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
    return True


def first_wishes(blue: Blueprint) -> dict[int, Wish]:
    """What the config wishes for the first population, by slot: ``personalities.overrides``."""
    wanted = blue.config.personalities.overrides
    if not wanted:
        return {}
    profiles = list(blue.profiles)
    named = ((slot, name_of(slot, 0, blue.capacity)) for slot in range(blue.agents))
    return {
        slot: Wish(profile=profiles.index(wanted[name])) for slot, name in named if name in wanted
    }


def invite(store: Store, blue: Blueprint) -> None:
    """The first agents arrive in tick 1, in slots 0 to agents - 1."""
    arrivals = store.write(Arrivals)
    arrivals.due[:] = store.read(Rows).slot < blue.agents
    arrivals.pending[:] = blue.agents
    for slot, wish in first_wishes(blue).items():
        for town in range(blue.towns):
            write_wish(store, town, slot, wish, ordered=False, needs=blue.need_names)
