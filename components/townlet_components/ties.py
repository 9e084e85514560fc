"""Ties: what agents think of each other. One sparse table per agent (SPEC §7)."""

from townlet.ecs import F32, I16, I32, U8, Bool, column, component

#: Strength below which a tie is free to readers, where the config does not say otherwise.
WEAK = 0.02
#: An avoided rival is avoided until rivalry falls below this (hysteresis, SPEC §7).
AVOID_UNTIL = 0.65
#: The threshold that goes with it; a lower one is left 0.05 below itself.
AVOID_FROM = 0.7
#: A conversation lasts so long, and its pair does not talk again for so long (SPEC §7).
TALK_TICKS, TALK_COOLDOWN = 5, 60
#: A tie counts as formed above this strength (SPEC §11, tie_formation).
FORMED = 0.3


@component(cold=True)
class Ties:
    """Up to K others per agent, in no order. Values are as of ``at`` and decay when read."""

    other: I32 = column("agent", "tie", fill=-1, doc="slot of the other agent; -1 free")
    trust: F32 = column("agent", "tie", doc="trust in [-1, 1] at the time of the last event")
    familiarity: F32 = column("agent", "tie", doc="familiarity in [-1, 1], likewise")
    rivalry: F32 = column("agent", "tie", doc="rivalry in [0, 1], likewise")
    at: I32 = column("agent", "tie", unit="ticks", doc="tick of the last event")
    avoid: Bool = column("agent", "tie", fill=False, doc="rivalry has reached the threshold")
    conflicts: U8 = column("agent", "tie", doc="conflicts with the other on this day")
    escalated: U8 = column("agent", "tie", doc="those of them that TieCounts.escalated has")
    passed: Bool = column("agent", "tie", fill=False, doc="a conflict of this day set avoid")
    chats: U8 = column("agent", "tie", doc="talks with the other on this day")
    helped: I16 = column(
        "agent", "tie", fill=-1000, unit="days", doc="day one last helped the other"
    )
    took: I16 = column(
        "agent", "tie", fill=-1000, unit="days", doc="day one last took the other's shift"
    )


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
    """Counters since the start."""

    escalated: I32 = column("town", doc="conflicts on whose day the pair came to avoid each other")
    evicted: I32 = column("town", "eviction", doc="ties ended, by reason")


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
#: Who has left is looked up by the last bits of its slot first: a table that fits the L1 cache.
SIEVE = 4096


@component(scratch=True)
class Company:
    """Agents with no errand, by the district they stand in at the start of the tick."""

    listed: I32 = column(
        "agent", doc="listed rows, packed per lane; later, the listener of each talk that is over"
    )
    cell: I32 = column("agent", doc="district row of each; later, how each of those talks went")
    row: I32 = column("agent", doc="listed rows, by district")
    first: I32 = column("district", doc="first listed row of each district")
    last: I32 = column("district", doc="end of the listed rows of each district")
    count: I32 = column("lane", "one", doc="rows listed by the lane")
    due: I32 = column("agent", doc="rows whose conversation ends in this tick, packed per lane")
    due_count: I32 = column("lane", "one", doc="how many")
    speaker: I32 = column("agent", doc="rows that ask to talk, in the order they are served")


@component(scratch=True)
class Eaters:
    """Agents that are having a meal, by the district they stand in at the start of the tick."""

    listed: I32 = column("agent", doc="listed rows, packed per lane")
    cell: I32 = column("agent", doc="district row of each")
    row: I32 = column("agent", doc="listed rows, by district")
    first: I32 = column("district", doc="first listed row of each district")
    last: I32 = column("district", doc="end of the listed rows of each district")
    count: I32 = column("lane", "one", doc="rows listed by the lane")


@component(scratch=True, cold=True)
class TieScratch:
    """The updates of a tick: a list per owner, in the order they are applied."""

    head: I32 = column("agent", fill=-1, doc="first update of the row; -1 none")
    next: I32 = column("district", "update", fill=-1, doc="the update after it; -1 the last")
    row: I32 = column("agent", doc="rows that have updates, packed per lane")
    count: I32 = column("lane", "one", doc="how many")
    ended: U8 = column("agent", doc="ties of the row that end, to be counted")
    stirred: I32 = column(
        "agent", doc="how often ties of the row have changed: what is made of them is made anew"
    )
    gone: Bool = column("sieve", fill=False, doc="somebody whose slot ends like this has left")
