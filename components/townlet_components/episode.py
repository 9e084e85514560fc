"""Episode: an agent's own clock, for learners."""

from townlet.ecs import I32, Bool, column, component


@component
class Episode:
    """Counts since arrival or reset."""

    tick: I32 = column("agent", unit="ticks", doc="ticks since arrival, or since a cut episode")
    context_reset: Bool = column("agent", fill=True, doc="set in the first tick of an episode")
