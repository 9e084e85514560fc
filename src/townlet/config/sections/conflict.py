"""``conflict``: rivalry between agents."""

from __future__ import annotations

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from townlet.config.base import Fraction, Section


class Rivalry(Section):
    """How rivalry grows, fades and is acted on."""

    increment_per_conflict: Fraction = Field(0.15, description="Added per conflict of intensity 1.")
    decay_per_tick: Fraction = Field(0.0005, description="Lost per tick.")
    min_value: Fraction = Field(0.0, description="Smallest rivalry.")
    max_value: Fraction = Field(1.0, description="Largest rivalry.")
    avoid_threshold: Fraction = Field(0.7, description="Rivals are avoided from here on.")
    eviction_threshold: Fraction = Field(0.02, description="A tie weaker than this is free.")
    max_edges: int = Field(6, ge=1, le=32, description="Ties an agent can have.")
    ghost_step_boost: float = Field(
        1.5, ge=0.0, le=5.0, description="Intensity of a conflict over a rotated reservation."
    )
    handover_boost: float = Field(0.4, ge=0.0, le=5.0, description="Intensity of a handover.")
    queue_length_boost: float = Field(
        0.25, ge=0.0, le=2.0, description="Intensity added per further waiter."
    )

    @model_validator(mode="after")
    def _thresholds_inside(self) -> Rivalry:
        """Thresholds that can never be reached would be silent."""
        low, high = self.min_value, self.max_value
        if low > high:
            raise PydanticCustomError(
                "at_key",
                "is {low}; it must be at most max_value ({high})",
                {"key": "min_value", "low": low, "high": high},
            )
        for key in ("avoid_threshold", "eviction_threshold"):
            value = getattr(self, key)
            if not low <= value <= high:
                raise PydanticCustomError(
                    "at_key",
                    "is {value}; it must be between min_value ({low}) and max_value ({high})",
                    {"key": key, "value": value, "low": low, "high": high},
                )
        return self


class Conflict(Section):
    """Rivalry between agents."""

    rivalry: Rivalry = Field(default_factory=Rivalry, description="Rivalry.")
