"""``queue_fairness``: who uses an object next, and how long one waits (SPEC §6)."""

from __future__ import annotations

from pydantic import Field

from townlet.config.base import Fraction, Section


class QueueFairness(Section):
    """Who uses an object next, and how long one waits."""

    cooldown_ticks: int = Field(
        60, ge=0, le=600, description="Ticks a user waits before using the same object again."
    )
    ghost_step_after: int = Field(
        3, ge=0, le=100, description="Idle ticks before a reservation rotates; 0: never."
    )
    age_priority_weight: Fraction = Field(
        0.1, description="Places in the queue that one tick of waiting is worth."
    )
    patience_ticks: int = Field(
        60, ge=1, le=1440, description="Waiting longer than this is a blocked event."
    )
    reservation_timeout: int = Field(
        10, ge=1, le=600, description="Idle ticks before a reservation nobody waits for lapses."
    )
    ring_capacity: int = Field(16, ge=1, le=64, description="Places in the queue of an object.")
