"""Strong ties, compiled and in plain Python, are those whose strength is high enough."""

from __future__ import annotations

from random import Random
from typing import Any

import numba
import numpy as np
import pytest
from tests.oracle.ties import Tie, short
from tests.systems.test_bonds import bonds_with

from townlet.ecs.kernel import JIT_OPTIONS
from townlet_systems.bonds import Bonds, bond_values, strength
from townlet_systems.strengths import strong_four, strong_ties

TICKS = (100, 700, 9000)


def four(bonds: Bonds, first: int, tick: int, level: Any) -> Any:
    slow, fast = float(bonds.tie_decay[0]), float(bonds.rivalry_decay[0])
    return strong_four(
        bonds.other, bonds.trust, bonds.familiarity, bonds.rivalry, bonds.at, 0, first, slow, fast,
        tick, level,
    )  # fmt: skip


compiled = numba.njit(**JIT_OPTIONS)(strong_four)


def some_bonds(ties: int) -> Bonds:
    luck = Random(ties)
    bonds = bonds_with(
        *(
            Tie(short(luck.uniform(-1, 1)), short(luck.uniform(-1, 1)), short(luck.random()), at=90)
            for _ in range(ties)
        )
    )
    if ties > 3:
        bonds.other[0, 3] = -1
    return bonds


def expected(bonds: Bonds, tick: int, level: Any) -> list[bool]:
    """One by one, from what readers see."""
    return [
        bool(bonds.other[0, k] >= 0 and strength(*bond_values(bonds, 0, k, 0, tick)) >= level)
        for k in range(bonds.other.shape[1])
    ]


@pytest.mark.usefixtures("plain_python")
@pytest.mark.parametrize("ties", [1, 3, 4, 6, 64, 66, 70])
def test_strong_ties_are_those_of_enough_strength(ties: int) -> None:
    bonds = some_bonds(ties)
    for tick in TICKS:
        reached = strength(*bond_values(bonds, 0, ties - 1, 0, tick))  # exactly is enough
        for level in (reached, np.nextafter(reached, np.float32(2)), np.float32(0.3)):
            found = [
                bool(int(strong_ties(bonds, 0, 0, tick, level, first)) >> n & 1)
                for first in range(0, bonds.other.shape[1], 64)
                for n in range(min(64, bonds.other.shape[1] - first))
            ]
            assert found == expected(bonds, tick, level)


def test_four_compiled_are_those_of_plain_python() -> None:
    bonds = some_bonds(40)
    bonds.trust[0, 5] = bonds.rivalry[0, 6] = 0
    for tick in TICKS:
        for first in range(37):
            level = np.float32(Random(first).choice([0.05, 0.3, 0.6]))
            slow, fast = float(bonds.tie_decay[0]), float(bonds.rivalry_decay[0])
            arrays = (bonds.other, bonds.trust, bonds.familiarity, bonds.rivalry, bonds.at)
            assert compiled(*arrays, 0, first, slow, fast, tick, level) == four(
                bonds, first, tick, level
            )
