"""Compiled spotting finds what plain Python finds."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest

from townlet.ecs.kernel import JIT_OPTIONS
from townlet_systems import spotting

ROWS = 3 * spotting.BLOCK + 7
DTYPES = [np.int8, np.uint8, np.int16, np.int32, np.bool_]


def look(numbers: Any, others: Any, bound: int, found: Any) -> None:
    for at in range(numbers.shape[0] + 2):
        found[at, 0] = spotting.below(numbers, at, bound)
        found[at, 1] = spotting.differing(numbers, others, at)
        found[at, 2] = spotting.first_bits(max(numbers.shape[0] - at, 0))


def columns(dtype: Any) -> tuple[Any, Any]:
    draws = np.random.default_rng(7)
    low = -3 if np.issubdtype(dtype, np.signedinteger) else 0
    numbers = draws.integers(low, 2 if dtype is np.bool_ else 5, (2, ROWS)).astype(dtype)
    return numbers[0], numbers[1]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("bound", [0, 1])
def test_compiled_bits_are_those_of_plain_python(dtype: Any, bound: int) -> None:
    numbers, others = columns(dtype)
    wanted, found = np.zeros((2, ROWS + 2, 3), np.uint64)
    look(numbers, others, bound, wanted)
    numba.njit(**JIT_OPTIONS)(look)(numbers, others, bound, found)
    assert found.tolist() == wanted.tolist()


@pytest.mark.parametrize("dtype", DTYPES)
def test_bits_say_what_numpy_says(dtype: Any) -> None:
    numbers, others = columns(dtype)
    for at in (0, 1, 70, ROWS - 3):
        here = numbers[at : at + spotting.BLOCK]
        bits = int(spotting.below(numbers, at, 1))
        assert [bool(bits >> k & 1) for k in range(len(here))] == (here < 1).tolist()
        bits = int(spotting.differing(numbers, others, at))
        apart = here != others[at : at + spotting.BLOCK]
        assert [bool(bits >> k & 1) for k in range(len(here))] == apart.tolist()
        assert bits >> len(here) == 0


def test_the_first_bits_of_a_word() -> None:
    counts = (1, 3, spotting.BLOCK - 1, spotting.BLOCK, 1000)
    wanted = [(1 << min(count, spotting.BLOCK)) - 1 for count in counts]
    assert [int(spotting.first_bits(count)) for count in counts] == wanted
