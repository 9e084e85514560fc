"""Emitting: writing an event into its district's segment of the channel."""

from typing import NamedTuple

from townlet.ecs import I8, I32, device
from townlet_components.events import Events, EventTotals


class Channel(NamedTuple):
    """The event channel: see :mod:`townlet_components.events`."""

    used: I32
    dropped: I32
    kind: I8
    agent: I32
    other: I32
    object: I32
    value: I32
    total: I32


def channel_of(events: Events, totals: EventTotals) -> Channel:
    """Bundle the columns."""
    return Channel(
        used=events.count,
        dropped=events.dropped,
        kind=events.kind,
        agent=events.agent,
        other=events.other,
        object=events.object,
        value=events.value,
        total=totals.total,
    )


@device
def emit(
    channel: Channel, d: int, kind: int, agent: int, other: int, thing: int, value: int
) -> None:
    """Record an event of the district in row ``d``; count it as dropped when there is no room."""
    channel.total[d, kind] += 1
    k = channel.used[d]
    if k >= channel.kind.shape[1]:
        channel.dropped[d] += 1
        return
    channel.kind[d, k] = kind
    channel.agent[d, k] = agent
    channel.other[d, k] = other
    channel.object[d, k] = thing
    channel.value[d, k] = value
    channel.used[d] = k + 1
