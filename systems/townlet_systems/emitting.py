"""Emitting: writing an event into its district's segment of the channel."""

from typing import NamedTuple

from townlet.ecs import I8, I32, device, rare
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
def _precedes(
    channel: Channel, d: int, k: int, kind: int, agent: int, other: int, thing: int, value: int
) -> bool:
    """A new event comes before the one at ``k``: kind, agent, object, other, value."""
    if kind != channel.kind[d, k]:
        return bool(kind < channel.kind[d, k])
    if agent != channel.agent[d, k]:
        return bool(agent < channel.agent[d, k])
    if thing != channel.object[d, k]:
        return bool(thing < channel.object[d, k])
    if other != channel.other[d, k]:
        return bool(other < channel.other[d, k])
    return bool(value < channel.value[d, k])


@rare
def displace(
    channel: Channel, d: int, kind: int, agent: int, other: int, thing: int, value: int
) -> int:
    """Place of the last event of a full segment if the new one comes before it, else -1."""
    last = 0
    for k in range(1, channel.kind.shape[1]):
        if not _precedes(
            channel, d, last, channel.kind[d, k], channel.agent[d, k], channel.other[d, k],
            channel.object[d, k], channel.value[d, k],
        ):  # fmt: skip
            last = k
    return last if _precedes(channel, d, last, kind, agent, other, thing, value) else -1


@rare
def emit(
    channel: Channel, d: int, kind: int, agent: int, other: int, thing: int, value: int
) -> None:
    """Record an event of the district in row ``d``.

    When there is no room the event that comes last is dropped and counted: which one that is does
    not depend on the order of emission, because ties follow from events.
    """
    channel.total[d, kind] += 1
    k = channel.used[d]
    if k >= channel.kind.shape[1]:
        channel.dropped[d] += 1
        k = displace(channel, d, kind, agent, other, thing, value)
        if k < 0:
            return
    else:
        channel.used[d] = k + 1
    channel.kind[d, k] = kind
    channel.agent[d, k] = agent
    channel.other[d, k] = other
    channel.object[d, k] = thing
    channel.value[d, k] = value
