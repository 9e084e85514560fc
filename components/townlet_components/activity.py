"""Activity: the affordance an agent is using."""

from townlet.ecs import I16, I32, column, component


@component
class Activity:
    """What is running; ``affordance`` -1 means nothing is."""

    affordance: I16 = column("agent", fill=-1, doc="running affordance; -1 none")
    object: I32 = column("agent", fill=-1, doc="object in use; -1 none (a meal from the bag)")
    until: I32 = column("agent", unit="ticks", doc="tick at which it finishes")
    paid: I32 = column("agent", unit="thousandths", doc="price paid, for a refund")
