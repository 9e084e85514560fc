"""The origin of a violation: the first tick that has it, found by running once more from before."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from townlet.invariants import INVARIANTS, broken
from townlet.snapshot import SnapshotError, inspect, restore
from townlet.soak.fault import Calendar
from townlet.soak.striking import tick_with_faults

if TYPE_CHECKING:
    from townlet.simulation import Simulation

#: Seconds of looking before the tick of the check has to do.
_PATIENCE_S = 120.0


def first_broken(
    sim: Simulation, snapshots: Sequence[Path], calendar: Calendar, names: Iterable[str], until: int
) -> int | None:
    """The first tick at which one of some invariants is broken; the simulation ends up there.

    Args:
        sim: the simulation; it is taken back to the newest snapshot from before.
        snapshots: the newest first.
        calendar: the faults of the run.
        names: what was found broken.
        until: the tick at which it was found.

    Returns:
        The tick; None where there is no snapshot from before, or time is up.
    """
    known = [name for name in names if name in INVARIANTS]
    begun = time.monotonic()
    if not known or not _go_back(sim, snapshots, until):
        return None
    while sim.tick < until and time.monotonic() - begun < _PATIENCE_S:
        tick_with_faults(sim, calendar)
        if broken(sim, known):
            return sim.tick
    return None


def _go_back(sim: Simulation, snapshots: Sequence[Path], until: int) -> bool:
    for path in snapshots:
        try:
            if inspect(path).tick < until:
                restore(sim, path)
                return True
        except SnapshotError:
            continue
    return False
