"""Gini of wallets against all pairs; sorting in place against Python's."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.oracle.kpis import gini as of_pairs

from townlet.ecs import F64, I32, I64, Bool, kernel
from townlet_components.metrics import LEAST_BITS, MOST_BITS, WEALTH_BUCKETS
from townlet_systems import wealth
from townlet_systems.wealth import RICHEST, _bits, _bucket, peel, sort_part


def gini(money: list[int], order: list[int] | None = None, dead: int = 0) -> float:
    """Gini of wallets in slots 1, 2, ... whose rows lie in some order; slot 0 is vacant."""
    slots = len(money) + 1 + dead
    rows = np.array(order or range(slots), np.int32)
    purse, alive = np.full(slots, 77, np.int64), np.zeros(slots, np.bool_)
    purse[rows[1 : len(money) + 1]] = money
    alive[rows[1 : len(money) + 1]] = True
    place = np.full(slots + 5, -1, np.int32)
    bucket = np.full(WEALTH_BUCKETS, 9, np.int32)
    count = wealth.sort_wallets(purse, alive, rows, 0, slots, place, bucket)
    assert place[:count].tolist() == sorted(min(m, RICHEST) for m in money)
    assert (place[count:] == -1).all(), "nothing is written beyond"
    return float(wealth.gini(place, 0, count))


wallets = st.lists(
    st.one_of(
        st.integers(0, 40), st.integers(0, 100_000), st.integers(0, 3_000_000_000), st.just(7500)
    ),
    max_size=60,
)


@given(wallets, st.randoms(use_true_random=False))
def test_gini_is_that_of_all_pairs_in_any_order_of_rows(
    money: list[int], luck: random.Random
) -> None:
    found = gini(money)
    assert found == pytest.approx(of_pairs([min(m, RICHEST) for m in money]), abs=1e-12)
    order = list(range(len(money) + 4))
    luck.shuffle(order)
    luck.shuffle(money)
    assert gini(money, order, dead=3) == found, "to the last bit"


def test_gini_of_all_the_same_and_of_one_who_has_everything() -> None:
    assert gini([5000] * 40) == 0
    assert gini([0] * 40) == 0
    assert gini([]) == 0
    assert gini([0] * 99 + [12_345]) == pytest.approx(0.99)


@pytest.mark.parametrize("bits", [LEAST_BITS, MOST_BITS])
def test_buckets_rise_with_the_amount_and_there_is_one_for_each(bits: int) -> None:
    edges = {1 << power for power in range(31)} | {3 << power for power in range(30)} | {0}
    edges |= {edge - 1 for edge in edges if edge} | {RICHEST}
    amounts = sorted({*edges, *range(5000), *range(10_000, RICHEST, 7_654_321)})
    buckets = [_bucket(amount, bits) for amount in amounts]
    assert buckets == sorted(buckets)
    assert buckets[0] == 0
    assert buckets[-1] < (32 - bits) << bits <= WEALTH_BUCKETS
    assert buckets[: 2 << bits] == amounts[: 2 << bits], "small amounts are told apart"


def test_larger_towns_have_finer_buckets() -> None:
    sizes = [64, 10_000, 100_000, 1_000_000, 1 << 24]
    assert [_bits(size) for size in sizes] == [4, 5, 8, 11, 11]


@given(st.lists(st.integers(-9, 9) | st.integers(0, RICHEST), max_size=120), st.integers(0, 3))
def test_a_part_is_sorted_and_the_rest_is_left_alone(values: list[int], margin: int) -> None:
    array = np.array([5] * margin + values + [3] * margin, np.int32)
    sort_part(array, margin, margin + len(values))
    assert array.tolist() == [5] * margin + sorted(values) + [3] * margin


@given(st.lists(st.integers(-4, 4), max_size=60), st.integers(0, 3))
def test_few_values_are_sorted_value_by_value(values: list[int], margin: int) -> None:
    array = np.array([5] * margin + values + [3] * margin, np.int32)
    peel(array, margin, margin + len(values))
    assert array.tolist() == [5] * margin + sorted(values) + [3] * margin


@kernel
def sort_all(money: I64, alive: Bool, row_of: I32, place: I32, bucket: I32, found: F64) -> None:
    """Compiled: what the tests above run as plain Python."""
    count = wealth.sort_wallets(money, alive, row_of, 0, row_of.shape[0], place, bucket)
    found[0] = wealth.gini(place, 0, count)


def test_compiled_it_sorts_a_large_town() -> None:
    luck = np.random.default_rng(4)
    money = np.exp(luck.normal(9, 1.5, 20_000)).astype(np.int64)
    money[:3000] = 7500
    alive = luck.random(20_000) < 0.9
    rows = luck.permutation(20_000).astype(np.int32)
    place, found = np.zeros(20_000, np.int32), np.zeros(1)
    sort_all(money, alive, rows, place, np.zeros(WEALTH_BUCKETS, np.int32), found)
    living = np.sort(money[alive])
    assert place[: len(living)].tolist() == living.tolist()
    rank = 2 * np.arange(1, len(living) + 1) - len(living) - 1
    assert found[0] == pytest.approx((rank * living).sum() / len(living) / living.sum())
