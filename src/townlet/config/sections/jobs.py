"""``jobs``: named jobs; a town without them generates its own per workplace."""

from __future__ import annotations

from pydantic import Field

from townlet.config.base import Price, Section, Tile


class Job(Section):
    """A job as the prototype's files describe it."""

    start_tick: int = Field(0, ge=0, description="First tick of the shift.")
    end_tick: int = Field(0, ge=0, description="Last tick of the shift.")
    wage_rate: Price = Field(0.0, description="Money per paid tick; 0: economy.wage_income.")
    lateness_penalty: Price = Field(0.0, description="Money lost by coming late.")
    location: Tile | None = Field(None, description="Tile [x, y] of the workplace.")

    def in_ticks(self) -> bool:
        """Tell whether the file gives this job's shift in ticks."""
        return bool(self.model_fields_set & {"start_tick", "end_tick"})
