"""Compiled bit operations are what plain Python finds."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest

from townlet.ecs.kernel import JIT_OPTIONS
from townlet_systems import bits

SIDE = bits.USUAL_SIDE


def look_at(plane: Any, numbers: Any, found: Any, d: int, y: int, x: int) -> None:
    found[0], found[1], found[2], found[3], found[4], found[5], found[6], found[7] = bits.cut_four(
        plane, d, y, x
    )
    found[8] = bits.add_up(numbers, d, y, x)
    found[9] = bits.ones(plane[d, y, 0])
    found[10] = bits.lowest(plane[d, y, 1])
    found[11] = bits.lowest(np.uint64(0))


@pytest.mark.parametrize("seed", range(3))
def test_compiled_cuts_are_those_of_plain_python(seed: int) -> None:
    draws = np.random.default_rng(seed)
    plane = draws.integers(0, 1 << 63, (2, 42, bits.FOUR), dtype=np.uint64)
    numbers = draws.integers(0, 300, (2, 32, 42), dtype=np.uint16)
    fast = numba.njit(**JIT_OPTIONS)(look_at)
    for d, y, x in [(0, 0, 0), (1, 31, 31), *draws.integers(0, 2, (4, 3)).tolist()]:
        wanted, found = np.zeros((2, 12), np.uint64)
        look_at(plane, numbers, wanted, d, y, x)
        fast(plane, numbers, found, d, y, x)
        assert found.tolist() == wanted.tolist()
        assert wanted[8] == numbers[d, y, x : x + SIDE].sum()


def test_a_window_is_row_after_row() -> None:
    plane = np.zeros((1, SIDE, bits.FOUR), np.uint64)
    plane[0, 0, 0] = 1 << 3  # the first row's cell 0 when the window begins at 3
    plane[0, SIDE - 1, 2] = 1 << (3 + SIDE - 1)  # the last row's last cell
    plane[0, 5, 3] = ((1 << SIDE) - 1) << 3  # the row that crosses into the second word
    found = [int(part) for part in bits.cut_four(plane, 0, 0, 3)]
    windows = [low | high << 64 for low, high in zip(found[::2], found[1::2], strict=True)]
    assert windows == [1, 0, 1 << (SIDE * SIDE - 1), ((1 << SIDE) - 1) << (5 * SIDE)]


def test_the_lowest_bit_and_how_many_there_are() -> None:
    assert [bits.lowest(value) for value in (1, 12, 1 << 63, 0)] == [0, 2, 63, 64]
    assert [bits.ones(value) for value in (0, 7, (1 << 64) - 1)] == [0, 3, 64]
