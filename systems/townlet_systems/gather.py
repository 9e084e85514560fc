"""Gathering: who does something in this tick, sorted by the district it happens in."""

import numpy as np

from townlet.ecs import I16, I32, I64, Phase, Read, Write, kernel, system
from townlet_components.activity import Activity
from townlet_components.actors import Actors, Chunks, LaneLists, Tally
from townlet_components.citymap import DistrictPlan
from townlet_components.clock import Clock
from townlet_components.intent import LEAVE_QUEUE, Intent
from townlet_components.objects import ObjectPlan
from townlet_components.position import Position
from townlet_components.queueing import QueuePlace
from townlet_components.rows import Rows
from townlet_systems.bits import lowest
from townlet_systems.sorting import Sorting, sort_rows
from townlet_systems.spotting import BLOCK, below, first_bits


@kernel(over="agent")
def find_actors(
    listed: I32,
    cell: I32,
    count: I32,
    index: I32,
    primitive: I16,
    affordance: I16,
    until: I32,
    using: I32,
    queue: I32,
    district: I32,
    town: I32,
    thing_district: I32,
    layout: I16,
    tick: I64,
) -> None:
    """List the active rows of a lane and the district row where each acts.

    What concerns an object is settled where the object is, so that one lane owns it.

    Args:
        listed, cell: results, packed at the front of the lane's part of the agent table.
        count: how many were listed, (lane, 1).
        index: number of each row, (agent,).
        primitive .. town: columns by row.
        thing_district: district of each object of a town.
        layout: (districts of a town,), for its length.
        tick: (1,).
    """
    now = tick[0]
    districts = layout.shape[0]
    n, rows = 0, primitive.shape[0]
    for low in range(0, rows, BLOCK):
        due = ~below(affordance, low, 0) & below(until, low, now + 1)
        bits = (due | ~below(primitive, low, 1)) & first_bits(rows - low)
        while bits != 0:
            r = low + lowest(bits)
            bits &= bits - np.uint64(1)
            d = district[r]
            if affordance[r] >= 0 and until[r] <= now:
                d = thing_district[using[r]] if using[r] >= 0 else d
            elif primitive[r] == LEAVE_QUEUE and queue[r] >= 0:
                d = thing_district[queue[r]]
            listed[n] = index[r]
            cell[n] = town[r] * districts + d
            n += 1
    count[0, 0] = n


@system(phase=Phase.ACT, after=["guard_primitives"])
def gather_actors(
    actors: Write[Actors],
    lists: Write[LaneLists],
    tally: Write[Tally],
    chunks: Read[Chunks],
    intent: Read[Intent],
    activity: Read[Activity],
    queue: Read[QueuePlace],
    position: Read[Position],
    rows: Read[Rows],
    things: Read[ObjectPlan],
    plan: Read[DistrictPlan],
    clock: Read[Clock],
) -> None:
    """Whoever moves, queues, uses or finishes something is listed with its district."""
    find_actors(
        actors.listed,
        actors.cell,
        lists.count,
        rows.index,
        intent.primitive,
        activity.affordance,
        activity.until,
        activity.object,
        queue.object,
        position.district,
        rows.town,
        things.district,
        plan.layout,
        clock.tick,
    )
    sort_rows(
        Sorting(
            actors.listed, actors.cell, lists.count, actors.row, actors.first, actors.last
        ),
        chunks, tally,
    )  # fmt: skip
