"""float16 by integers is NumPy's, bit for bit."""

import numpy as np
import pytest

from townlet_systems.halves import copy_halves, half_of

SPECIAL = [0.0, -0.0, 1.0, -1.0, 1 / 3, 2**-14, 2**-24, 2**-25, 2**-26, 65504, 65519, 65520, 1e9]


def wanted(values: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        return values.astype(np.float16).view(np.uint16)


@pytest.mark.parametrize("scale", [1.0, 1e-4, 3e-8, 1e5])
def test_halves_are_rounded_to_nearest_ties_to_even(scale: float) -> None:
    draws = np.random.default_rng(7)
    values = ((draws.random(500) - 0.5) * scale).astype(np.float32)
    exact = draws.integers(0, 0x7C00, 200).astype(np.uint16).view(np.float16).astype(np.float32)
    ties = exact + np.spacing(exact.astype(np.float16)).astype(np.float32) / 2
    every = np.concatenate([values, exact, ties, np.array(SPECIAL, np.float32)])
    with np.errstate(over="ignore"):
        found = [int(half_of(value)) for value in every]
    assert found == wanted(every).tolist()


def test_two_halves_share_a_word() -> None:
    words = np.zeros((2, 16), np.uint32)
    numbers = np.linspace(-1, 1, 32, dtype=np.float32)[None]
    copy_halves(words, 1, numbers)
    assert words[1].view(np.uint16).tolist() == wanted(numbers[0]).tolist()
    assert not words[0].any()
