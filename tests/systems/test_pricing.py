"""Prices of the day: factors, rounding, operators' prices, the index (SPEC §8)."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.oracle.affordances import half_up
from tests.oracle.town import look, make

from townlet.errors import UserError
from townlet.maps import PLACE_KINDS
from townlet.money import price_indexes
from townlet.simulation import Simulation
from townlet_systems import pricing
from townlet_systems.preconditions import PRICE_KEYS

factors = st.integers(0, 100_000)


@given(st.integers(0, 5_000_000), factors, factors)
def test_a_price_is_rounded_half_up_once(base: int, factor: int, spike: int) -> None:
    times = min(Fraction(factor, 1000) * Fraction(spike, 1000), Fraction(4000))
    expected = min(half_up(base * times), 2_000_000_000)
    assert pricing.scaled(base, factor, spike) == expected


@pytest.mark.parametrize(
    ("base", "factor", "spike", "price"),
    [(1000, 1000, 1000, 1000), (5, 1000, 1500, 8), (5, 1000, 1499, 7), (1, 500, 999, 0)],
)
def test_halves_go_up(base: int, factor: int, spike: int, price: int) -> None:
    assert pricing.scaled(base, factor, spike) == price


def test_the_largest_price_fits_its_counter() -> None:
    most = 2_147_483_647
    assert pricing.scaled(most, most, most) == 2_000_000_000


def test_homes_are_the_first_kind_of_place() -> None:
    assert PLACE_KINDS[pricing._HOME] == "home"


@pytest.fixture
def sim(tmp_path: Path) -> Simulation:
    return make("homes", tmp_path, agents=6, seed=1, **{"economy.place_factors": {"cafe": 1.5}})


def test_an_operators_price_comes_with_the_next_tick(sim: Simulation) -> None:
    before, hashed = look(sim).prices, sim.hash()
    sim.set_price("coffee", 0.6125)
    assert look(sim).prices == before
    assert sim.hash() != hashed, "a price that is asked for is part of the state"
    sim.run(1)
    town = look(sim)
    assert town.prices == before | {"coffee": 613}
    assert town.news == [("economy_price_update", -1, -1, -1, PRICE_KEYS.index("coffee"))]
    sim.run(1)
    assert look(sim).news == []
    assert look(sim).prices["coffee"] == 613


def test_the_index_is_one_until_something_changes(sim: Simulation) -> None:
    assert price_indexes(sim.store, 1).tolist() == [1.0]
    sim.set_price("coffee", 1.0)
    sim.run(1)
    keys = len(PRICE_KEYS)
    assert price_indexes(sim.store, 1)[0] == pytest.approx((keys + 1) / keys)
    sim.column("Prices.spike")[0] = 2000
    assert price_indexes(sim.store, 1)[0] == pytest.approx(2 * (keys + 1) / keys)
    sim.column("Prices.factor")[:] *= 3
    assert price_indexes(sim.store, 1)[0] == pytest.approx(6 * (keys + 1) / keys)


def test_a_cafe_charges_its_factor(sim: Simulation) -> None:
    town = look(sim)
    for place, factor in enumerate(town.factors):
        kind = PLACE_KINDS[sim.plan.place_kind[place]]
        assert factor == (1500 if kind == "cafe" else 1000)


@pytest.mark.parametrize(
    ("key", "value", "town", "sentence"),
    [
        ("coffe", 1.0, 0, "no price is called 'coffe'; did you mean 'coffee'?"),
        ("coffee", -0.1, 0, "coffee is -0.1; it must be between 0 and 1000000"),
        ("coffee", float("nan"), 0, "coffee is nan; it must be between 0 and 1000000"),
        ("coffee", 1.0, 3, "town is 3; it must be between 0 and 0"),
    ],
)
def test_a_wrong_price_gets_a_sentence(
    key: str, value: float, town: int, sentence: str, sim: Simulation
) -> None:
    with pytest.raises(UserError) as caught:
        sim.set_price(key, value, town)
    assert str(caught.value) == sentence
