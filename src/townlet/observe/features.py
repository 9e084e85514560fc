"""The table of features: name, place, range and formula of every number of a feature row.

The order is that of *learning §1.2*; ``townlet_systems.features`` writes the same one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from townlet_components.observation import LANDMARKS
from townlet_components.work import SHIFT_STATES
from townlet_systems.landmarks import HALF_WAY
from townlet_systems.selves import HALF_DURATION, HALF_LATENESS

#: Traits with a feature of their own where ``personality_channels`` is on.
OBSERVED_TRAITS = ("extroversion", "forgiveness", "ambition")
#: What is said of each shift state.
_STATE_NAMES = tuple(state.removesuffix("_shift") for state in SHIFT_STATES)
_DIRECTIONS = ("north", "south", "east", "west")
_UNIT = (0.0, 1.0)
_SIGNED = (-1.0, 1.0)


@dataclass(frozen=True)
class Feature:
    """One number of a feature row.

    Attributes:
        name: as *learning §1.2* has it.
        index: place in the row.
        low, high: range of its values.
        formula: what it is.
    """

    name: str
    index: int
    low: float
    high: float
    formula: str


@dataclass(frozen=True)
class FeatureChoice:
    """What decides which features there are.

    Attributes:
        needs, primitives: names, in their order.
        targets: landmarks are included.
        personality: traits are included.
        friends, rivals, width: slots, and numbers that stand for somebody.
        aggregates: means and maxima of ties are included.
    """

    needs: tuple[str, ...]
    primitives: tuple[str, ...]
    targets: bool
    personality: bool
    friends: int
    rivals: int
    width: int
    aggregates: bool


Row = tuple[str, tuple[float, float], str]


def feature_table(choice: FeatureChoice) -> tuple[Feature, ...]:
    """All features, in the order of their places."""
    rows = [*_self(choice), *_action(choice), *_surroundings(choice), *_social(choice)]
    return tuple(
        Feature(name, index, low, high, formula)
        for index, (name, (low, high), formula) in enumerate(rows)
    )


def _self(choice: FeatureChoice) -> Iterator[Row]:
    for need in choice.needs:
        yield f"need_{need}", _UNIT, f"level of {need}: 1 content, 0 desperate"
    yield "wallet", _UNIT, "m / (m + basket), m the money in the wallet, basket what a day costs"
    yield "lateness_counter", _UNIT, f"n / (n + {HALF_LATENESS:g}), n the late shifts so far"
    yield "on_shift", _UNIT, "1 at work, on time or late, and paid for it"
    yield "time_sin", _SIGNED, "sin(2π t / D), t minutes since day 0, D time_ticks_per_day"
    yield "time_cos", _SIGNED, "cos(2π t / D)"
    yield "attendance_ratio", _UNIT, "mean share on time of the last shifts; 0 before the first"
    yield "wages_withheld", _UNIT, "w / (w + basket), w the wages withheld so far"
    for state, name in zip(SHIFT_STATES, _STATE_NAMES, strict=True):
        yield f"shift_{name}", _UNIT, f"1 while the shift is {state}; idle without a job"
    yield "embedding_slot_norm", _UNIT, "embedding slot / slots of the town"
    yield (
        "ctx_reset_flag",
        _UNIT,
        "1 in the tick of arrival, the first of an episode, and that of leaving",
    )
    yield (
        "episode_progress",
        _UNIT,
        "min(1, n / D), n ticks since arrival, or since its episode was cut",
    )
    yield "rivalry_max", _UNIT, "largest rivalry toward anybody"
    yield "rivalry_avoid_count", _UNIT, "avoided rivals / ties an agent can have"


def _action(choice: FeatureChoice) -> Iterator[Row]:
    for primitive in choice.primitives:
        yield f"last_action_{primitive}", _UNIT, f"1 where the last action was {primitive}"
    yield "last_action_success", _UNIT, "1 where it worked"
    yield "last_action_duration", _UNIT, f"n / (n + {HALF_DURATION:g}), n the ticks it took"
    yield "reservation_active", _UNIT, "1 while it holds an object"
    yield "in_queue", _UNIT, "1 while it waits for an object"


def _surroundings(choice: FeatureChoice) -> Iterator[Row]:
    for side in _DIRECTIONS:
        yield f"path_hint_{side}", _UNIT, f"1 where the next step toward the target is {side}"
    yield "neighbor_agent_ratio", _UNIT, "min(1, other agents in the window / (W² - 1))"
    yield "neighbor_object_ratio", _UNIT, "tiles with an object in the window / W²"
    yield "reserved_tile_ratio", _UNIT, "tiles with a reserved object in the window / W²"
    yield (
        "nearest_agent_distance",
        _UNIT,
        "min(1, d / r), d to the nearest agent of the window on another tile, r its reach; 0 none",
    )
    for name in LANDMARKS if choice.targets else ():
        for axis in ("dx", "dy"):
            yield f"{name}_{axis}", _SIGNED, f"{axis} of the unit vector to the nearest {name}"
        formula = f"d / (d + {HALF_WAY:g}), d tiles to walk to it; 0 where there is none"
        yield f"{name}_dist", _UNIT, formula
    for trait in OBSERVED_TRAITS if choice.personality else ():
        yield f"personality_{trait}", _SIGNED, f"its {trait}"


def _social(choice: FeatureChoice) -> Iterator[Row]:
    for slot in range(choice.friends + choice.rivals):
        friend = slot < choice.friends
        place = 1 + (slot if friend else slot - choice.friends)
        who = f"{'friend' if friend else 'rival'} {place}"
        for k in range(choice.width):
            yield (
                f"social_slot{slot}_d{k}",
                _UNIT,
                f"byte {k} of the embedding of {who} / 255; 0 without one",
            )
        values = (("trust", _SIGNED), ("familiarity", _SIGNED), ("rivalry", _UNIT))
        for k, (value, bounds) in enumerate(values, choice.width):
            yield f"social_slot{slot}_d{k}", bounds, f"{value} toward {who}"
    if choice.aggregates:
        yield "social_trust_mean", _SIGNED, "mean trust of the filled slots; 0 without any"
        yield "social_trust_max", _SIGNED, "largest trust of the filled slots"
        yield "social_rivalry_mean", _UNIT, "mean rivalry of the filled slots"
        yield "social_rivalry_max", _UNIT, "largest rivalry of the filled slots"
