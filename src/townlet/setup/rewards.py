"""Reward rules: numbers of ``rewards``, ``shaping`` and of personality profiles into columns."""

from __future__ import annotations

import numpy as np

from townlet.config import SimulationConfig
from townlet.config.sections.shaping import Shaping
from townlet.ecs import Store
from townlet_components.rewards import BLOCK, SOCIAL_STAGES, RewardBlocks, RewardRules


def fill_reward_rules(store: Store, town: int, config: SimulationConfig) -> None:
    """Fill one town's numbers; a store without rewards is left alone."""
    if RewardRules.__name__ not in store.components:
        return
    rules, numbers = store.write(RewardRules), config.rewards
    shaping = config.shaping or Shaping()
    rules.homeostasis[town] = numbers.homeostasis_scale
    rules.potential[town] = numbers.homeostasis_scale if shaping.use_potential else 0.0
    rules.gamma[town] = shaping.gamma
    rules.survival[town] = numbers.survival_tick
    rules.wage[town] = numbers.wage_rate
    rules.punctuality[town] = numbers.punctuality_bonus
    rules.faint[town] = numbers.faint_penalty
    rules.eviction[town] = numbers.eviction_penalty
    limit = numbers.clip.clip_per_episode
    rules.clip[town] = numbers.clip.clip_per_tick
    rules.episode_clip[town] = np.inf if limit is None else limit
    rules.guarded[town] = numbers.clip.no_positive_within_death_ticks > 0
    rules.stage[town] = SOCIAL_STAGES.index(config.features.stages.social_rewards)
    rules.chat[town] = numbers.social.C1_chat_base
    rules.chat_trust[town] = numbers.social.C1_coeff_trust
    rules.chat_familiarity[town] = numbers.social.C1_coeff_fam
    rules.chat_scale[town] = numbers.social_scale
    rules.avoidance[town] = numbers.social.C2_avoid_conflict
    _fill_biases(rules, town, config)


def _fill_biases(rules: RewardRules, town: int, config: SimulationConfig) -> None:
    """Factors of each profile; all 1 where profiles do not scale rewards."""
    scaled = config.features.behavior.reward_multipliers
    for p, profile in enumerate(config.personalities.table().values()):
        bias = profile.rewards
        rules.social_bias[town, p] = bias.social if scaled else 1.0
        rules.work_bias[town, p] = bias.employment if scaled else 1.0
        rules.survival_bias[town, p] = bias.survival if scaled else 1.0
    columns = (rules.social_bias, rules.work_bias, rules.survival_bias)
    rules.biased[town] = any((column[town] != 1.0).any() for column in columns)


def fill_reward_blocks(store: Store, capacity: int) -> None:
    """Cut each town's slots into blocks; a store without rewards is left alone."""
    if RewardBlocks.__name__ not in store.components:
        return
    blocks = store.write(RewardBlocks)
    per_town = blocks_of(capacity)
    town, place = np.divmod(np.arange(len(blocks.first)), per_town)
    blocks.first[:] = town * capacity + place * BLOCK
    blocks.last[:] = town * capacity + np.minimum((place + 1) * BLOCK, capacity)


def blocks_of(capacity: int) -> int:
    """Blocks of a town of so many slots."""
    return -(-capacity // BLOCK)
