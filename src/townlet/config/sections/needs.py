"""``needs``: what agents lack, as data. Adding an entry adds a need to the town."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import Field

from townlet.config.base import Fraction, Section
from townlet.config.sections.rewards import Weight


class Need(Section):
    """A need; what a core need leaves out comes from `rewards` and `behavior`."""

    decay: Fraction | None = Field(None, description="Loss per tick; unset: 0.0005.")
    weight: Weight | None = Field(None, description="Weight of its deficit; unset: 0.5.")
    threshold: Fraction | None = Field(None, description="Pursued below it; unset: 0.4.")
    initial: Fraction | None = Field(
        None, description="Level of a newcomer; unset: drawn between 0.6 and 1."
    )


class NeedSpec(NamedTuple):
    """One resolved row of the need table; levels are satisfaction in [0, 1]."""

    name: str
    decay: float
    """Loss per tick."""
    weight: float
    """Weight of the deficit, in rewards and in the scripted policy."""
    threshold: float
    """The scripted policy pursues the need below this level."""
    initial: float | None
    """Level of a newcomer; None: drawn between 0.6 and 1."""


OWN_NEED = NeedSpec("", 0.0005, 0.5, 0.4, None)
"""What a need of your own is like where the file does not say."""
