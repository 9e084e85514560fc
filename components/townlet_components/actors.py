"""Actors: who does something in this tick, grouped by district. Gone when the tick ends."""

from townlet.ecs import I8, I32, column, component


@component(scratch=True)
class Actors:
    """A counting sort of the active rows by district."""

    listed: I32 = column("agent", doc="active rows, packed per lane")
    cell: I32 = column("agent", doc="district row where each listed row acts")
    row: I32 = column("agent", doc="active rows, by district")
    first: I32 = column("district", doc="first active row of each district")
    last: I32 = column("district", doc="end of the active rows of each district")


@component(scratch=True)
class LaneLists:
    """How long each lane's list is."""

    count: I32 = column("lane", "one", doc="rows listed by the lane")


#: Parts in which lists are sorted side by side: as many as threads that help.
CHUNKS = 8


@component(static=True)
class Chunks:
    """The parts of the lanes' lists; fixed in number, so that a table of them stays small."""

    number: I32 = column("chunk", doc="number of the row")


@component(scratch=True)
class Tally:
    """Listed rows by part and district while they are sorted; then where the next one goes."""

    place: I32 = column("chunk", "district", doc="count, then place, of the part's next row")


@component(scratch=True)
class Attention:
    """Objects with waiters or with a holder that has not started, by district."""

    thing: I32 = column("object", doc="objects of a district, packed at its first object")
    count: I32 = column("district", doc="how many")


@component(scratch=True)
class Movers:
    """Notes on movers, in the district's own part of the agent table."""

    row: I32 = column("agent", doc="row of a mover")
    goal: I32 = column("agent", doc="tile it wants")
    kind: I8 = column("agent", doc="0 failed, 1 succeeds unless told otherwise, 2 cannot fail")
    stack: I32 = column("agent", doc="movers whose failure has to be passed on")


@component(scratch=True)
class TileScratch:
    """A lane's notes on the tiles of the district it is working on."""

    claim: I32 = column("lane", "tile", fill=-1, doc="mover with the best claim; -1 none")
    remaining: I32 = column("lane", "tile", doc="agents that will still be there")
