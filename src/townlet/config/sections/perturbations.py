"""``perturbations``: things that befall the town (world §11.1)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from townlet.config.base import Flag, Section, Text, Texts, one_or_many
from townlet_components.incidents import MEETERS, WINDOW

STRONGEST = 1000.0
"""No spike multiplies a price by more than this."""


def _span(value: Any) -> Any:
    """Read a number, ``[least, most]`` or ``{min, max}`` as a pair."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (value, value)
    if isinstance(value, dict) and set(value) == {"min", "max"}:
        return (value["min"], value["max"])
    return tuple(value) if isinstance(value, list) else value


def _ordered(pair: tuple[float, float]) -> tuple[float, float]:
    """A span runs upward."""
    if pair[0] > pair[1]:
        raise PydanticCustomError(
            "span", "is {pair}; its first number must be at most its second", {"pair": list(pair)}
        )
    return pair


TickSpan = Annotated[
    tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]],
    BeforeValidator(_span),
    AfterValidator(_ordered),
]
_Factor = Annotated[float, Field(ge=0.0, le=STRONGEST)]
FactorSpan = Annotated[
    tuple[_Factor, _Factor],
    BeforeValidator(_span),
    AfterValidator(_ordered),
]


class Event(Section):
    """What every perturbation has."""

    probability_per_day: float = Field(
        0.0,
        ge=0.0,
        validation_alias=AliasChoices("probability_per_day", "prob_per_day"),
        description="Expected times a day.",
    )
    cooldown_ticks: int = Field(
        0, ge=0, description="Ticks after its end before it can happen again."
    )
    duration: TickSpan = Field(
        (0, 0),
        validation_alias=AliasChoices("duration", "duration_min"),
        description="Ticks it lasts: a number, [least, most] or {min, max}.",
    )


class PriceSpike(Event):
    """Prices of some places or goods go up for a while."""

    kind: Literal["price_spike"] = Field(description="Which perturbation.")
    magnitude: FactorSpan = Field(
        (1.0, 1.0),
        validation_alias=AliasChoices("magnitude", "magnitude_range"),
        description="Factor on prices: a number, [least, most] or {min, max}.",
    )
    targets: Texts = Field(
        (),
        description="Place kinds or ids, goods, object types (what is sold there), market (all"
        " goods) or global (all prices, rent too); empty: global.",
    )


class Blackout(Event):
    """The power is off for a while."""

    kind: Literal["blackout"] = Field(description="Which perturbation.")
    utility: Literal["power"] = Field("power", description="What is off.")


class Outage(Event):
    """The water is off for a while."""

    kind: Literal["outage"] = Field(description="Which perturbation.")
    utility: Literal["water"] = Field("water", description="What is off.")


class ArrangedMeet(Event):
    """Some agents are sent to one place."""

    kind: Literal["arranged_meet"] = Field(description="Which perturbation.")
    target: Annotated[Texts, BeforeValidator(one_or_many)] = Field(
        ("top_rivals",),
        description="top_rivals, top_friends, or agents by name; one agent meets who it has the"
        " strongest tie with.",
    )
    location: Text = Field(
        "cafe",
        description="Where they are sent: a place kind, an object type (its first) or an id.",
    )
    max_participants: int = Field(2, ge=2, le=MEETERS, description="How many, at most.")


class QueueClosure(Event):
    """Some objects accept no new users for a while."""

    kind: Literal["queue_closure"] = Field(description="Which perturbation.")
    targets: Texts = Field(
        (), description="Object types, place kinds, goods (where they are sold) or ids."
    )


AnyEvent = Annotated[
    PriceSpike | Blackout | Outage | ArrangedMeet | QueueClosure, Field(discriminator="kind")
]


class Perturbations(Section):
    """Things that befall the town, and how often."""

    enabled: Flag = Field(
        True, description="Events happen by themselves; off: only when they are triggered."
    )
    file: Text | None = Field(
        None, description="A file of keys of this section; those given here win over it."
    )
    max_concurrent_events: int = Field(1, ge=1, description="How many at a time.")
    global_cooldown_ticks: int = Field(
        0, ge=0, description="Ticks from a start or an end of any event to the next start."
    )
    per_agent_cooldown_ticks: int = Field(
        0, ge=0, description="Ticks between two arranged meetings of one agent."
    )
    grace_window_ticks: int = Field(
        60, ge=0, description="Ticks after an event in which nobody has to leave."
    )
    window_ticks: int = Field(1440, ge=1, description="Length of the counting window.")
    max_events_per_window: int = Field(
        1, ge=0, le=WINDOW, description="Starts of one event per window; 0: no limit."
    )
    events: dict[str, AnyEvent] = Field(default_factory=dict, description="Events by name.")
