"""Clearing: a tick starts with an empty event channel."""

from townlet.ecs import I32, Emit, Phase, kernel, system
from townlet_components.events import Events


@kernel(over="district")
def empty(count: I32) -> None:
    """Set the number of events of each district to 0."""
    for d in range(count.shape[0]):
        count[d] = 0


@system(phase=Phase.ORDERS)
def clear_events(events: Emit[Events]) -> None:
    """The events of the tick before are gone."""
    empty(events.count)
