"""Ties shown four at a time, compiled, are those of plain Python."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest

from townlet.ecs.kernel import JIT_OPTIONS
from townlet_systems.fading import LEAST, show_four

SLOW, FAST, TICK = 2e-5, 5e-4, 3000


def show(
    numbers: Any, at: int, step: int, bond: Any, since: Any, row: int, first: int, tick: int
) -> Any:
    return show_four(numbers, at, step, bond, since, row, first, 2e-5, 5e-4, tick)


def bonds_of(draws: np.random.Generator, rows: int, slots: int) -> tuple[Any, Any]:
    bond = draws.uniform(-1, 1, (rows, 3, slots)).astype(np.float32)
    bond[:, 2] = abs(bond[:, 2])
    since = draws.integers(0, TICK + 1, (rows, slots)).astype(np.int32)
    nobody = draws.random((rows, slots)) < 0.3
    since[nobody] = -1
    bond[np.broadcast_to(nobody[:, None], bond.shape)] = 0
    return bond, since


@pytest.mark.parametrize("first", [0, 4])
def test_compiled_ties_are_those_of_plain_python(first: int) -> None:
    bond, since = bonds_of(np.random.default_rng(first), 30, 8)
    fast = numba.njit(**JIT_OPTIONS)(show)
    for row in range(30):
        made = []
        for write in (show, fast):
            numbers = np.full((1, 60), 7, np.float32)
            found = write(numbers, 5, 11, bond, since, row, first, TICK)
            made.append((numbers.tolist(), [np.float32(value) for value in found]))
        assert made[0] == made[1]


def test_ties_fade_and_nobody_is_0() -> None:
    bond = np.array([[[-1, 0.5, 0, 0], [0.5, 0.5, 0, 0], [1, 0.25, 0, 0]]], np.float32)
    since = np.array([[2000, 3000, -1, -1]], np.int32)
    numbers = np.full((1, 40), 9, np.float32)
    trust, rivalry, most, fiercest = show(numbers, 0, 10, bond, since, 0, 0, TICK)
    assert numbers[0, :4].tolist() == pytest.approx([-0.98, 0.48, 0.5, 0])
    assert numbers[0, 10:14].tolist() == [0.5, 0.5, 0.25, 0]
    assert numbers[0, 20:24].tolist() == numbers[0, 30:34].tolist() == [0, 0, 0, 0]
    assert [trust, rivalry, most, fiercest] == pytest.approx([-0.48, 0.75, 0.5, 0.5])


def test_the_largest_trust_is_somebodys() -> None:
    bond, since = np.zeros((1, 3, 4), np.float32), np.full((1, 4), -1, np.int32)
    numbers = np.zeros((1, 40), np.float32)
    assert show(numbers, 0, 8, bond, since, 0, 0, TICK)[2] == LEAST
    bond[0, 0, 1], since[0, 1] = -0.5, TICK
    assert show(numbers, 0, 8, bond, since, 0, 0, TICK)[2] == np.float32(-0.5)
