"""``stability``: when a run counts as unhealthy, and when a policy may be promoted."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from townlet.config.base import Fraction, Section, Texts, one_or_many

WindowTicks = Annotated[int, Field(ge=1, le=100_000)]


class Starvation(Section):
    """When hunger counts as an incident."""

    window_ticks: WindowTicks = Field(1000, description="Length of the window.")
    max_incidents: int = Field(0, ge=0, le=10_000, description="Incidents allowed in it.")
    hunger_threshold: Fraction = Field(0.05, description="Hunger at or below it counts.")
    min_duration_ticks: int = Field(30, ge=1, le=10_000, description="For this many ticks.")


class RewardVariance(Section):
    """When rewards vary too much."""

    window_ticks: WindowTicks = Field(1000, description="Length of the window.")
    max_variance: float = Field(0.25, ge=0.0, description="Largest variance.")
    min_samples: WindowTicks = Field(20, description="Fewest samples to judge by.")


class OptionThrash(Section):
    """When options change too often."""

    window_ticks: WindowTicks = Field(600, description="Length of the window.")
    max_switch_rate: float = Field(0.25, ge=0.0, le=10.0, description="Most switches per tick.")
    min_samples: WindowTicks = Field(10, description="Fewest samples to judge by.")


class Promotion(Section):
    """When a policy may be promoted."""

    required_passes: int = Field(2, ge=1, le=10, description="Evaluations passed in a row.")
    window_ticks: WindowTicks = Field(1000, description="Length of an evaluation.")
    allowed_alerts: Annotated[Texts, BeforeValidator(one_or_many)] = Field(
        (), description="Alerts that do not count."
    )


class Stability(Section):
    """When a run counts as unhealthy, and when a policy may be promoted."""

    affordance_fail_threshold: int = Field(
        5, ge=0, le=100, description="Failed affordances per tick before an alert."
    )
    lateness_threshold: int = Field(3, ge=0, le=100, description="Late agents before an alert.")
    starvation: Starvation = Field(default_factory=Starvation, description="Hunger.")
    reward_variance: RewardVariance = Field(
        default_factory=RewardVariance, description="Variance of rewards."
    )
    option_thrash: OptionThrash = Field(
        default_factory=OptionThrash, description="Changes of option."
    )
    promotion: Promotion = Field(default_factory=Promotion, description="Promotion.")
