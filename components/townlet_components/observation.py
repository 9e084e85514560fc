"""Observation: what each agent sees, written in place for learners (SPEC §14). Derived."""

from townlet.ecs import F32, I8, I16, I32, I64, U8, U16, U32, U64, Bool, column, component

#: What is shown on a map, as planes of bit rows; planes of object types follow.
PLANES = ("agents", "objects", "reservations", "blocked")
AGENTS, OBJECTS, RESERVATIONS, WALLS = range(len(PLANES))
#: Elements of a map: float32, float16, or bits, eight cells to a byte.
FLOATS, HALVES, BITS = range(3)
#: Variants of observations (*learning §1.1*), in the order of their numbers.
VARIANTS = ("full", "hybrid", "compact")
FULL, HYBRID, COMPACT = range(len(VARIANTS))
#: Landmarks with features of their own where targets are included (*learning §1.2*).
LANDMARKS = ("fridge", "stove", "bed", "shower")
#: Share of agents and tiles in the window, and the nearest agent: the last base features.
SURROUNDINGS = ("agent_ratio", "object_ratio", "reserved_ratio", "nearest")
#: Values of a tie, and the lists it may rank in.
BOND_PARTS = ("trust", "familiarity", "rivalry")
TRUST, FAMILIARITY, RIVALRY = range(len(BOND_PARTS))
RANKINGS = ("friends", "rivals")
FRIEND, RIVAL = range(len(RANKINGS))
#: 32-bit words of a cache line: rows are padded to it, and written line by line.
LINE = 16


@component(scratch=True, cold=True)
class Observation:
    """The buffers a learner reads, by slot; :meth:`Simulation.observation` shows their elements."""

    map: U32 = column("slot", "map_word", derived=True, doc="map, in words of four bytes")
    features: U32 = column("slot", "feature_word", derived=True, doc="features, likewise")
    live: Bool = column("slot", fill=False, derived=True, doc="somebody lives in the slot")


@component(scratch=True, cold=True)
class Sights:
    """What is to be seen in each district."""

    count: U16 = column("district", "tile", derived=True, doc="agents on a tile")
    seen: U64 = column("district", "bit_row", derived=True, doc="bits: tiles with an agent")
    crowded: U64 = column("district", "bit_row", derived=True, doc="bits: with several")
    reserved: U64 = column("district", "bit_row", derived=True, doc="bits: with a reservation")
    plane: U64 = column(
        "district", "sight_y", "plane", derived=True,
        doc="bits of a row of the district and of what is near its border, by plane",
    )  # fmt: skip
    surplus: U16 = column(
        "district", "inner_y", "sight_x", derived=True,
        doc="agents beyond the first of their tile, in a column as high as a window",
    )  # fmt: skip


@component(scratch=True, cold=True)
class Stands:
    """Where each agent is counted, so that only those who have moved are counted anew."""

    tile: I32 = column("agent", fill=-1, derived=True, doc="tile of all districts; -1 none")


@component(scratch=True, cold=True)
class Ways:
    """Where each agent is going, and what it has around it."""

    district: I32 = column("agent", fill=-1, derived=True, doc="district it walks to; -1 none")
    target: I16 = column("agent", derived=True, doc="routing target there")
    step: I8 = column("agent", fill=-1, derived=True, doc="next step: 0..3 N, S, E, W; -1 none")
    around: F32 = column("agent", "surrounding", derived=True, doc="shares and nearest agent")


@component(scratch=True, cold=True)
class MapNotes:
    """What stands in the map buffer, as bits: only lines that differ are written again."""

    bits: U64 = column("slot", "noted_word", derived=True, doc="cells that are 1, then those -1")


