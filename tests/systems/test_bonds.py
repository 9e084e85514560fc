"""Reading ties: what is weak counts for nothing, and when a rival is avoided."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from tests.oracle.ties import Circle, Mind, Rules, Tie, short
from tests.systems.conftest import arguments
from tests.systems.tie_world import Circles

from townlet_systems.bonds import (
    Bonds,
    avoided_from,
    avoided_until,
    avoids,
    bond_place,
    liking,
    tie_strength,
)
from townlet_systems.ties import apply_all

pytestmark = pytest.mark.usefixtures("plain_python")


def bonds_with(*ties: Tie, avoid_at: float = 0.7, tolerance: float = 1.0) -> Bonds:
    """Bonds of slot 0 to slots 1, 2, ..."""
    world = Circles(Random(1))
    world.towns = world.districts = 1
    world.capacity, world.room = len(ties) + 1, len(ties)
    world.row_of, world.generation = list(range(world.capacity)), [0] * world.capacity
    world.tolerance = [1.0, tolerance]
    minds = [Mind(slot, tolerance=tolerance) for slot in range(world.capacity)]
    minds[0].ties = dict(enumerate(ties, start=1))
    world.twins = [Circle(Rules(room=world.room, avoid_at=short(avoid_at)), minds, lambda *_: 0.0)]
    world.arrays = world.fill()
    world.pass_time(0)
    return next(x for x in arguments(apply_all, world.arrays) if isinstance(x, Bonds))


def test_liking_is_trust_and_familiarity_less_rivalry() -> None:
    bonds = bonds_with(Tie(short(0.5), short(0.25), short(0.125), at=100))
    assert liking(bonds, 0, 1, 0, 100) == 0.625
    assert tie_strength(bonds, 0, 1, 0, 100) == 0.5
    assert liking(bonds, 0, 7, 0, 100) == 0


def test_a_weak_tie_counts_for_nothing_but_keeps_its_place() -> None:
    bonds = bonds_with(Tie(short(0.03), at=100))
    assert liking(bonds, 0, 1, 0, 100) > 0
    assert liking(bonds, 0, 1, 0, 100 + 600) == 0
    assert tie_strength(bonds, 0, 1, 0, 100 + 600) == 0
    assert bond_place(bonds, 0, 1) == 0


@pytest.mark.parametrize(
    ("avoid_at", "tolerance", "begins", "ends"),
    [
        (0.7, 1.0, 0.7, 0.65),
        (0.9, 1.0, 0.9, 0.65),
        (0.7, 0.6, 1.0, 0.65),  # 1.17, at most 1
        (0.7, 1.4, 0.5, 0.45),  # lower thresholds keep the distance
        (0.5, 1.0, 0.5, 0.45),
    ],
)
def test_who_is_avoided_and_until_when(
    avoid_at: float, tolerance: float, begins: float, ends: float
) -> None:
    bonds = bonds_with(Tie(), avoid_at=avoid_at, tolerance=short(tolerance))
    assert avoided_from(bonds, 0, 0) == pytest.approx(begins, abs=1e-6)
    assert avoided_until(bonds, 0, 0) == pytest.approx(ends, abs=1e-6)


def test_the_bit_is_in_force_until_rivalry_has_faded() -> None:
    bonds = bonds_with(Tie(rivalry=short(0.7), at=0, avoid=True), Tie(rivalry=short(0.7), at=0))
    assert avoids(bonds, 0, 1, 0, 0)
    assert avoids(bonds, 0, 1, 0, 99)
    assert not avoids(bonds, 0, 1, 0, 101)
    assert not avoids(bonds, 0, 2, 0, 0), "rivalry alone is not avoidance"
    assert isinstance(avoids(bonds, 0, 1, 0, 0), bool | np.bool_)
