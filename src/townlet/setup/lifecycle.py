"""Lifecycle rules: exits, caps and replacements into columns."""

from __future__ import annotations

from townlet.config import SimulationConfig
from townlet.ecs import Store
from townlet_components.lifecycle import LifecycleRules


def fill_lifecycle_rules(
    store: Store, town: int, config: SimulationConfig, agents: int, jobs: int
) -> None:
    """Fill one town's rules of coming and going, for its agents and positions."""
    rules, life = store.write(LifecycleRules), config.lifecycle
    rules.on[town] = config.features.systems.lifecycle == "on"
    rules.cap_count[town], rules.cap_fraction[town] = life.exit_cap(agents)
    rules.cooldown[town] = life.exit_cooldown_ticks
    rules.grace[town] = config.perturbations.grace_window_ticks
    rules.collapse_ticks[town] = life.collapse_ticks
    rules.eviction_days[town] = life.eviction_days
    rules.unemployment_days[town] = life.unemployment_days if jobs else 0
    rules.neglect_share[town] = life.neglect_share
    rules.age_days[town] = life.age_out_days
    rules.delay_low[town], rules.delay_high[town] = life.respawn_delay_ticks
