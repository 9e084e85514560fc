"""Identity: whose behaviour a snapshot holds - policy, observations, share of imitation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from townlet.config import SimulationConfig
from townlet.learner import Learner
from townlet.observe.shape import shape_of

if TYPE_CHECKING:
    from townlet.setup.blueprint import Blueprint

#: Keys of the identity block.
KEYS = ("policy_hash", "policy_artifact", "observation_variant", "anneal_ratio")
#: The key of what observations mean (SPEC §14); snapshots of earlier Townlets do not have it.
SCHEMA = "observation_schema_hash"


def identity_of(
    config: SimulationConfig, learner: Learner | None = None, blue: Blueprint | None = None
) -> dict[str, Any]:
    """The identity block: what the config says, and where it says ``infer``, what is.

    Args:
        config: the config; ``snapshot.identity`` wins over its ``policy_hash``.
        learner: who observes; None: ``features.systems.observations``.
        blue: what the towns are made of, for the hash of what the learner observes.
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
        SCHEMA: None if blue is None else schema_of_learner(blue, learner),
    }


def schema_of_learner(blue: Blueprint, learner: Learner | None) -> str | None:
    """Hash of the observations' schema, 64 hex digits; None where nobody observes."""
    if learner is None or learner.observations is None:
        return None
    return shape_of(blue, learner).schema_hash
