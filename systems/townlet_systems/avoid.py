"""Avoidances: who passed over a better object for a rival's sake is noted, once per choice."""

from townlet.ecs import I32, Emit, Phase, Read, Write, kernel, system
from townlet_components.actors import Actors
from townlet_components.events import AVOIDANCE, Events, EventTotals
from townlet_components.intent import Intent
from townlet_components.rows import DistrictRows, Rows
from townlet_systems.emitting import Channel, channel_of, emit


@kernel(over="district", local=True)
def note_all(
    town: I32, first: I32, last: I32, active: I32, slot: I32, shunned: I32, target: I32,
    channel: Channel,
) -> None:  # fmt: skip
    """Tell of each actor's choice that shunned somebody, and forget it.

    Args:
        town: (district,), for its length.
        first, last, active: actors by district.
        slot, shunned, target: by row; slot of the rival, object chosen.
        channel: events.
    """
    for d in range(town.shape[0]):
        for i in range(first[d], last[d]):
            r = active[i]
            if shunned[r] >= 0:
                emit(channel, d, AVOIDANCE, slot[r], shunned[r], target[r], 0)
                shunned[r] = -1


@system(phase=Phase.ACT, after=["change_queues"])
def note_avoidances(
    district_rows: Read[DistrictRows],
    actors: Read[Actors],
    rows: Read[Rows],
    intent: Write[Intent],
    events: Emit[Events],
    totals: Emit[EventTotals],
) -> None:
    """Who has chosen something else because a rival is there: an avoidance."""
    note_all(
        district_rows.town, actors.first, actors.last, actors.row, rows.slot, intent.shunned,
        intent.target, channel_of(events, totals),
    )  # fmt: skip
