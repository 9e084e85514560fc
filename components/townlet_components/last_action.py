"""Last action: what the agent did last, and how it went."""

from townlet.ecs import I16, Bool, column, component


@component
class LastAction:
    """Outcome of the last primitive that took effect."""

    primitive: I16 = column("agent", doc="primitive")
    success: Bool = column("agent", fill=False, doc="it worked")
    duration: I16 = column("agent", unit="ticks", doc="how long it took")
