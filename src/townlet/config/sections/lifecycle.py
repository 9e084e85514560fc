"""``lifecycle``: how soon somebody takes the place of one who left."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from townlet.config.base import Section


def _span(value: Any) -> Any:
    """Let a whole number stand for a span of one value."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value, value)
    return tuple(value) if isinstance(value, list) else value


Ticks = Annotated[int, Field(ge=0, le=100_000)]


class Lifecycle(Section):
    """How soon somebody takes the place of one who left."""

    respawn_delay_ticks: Annotated[tuple[Ticks, Ticks], BeforeValidator(_span)] = Field(
        (5, 20), description="Ticks until a replacement comes: a number, or [least, most]."
    )

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
