"""``runtime``: which world, policy and telemetry are used, by name."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from townlet.config.base import Section, Text, keyed_by


class Provider(Section):
    """A named implementation and its options; a bare name stands for `provider`."""

    provider: Text = Field("default", description="Name of the implementation.")
    options: dict[str, Any] = Field(default_factory=dict, description="Passed to it.")


AnyProvider = Annotated[Provider, BeforeValidator(keyed_by("provider"))]


class PolicyProvider(Provider):
    """Who decides; a bare name stands for `provider`."""

    provider: Text = Field("scripted", description="scripted, random, or another by name.")


class TelemetryProvider(Provider):
    """Where telemetry goes; a bare name stands for `provider`."""

    provider: Text = Field("stdout", description="Name of the implementation.")


class Runtime(Section):
    """Which world, policy and telemetry are used, by name."""

    world: AnyProvider = Field(default_factory=Provider, description="The world.")
    policy: Annotated[PolicyProvider, BeforeValidator(keyed_by("provider"))] = Field(
        default_factory=PolicyProvider, description="Who decides."
    )
    telemetry: Annotated[TelemetryProvider, BeforeValidator(keyed_by("provider"))] = Field(
        default_factory=TelemetryProvider, description="Where telemetry goes."
    )
