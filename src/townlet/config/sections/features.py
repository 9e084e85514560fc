"""``features``: switches for whole parts of the simulation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from townlet.config.base import Flag, Section, choice

RelationshipStage = Annotated[
    Literal["OFF", "A", "B", "C1", "C2", "C3"], choice("OFF", "A", "B", "C1", "C2", "C3")
]
SocialStage = Annotated[Literal["OFF", "C1", "C2", "C3"], choice("OFF", "C1", "C2", "C3")]
ObservationVariant = Annotated[
    Literal["full", "hybrid", "compact"], choice("full", "hybrid", "compact")
]


class Stages(Section):
    """How far the social side of the town is turned on."""

    relationships: RelationshipStage = Field(
        "OFF", description="OFF: no ties. A and later: ties. B and later: ties are also observed."
    )
    social_rewards: SocialStage = Field(
        "OFF", description="Which social reward terms count; each stage includes the ones before."
    )


class SystemSwitches(Section):
    """Systems that can be turned off or replaced."""

    lifecycle: Annotated[Literal["on", "off"], choice("on", "off")] = Field(
        "on", description="off: nobody leaves and nobody arrives."
    )
    observations: ObservationVariant = Field(
        "hybrid", description="Which observation variant is written."
    )


class TrainingSwitches(Section):
    """Switches the trainer reads."""

    curiosity: Annotated[Literal["phase_A", "off"], choice("phase_A", "off")] = Field(
        "phase_A", description="Curiosity bonus of the trainer."
    )


class ConsoleSwitches(Section):
    """Switches of the operator console."""

    mode: Annotated[Literal["viewer", "admin"], choice("viewer", "admin")] = Field(
        "viewer", description="Which console commands are allowed."
    )


class BehaviorSwitches(Section):
    """What a personality profile acts on."""

    personality_profiles: Flag = Field(
        True, description="Profiles bias chatting, commuting and avoiding."
    )
    reward_multipliers: Flag = Field(
        True, description="Profiles scale need decay, thresholds and rewards."
    )


class ObservationSwitches(Section):
    """Optional observation channels."""

    personality_channels: Flag = Field(False, description="Observe one's own traits.")
    personality_ui: Flag = Field(False, description="Show personalities in the dashboards.")


class Features(Section):
    """Switches for whole parts of the simulation."""

    stages: Stages = Field(default_factory=Stages, description="Social stages.")
    systems: SystemSwitches = Field(default_factory=SystemSwitches, description="Systems.")
    training: TrainingSwitches = Field(default_factory=TrainingSwitches, description="Trainer.")
    console: ConsoleSwitches = Field(default_factory=ConsoleSwitches, description="Console.")
    behavior: BehaviorSwitches = Field(
        default_factory=BehaviorSwitches, description="Personality profiles."
    )
    observations: ObservationSwitches = Field(
        default_factory=ObservationSwitches, description="Observation channels."
    )
    relationship_modifiers: Flag = Field(
        True, description="Personality traits change what tie events do."
    )
