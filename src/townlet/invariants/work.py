"""Work: positions and their holders agree, and vacancies are counted right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from townlet.invariants.finding import Finding, found, row_of, where, who
from townlet_components.identity import Identity
from townlet_components.rows import Rows
from townlet_components.work import Employment, PositionPlan, Shifts

if TYPE_CHECKING:
    from townlet.simulation import Simulation


def positions_agree(sim: Simulation) -> Iterator[Finding]:
    """Positions and agents agree on who works where; nobody works who has left."""
    shifts, work = sim.store.read(Shifts), sim.store.read(Employment)
    per_town = len(shifts.holder) // sim.towns
    held = np.flatnonzero(shifts.holder >= 0)
    theirs = row_of(sim, held // per_town, shifts.holder[held])
    alive = sim.store.read(Identity).alive
    wrong = (work.position[theirs] != held % per_town) | ~alive[theirs]
    yield from found(
        "position",
        held[wrong],
        lambda p: (
            f"position {p % per_town} of town {p // per_town} is held by agent "
            f"{shifts.holder[p]}, who does not have it"
        ),
    )
    position = work.position
    hired = where(lambda part: position[part] >= 0, len(position))
    if len(hired) and not wrong.any() and len(hired) != len(held):
        slot, town = sim.store.read(Rows).slot[hired], sim.store.read(Rows).town[hired]
        mine = shifts.holder[town.astype(np.int64) * per_town + position[hired]]
        yield from found(
            "agent",
            hired[mine != slot],
            lambda r: f"{who(sim, r)} works in position {position[r]}, which is not its own",
        )


def vacancies_are_counted(sim: Simulation) -> Iterator[Finding]:
    """Each district counts as many vacant positions as it has."""
    shifts, plan = sim.store.read(Shifts), sim.store.read(PositionPlan)
    jobs, districts = sim.blueprint.jobs.count, sim.plan.districts
    holder = shifts.holder.reshape(sim.towns, -1)[:, :jobs]
    town, position = np.nonzero(holder < 0)
    at = town * districts + plan.district[position]
    count = np.bincount(at, minlength=sim.towns * districts)
    yield from found(
        "district",
        np.flatnonzero(count != shifts.vacant),
        lambda d: (
            f"district {d % districts} of town {d // districts} counts {shifts.vacant[d]} "
            f"vacant positions and has {count[d]}"
        ),
    )
