"""Counts in words, and seeds."""

from typing import Any

import numpy as np
import pytest

from townlet.counts import count_of, whole_seed
from townlet.errors import UserError


@pytest.mark.parametrize(
    ("text", "count"),
    [("8", 8), ("10k", 10_000), ("1M", 1_000_000), ("1.5m", 1_500_000), (" 64 ", 64)],
)
def test_numbers_of_agents(text: str, count: int) -> None:
    assert count_of(text) == count


@pytest.mark.parametrize("text", ["", "0", "-4", "many", "1.5", "1G", "17M", "10 000"])
def test_no_number_of_agents(text: str) -> None:
    with pytest.raises(UserError, match="is no number of agents; write 8, 10k or 1M"):
        count_of(text)


def test_a_sentence_names_what_is_counted_and_how_much_is_allowed() -> None:
    with pytest.raises(UserError, match="'3M' is no number of ticks"):
        count_of("3M", "ticks", 2_000_000)


@pytest.mark.parametrize("seed", [7, np.int64(7), np.uint8(7), np.array(7)])
def test_a_seed_of_any_kind_is_pythons_number(seed: Any) -> None:
    assert whole_seed(seed) == 7
    assert type(whole_seed(seed)) is int


@pytest.mark.parametrize("seed", [-1, np.int64(-1), 1.0, "7", None, [7]])
def test_no_seed_gets_a_sentence(seed: Any) -> None:
    with pytest.raises(UserError, match=r"seed is .*; it must be a whole number, at least 0"):
        whole_seed(seed)


def test_some_counts_may_be_nothing() -> None:
    assert count_of("0", "ticks", 9, least=0) == 0
    with pytest.raises(UserError, match="from 0 to 9"):
        count_of("-1", "ticks", 9, least=0)
