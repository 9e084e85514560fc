"""Identity: whose behaviour a snapshot holds - policy, observations, share of imitation."""

from __future__ import annotations

from typing import Any

from townlet.config import SimulationConfig
from townlet.learner import Learner

#: Keys of the identity block.
KEYS = ("policy_hash", "policy_artifact", "observation_variant", "anneal_ratio")


def identity_of(config: SimulationConfig, learner: Learner | None = None) -> dict[str, Any]:
    """The identity block: what the config says, and where it says ``infer``, what is.

    Args:
        config: the config; ``snapshot.identity`` wins over its ``policy_hash``.
        learner: who observes; None: ``features.systems.observations``.
    """
    said = config.snapshot.identity
    variant: str = said.observation_variant
    if variant == "infer":
        observed = None if learner is None else learner.observations
        variant = observed or config.features.systems.observations
    return {
        "policy_hash": said.policy_hash or config.policy_hash,
        "policy_artifact": said.policy_artifact,
        "observation_variant": variant,
        "anneal_ratio": said.anneal_ratio,
    }
