"""``training``: where samples come from and how imitation gives way to reinforcement."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from townlet.config.base import Flag, Fraction, Section, Text, as_tuple, choice
from townlet.config.sections.features import SocialStage

Source = Annotated[
    Literal["replay", "rollout", "mixed", "bc", "anneal"],
    choice("replay", "rollout", "mixed", "bc", "anneal"),
]


class SocialStageAt(Section):
    """From which cycle a social reward stage counts."""

    cycle: int = Field(0, ge=0, description="First cycle.")
    stage: SocialStage = Field(description="Stage from there on.")


class BehaviorCloning(Section):
    """Imitation."""

    manifest: Text | None = Field(None, description="Manifest of the data set.")
    learning_rate: float = Field(1e-3, gt=0.0, description="Step size.")
    batch_size: int = Field(64, ge=1, description="Samples per step.")
    epochs: int = Field(10, ge=1, description="Passes over the data.")
    weight_decay: float = Field(0.0, ge=0.0, description="Weight decay.")
    device: Text = Field("cpu", description="Where it is computed.")


class AnnealStage(Section):
    """One stage of the way from imitation to reinforcement."""

    cycle: int = Field(0, ge=0, description="First cycle.")
    mode: Annotated[Literal["bc", "ppo"], choice("bc", "ppo")] = Field(
        "ppo", description="What is trained."
    )
    epochs: int = Field(1, ge=1, description="Passes.")
    bc_weight: Fraction = Field(1.0, description="Weight of imitation.")


class Training(Section):
    """Where samples come from and how imitation gives way to reinforcement."""

    source: Source = Field("replay", description="Where samples come from.")
    rollout_ticks: int = Field(100, ge=0, description="Ticks per rollout.")
    rollout_auto_seed_agents: Flag = Field(False, description="Add agents to an empty town.")
    replay_manifest: Text | None = Field(None, description="Manifest of recorded rollouts.")
    social_reward_stage_override: SocialStage | None = Field(
        None, description="Stage to use in place of features.stages.social_rewards."
    )
    social_reward_schedule: Annotated[tuple[SocialStageAt, ...], as_tuple] = Field(
        (), description="Stages by cycle."
    )
    bc: BehaviorCloning = Field(default_factory=BehaviorCloning, description="Imitation.")
    anneal_schedule: Annotated[tuple[AnnealStage, ...], as_tuple] = Field(
        (), description="Stages from imitation to reinforcement."
    )
    anneal_accuracy_threshold: Fraction = Field(
        0.9, description="Accuracy of imitation to go on from."
    )
    anneal_enable_policy_blend: Flag = Field(False, description="Mix both policies meanwhile.")
