"""The kinds of tiles, places and objects a town is made of, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from townlet.errors import UserError

TILE_KINDS = (
    "wall",
    "floor",
    "door",
    "road",
    "path",
    "gate",
    "counter",
    "water",
    "grass",
    "park",
    "plaza",
    "ground",
    "clearing",
)
"""Names of ``tile_kind``; *ground* is open land, a *clearing* is ground on or beside an object."""

WALL, FLOOR, DOOR, ROAD, PATH, GATE, COUNTER, WATER, GRASS, PARK, PLAZA, GROUND, CLEARING = range(
    13
)

PLACE_KINDS = ("home", "grocer", "cafe", "office", "workshop", "gym", "park", "plaza", "open")
"""Names of ``place_kind``; *open* is the one place of an open district."""

OBJECT_TYPES = (
    "bed",
    "fridge",
    "stove",
    "shower",
    "counter",
    "till",
    "treadmill",
    "bench",
    "desk",
    "workbench",
)
"""Object types the generator places; manifests and hand-drawn layouts may bring others."""

JOB_WEIGHT = {
    "grocer": 3,
    "cafe": 3,
    "office": 6,
    "workshop": 5,
    "gym": 2,
    "park": 1,
    "open": 1,
}
"""How the jobs of a district are shared out among its places (parts, not counts)."""

JOB_PERCENT = 95
"""Jobs per hundred residents (SPEC §3)."""

BLOCKED_KINDS = (WALL, COUNTER, WATER)
SINGLE_KINDS = (ROAD, PATH, GROUND)
OUTDOOR_KINDS = (ROAD, PATH, GATE, GRASS, PARK, PLAZA, GROUND, CLEARING, WATER)
STREET_KINDS = (ROAD, PATH, GATE)
PUBLIC_QUEUES = ("cafe", "grocer", "gym")
"""Places whose objects have queue tiles in a generated layout."""


def walkable_kinds() -> NDArray[np.bool_]:
    """Return which tile kinds can be stood on, bool (kinds,)."""
    mask = np.ones(len(TILE_KINDS), np.bool_)
    mask[list(BLOCKED_KINDS)] = False
    return mask


def outdoor_kinds() -> NDArray[np.bool_]:
    """Return which tile kinds are under the open sky, bool (kinds,)."""
    mask = np.zeros(len(TILE_KINDS), np.bool_)
    mask[list(OUTDOOR_KINDS)] = True
    return mask


def single_kinds(rules: Mapping[str, str]) -> NDArray[np.bool_]:
    """Return which tile kinds hold one agent, bool (kinds,).

    Args:
        rules: overrides, tile kind -> ``"one"`` or ``"many"`` (the config's ``world.tiles``).

    Raises:
        UserError: a kind or a rule that does not exist.
    """
    mask = np.zeros(len(TILE_KINDS), np.bool_)
    mask[list(SINGLE_KINDS)] = True
    for kind, rule in rules.items():
        if kind not in TILE_KINDS:
            raise UserError(f"world.tiles.{kind}: no such tile kind{nearest(kind, TILE_KINDS)}")
        if rule not in ("one", "many"):
            raise UserError(f"world.tiles.{kind}: {rule!r} is neither 'one' nor 'many'")
        if kind == "gate" and rule == "one":
            # Who wants a tile is settled within a district, and a gate is stepped on from outside.
            raise UserError("world.tiles.gate: 'one' is not possible; gates hold many")
        mask[TILE_KINDS.index(kind)] = rule == "one"
    return mask


def nearest(name: str, names: tuple[str, ...]) -> str:
    """End of a sentence about an unknown name: the nearest valid one, else all of them."""
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"; nearest: {close[0]!r}" if close else f"; allowed: {', '.join(names)}"
