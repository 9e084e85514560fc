"""Columns as they are before the first tick."""

import numpy as np
import pytest

import townlet_components
from townlet.config import SimulationConfig
from townlet.ecs import Store
from townlet.setup.blueprint import Blueprint, draw_blueprint
from townlet.setup.build import build_store
from townlet.systems import discover_components
from townlet_components.citymap import PlacePlan, SlotPlan
from townlet_components.identity import Arrivals, Identity, Wishes
from townlet_components.inventory import INGREDIENTS, MEALS
from townlet_components.needs import NeedRules
from townlet_components.objects import ObjectIndex, ObjectPlan, Objects
from townlet_components.queueing import QueueRing, QueueRules
from townlet_components.rows import Rows, Towns
from townlet_components.rules import EconomyRules
from townlet_components.town_state import Prices
from townlet_systems.preconditions import PRICE_KEYS


def blueprint(**overrides: object) -> Blueprint:
    config = SimulationConfig().with_overrides({"world.capacity": 72, **overrides})
    return draw_blueprint(config, towns=2, seed=7, agents=70)


@pytest.fixture(scope="module")
def blue() -> Blueprint:
    return blueprint()


@pytest.fixture(scope="module")
def store(blue: Blueprint) -> Store:
    return build(blue)


def build(blue: Blueprint, order: np.ndarray | None = None) -> Store:
    return build_store(blue, discover_components(townlet_components), 3, order)


def test_rows_and_slots_are_each_others_inverse(blue: Blueprint) -> None:
    order = np.random.default_rng(1).permutation(2 * 72)
    for rows in (build(blue).read(Rows), build(blue, order).read(Rows)):
        for row in range(2 * 72):
            assert rows.row_of[rows.town[row] * 72 + rows.slot[row]] == row
        assert rows.index.tolist() == list(range(2 * 72))


def test_seeds_count_up_and_wrap(store: Store) -> None:
    assert store.read(Towns).seed.tolist() == [7, 8]
    last = draw_blueprint(SimulationConfig(), towns=2, seed=2**64 - 1, agents=8)
    assert build(last).read(Towns).seed.tolist() == [2**64 - 1, 0]


def test_the_first_agents_are_invited_and_nobody_lives_yet(store: Store) -> None:
    arrivals, rows = store.read(Arrivals), store.read(Rows)
    assert arrivals.due.tolist() == (rows.slot < 70).tolist()
    assert arrivals.pending.tolist() == [70, 70]
    assert not store.read(Identity).alive.any()


def test_profiles_wished_for_by_name_reach_every_town() -> None:
    wish = blueprint(**{"personalities.overrides": {"ada": "socialite"}})
    profiles = list(wish.profiles)
    wishes, arrivals = build(wish).read(Wishes), build(wish).read(Arrivals)
    wanted = np.flatnonzero(wishes.profile >= 0)
    assert wishes.slot[wanted].tolist() == [0, 0]
    assert not wishes.ordered[wanted].any()
    assert {profiles[p] for p in wishes.profile[wanted]} == {"socialite"}
    assert arrivals.wishes.tolist() == [1, 1]


def test_residents_are_listed_under_their_homes(store: Store) -> None:
    places, slots = store.read(PlacePlan), store.read(SlotPlan)
    listed = 0
    for place in range(len(places.kind)):
        low, high = places.resident_first[place : place + 2]
        for slot in places.resident[low:high]:
            assert slots.home[slot] == place
            listed += 1
    assert listed == (slots.home >= 0).sum() == 72


def test_objects_are_listed_by_place_and_public_ones_by_type(blue: Blueprint, store: Store) -> None:
    index, plan = store.read(ObjectIndex), store.read(ObjectPlan)
    for place in range(len(index.place_first) - 1):
        things = index.place_object[index.place_first[place] : index.place_first[place + 1]]
        assert (plan.place[things] == place).all()
    types, seen = len(blue.plan.object_types), 0
    for cell in range(len(index.public_first) - 1):
        for thing in index.public_object[index.public_first[cell] : index.public_first[cell + 1]]:
            assert (plan.district[thing], plan.type[thing]) == divmod(cell, types)
            assert not plan.private[thing]
            seen += 1
    assert seen == (~plan.private).sum()


def test_rings_do_not_overlap_and_fill_their_table(store: Store) -> None:
    plan = store.read(ObjectPlan)
    taken = np.zeros(len(store.read(QueueRing).slot) // 2, int)
    for start, size in zip(plan.ring_start, plan.ring_size, strict=True):
        assert size >= 1
        taken[start : start + size] += 1
    assert (taken == 1).all()


def test_a_household_shares_a_pantry_that_feeds_it_for_a_day(blue: Blueprint, store: Store) -> None:
    plan, stock = store.read(ObjectPlan), store.read(Objects).stock
    fridge = blue.plan.object_types.index("fridge")
    residents = np.bincount(blue.plan.home_place, minlength=len(blue.plan.place_kind))
    for thing in np.flatnonzero(plan.private):
        pantry = plan.pantry[thing]
        assert plan.place[pantry] == plan.place[thing]
        assert plan.type[pantry] == fridge
        assert stock[pantry, MEALS] == residents[plan.place[thing]]
        assert stock[pantry, INGREDIENTS] == 3 * residents[plan.place[thing]]
    count = blue.plan.objects
    assert stock[:count].tolist() == stock[count:].tolist(), "every town starts alike"


def test_rules_are_the_configs_numbers_in_every_town() -> None:
    config = SimulationConfig()
    rows = [{}, {"queue_fairness.cooldown_ticks": 5, "economy.ingredients_cost": 0.7}, {}]
    store = build(draw_blueprint(config, towns=3, agents=8, overrides=rows))
    assert store.read(QueueRules).cooldown.tolist() == [60, 5, 60]
    prices = store.read(Prices).base
    assert prices[:, PRICE_KEYS.index("ingredients_cost")].tolist() == [500, 700, 500]
    assert prices[:, PRICE_KEYS.index("meal_cost")].tolist() == [1000] * 3
    economy = store.read(EconomyRules)
    assert economy.basket.tolist() == [8400] * 3
    assert economy.allowance.tolist() == [0] * 3, "there is work"
    assert economy.starting_wallet.tolist() == [7500] * 3
    decay = store.read(NeedRules).decay
    balanced = list(config.personalities.table()).index("balanced")
    assert decay[0, balanced].tolist() == pytest.approx([0.0008, 0.0004, 0.0006])
    assert decay[2].tolist() == decay[0].tolist()
