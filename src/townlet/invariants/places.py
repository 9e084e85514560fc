"""Places: everybody stands where one can stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from townlet.invariants.finding import Finding, found, where, who
from townlet_components.identity import Identity
from townlet_components.position import Position

if TYPE_CHECKING:
    from townlet.simulation import Simulation


def everybody_stands_on_ground(sim: Simulation) -> Iterator[Finding]:
    """The living stand on walkable tiles of the map."""
    spot, alive, plan = sim.store.read(Position), sim.store.read(Identity).alive, sim.plan

    def off(part: slice) -> npt.NDArray[np.bool_]:
        district, tile = spot.district[part], spot.tile[part]
        outside = (district < 0) | (district >= plan.districts) | (tile < 0) | (tile >= plan.tiles)
        layout = plan.district_layout[np.where(outside, 0, district)]
        blocked = ~plan.walkable[layout, np.where(outside, 0, tile)]
        found_off: npt.NDArray[np.bool_] = alive[part] & (
            outside | blocked | (spot.tries[part] < 0)
        )
        return found_off

    yield from found(
        "agent",
        where(off, len(alive)),
        lambda r: (
            f"{who(sim, r)} stands on tile {spot.tile[r]} of district {spot.district[r]}, "
            "where nobody can stand"
        ),
    )
