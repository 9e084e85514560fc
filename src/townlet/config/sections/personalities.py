"""``personalities``: traits and profiles, and who gets which (world §2.4-2.5)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from townlet.config.base import Multiplier, Section, Trait


class Traits(Section):
    """Traits of an agent, each between -1 and 1."""

    extroversion: Trait = Field(0.0, description="Seeks company.")
    forgiveness: Trait = Field(0.0, description="Lets grudges go.")
    ambition: Trait = Field(0.0, description="Takes work seriously.")
    patience: Trait = Field(0.0, description="Waits without complaint.")
    frugality: Trait = Field(0.0, description="Keeps its money.")


class RewardBias(Section):
    """Factors on reward terms."""

    social: Multiplier = Field(1.0, description="Factor on social terms.")
    employment: Multiplier = Field(1.0, description="Factor on wage and punctuality.")
    survival: Multiplier = Field(1.0, description="Factor on survival.")


class BehaviorBias(Section):
    """Factors on what the scripted policy does."""

    chat_preference: Multiplier = Field(1.0, description="Chats more readily and better.")
    work_affinity: Multiplier = Field(1.0, description="Leaves earlier for work.")
    conflict_tolerance: Multiplier = Field(1.0, description="Below 1: avoids rivals later.")


class Profile(Section):
    """A named personality: traits, factors on needs, rewards and behaviour."""

    traits: Traits = Field(default_factory=Traits, description="Traits.")
    needs: dict[str, Multiplier] = Field(
        default_factory=dict, description="Factors on decay and threshold, by need."
    )
    rewards: RewardBias = Field(default_factory=RewardBias, description="Factors on rewards.")
    behavior: BehaviorBias = Field(default_factory=BehaviorBias, description="Behaviour factors.")


BUILT_IN_PROFILES = {
    "balanced": Profile(),
    "socialite": Profile(
        traits=Traits(extroversion=0.6, forgiveness=0.1, ambition=-0.1),
        needs={"hygiene": 1.1},
        rewards=RewardBias(social=1.2),
        behavior=BehaviorBias(chat_preference=1.3),
    ),
    "industrious": Profile(
        traits=Traits(extroversion=-0.2, forgiveness=-0.1, ambition=0.5),
        needs={"energy": 0.9},
        rewards=RewardBias(employment=1.25),
        behavior=BehaviorBias(work_affinity=1.4),
    ),
    "stoic": Profile(
        traits=Traits(extroversion=-0.3, forgiveness=0.5, ambition=-0.2),
        needs={"hunger": 0.95},
        rewards=RewardBias(survival=1.1),
        behavior=BehaviorBias(conflict_tolerance=0.6),
    ),
}
"""The prototype's four profiles (world §2.4)."""


def _lower_keys(value: Any) -> Any:
    """Profile names do not depend on case."""
    return {str(key).lower(): entry for key, entry in value.items()} if _is_map(value) else value


def _lower_values(value: Any) -> Any:
    """Profile names do not depend on case."""
    if not _is_map(value):
        return value
    return {key: name.lower() if isinstance(name, str) else name for key, name in value.items()}


def _is_map(value: Any) -> bool:
    return isinstance(value, dict)


class Personalities(Section):
    """Profiles of the town and who gets which."""

    distribution: Annotated[
        dict[str, Annotated[float, Field(ge=0.0)]], BeforeValidator(_lower_keys)
    ] = Field(
        default_factory=lambda: {"balanced": 1.0},
        description="Weight of each profile; the sum is above 0.",
    )
    overrides: Annotated[dict[str, str], BeforeValidator(_lower_values)] = Field(
        default_factory=dict, description="Profile of a named agent."
    )
    profiles: Annotated[dict[str, Profile], BeforeValidator(_lower_keys)] = Field(
        default_factory=dict, description="Profiles of your own, or built-in ones replaced."
    )

    def table(self) -> dict[str, Profile]:
        """Return all profiles by name, the file's own over the built-in ones, names sorted."""
        return dict(sorted({**BUILT_IN_PROFILES, **self.profiles}.items()))
