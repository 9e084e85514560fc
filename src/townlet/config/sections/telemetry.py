"""``telemetry``: what is told about a run, how and where to."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from townlet.config.base import Flag, Fraction, Section, Texts, Trait, as_tuple, choice
from townlet.config.sections.telemetry_transport import Transport

TransformId = Annotated[
    Literal["snapshot_normalizer", "redact_fields", "ensure_fields", "schema_validator"],
    choice("snapshot_normalizer", "redact_fields", "ensure_fields", "schema_validator"),
]


class Narration(Section):
    """How often the town is narrated."""

    global_cooldown_ticks: int = Field(30, ge=0, le=10_000, description="Between two entries.")
    category_cooldown_ticks: dict[str, Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict, description="Between two entries of a category."
    )
    dedupe_window_ticks: int = Field(20, ge=0, le=10_000, description="Repeats are dropped.")
    global_window_ticks: int = Field(600, ge=1, le=10_000, description="Length of the window.")
    global_window_limit: int = Field(10, ge=1, le=1000, description="Entries per window.")
    priority_categories: Texts = Field((), description="Categories that are never held back.")


class RelationshipNarration(Section):
    """Which ties are narrated."""

    friendship_trust_threshold: Trait = Field(0.6, description="Trust worth telling.")
    friendship_delta_threshold: float = Field(
        0.25, ge=0.0, le=2.0, description="Change worth telling."
    )
    friendship_priority_threshold: Trait = Field(
        0.85, description="Trust told first; at least the threshold."
    )
    rivalry_avoid_threshold: Fraction = Field(0.7, description="Rivalry worth telling.")
    rivalry_escalation_threshold: Fraction = Field(
        0.9, description="Rivalry told first; at least the one worth telling."
    )

    @model_validator(mode="after")
    def _ordered(self) -> RelationshipNarration:
        """What is told first is a part of what is told."""
        pairs = (
            ("friendship_priority_threshold", "friendship_trust_threshold"),
            ("rivalry_escalation_threshold", "rivalry_avoid_threshold"),
        )
        for high, low in pairs:
            if getattr(self, high) < getattr(self, low):
                raise PydanticCustomError(
                    "at_key",
                    "is {value}; it must be at least {low} ({least})",
                    {
                        "key": high,
                        "value": getattr(self, high),
                        "low": low,
                        "least": getattr(self, low),
                    },
                )
        return self


class PersonalityNarration(Section):
    """Which personalities are narrated."""

    enabled: Flag = Field(True, description="Narrate personalities.")
    chat_extroversion_threshold: Trait = Field(0.5, description="Extroversion worth telling.")
    chat_priority_threshold: Trait = Field(0.75, description="Extroversion told first.")
    chat_quality_threshold: Fraction = Field(0.3, description="Quality of a chat worth telling.")
    conflict_tolerance_threshold: float = Field(
        0.95, ge=0.0, le=5.0, description="Tolerance worth telling."
    )


def _fold_options(value: Any) -> Any:
    """Read a bare id, ``name`` for ``id``, and loose keys as options."""
    if isinstance(value, str):
        return {"id": value}
    if not isinstance(value, dict):
        return value
    entry = dict(value)
    options = entry.pop("options", {})
    name = entry.pop("id", entry.pop("name", None))
    return {"id": name, "options": {**options, **entry} if isinstance(options, dict) else options}


class Transform(Section):
    """One step between event and transport."""

    id: TransformId = Field(description="Which step; `name` is the same.")
    options: dict[str, Any] = Field(default_factory=dict, description="Its options.")


class Transforms(Section):
    """Steps between event and transport."""

    pipeline: Annotated[
        tuple[Annotated[Transform, BeforeValidator(_fold_options)], ...], as_tuple
    ] = Field((), description="Steps in order.")


class Worker(Section):
    """The thread that sends."""

    backpressure: Annotated[
        Literal["drop_oldest", "block", "fan_out"], choice("drop_oldest", "block", "fan_out")
    ] = Field("drop_oldest", description="What happens when it cannot keep up.")
    block_timeout_seconds: float = Field(0.5, ge=0.05, le=5.0, description="Longest block.")
    restart_limit: int = Field(3, ge=1, le=10, description="Restarts after a crash.")


class Telemetry(Section):
    """What is told about a run, how and where to."""

    narration: Narration = Field(default_factory=Narration, description="Narration.")
    relationship_narration: RelationshipNarration = Field(
        default_factory=RelationshipNarration, description="Narration of ties."
    )
    personality_narration: PersonalityNarration = Field(
        default_factory=PersonalityNarration, description="Narration of personalities."
    )
    transport: Transport = Field(default_factory=Transport, description="Transport.")
    transforms: Transforms = Field(default_factory=Transforms, description="Transforms.")
    worker: Worker = Field(default_factory=Worker, description="The thread that sends.")
    diff_enabled: Flag = Field(True, description="Send differences instead of whole states.")
