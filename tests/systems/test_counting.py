"""Counts that several lanes add to, and bits of what is not 0: compiled as in plain Python."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from townlet.ecs.kernel import JIT_OPTIONS
from townlet_systems.counting import SIXTEEN, add_to, find_sixteen, look_at_sixteen


def add_all(count: Any, at: Any, value: Any) -> None:
    for k in range(at.shape[0]):
        add_to(count, at[k], value[k])


def look(count: Any, at: int) -> Any:
    return look_at_sixteen(count, at)


def test_what_is_added_and_taken_away_is_counted() -> None:
    draws = np.random.default_rng(1)
    at, value = draws.integers(0, 40, 500), draws.integers(-1, 2, 500)
    made = []
    for add in (add_all, numba.njit(**JIT_OPTIONS)(add_all)):
        count = np.full((4, 10), 1000, np.uint16)
        add(count, at, value)
        made.append(count)
    wanted = 1000 + np.bincount(at, value, 40).astype(np.int64)
    assert made[0].reshape(-1).tolist() == made[1].reshape(-1).tolist() == wanted.tolist()


def test_bits_say_where_somebody_is_and_where_several_are() -> None:
    count = np.random.default_rng(2).integers(0, 4, (3, 24)).astype(np.uint16)
    count[0, 5] = 32_767
    fast = numba.njit(**JIT_OPTIONS)(look)
    for at in range(count.size - SIXTEEN + 1):
        part = count.reshape(-1)[at : at + SIXTEEN]
        wanted = [sum(int(n > least) << k for k, n in enumerate(part)) for least in (0, 1)]
        assert [int(bits) for bits in look(count, at)] == wanted
        assert [int(bits) for bits in fast(count, at)] == wanted


def find(numbers: Any, at: int) -> Any:
    return find_sixteen(numbers, at)


def test_bits_say_which_numbers_are_not_negative() -> None:
    numbers = np.random.default_rng(3).integers(-2, 3, 40).astype(np.int32)
    fast = numba.njit(**JIT_OPTIONS)(find)
    for at in range(len(numbers) - SIXTEEN + 1):
        wanted = sum(int(n >= 0) << k for k, n in enumerate(numbers[at : at + SIXTEEN]))
        assert int(find(numbers, at)) == int(fast(numbers, at)) == wanted
