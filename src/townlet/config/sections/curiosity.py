"""``curiosity``: the trainer's bonus for the unknown."""

from __future__ import annotations

from pydantic import Field

from townlet.config.base import Section, Text


class Curiosity(Section):
    """The trainer's bonus for the unknown."""

    phase_A_weight: float = Field(  # noqa: N815 - the prototype's name
        0.02, ge=0.0, le=0.1, description="Weight of the bonus."
    )
    decay_by_milestone: Text = Field("M2", description="Milestone by which it is gone.")
