"""Towns for tests of environments: small, and with much coming and going."""

from __future__ import annotations

from functools import cache
from typing import Any

from townlet.config import SimulationConfig
from townlet.env.core import learning_config

HARD = {"rewards.decay_rates.hunger": 0.02, "lifecycle.collapse_ticks": 5}


@cache
def hard_town() -> SimulationConfig:
    """A town where who does not eat within the hour collapses."""
    return SimulationConfig().with_overrides(HARD | {"features.stages.relationships": "B"})


def same_config(config: Any = None, agents: int | None = None) -> SimulationConfig:
    """The config an environment makes of a config."""
    return learning_config(config, agents)
