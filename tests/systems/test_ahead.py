"""Asking ahead changes nothing, and does no harm beyond the end of an array."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from townlet.ecs.kernel import JIT_OPTIONS
from townlet_systems.ahead import ask_for


def add_up(numbers: Any, step: int) -> int:
    total = 0
    for k in range(numbers.shape[0]):
        ask_for(numbers, k + step)
        total += numbers[k]
    return total


def test_a_sum_is_the_same_however_far_ahead_is_asked() -> None:
    numbers = np.arange(1000, dtype=np.int64)
    numbers.flags.writeable = False
    fast = numba.njit(**JIT_OPTIONS)(add_up)
    for step in (0, 8, 1000, 1 << 40):
        assert add_up(numbers, step) == fast(numbers, step) == 499_500


def test_it_is_compiled_to_the_instruction() -> None:
    fast = numba.njit(**JIT_OPTIONS)(add_up)
    fast(np.arange(3, dtype=np.int64), 1)
    assert any("llvm.prefetch" in text for text in fast.inspect_llvm().values())
