"""The reference of observations: channels of maps, features, and how the buffers lie in memory."""

from __future__ import annotations

from dataclasses import replace

from townlet.config import SimulationConfig
from townlet.docs.markdown import head, table
from townlet.docs.town import default_blueprint
from townlet.learner import Learner, Variant
from townlet.observe.features import Feature, feature_table
from townlet.observe.shape import SCHEMA_VERSION, ObservationShape, shape_of
from townlet.setup.blueprint import Blueprint, draw_blueprint

_INTRODUCTION = (
    "With `Simulation.from_config(..., learner=Learner(observations=...))` every agent's "
    "observation is written in each tick: a *map* of the tiles around it and a row of *features*. "
    "`Simulation.observation()` gives views of the engine's own buffers, by slot "
    "(`town * capacity + slot`): they are allocated once, never move, and are read-only. "
    "`Simulation.features()` gives the schema; `townlet observe CONFIG --agent ID --at 08:00` "
    "shows one agent's observation ([0011](../design/0011-observations.md)).",
    "Written are the rows of the living, and for the last time those of who leaves in this tick; "
    "`live` says who lives. Nothing a town does depends on being observed.",
)
#: What each channel shows; a test compares the keys.
CHANNEL_MEANINGS = {
    "self": "1 in the middle",
    "agents": "another agent is there; the agent itself does not count",
    "objects": "an object is there",
    "reservations": "an object is there that somebody uses or holds",
    "object:<type>": "an object of that type: one channel per type of "
    "`observations_config.compact.object_channels`",
    "walkable": "free: no agent, object or wall, and not the agent's own tile",
    "path_dx": "from there, the next step toward the agent's target is east (+1) or west (-1)",
    "path_dy": "likewise south (+1) or north (-1)",
    "path_north": "packed maps: from there, the next step toward the target is north",
    "path_south": "likewise south",
    "path_east": "likewise east",
    "path_west": "likewise west",
    "blocked": "a wall, or beyond the map",
}
_MAPS = """\
A map is (channels, side, side), north up: `map[c, y, x]`, the agent in the middle. Windows cross
the borders of districts. The side is `observations_config.hybrid.local_window` (11), of compact
`observations_config.compact.map_window` (7). With `normalize_counts` off, compact's `agents`,
`objects` and `object:<type>` are counts; else every cell is 0 or 1, but in path channels.

The *target* is that of the current option or errand: an object or its queue, the workplace, home.
Who uses something, talks or has arrived goes nowhere; near a person there is a next step but no
path.
"""
_FEATURES = """\
All variants have the same features, in this order; W is the side of the variant's window. There
is one `need_` feature per need of the config and one `last_action_` feature per primitive.
Features of ties are 0 before `features.stages.relationships: B`, so a policy keeps its shape from
stage to stage. The ones marked *targets* are there with `include_targets`, those marked
*personality* with `features.observations.personality_channels`. Slots of friends come first and
hold friends only: those with trust + familiarity > rivalry, by that sum; slots of rivals hold the
others with rivalry, by rivalry; of equals the lower slot comes first, and empty slots are 0. An
embedding is `embed_dim` bytes of splitmix64 seeded with the other's embedding slot, divided by
255: it tells agents apart, and no more.

A town has `embedding_allocator.max_slots` embedding slots (unset: as many as it has room for
agents). One that was freed rests for `cooldown_ticks` and goes to a newcomer earlier only if no
other is free; how often that was forced, `Simulation.embedding_metrics(town)` says.
"""
_MEMORY = """\
## In memory

Rows are padded to 64 bytes and begin at a multiple of 64, so the views are strided. `precision`
is `float32` or `float16` (rounded to nearest), for features and maps. With `maps="bits"` a map is
packed, eight cells to a byte, cell k of the flattened map in bit `k % 8` of byte `k // 8`;
`np.unpackbits(map, axis=1, count=cells, bitorder="little")` unpacks it. Bits hold no -1, so full
has four path channels instead of two, and no counts. Of a map only the lines that change are
written, and row by row it is remembered what stands there: the buffers are the engine's. Copy
what you want to change.
"""


def observations_reference() -> str:
    """The page, as Markdown."""
    blue = default_blueprint()
    lines = head("Observations", "src/townlet/observe/", *_INTRODUCTION)
    lines += ["## Maps", "", _MAPS]
    rows = [
        (f"`{name}`", _shape_text(shape), ", ".join(f"`{c}`" for c in shape.channels))
        for name, shape in _variants(blue)
    ]
    lines += table(("variant", "default shape", "channels, in order"), rows)
    meanings = [(f"`{name}`", meaning) for name, meaning in CHANNEL_MEANINGS.items()]
    lines += table(("channel", "1 where"), meanings)
    shape = shape_of(blue, Learner(rewards=False, observations="hybrid"))
    lines += ["## Features", "", _FEATURES]
    lines += [
        f"The default town has {len(shape.features)}. The schema has version {SCHEMA_VERSION} and "
        f"hash `{shape.schema_hash[:16]}…` for hybrid; it changes with any name, range or formula.",
        "",
    ]
    lines += table(("place", "name", "range", "what it is"), _feature_rows(shape))
    lines.append(_MEMORY)
    return "\n".join(lines).rstrip() + "\n"


def _variants(blue: Blueprint) -> list[tuple[str, ObservationShape]]:
    names: tuple[Variant, ...] = ("hybrid", "full", "compact")
    found: list[tuple[str, ObservationShape]] = [
        (name, shape_of(blue, Learner(rewards=False, observations=name))) for name in names
    ]
    packed = Learner(rewards=False, observations="full", maps="bits")
    typed = SimulationConfig().with_overrides(
        {"observations_config.compact.object_channels": ["bed", "fridge"]}
    )
    compact = Learner(rewards=False, observations="compact")
    found.append(("full, packed", shape_of(blue, packed)))
    found.append(("compact with two object channels", shape_of(draw_blueprint(typed), compact)))
    return found


def _shape_text(shape: ObservationShape) -> str:
    return f"({len(shape.channels)}, {shape.side}, {shape.side})"


def _feature_rows(shape: ObservationShape) -> list[tuple[str, ...]]:
    """Rows of all features there can be; places are those of the default town."""
    place = {feature.name: feature.index for feature in shape.features}
    every = feature_table(replace(shape.choice, targets=True, personality=True))
    rows: list[tuple[str, ...]] = []
    for feature in every:
        index = str(place[feature.name]) if feature.name in place else _condition(feature)
        bounds = f"{feature.low:g} to {feature.high:g}"
        rows.append((index, f"`{feature.name}`", bounds, feature.formula))
    return rows


def _condition(feature: Feature) -> str:
    return "*personality*" if feature.name.startswith("personality_") else "*targets*"
