"""Uses: what is running ends in time, fits its object, and is not done from afar."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from townlet.invariants.finding import Finding, found, where, who
from townlet_components.activity import Activity
from townlet_components.affordances import Affordances
from townlet_components.home import Home
from townlet_components.objects import ObjectPlan
from townlet_components.position import Position

if TYPE_CHECKING:
    from townlet.simulation import Simulation


def uses_are_sound(sim: Simulation) -> Iterator[Finding]:
    """What an agent uses exists, is offered by its object, and ends after now."""
    read = sim.store.read
    doing, offers, plan = read(Activity), read(Affordances), read(ObjectPlan)
    rows, count, things = len(doing.affordance), len(offers.object_type), len(plan.type)
    aff, obj = doing.affordance, doing.object
    bad = where(
        lambda p: (aff[p] < -1) | (aff[p] >= count) | (obj[p] < -1) | (obj[p] >= things), rows
    )
    yield from found(
        "agent",
        bad,
        lambda r: f"{who(sim, r)} uses affordance {aff[r]} of object {obj[r]}: there is none",
    )
    if len(bad):
        return
    idle = where(lambda p: (aff[p] < 0) & ((obj[p] >= 0) | (doing.paid[p] != 0)), rows)
    yield from found(
        "agent", idle, lambda r: f"{who(sim, r)} uses nothing, but keeps object {obj[r]}"
    )
    busy = where(lambda p: aff[p] >= 0, rows)
    late = busy[doing.until[busy] <= sim.tick]
    yield from found(
        "agent",
        late,
        lambda r: f"{who(sim, r)} should have finished at tick {doing.until[r]}",
    )
    on = busy[obj[busy] >= 0]
    other = on[plan.type[obj[on]] != offers.object_type[aff[on]]]
    yield from found(
        "agent",
        other,
        lambda r: (
            f"{who(sim, r)} uses {sim.blueprint.table.ids[aff[r]]} at "
            f"{sim.plan.object_id(int(obj[r]))}, which does not offer it"
        ),
    )


def nothing_is_used_from_afar(sim: Simulation) -> Iterator[Finding]:
    """Who uses an object stands on its tile or next to it, and at home only its own (SPEC §3)."""
    read = sim.store.read
    obj, spot, plan = read(Activity).object, read(Position), read(ObjectPlan)
    on = where(lambda p: obj[p] >= 0, len(obj))
    things, width = obj[on], sim.plan.width
    mine, its = spot.tile[on].astype(np.int64), plan.tile[things].astype(np.int64)
    way = np.abs(mine % width - its % width) + np.abs(mine // width - its // width)
    afar = (spot.district[on] != plan.district[things]) | (way > 1)
    yield from found(
        "agent",
        on[afar],
        lambda r: f"{who(sim, r)} uses {sim.plan.object_id(int(obj[r]))} from afar",
    )
    strange = plan.private[things] & (plan.place[things] != read(Home).place[on])
    yield from found(
        "agent",
        on[strange],
        lambda r: f"{who(sim, r)} uses {sim.plan.object_id(int(obj[r]))} in another's home",
    )
