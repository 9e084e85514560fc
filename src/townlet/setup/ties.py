"""Tie rules: numbers of ``conflict.rivalry`` and of personality profiles into columns."""

from __future__ import annotations

from townlet.config import SimulationConfig
from townlet.ecs import Store
from townlet_components.ties import TieRules

#: Trust and familiarity lost per tick (SPEC §7).
TIE_DECAY = 0.00002


def fill_tie_rules(store: Store, town: int, config: SimulationConfig) -> None:
    """Fill one town's rules of ties."""
    rules, rivalry = store.write(TieRules), config.conflict.rivalry
    profiles_act = config.features.behavior.personality_profiles
    rules.on[town] = config.features.stages.relationships != "OFF"
    rules.modifiers[town] = config.features.relationship_modifiers
    rules.increment[town] = rivalry.increment_per_conflict
    rules.rivalry_decay[town] = rivalry.decay_per_tick
    rules.tie_decay[town] = TIE_DECAY
    rules.low[town] = rivalry.min_value
    rules.high[town] = rivalry.max_value
    rules.avoid_at[town] = rivalry.avoid_threshold
    rules.weak[town] = rivalry.eviction_threshold
    rules.ghost_boost[town] = rivalry.ghost_step_boost
    rules.length_boost[town] = rivalry.queue_length_boost
    for p, profile in enumerate(config.personalities.table().values()):
        bias = profile.behavior
        rules.tolerance[town, p] = bias.conflict_tolerance if profiles_act else 1.0
        quality = min(max(bias.chat_preference, 0.5), 1.5)
        rules.chat_preference[town, p] = quality if profiles_act else 1.0
