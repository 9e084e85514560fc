"""Picks last exactly as long as they claim, at least: beside ranking anew in every tick."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from townlet_components.observation import FRIEND, RIVAL
from townlet_systems.bonds import Bonds, faded, rivalry_rate
from townlet_systems.fading import FOUR
from townlet_systems.picks import Picked, Ranked, Snippet, are_good, pick
from townlet_systems.ranking import EIGHT

# Plain Python warns of what splitmix64 is made of: products beyond 64 bits.
pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")

FRIENDS, RIVALS, WIDTH = 2, 2, 8
PARTS = ("filled", "avoided", "bond", "since", "code")


def bonds_of(draws: np.random.Generator, rows: int, ties: int) -> Bonds:
    """Ties near each other and near every threshold, many of them equal."""
    shape = (rows, ties)
    levels = np.array([0, 0.02, 0.0201, 0.0442, 0.05, 0.1, 0.1004, 0.65, 0.6501, 0.7], np.float32)

    def some(signed: bool) -> Any:
        values = draws.choice(levels, shape)
        jitter = draws.choice([0, 0, 1e-6, 1e-4], shape).astype(np.float32)
        sign = draws.choice([1, 1, -1], shape) if signed else 1
        return ((values + jitter) * sign).astype(np.float32)

    other = np.stack([draws.permutation(30)[:ties] for _ in range(rows)]).astype(np.int32)
    other[draws.random(shape) < 0.15] = -1
    ones = np.ones((1, 1), np.float32)
    return Bonds(
        other=other, trust=some(True), familiarity=some(True), rivalry=some(False),
        at=draws.choice([0, 3, 90, 100], shape).astype(np.int32),
        avoid=draws.random(shape) < 0.5, trait=draws.uniform(-1, 1, (rows, 5)).astype(np.float32),
        profile=np.zeros(rows, np.int8), rivalry_decay=np.array([5e-4], np.float32),
        tie_decay=np.array([2e-5], np.float32), weak=np.array([0.02], np.float32),
        avoid_at=np.array([0.7], np.float32), tolerance=ones, modifiers=np.array([True]),
    )  # fmt: skip


def empty(rows: int, ties: int) -> Picked:
    slots = -(-(FRIENDS + RIVALS) // FOUR) * FOUR
    return Picked(
        stirred=np.zeros(rows, np.int32), until=np.full(rows, -1, np.int32),
        filled=np.zeros(rows, np.int16), avoided=np.zeros(rows, np.float32),
        fiercest=np.zeros(rows, np.float32), fierce_at=np.zeros(rows, np.int32),
        bond=np.zeros((rows, 3, slots), np.float32), since=np.full((rows, slots), -1, np.int32),
        code=np.zeros((rows, slots), np.uint64),
    )  # fmt: skip


def one(value: int) -> Any:
    return np.array([value], np.int32)


def snippet() -> Snippet:
    slots = np.arange(30, dtype=np.int32)
    return Snippet(
        one(FRIENDS), one(RIVALS), one(WIDTH), np.array([True]), np.array([True]), slots, slots
    )


def ranked(ties: int) -> Ranked:
    places = -(-ties // EIGHT) * EIGHT
    return Ranked(np.zeros((1, 3, places), np.float32), np.zeros((1, 2, places), np.int64))


def fierce(picked: Picked, bonds: Bonds, row: int, tick: int) -> np.float32:
    """The largest rivalry, as it is shown."""
    rate = rivalry_rate(bonds, row, 0)
    return faded(picked.fiercest[row], rate, tick - picked.fierce_at[row])


@pytest.mark.parametrize("ties", [4, 6, 11])
def test_what_is_kept_is_what_would_be_found(ties: int) -> None:
    rows = 120
    bonds = bonds_of(np.random.default_rng(ties), rows, ties)
    kept, notes, lasted = empty(rows, ties), ranked(ties), 0
    for tick in (100, 101, 102, 105, 130, 180, 260, 500, 1200, 2600, 5200):
        fresh = empty(rows, ties)
        for row in range(rows):
            pick(fresh, notes, snippet(), bonds, row, 0, 0, 0, tick)
            if are_good(kept, row, 0, tick):
                lasted += 1
            else:
                pick(kept, notes, snippet(), bonds, row, 0, 0, 0, tick)
            for part in PARTS:
                a, b = getattr(kept, part)[row], getattr(fresh, part)[row]
                assert np.array_equal(a, b), f"tick {tick} row {row}: {part}"
    assert lasted > rows  # most of what is kept is kept for a while


def test_another_tie_or_event_ends_picks() -> None:
    bonds = bonds_of(np.random.default_rng(1), 1, 6)
    picked = empty(1, 6)
    pick(picked, ranked(6), snippet(), bonds, 0, 0, 0, 5, 100)
    picked.until[0] = 10_000
    assert are_good(picked, 0, 5, 101)
    assert not are_good(picked, 0, 6, 101)
    assert not are_good(picked, 0, 5, 10_001)


def test_alike_ties_stay_in_order_for_ever() -> None:
    """Friends made in one meal are liked the same for ever; the lower slot comes first."""
    bonds = bonds_of(np.random.default_rng(2), 1, 4)
    for column, value in (
        (bonds.trust, 0.3), (bonds.familiarity, 0.2), (bonds.rivalry, 0), (bonds.at, 100),
        (bonds.avoid, False),
    ):  # fmt: skip
        column[:] = value
    bonds.other[:] = [[9, 4, 7, 2]]
    picked = empty(1, 4)
    pick(picked, ranked(4), snippet(), bonds, 0, 0, 0, 0, 100)
    assert picked.until[0] > 5000
    assert [FRIEND, RIVAL] == [0, 1]
    assert picked.filled[0] == FRIENDS
