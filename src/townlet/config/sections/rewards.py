"""``rewards``: weights and decay of needs, reward terms, clipping."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from townlet.config.base import Fraction, Section, off_is_none

Weight = Annotated[float, Field(ge=0.0, le=10.0)]


class NeedsWeights(Section):
    """How much a deficit of each need hurts; needs of your own may be added by name."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Weight] = Field(init=False)

    hunger: float = Field(1.0, ge=0.5, le=2.0, description="Weight of hunger.")
    hygiene: float = Field(0.6, ge=0.2, le=1.0, description="Weight of hygiene.")
    energy: float = Field(0.8, ge=0.4, le=1.5, description="Weight of energy.")


class DecayRates(Section):
    """What each need loses per tick; needs of your own may be added by name."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Fraction] = Field(init=False)

    hunger: Fraction = Field(0.0008, description="Loss of hunger per tick.")
    hygiene: Fraction = Field(0.0004, description="Loss of hygiene per tick.")
    energy: Fraction = Field(0.0006, description="Loss of energy per tick.")


class SocialRewards(Section):
    """Terms of the social stages."""

    C1_chat_base: float = Field(0.01, ge=0.0, le=0.05, description="Reward of a completed chat.")
    C1_coeff_trust: Fraction = Field(0.3, description="Added per unit of trust.")
    C1_coeff_fam: Fraction = Field(0.2, description="Added per unit of familiarity.")
    C2_avoid_conflict: float = Field(
        0.005, ge=0.0, le=0.02, description="Reward for avoiding a rival at an object."
    )


class RewardClip(Section):
    """Limits of the total."""

    clip_per_tick: float = Field(1.0, ge=0.01, le=1.0, description="Largest total of a tick.")
    clip_per_episode: Annotated[float | None, off_is_none] = Field(
        None, ge=1.0, le=200.0, description="Largest total of an episode; off: no limit."
    )
    no_positive_within_death_ticks: int = Field(
        10,
        ge=0,
        le=200,
        description="0: off. Else no positive total while a collapse counter runs, however long.",
    )


class Rewards(Section):
    """Weights and decay of needs, reward terms, clipping."""

    needs_weights: NeedsWeights = Field(
        default_factory=NeedsWeights, description="Weights of needs."
    )
    decay_rates: DecayRates = Field(default_factory=DecayRates, description="Decay of needs.")
    homeostasis_scale: Fraction = Field(0.02, description="Scale of the weighted squared deficits.")
    social_scale: Fraction = Field(0.1, description="Scale of chat rewards.")
    punctuality_bonus: float = Field(
        0.05, ge=0.0, le=0.1, description="Once per shift, at most the weight of hunger."
    )
    wage_rate: float = Field(0.01, ge=0.0, le=0.05, description="Reward per tick worked and paid.")
    survival_tick: float = Field(0.002, ge=0.0, le=0.01, description="Reward per tick lived.")
    faint_penalty: float = Field(-5.0, ge=-5.0, le=0.0, description="Reward of a collapse.")
    eviction_penalty: float = Field(-5.0, ge=-5.0, le=0.0, description="Reward of an eviction.")
    social: SocialRewards = Field(default_factory=SocialRewards, description="Social terms.")
    clip: RewardClip = Field(default_factory=RewardClip, description="Limits of the total.")
