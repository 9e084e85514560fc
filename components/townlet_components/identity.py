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
    """Births: who enters in the next ARRIVE phase."""

    due: Bool = column("agent", fill=False, doc="an agent enters this slot in the next ARRIVE")
    pending: I32 = column("town", doc="number of agents that enter in the next ARRIVE")
    wishes: I32 = column("town", doc="rows of the town's wishes in use")
    refused: I32 = column(
        "town", doc="arrivals refused because every slot, or the table of wishes, was full"
    )


#: Wishes a town can have at a time, where its first population has no more.
WISHES = 64
#: What a newcomer wants to work: any job that is vacant, or none.
ANY_JOB, NO_JOB = -1, -2


@component(cold=True)
class Wishes:
    """What some newcomers bring along; a row is free again when its agent has entered."""

    slot: I32 = column("wish", fill=-1, doc="slot it is for; -1: the row is free")
    ordered: Bool = column("wish", fill=False, doc="an operator's, not of the first population")
    profile: I32 = column("wish", fill=-1, doc="personality profile; -1: drawn")
    trait: F32 = column("wish", "trait", fill=-2.0, doc="traits; below -1: as the profile says")
    wallet: I64 = column("wish", fill=-1, unit="thousandths", doc="money brought; -1: starter")
    need: F32 = column("wish", "need", fill=-1.0, doc="need levels; below 0: drawn")
    job: I16 = column("wish", fill=-1, doc="job; -1: as it comes, -2: none")
    district: I32 = column("wish", fill=-1, doc="district to enter at; -1: at home")
    tile: I16 = column("wish", fill=-1, doc="tile to enter at")


@component(scratch=True, cold=True)
class Newcomers:
    """Who enters in this tick."""

    count: I32 = column("town", doc="agents that enter in this tick")
    slot: I32 = column("slot", doc="their slots in order, a stretch per town")
    job: I16 = column("slot", doc="job each of them wants; -1: any, -2: none")


@component
class Departures:
    """Deaths: who leaves in the LEAVE phase, and why."""

    reason: I8 = column("agent", doc="0 stays; see ``townlet_components.lifecycle.CAUSES``")
    pending: I32 = column("town", doc="number of agents that leave in this tick")
    count: I32 = column("town", doc="agents that have left so far")


@component(scratch=True, cold=True)
class Leavers:
    """Who leaves in this tick; before that, a heap of those who wait for it."""

    count: I32 = column("town", doc="agents that leave in this tick")
    slot: I32 = column("slot", doc="their slots in order, a stretch per town")


@component(scratch=True)
class Vacancies:
    """Whether rows have to be freed when the tick ends."""

    any: I32 = column("world", doc="not 0: somebody has left in this tick")
