"""``behavior``: when the scripted policy acts on a need."""

from __future__ import annotations

from pydantic import Field

from townlet.config.base import Fraction, Section


class Behavior(Section):
    """When the scripted policy acts on a need, and how early it leaves for work."""

    hunger_threshold: Fraction = Field(0.4, description="Below it, hunger is pursued.")
    hygiene_threshold: Fraction = Field(0.4, description="Below it, hygiene is pursued.")
    energy_threshold: Fraction = Field(0.4, description="Below it, energy is pursued.")
    job_arrival_buffer: int = Field(
        20, ge=0, le=1440, description="Ticks before the shift to be there."
    )
