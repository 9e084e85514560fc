"""``policy_runtime``: how long a decision holds, and what kind of actions learners decide on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from townlet.config.base import Section, choice

ActionLevel = Annotated[Literal["option", "primitive"], choice("option", "primitive")]


class PolicyRuntime(Section):
    """How long a decision holds, and what kind of actions learners decide on."""

    option_commit_ticks: int = Field(
        15, ge=0, le=100_000, description="Ticks an agent stays with the option it chose."
    )
    action_level: ActionLevel = Field(
        "option", description="Actions of environments: options, or one primitive per tick."
    )
