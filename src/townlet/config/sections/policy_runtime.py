"""``policy_runtime``: how long a decision holds."""

from __future__ import annotations

from pydantic import Field

from townlet.config.base import Section


class PolicyRuntime(Section):
    """How long a decision holds."""

    option_commit_ticks: int = Field(
        15, ge=0, le=100_000, description="Ticks an agent stays with the option it chose."
    )
