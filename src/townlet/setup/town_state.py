"""Town state: prices, place factors and weather, from the config."""

from __future__ import annotations

import numpy as np

from townlet.config import SimulationConfig, money
from townlet.ecs import Store
from townlet.maps import PLACE_KINDS
from townlet.setup.blueprint import Blueprint
from townlet_components.inventory import INGREDIENTS, ITEMS, MEALS
from townlet_components.objects import ObjectPlan
from townlet_components.rows import Towns
from townlet_components.town_state import WEATHERS, PricePlan, Prices, WeatherRules
from townlet_systems.preconditions import PRICE_KEYS


def fill_town_state(store: Store, blue: Blueprint) -> None:
    """Fill the rules of prices and weather, and what holds at tick 0; after the rules."""
    plan, rules = store.write(PricePlan), store.write(WeatherRules)
    for town, config in enumerate(blue.town_configs):
        economy = config.economy
        plan.base[town] = [money(getattr(economy, key)) for key in PRICE_KEYS]
        factors = economy.place_factors
        plan.factor[town] = [money(factors.get(kind, 1.0)) for kind in PLACE_KINDS]
        _fill_keep(store, blue, town, config)
        _fill_weather(rules, town, config)
    seeds = [config.world.weather_seed for config in blue.town_configs]
    given = np.array([seed is not None for seed in seeds])
    rules.seed[:] = np.where(
        given, np.array([seed or 0 for seed in seeds], np.uint64), store.read(Towns).seed
    )
    names = blue.need_names
    rules.warmth[0] = names.index("warmth") if "warmth" in names else -1
    prices = store.write(Prices)
    prices.base[:] = plan.base
    prices.factor[:] = plan.factor[:, blue.plan.place_kind].ravel()


def _fill_keep(store: Store, blue: Blueprint, town: int, config: SimulationConfig) -> None:
    """What a full delivery costs each place: nothing of it goes into wages."""
    economy, restock = config.economy, store.read(ObjectPlan).restock
    unit = np.zeros(len(ITEMS), np.int64)
    for item, price in ((INGREDIENTS, economy.ingredients_cost), (MEALS, economy.meal_cost)):
        unit[item] = money(price) * money(economy.wholesale_share) // 1000
    keep = store.write(PricePlan).keep.reshape(blue.towns, -1)[town]
    full = np.flatnonzero(restock.any(axis=1))  # few: homes are delivered nothing
    np.add.at(keep, blue.plan.object_place[full], restock[full].astype(np.int64) @ unit)


def _fill_weather(rules: WeatherRules, town: int, config: SimulationConfig) -> None:
    """One town's weather; nothing is slow or cold where weather is off."""
    weather = config.weather
    shares = np.array([getattr(weather.probabilities, kind) for kind in WEATHERS])
    rules.on[town] = weather.enabled
    rules.cumulative[town] = np.cumsum(shares) / shares.sum()
    if weather.enabled:
        rules.slow[town] = [getattr(weather.slow_steps, kind) for kind in WEATHERS]
        rules.chill[town] = [getattr(weather.chill, kind) for kind in WEATHERS]
