"""``affordances``: which manifest, and how hooks run."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from townlet.config.base import Flag, Section, Text, Texts, choice


class AffordanceRuntime(Section):
    """How affordances and their hooks run."""

    factory: Text | None = Field(None, description="module:callable that makes the runtime.")
    instrumentation: Annotated[Literal["off", "timings"], choice("off", "timings")] = Field(
        "off", description="Time each affordance."
    )
    options: dict[str, Any] = Field(default_factory=dict, description="Passed to the factory.")
    hook_allowlist: Texts = Field((), description="Modules hooks may be loaded from.")
    allow_env_hooks: Flag = Field(
        True, description="TOWNLET_AFFORDANCE_HOOK_MODULES may add to the list."
    )


class Affordances(Section):
    """Which manifest, and how hooks run."""

    affordances_file: Text | None = Field(
        None, description="Manifest; unset: the one that comes with Townlet."
    )
    runtime: AffordanceRuntime = Field(default_factory=AffordanceRuntime, description="Runtime.")
