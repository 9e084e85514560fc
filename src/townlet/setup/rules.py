"""Rules: numbers of the config into columns, one row per town."""

from __future__ import annotations

import numpy as np

from townlet.affordances import AffordanceTable
from townlet.config import SimulationConfig, money
from townlet.ecs import Store
from townlet.setup.blueprint import Blueprint
from townlet.setup.incidents import fill_incident_rules
from townlet.setup.jobs import fill_job_rules
from townlet.setup.lifecycle import fill_lifecycle_rules
from townlet.setup.menu import MenuRows
from townlet.setup.rewards import fill_reward_rules
from townlet.setup.ties import fill_tie_rules
from townlet_components.affordances import Affordances, OptionPlan
from townlet_components.inventory import CLEAN_CLOTHES, INGREDIENTS
from townlet_components.needs import NeedRules
from townlet_components.personality import TRAITS, ProfileRules
from townlet_components.queueing import QueueRules
from townlet_components.rows import Towns
from townlet_components.rules import EconomyRules, EmbeddingRules, MoveRules, OptionRules

#: Traits a profile does not mention are 0, but these two, which differ from agent to agent.
_DRAWN_TRAITS = ("patience", "frugality")


def fill_rules(store: Store, blue: Blueprint, menu: MenuRows) -> None:
    """Fill all rule columns."""
    _fill_profiles(store, blue)
    fill_affordances(store, blue.table)
    _fill_menu(store, menu)
    done: dict[int, int] = {}  # towns that share a config share its numbers
    for town, config in enumerate(blue.town_configs):
        first = done.setdefault(id(config), town)
        if first == town:
            _fill_town(store, blue, town, config)
        else:
            _copy_town(store, first, town)


def _copy_town(store: Store, source: int, town: int) -> None:
    """Copy every rule of one town to another."""
    for spec in store.specs():
        for col in spec.columns:
            if spec.static and col.dims[0] == "town" and spec.name != Towns.__name__:
                column = store.column(f"{spec.name}.{col.name}")
                column[town] = column[source]


def _fill_town(store: Store, blue: Blueprint, town: int, config: SimulationConfig) -> None:
    _fill_needs(store, blue, town, config)
    _fill_economy(store, blue, town, config)
    fill_tie_rules(store, town, config)
    fill_job_rules(store, blue.jobs, town, config)
    fill_lifecycle_rules(store, town, config, blue.agents, blue.jobs.count)
    fill_incident_rules(store, town, config)
    fill_reward_rules(store, town, config)
    queue, fair = store.write(QueueRules), config.queue_fairness
    queue.cooldown[town] = fair.cooldown_ticks
    queue.ghost_step_after[town] = fair.ghost_step_after
    queue.age_weight[town] = fair.age_priority_weight
    queue.patience[town] = fair.patience_ticks
    queue.timeout[town] = fair.reservation_timeout
    store.write(MoveRules).ghost_step_after[town] = config.world.ghost_step_after
    store.write(OptionRules).commit[town] = config.policy_runtime.option_commit_ticks
    store.write(EmbeddingRules).cooldown[town] = config.embedding_allocator.cooldown_ticks
    weights = np.array([config.personalities.distribution.get(n, 0.0) for n in blue.profiles])
    store.write(ProfileRules).cumulative[town] = np.cumsum(weights) / weights.sum()


def _fill_needs(store: Store, blue: Blueprint, town: int, config: SimulationConfig) -> None:
    rules, scaled = store.write(NeedRules), config.features.behavior.reward_multipliers
    for n, need in enumerate(config.needs_table()):
        rules.weight[town, n] = need.weight
        rules.initial[town, n] = -1.0 if need.initial is None else need.initial
        for p, profile in enumerate(blue.profiles.values()):
            factor = profile.needs.get(need.name, 1.0) if scaled else 1.0
            rules.decay[town, p, n] = need.decay * factor
            rules.threshold[town, p, n] = min(need.threshold * factor, 1.0)


def _fill_economy(store: Store, blue: Blueprint, town: int, config: SimulationConfig) -> None:
    rules, economy = store.write(EconomyRules), config.economy
    jobless = blue.jobs.count == 0
    rules.allowance[town] = money(economy.daily_allowance(jobless))
    rules.basket[town] = money(economy.basket())
    rules.starting_wallet[town] = money(economy.starting_money())
    rules.starting_item[town, INGREDIENTS] = economy.starting_ingredients
    rules.starting_item[town, CLEAN_CLOTHES] = economy.starting_clean_clothes
    rules.wholesale[town] = money(economy.wholesale_share)
    rules.daily_ingredients[town] = economy.daily_ingredients


def _fill_profiles(store: Store, blue: Blueprint) -> None:
    traits = store.write(ProfileRules).trait
    for p, profile in enumerate(blue.profiles.values()):
        given = profile.traits.model_fields_set
        for k, name in enumerate(TRAITS):
            drawn = name in _DRAWN_TRAITS and name not in given
            traits[p, k] = np.nan if drawn else getattr(profile.traits, name)


def fill_affordances(store: Store, table: AffordanceTable) -> None:
    """Fill what a reload may also change."""
    columns = store.write(Affordances)
    columns.object_type[:] = table.object_type
    columns.duration[:] = table.duration
    columns.need[:] = table.need_effect
    columns.item[:] = table.item_effect
    makes = (table.item_effect < 0).any(axis=1, keepdims=True)
    gives = np.where(makes, 0, np.maximum(table.item_effect, 0))
    columns.take[:] = np.maximum(-table.item_effect, 0) + gives
    columns.program[: len(table.program_code)] = table.program_code
    columns.constant[: len(table.program_const)] = table.program_const
    columns.program_first[:] = table.program_start
    columns.price[:] = np.where(table.price_key >= 0, 0, table.price)
    columns.price_key[:] = table.price_key
    columns.units[:] = table.units
    columns.utility[:] = table.utility


def _fill_menu(store: Store, menu: MenuRows) -> None:
    columns = store.write(OptionPlan)
    flat = [aff for affs in menu.affordances for aff in affs]
    columns.first[:] = np.concatenate([[0], np.cumsum([len(a) for a in menu.affordances])])
    columns.affordance[: len(flat)] = flat
    columns.producer[:] = menu.producer
    columns.need[:] = menu.need
