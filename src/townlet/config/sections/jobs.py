"""``jobs``: named jobs; a town generates its own per workplace, and these change or join them."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from townlet.config.base import TICKS_PER_DAY, Fraction, Price, Section, Tile, choice

SHIFT_MINUTES = 480
"""Length of a shift where a file gives none (SPEC §4)."""

GENERATED_JOBS = {
    "grocer": ("grocer", (420, 780)),
    "cafe": ("barista", (390, 810)),
    "office": ("clerk", (480, 540, 600)),
    "workshop": ("maker", (360, 840, 1320)),
    "gym": ("trainer", (420, 840)),
    "park": ("gardener", (480,)),
    "open": ("hand", (480,)),
}
"""Generated jobs by kind of workplace: name, and the minutes of the day its shifts start at.

Workshops work around the clock; shops and cafes have an early and a late shift."""

LATENESS_PENALTY = 0.1
"""Of generated jobs, as in the prototype's own; a named job that gives none has none."""

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_PLACES = ("grocer", "cafe", "office", "workshop", "gym", "park", "plaza", "open")


def _minutes(value: Any) -> Any:
    """Read ``"HH:MM"`` as minutes of the day; YAML reads an unquoted 13:00 as 780 already."""
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is not None:
        return int(found[1]) * 60 + int(found[2])
    if isinstance(value, str) or (isinstance(value, int) and not 0 <= value < TICKS_PER_DAY):
        raise PydanticCustomError(
            "time_of_day", 'is no time of day; it must be "00:00" to "23:59", or minutes from 0'
        )
    return value


Clock = Annotated[int, Field(ge=0, lt=TICKS_PER_DAY), BeforeValidator(_minutes)]
"""A minute of the day, also written ``"HH:MM"``."""

WorkplaceKind = Annotated[
    Literal["grocer", "cafe", "office", "workshop", "gym", "park", "plaza", "open"],
    choice(*_PLACES),
]
"""A kind of place that people can work at."""


class Job(Section):
    """A job: the prototype's keys, and Townlet's own."""

    start_tick: int = Field(0, ge=0, description="First tick of the shift, modulo a day.")
    end_tick: int = Field(
        0,
        ge=0,
        description="Last tick of the shift; before the first: it passes midnight. 0 and 0: unset.",
    )
    wage_rate: Price = Field(0.0, description="Money per paid tick; 0: economy.wage_income.")
    lateness_penalty: Price | None = Field(
        None, description="Money lost by coming late; unset: 0.1 for generated jobs, else 0."
    )
    location: Tile | None = Field(None, description="Tile [x, y] of the workplace.")
    start: Clock | None = Field(
        None, description='Start of the shift, "HH:MM" or minutes of the day.'
    )
    end: Clock | None = Field(
        None, description="End of the shift, likewise; before the start: it passes midnight."
    )
    place: WorkplaceKind | None = Field(None, description="Kind of place it is done at.")
    positions: int | None = Field(
        None, ge=0, le=1 << 24, description="How many have it; unset: as many as the town asks for."
    )
    grace_ticks: int | None = Field(None, ge=0, le=120, description="Instead of employment's.")
    absent_cutoff: int | None = Field(None, ge=0, le=600, description="Instead of employment's.")
    absence_slack: int | None = Field(None, ge=0, le=600, description="Instead of employment's.")
    late_tick_penalty: Fraction | None = Field(None, description="Instead of employment's.")
    absence_penalty: float | None = Field(
        None, ge=0.0, le=5.0, description="Instead of employment's."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Job:
        """Two ways to say one thing at once would hide one of them."""
        hours = [name for name in ("start", "end") if getattr(self, name) is not None]
        if hours and self.in_ticks():
            raise PydanticCustomError(
                "at_key", "is the shift a second time, beside ticks; keep one", {"key": hours[0]}
            )
        if self.location is not None and self.place is not None:
            raise PydanticCustomError(
                "at_key", "is a second workplace, beside location; keep one", {"key": "place"}
            )
        return self

    def in_ticks(self) -> bool:
        """Tell whether the file gives this job's shift in ticks."""
        return self.start_tick > 0 or self.end_tick > 0

    def placed(self) -> bool:
        """Tell whether the job has a workplace of its own."""
        return self.location is not None or self.place is not None

    def shift(self) -> tuple[int, int] | None:
        """Return the first minute of the day and the length; None where the file gives neither.

        A file that gives one end of the shift has one of ``SHIFT_MINUTES``.
        """
        if self.in_ticks():
            first = self.start_tick
            if self.end_tick == 0:
                return first % TICKS_PER_DAY, SHIFT_MINUTES
            span = self.end_tick - first + 1
            length = span % TICKS_PER_DAY if span < TICKS_PER_DAY else TICKS_PER_DAY
            return first % TICKS_PER_DAY, length or TICKS_PER_DAY
        if self.start is not None and self.end is not None:
            return self.start, (self.end - self.start) % TICKS_PER_DAY or TICKS_PER_DAY
        if self.start is not None:
            return self.start, SHIFT_MINUTES
        if self.end is not None:
            return (self.end - SHIFT_MINUTES) % TICKS_PER_DAY, SHIFT_MINUTES
        return None
