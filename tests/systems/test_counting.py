"""Bits of what is not 0: compiled as in plain Python."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from townlet.ecs.kernel import JIT_OPTIONS
from townlet_systems.counting import SIXTEEN, find_sixteen, look_at_sixteen


def look(count: Any, at: int) -> Any:
    return look_at_sixteen(count, at)


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
