"""Identity: who lives in a slot."""

from townlet.ecs import F32, I8, I16, I32, I64, Bool, column, component


@component
class Identity:
    """A serial is (slot, generation): a newcomer takes the slot of the one who left."""

    alive: Bool = column("agent", fill=False, telemetry="sum", doc="someone lives in this slot")
    generation: I32 = column("agent", fill=-1, keep=True, doc="owners before this one")
    arrived_at: I32 = column("agent", fill=-1, unit="ticks", doc="tick of arrival")
    origin: I32 = column("agent", fill=-1, doc="slot this agent's line began in")
    name: I16 = column("agent", fill=-1, doc="name a scenario gave; -1: made from the serial")


@component
class Arrivals:
    """Births: who enters in the next ARRIVE phase, and with what."""

    due: Bool = column("agent", fill=False, doc="an agent enters this slot in the next ARRIVE")
    profile: I32 = column("agent", fill=-1, doc="personality profile asked for; -1: drawn")
    wallet: I64 = column(
        "agent", fill=-1, unit="thousandths", doc="money brought along; -1: starter"
    )
    need: F32 = column("agent", "need", fill=-1.0, doc="need levels asked for; below 0: drawn")
    district: I32 = column("agent", fill=-1, doc="district to enter at; -1: at home")
    tile: I16 = column("agent", fill=-1, doc="tile to enter at")
    pending: I32 = column("town", doc="number of agents that enter in the next ARRIVE")
    refused: I32 = column("town", doc="arrivals refused because every slot was taken")


@component
class Departures:
    """Deaths: who leaves in the LEAVE phase, and why."""

    reason: I8 = column("agent", doc="0 stays; see ``townlet_components.lifecycle.CAUSES``")
    pending: I32 = column("town", doc="number of agents that leave in this tick")
    count: I32 = column("town", doc="agents that have left so far")


@component(scratch=True)
class Vacancies:
    """Whether rows have to be freed when the tick ends."""

    any: I32 = column("world", doc="not 0: somebody has left in this tick")
