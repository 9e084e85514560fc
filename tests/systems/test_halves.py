"""float16 by integers is NumPy's, bit for bit."""

from typing import Any

import numba
import numpy as np
import pytest
from tests.systems.test_lines import buffer

from townlet.ecs.kernel import JIT_OPTIONS
from townlet_systems.halves import copy_halves, half_of

SPECIAL = [0.0, -0.0, 1.0, -1.0, 1 / 3, 2**-14, 2**-24, 2**-25, 2**-26, 65504, 65519, 65520, 1e9]


def wanted(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    with np.errstate(over="ignore"):
        return values.astype(np.float16).view(np.uint16)


def every(scale: float = 1.0) -> np.ndarray[Any, Any]:
    """Numbers of all sizes: drawn, exact, half-way between two halves, special."""
    draws = np.random.default_rng(7)
    values = ((draws.random(500) - 0.5) * scale).astype(np.float32)
    exact = draws.integers(0, 0x7BFF, 200).astype(np.uint16).view(np.float16).astype(np.float32)
    ties = exact + np.spacing(exact.astype(np.float16)).astype(np.float32) / 2
    return np.concatenate([values, exact, ties, np.array(SPECIAL, np.float32)])


@pytest.mark.parametrize("scale", [1.0, 1e-4, 3e-8, 1e5])
def test_halves_are_rounded_to_nearest_ties_to_even(scale: float) -> None:
    values = every(scale)
    with np.errstate(over="ignore"):
        found = [half_of(value) for value in values]
    assert found == wanted(values).tolist()


@pytest.mark.parametrize("compiled", [False, True])
def test_two_halves_share_a_word(compiled: bool) -> None:
    words = buffer(2, 32)
    words[:] = 0
    numbers = every()[None, :64]
    numbers[0, 40:53] = SPECIAL

    def copy(words: Any, numbers: Any) -> None:
        copy_halves(words, 1, numbers, 0)

    copy = numba.njit(**JIT_OPTIONS)(copy) if compiled else copy
    with np.errstate(over="ignore"):
        copy(words, numbers)
    assert words[1].view(np.uint16).tolist() == wanted(numbers[0]).tolist()
    assert not words[0].any()
