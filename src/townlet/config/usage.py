"""Which keys have a reader. The rest of a file is "accepted, not used yet".

The one table to extend when a subsystem begins to read its section. A dotted prefix covers
everything below it; free-form sections are nobody's business and are never listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

FREE_FORM = ("meta", "docs", "monitor")

USED = (
    "config_id",
    "seed",
    "world.agents",
    "world.capacity",
    "world.map_seed",
    "world.grid_size",
    "world.start_minute",
    "world.ticks_per_day",
    "world.residents_per_district",
    "world.district_size",
    "world.layouts",
    "world.tiles",
    "world.ghost_step_after",
    "world.commute_radius",
    "needs",
    "rewards",
    "shaping",
    "economy.meal_cost",
    "economy.ingredients_cost",
    "economy.public_shower",
    "economy.coffee",
    "economy.gym",
    "economy.rent",
    "economy.wholesale_share",
    "economy.allowance",
    "economy.starting_wallet",
    "economy.starting_ingredients",
    "economy.starting_clean_clothes",
    "economy.daily_ingredients",
    "economy.place_factors",
    "weather",
    "world.weather_seed",
    "jobs",
    "employment.grace_ticks",
    "employment.absent_cutoff",
    "employment.absence_slack",
    "employment.late_tick_penalty",
    "employment.absence_penalty",
    "employment.max_absent_shifts",
    "employment.attendance_window",
    "employment.hire_minute",
    "queue_fairness",
    "conflict.rivalry.increment_per_conflict",
    "conflict.rivalry.decay_per_tick",
    "conflict.rivalry.min_value",
    "conflict.rivalry.max_value",
    "conflict.rivalry.avoid_threshold",
    "conflict.rivalry.eviction_threshold",
    "conflict.rivalry.max_edges",
    "conflict.rivalry.ghost_step_boost",
    "conflict.rivalry.queue_length_boost",
    "features.stages.relationships",
    "features.stages.social_rewards",
    "features.relationship_modifiers",
    "features.behavior.personality_profiles",
    "features.behavior.reward_multipliers",
    "behavior.hunger_threshold",
    "behavior.hygiene_threshold",
    "behavior.energy_threshold",
    "behavior.job_arrival_buffer",
    "policy_runtime",
    "personalities.distribution",
    "personalities.overrides",
    "personalities.profiles",
    "perturbations",
    "embedding_allocator.max_slots",
    "embedding_allocator.cooldown_ticks",
    "embedding_allocator.reuse_warning_threshold",
    "observations_config",
    "features.systems.observations",
    "features.observations.personality_channels",
    "lifecycle",
    "features.systems.lifecycle",
    "employment.enforce_job_loop",
    "employment.max_absent_shifts",
    "employment.daily_exit_cap",
    "employment.exit_queue_limit",
    "employment.exit_review_window",
    "perturbations.grace_window_ticks",
    "affordances.affordances_file",
    "affordances.runtime.hook_allowlist",
    "affordances.runtime.allow_env_hooks",
    "runtime.policy.provider",
    "snapshot",
    "policy_hash",
    "scenario",
)


def unused_keys(values: Mapping[str, Any]) -> list[str]:
    """Return the dotted keys of a file's ``values`` that nothing reads yet, in file order."""
    return [dotted for dotted in _leaves(values, "") if not is_used(dotted)]


def is_used(dotted: str) -> bool:
    """Tell whether something reads the key."""
    if dotted == "observations" or dotted.startswith("observations."):
        dotted = dotted.replace("observations", "observations_config", 1)
    return any(dotted == used or dotted.startswith(used + ".") for used in USED)


def _leaves(values: Mapping[str, Any], prefix: str) -> Iterator[str]:
    """Walk mappings down to what they hold; lists are not entered."""
    for key, value in values.items():
        if not prefix and key in FREE_FORM:
            continue
        dotted = prefix + key
        if prefix == "runtime." and isinstance(value, str):  # a bare provider name
            yield dotted + ".provider"
        elif isinstance(value, Mapping) and value:
            yield from _leaves(value, dotted + ".")
        elif not any(used.startswith(dotted + ".") for used in USED):
            yield dotted
