"""``shaping``: potential-based shaping of rewards."""

from __future__ import annotations

from pydantic import Field

from townlet.config.base import Flag, Fraction, Section


class Shaping(Section):
    """Potential-based shaping of rewards."""

    use_potential: Flag = Field(True, description="Add the change of potential to rewards.")
    gamma: Fraction = Field(0.99, description="Discount of the potential.")
