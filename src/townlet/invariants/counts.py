"""Counts: numbers kept per town are those of its agents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from townlet.invariants.finding import Finding, found, per_town, where, who
from townlet_components.identity import Arrivals, Departures, Identity, Wishes
from townlet_components.lifecycle import EMPLOYMENT_EXIT, ExitCounts, Exits, Replacements

if TYPE_CHECKING:
    from townlet.simulation import Simulation


def towns_count_right(sim: Simulation) -> Iterator[Finding]:
    """Newcomers, exits that wait and operators' orders are as many as their towns count."""
    read = sim.store.read
    exits, counts, arrivals = read(Exits), read(ExitCounts), read(Arrivals)
    wishes = read(Wishes).slot.reshape(sim.towns, -1)
    yield from _same("newcomers", arrivals.pending, per_town(sim, arrivals.due))
    yield from _same("exits that wait", counts.pending, per_town(sim, exits.due >= 0))
    queued = (exits.due >= 0) & (exits.cause == EMPLOYMENT_EXIT)
    yield from _same("employment exits that wait", counts.queued, per_town(sim, queued))
    yield from _same("orders about exits", counts.orders, per_town(sim, exits.order != 0))
    yield from _same("wishes", arrivals.wishes, (wishes >= 0).sum(axis=1))
    leaving = per_town(sim, read(Departures).reason != 0)
    yield from _same("removals ordered", read(Departures).pending, leaving)


def _same(what: str, kept: npt.NDArray[Any], counted: npt.NDArray[Any]) -> Iterator[Finding]:
    yield from found(
        "town",
        np.flatnonzero(kept != counted),
        lambda t: f"town {t} counts {int(kept[t])} {what} and has {int(counted[t])}",
    )


def population_adds_up(sim: Simulation) -> Iterator[Finding]:
    """Who lives in a town is who began there and who came, less who left."""
    if sim.tick == 0:
        return
    read = sim.store.read
    living = per_town(sim, read(Identity).alive)
    counts, left = read(ExitCounts), read(Departures).count
    due = sim.agents + counts.arrived - left
    yield from found(
        "town",
        np.flatnonzero(living != due),
        lambda t: (
            f"{int(living[t])} live in town {t}, but {sim.agents} began, "
            f"{int(counts.arrived[t])} came and {int(left[t])} left"
        ),
    )
    causes = counts.by_cause.sum(axis=1)
    yield from _same("departures by cause", causes, left)


def replacements_come_to_vacant_slots(sim: Simulation) -> Iterator[Finding]:
    """A replacement is on its way to a slot nobody lives in, and its town knows of it."""
    coming, alive = sim.store.read(Replacements), sim.store.read(Identity).alive
    taken = where(lambda p: alive[p] & (coming.at[p] >= 0), len(alive))
    yield from found(
        "agent", taken, lambda r: f"a replacement is on its way to the slot of {who(sim, r)}"
    )
    forgotten = where(lambda p: (coming.at[p] >= 0) & (coming.at[p] < sim.tick), len(alive))
    yield from found(
        "agent",
        forgotten,
        lambda r: f"the replacement of {who(sim, r)} was due at tick {coming.at[r]}",
    )
