"""``weather``: sunny, rain or cold, drawn each day; off by default."""

from __future__ import annotations

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from townlet.config.base import Flag, Fraction, Section


class Shares(Section):
    """How often each weather comes; shares of the days, they need not add up to 1."""

    sunny: Fraction = Field(0.6, description="Sunny days.")
    rain: Fraction = Field(0.3, description="Days of rain.")
    cold: Fraction = Field(0.1, description="Cold days.")

    @model_validator(mode="after")
    def _some(self) -> Shares:
        """A day has some weather."""
        if self.sunny + self.rain + self.cold <= 0:
            raise PydanticCustomError(
                "at_key", "is 0 like the others; they must add up to more", {"key": "sunny"}
            )
        return self


class SlowSteps(Section):
    """In which weather a step outdoors takes two ticks."""

    sunny: Flag = Field(False, description="When it is sunny.")
    rain: Flag = Field(True, description="When it rains.")
    cold: Flag = Field(False, description="When it is cold.")


class Chill(Section):
    """How much of the need ``warmth`` is lost outdoors per tick, where a town has that need."""

    sunny: Fraction = Field(0.0, description="When it is sunny.")
    rain: Fraction = Field(0.001, description="When it rains.")
    cold: Fraction = Field(0.004, description="When it is cold.")


class Weather(Section):
    """The weather of each day and what it does."""

    enabled: Flag = Field(False, description="A weather is drawn each day; off: always sunny.")
    probabilities: Shares = Field(
        default_factory=Shares, description="How often each weather comes."
    )
    slow_steps: SlowSteps = Field(
        default_factory=SlowSteps, description="Steps outdoors that take two ticks."
    )
    chill: Chill = Field(default_factory=Chill, description="Loss of warmth outdoors.")
