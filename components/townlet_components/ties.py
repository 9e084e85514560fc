"""Ties: what agents think of each other. One sparse table per agent (SPEC §7)."""

from townlet.ecs import F32, I16, I32, U8, Bool, column, component

#: Strength below which a tie is free to readers, where the config does not say otherwise.
WEAK = 0.02
#: An avoided rival is avoided until rivalry falls below this (hysteresis, SPEC §7).
AVOID_UNTIL = 0.65
#: A tie counts as formed above this strength (SPEC §11, tie_formation).
FORMED = 0.3


@component
class Ties:
    """Up to K others per agent, in no order. Values are as of ``at`` and decay when read."""

    other: I32 = column("agent", "tie", fill=-1, doc="slot of the other agent; -1 free")
    trust: F32 = column("agent", "tie", doc="trust in [-1, 1] at the time of the last event")
    familiarity: F32 = column("agent", "tie", doc="familiarity in [-1, 1], likewise")
    rivalry: F32 = column("agent", "tie", doc="rivalry in [0, 1], likewise")
    at: I32 = column("agent", "tie", unit="ticks", doc="tick of the last event")
    avoid: Bool = column("agent", "tie", fill=False, doc="rivalry has reached the threshold")
    conflicts: U8 = column("agent", "tie", doc="conflicts with the other on this day")
    helped: I16 = column("agent", "tie", fill=-1000, unit="days", doc="day of the last help")


@component
class Talk:
    """The conversation an agent is in, and the last ones."""

    partner: I32 = column("agent", fill=-1, doc="slot of who it talks with; -1 nobody")
    until: I32 = column("agent", unit="ticks", doc="tick at which the conversation ends")
    speaker: Bool = column("agent", fill=False, doc="it began the conversation")
    only: I32 = column("agent", fill=-1, doc="it talks with this slot alone, a scene says; -1 all")
    quality: I32 = column(
        "agent", fill=-1, unit="thousandths", doc="a scene sets how its next talk goes; -1 luck"
    )
    recent: I32 = column("agent", "recent", fill=-1, doc="slots of the last partners")
    recent_at: I32 = column(
        "agent", "recent", fill=-1_000_000, unit="ticks", doc="end of the last talk with each"
    )
    recent_count: U8 = column("agent", "recent", doc="talks with each on the day of recent_at")


@component
class TieCounts:
    """Sums of this day, and churn since the start."""

    escalated: I32 = column("town", doc="conflicts of this day whose pair came to avoid each other")
    evicted: I32 = column("town", "eviction", doc="ties ended since the start, by reason")


@component(static=True)
class TieRules:
    """Rivalry and decay per town (SPEC §7)."""

    on: Bool = column("town", fill=True, doc="stages.relationships is not OFF")
    modifiers: Bool = column("town", fill=True, doc="personality changes what events do")
    increment: F32 = column("town", doc="rivalry added per conflict of intensity 1")
    rivalry_decay: F32 = column("town", unit="per tick", doc="rivalry lost")
    tie_decay: F32 = column("town", unit="per tick", doc="trust and familiarity lost")
    low: F32 = column("town", doc="smallest rivalry")
    high: F32 = column("town", doc="largest rivalry")
    avoid_at: F32 = column("town", doc="rivals are avoided from here on")
    weak: F32 = column("town", doc="a tie weaker than this is free")
    ghost_boost: F32 = column("town", doc="intensity of a conflict over a rotated reservation")
    length_boost: F32 = column("town", doc="intensity added per further waiter")
    tolerance: F32 = column("town", "profile", doc="divides the threshold of avoidance")
    chat_preference: F32 = column("town", "profile", doc="factor on chat quality, 0.5 to 1.5")


#: Why a tie ended (*world §7.5*).
EVICTIONS = ("capacity", "decay", "removed")
EVICTED_CAPACITY, EVICTED_DECAY, EVICTED_REMOVED = range(len(EVICTIONS))
#: Partners an agent remembers; it cannot talk while all of them are of the last hour.
RECENT = 4


@component(scratch=True)
class Company:
    """Agents with no errand, by the district they stand in at the start of the tick."""

    listed: I32 = column("agent", doc="listed rows, packed per lane")
    row: I32 = column("agent", doc="listed rows, by district")
    first: I32 = column("district", doc="first listed row of each district")
    last: I32 = column("district", doc="end of the listed rows of each district")
    count: I32 = column("lane", "one", doc="rows listed by the lane")


@component(scratch=True)
class TieScratch:
    """Directed updates of a tick, sorted before they are applied."""

    key: I32 = column("district", "update", doc="event of the update, then its direction")
