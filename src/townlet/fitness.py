"""The agent fitness index (AFI, SPEC §9), for people and for whoever picks the fittest.

AFI = 0.25 normalised return + 0.35 (1 - mean deficit) + 0.25 attendance - 0.15 violations over the
last finished day. The return is the sum of the day's rewards; it is normalised to 0 for a mean tick
with every need empty and 1 for one without a deficit on a day with a full paid shift
(:func:`townlet_systems.reward_sums.normalised`). Where rewards are not written the term stays out,
so such an index is lower by up to 0.25; compare only runs that agree in this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from townlet.looking import Looking

_COLUMNS = {
    "Fitness.afi": "afi",
    "Fitness.violations": "violations",
    "Fitness.hours": "hours",
}


def fitness_frame(sim: Looking) -> pl.DataFrame:
    """One row per living agent in slot order: town, id, name, afi, and the running day so far.

    ``afi`` is of the last finished day, 0 before an agent's first midnight. ``violations`` and
    ``hours`` (full hours sampled) are of the running day.
    """
    frame = sim.frame("agent").filter(pl.col("Identity.alive"))
    return frame.select("town", "id", "name", *_COLUMNS).rename(_COLUMNS)
