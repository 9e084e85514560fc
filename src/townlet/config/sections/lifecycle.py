"""``lifecycle``: how soon somebody takes the place of one who left."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from townlet.config.base import Fraction, Section


def _span(value: Any) -> Any:
    """Let a whole number stand for a span of one value."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value, value)
    return tuple(value) if isinstance(value, list) else value


SMALL_TOWN = 100
"""Up to so many agents the default cap on exits is a count (SPEC §9)."""

Ticks = Annotated[int, Field(ge=0, le=100_000)]


class Lifecycle(Section):
    """How soon somebody takes the place of one who left."""

    respawn_delay_ticks: Annotated[tuple[Ticks, Ticks], BeforeValidator(_span)] = Field(
        (5, 20), description="Ticks until a replacement comes: a number, or [least, most]."
    )
    max_exits_per_day: (
        Annotated[int, Field(ge=0, le=100_000)] | Annotated[float, Field(gt=0.0, lt=1.0)] | None
    ) = Field(
        None,
        description="Exits a day but collapses: a whole number, or a fraction of the agents; unset:"
        " 2, above 100 agents 0.02.",
    )
    exit_cooldown_ticks: int = Field(
        120, ge=0, le=100_000, description="Ticks between exits where the cap is a number."
    )
    collapse_ticks: int = Field(
        30, ge=1, le=10_000, description="Ticks in a row with hunger at most 0.03 to a collapse."
    )
    eviction_days: int = Field(
        2, ge=1, le=100, description="Days in arrears; after them, one day to recover."
    )
    unemployment_days: int = Field(
        2, ge=1, le=100, description="Days without a job to leave for it."
    )
    neglect_share: Fraction = Field(
        0.25, description="Share of a day with a need below 0.1 to leave for it."
    )
    age_out_days: int = Field(0, ge=0, le=100_000, description="Days in town to leave; 0: never.")

    @model_validator(mode="after")
    def _ordered(self) -> Lifecycle:
        """A span runs upward."""
        least, most = self.respawn_delay_ticks
        if least > most:
            raise PydanticCustomError(
                "at_key",
                "is [{least}, {most}]; the first must be at most the second",
                {"key": "respawn_delay_ticks", "least": least, "most": most},
            )
        return self

    def exit_cap(self, agents: int) -> tuple[int, float]:
        """Return the daily cap as (count, fraction); the one not used is -1 or 0."""
        cap = self.max_exits_per_day
        if cap is None:
            cap = 2 if agents <= SMALL_TOWN else 0.02
        return (cap, 0.0) if isinstance(cap, int) else (-1, cap)
