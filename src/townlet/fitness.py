"""The agent fitness index (AFI, SPEC §9), for people and for whoever picks the fittest.

AFI = 0.35 (1 - mean deficit) + 0.25 attendance - 0.15 violations over the last finished day. Its
fourth term, 0.25 normalised return, is left out until there are rewards; where rewards are off it
stays out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from townlet.simulation import Simulation

_COLUMNS = {
    "Fitness.afi": "afi",
    "Fitness.violations": "violations",
    "Fitness.hours": "hours",
}


def fitness_frame(sim: Simulation) -> pl.DataFrame:
    """One row per living agent in slot order: town, id, name, afi, and the running day so far.

    ``afi`` is of the last finished day, 0 before an agent's first midnight. ``violations`` and
    ``hours`` (full hours sampled) are of the running day.
    """
    frame = sim.frame("agent").filter(pl.col("Identity.alive"))
    return frame.select("town", "id", "name", *_COLUMNS).rename(_COLUMNS)
