"""Pictures of towns for ``render``: text, or pixels without any plotting library."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from townlet.errors import UserError
from townlet.maps.picture import AGENT_COLOUR, MOST, pixels
from townlet.maps.text import render_text
from townlet.simulation import Simulation
from townlet.suggest import nearest
from townlet_components.identity import Identity
from townlet_components.position import Position

RENDER_MODES = ("human", "ansi", "rgb_array")
#: Pixels of a tile, and of the margin around an agent on it.
TILE, MARGIN = 8, 2


def checked_mode(mode: str | None) -> str | None:
    """The render mode, if there is one of this name.

    Raises:
        UserError: there is none; the sentence names the nearest.
    """
    if mode is not None and mode not in RENDER_MODES:
        raise UserError(f"unknown render_mode {mode!r}{nearest(mode, RENDER_MODES)}")
    return mode


def frame(sim: Simulation, mode: str | None, town: int = 0) -> str | npt.NDArray[np.uint8] | None:
    """A picture of a town as it is now.

    Args:
        sim: the simulation.
        mode: ``"human"`` prints text, ``"ansi"`` returns it, ``"rgb_array"`` returns pixels; None
            returns nothing.
        town: the town.
    """
    if mode == "rgb_array":
        return picture(sim, town)
    text = None if mode is None else describe(sim, town)
    if mode == "human":
        print(text)
        return None
    return text


def where(sim: Simulation, town: int) -> npt.NDArray[np.int64]:
    """Tiles (x, y) of all who live in a town, int64 (agents, 2), in slot order."""
    plan, position = sim.plan, sim.store.read(Position)
    rows = sim.column("Rows.row_of").reshape(sim.towns, -1)[town]
    rows = rows[sim.store.read(Identity).alive[rows]]
    district, tile = position.district[rows].astype(np.int64), position.tile[rows]
    x = district % plan.grid_w * plan.width + tile % plan.width
    y = district // plan.grid_w * plan.height + tile // plan.width
    return np.stack([x, y], axis=1)


def describe(sim: Simulation, town: int) -> str:
    """Day and time, how many live there, and the map of the first district."""
    day, hour, minute = sim.clock
    agents = where(sim, town)
    head = f"town {town}, day {day}, {hour:02}:{minute:02}, {len(agents)} agents"
    return f"{head}\n{render_text(sim.plan, 0, agents.tolist())}"


def picture(sim: Simulation, town: int) -> npt.NDArray[np.uint8]:
    """Pixels of a town, or of its north-west 8 x 8 districts, uint8 (height, width, 3)."""
    plan = sim.plan
    columns, rows = min(plan.grid_w, MOST), min(plan.grid_h, MOST)
    image = pixels(plan, columns, rows).repeat(TILE, axis=0).repeat(TILE, axis=1)
    colour = [int(AGENT_COLOUR[k : k + 2], 16) for k in (1, 3, 5)]
    for x, y in where(sim, town).tolist():
        if x < columns * plan.width and y < rows * plan.height:
            top, left = y * TILE, x * TILE
            image[top + MARGIN : top + TILE - MARGIN, left + MARGIN : left + TILE - MARGIN] = colour
    return image
