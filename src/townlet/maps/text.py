"""The town as text: one district, two characters per tile so that it looks square."""

from __future__ import annotations

from collections.abc import Iterable

from townlet.errors import UserError
from townlet.maps.kinds import TILE_KINDS, WALL, WATER
from townlet.maps.plan import TownPlan

TILE_CHARS = dict(zip(TILE_KINDS, "#.+  =_~\"',.:", strict=True))
"""Character of each tile kind; streets are left blank."""

OBJECT_CHARS = {
    "bed": "b",
    "fridge": "f",
    "stove": "s",
    "shower": "w",
    "counter": "c",
    "till": "t",
    "treadmill": "m",
    "bench": "n",
    "desk": "d",
    "workbench": "k",
}
"""Letter of each object type; types of manifests take the next free capital."""

AGENT = "@"


def object_chars(types: Iterable[str]) -> dict[str, str]:
    """A letter for every object type, in order."""
    result, free = {}, iter("ABCDEFGHIJKLMNOPQRSTUVWXYZ" + "?" * 1000)
    for name in types:
        result[name] = OBJECT_CHARS.get(name) or next(free)
    return result


def render_text(
    plan: TownPlan, district: int = 0, agents: Iterable[tuple[int, int]] | None = None
) -> str:
    """Draw a district.

    Args:
        plan: the town.
        district: which one, 0 to districts - 1.
        agents: positions (x, y) in the town; those in the district are drawn as ``@``.

    Returns:
        Lines for the map, then the legend of what is on it.

    Raises:
        UserError: no such district.
    """
    if not 0 <= district < plan.districts:
        raise UserError(f"district {district}: no such one; 0 to {plan.districts - 1}")
    kind = plan.tile_kind[plan.district_layout[district]]
    cells = [TILE_CHARS[TILE_KINDS[k]] + ("#" if k == WALL else " ") for k in kind]
    for tile in (kind == WATER).nonzero()[0]:
        cells[int(tile)] = "~~"
    letters = object_chars(plan.object_types)
    shown: dict[str, str] = {}
    for index in range(int(plan.object_first[district]), int(plan.object_first[district + 1])):
        name = plan.object_types[plan.object_type[index]]
        shown[name] = letters[name]
        cells[int(plan.object_tile[index])] = letters[name] + " "
    some = False
    for x, y in agents or ():
        where, tile = plan.locate(int(x), int(y))
        if where == district:
            cells[tile], some = AGENT + " ", True
    width = plan.width
    rows = ["".join(cells[y * width : y * width + width]) for y in range(plan.height)]
    legend = _tile_legend(kind.tolist())
    legend.append("  ".join(f"{char} {name}" for name, char in sorted(shown.items())))
    if some:
        legend.append(f"{AGENT} agent")
    return "\n".join([*(row.rstrip() for row in rows), "", *filter(None, legend)])


def _tile_legend(kinds: Iterable[int]) -> list[str]:
    """Lines that say what the characters of tiles mean; only of those on the map."""
    names = [TILE_KINDS[kind] for kind in sorted(set(kinds))]
    shown = [f"{TILE_CHARS[name]} {name}" for name in names if TILE_CHARS[name] != " "]
    blank = [name for name in names if TILE_CHARS[name] == " "]
    return ["  ".join(shown), f"blank: {' or '.join(blank)}" if blank else ""]
