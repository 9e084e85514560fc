"""Mass death: a large part of every town leaves in one tick."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from townlet.soak.fault import Fault, When
from townlet_components.identity import Departures, Identity
from townlet_components.lifecycle import KILLED
from townlet_components.rows import Rows

if TYPE_CHECKING:
    from townlet.simulation import Simulation


class Deaths(Fault):
    """Between a tenth and six tenths of every town are removed at once."""

    name: ClassVar[str] = "deaths"
    doc: ClassVar[str] = "a tenth to six tenths of a town leave in one tick"

    def strike(self, sim: Simulation, when: When) -> str:
        """Order the removals as an operator would, all of them at once."""
        alive, rows = sim.store.read(Identity).alive, sim.store.read(Rows)
        departures = sim.store.write(Departures)
        total = 0
        for town in range(sim.towns):
            luck = when.luck(sim.seed + town)
            at = rows.row_of[town * sim.capacity : (town + 1) * sim.capacity]
            living = at[alive[at]]
            share = luck.uniform(0.1, 0.6)
            chosen = living[luck.random(len(living)) < share]
            fresh = departures.reason[chosen] == 0
            departures.pending[town] += int(fresh.sum())
            departures.reason[chosen] = KILLED
            total += len(chosen)
        return f"{np.int64(total):,} agents removed at once"