@component(scratch=True, cold=True)
class Drafts:
    """A lane's rows in the making."""

    bits: U64 = column("lane", "drafted_word", derived=True, doc="cells that are 1, then those -1")
    cells: F32 = column("lane", "map_cell", derived=True, doc="a map of counts")
    features: F32 = column(
        "lane", "feature_cell", derived=True, doc="features of a block of rows, one after the other"
    )
    columns: F32 = column(
        "lane", "column_cell", derived=True, doc="features of a block of rows, feature by feature"
    )
    bond: F32 = column(
        "lane", "bond_part", "place_of_tie", derived=True, doc="ties as they are now"
    )
    rank: I64 = column(
        "lane", "ranking", "place_of_tie", derived=True, doc="how they rank; -1 not at all"
    )


@component(scratch=True, cold=True)
class Picks:
    """Whose friends and rivals are shown, for as long as no other tie can take their place."""

    stirred: I32 = column("agent", derived=True, doc="TieScratch.stirred when they were picked")
    until: I32 = column(
        "agent", fill=-1, unit="ticks", derived=True, doc="last tick it is good for"
    )
    filled: I16 = column("agent", derived=True, doc="slots with somebody; -1 no tie counts")
    avoided: F32 = column("agent", derived=True, doc="rivals it avoids / ties it can have")
    fiercest: F32 = column("agent", derived=True, doc="the largest rivalry, as of its last event")
    fierce_at: I32 = column("agent", unit="ticks", derived=True, doc="that event")
    bond: F32 = column(
        "agent", "bond_part", "pick", derived=True, doc="ties shown, as of the last event; 0 none"
    )
    since: I32 = column(
        "agent", "pick", fill=-1, unit="ticks", derived=True, doc="that event; -1 nobody"
    )
    code: U64 = column("agent", "pick_word", derived=True, doc="bytes that stand for them; 0 none")


@component(scratch=True, cold=True)
class Daytime:
    """The time of day as a point on a circle."""

    sin: F32 = column("town", derived=True, doc="0 at the start of its turn")
    cos: F32 = column("town", derived=True, doc="1 at the start of its turn")


@component(static=True, cold=True)
class MapPlan:
    """How maps are drawn; the same in all towns."""

    variant: I32 = column("world", doc="0 full, 1 hybrid, 2 compact")
    elements: I32 = column("world", doc="0 float32, 1 float16, 2 bits")
    side: I32 = column("world", unit="tiles", doc="side of the window")
    reach: I32 = column("world", unit="tiles", doc="how far it goes from the middle")
    near: Bool = column("world", fill=True, doc="a window fits 128 bits, a district's row 64")
    counts: Bool = column("world", fill=False, doc="counts are shown, not whether there are any")
    types: I32 = column("world", doc="object types with a channel")
    cells: I32 = column("world", doc="cells of all channels")
    words: I32 = column("world", doc="words of 64 bits for a map's cells")
    x: I32 = column("tile", doc="x of a tile within its district")
    y: I32 = column("tile", doc="y of a tile")
    ring: U64 = column("ring", "half", doc="cells at one distance from the middle, nearest first")
    distance: F32 = column("ring", doc="that distance, in reaches, at most 1")
    things: U8 = column("plan_district", "thing_plane", "thing_tile", doc="objects on a tile")


@component(static=True, cold=True)
class FeaturePlan:
    """Which features there are; the same in all towns."""

    half: Bool = column("world", fill=False, doc="features are float16")
    embeddings: I32 = column("world", fill=1, doc="embedding slots of a town")
    landmarks: I32 = column("world", doc="object types with features of their own")
    landmark: I16 = column("landmark", fill=-1, doc="those types; -1 the town has none")
    primitives: I32 = column("world", doc="primitives")
    traits: I32 = column("world", doc="traits that are shown")
    friends: I32 = column("world", doc="slots for friends")
    rivals: I32 = column("world", doc="slots for rivals")
    width: I32 = column("world", doc="numbers that stand for somebody")
    aggregates: Bool = column("world", fill=False, doc="means and maxima of ties are added")


@component(static=True)
class ObservationRules:
    """What may differ from town to town."""

    turn: I32 = column("town", fill=1440, unit="ticks", doc="time_ticks_per_day")
    social: Bool = column("town", fill=False, doc="ties are observed: stage B and later")
