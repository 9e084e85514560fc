"""Ties in vectors are those of plain Python, and rank as told."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest

from townlet.ecs.kernel import JIT_OPTIONS
from townlet_components.observation import FAMILIARITY, FRIEND, RIVAL, RIVALRY, TRUST
from townlet_systems.ranking import EIGHT, Pairs, next_rank, rank_eight

SLOW, FAST, WEAK = 2e-5, 5e-4, np.float32(0.02)


def pairs_of(draws: np.random.Generator, rows: int, ties: int) -> Pairs:
    """Ties of all kinds: none, weak, of friends, of rivals, equal ones."""

    def around(low: float) -> np.ndarray[Any, Any]:
        values = draws.uniform(low, 1, (rows, ties)).astype(np.float32)
        return np.where(draws.random((rows, ties)) < 0.3, np.float32(0), values)

    other = draws.integers(-1, 1 << 24, (rows, ties)).astype(np.int32)
    other[draws.random((rows, ties)) < 0.2] = -1
    at = draws.integers(0, 2000, (rows, ties)).astype(np.int32)
    trust, familiarity, rivalry = around(-1), around(-1), around(0)
    even = draws.random((rows, ties)) < 0.2  # liked as much as rivalled
    trust[even], familiarity[even], rivalry[even], at[even] = 0.25, 0.5, 0.75, 2000
    return Pairs(other, at, trust, familiarity, rivalry)


def read_all(bond: Any, rank: Any, pairs: Any, row: int, ties: int, order: Any) -> int:
    known = 0
    for first in range(0, ties, 8):
        known += rank_eight(
            bond, rank, pairs, row, first, min(ties - first, 8), 2e-5, 5e-4, np.float32(0.02), 2000
        )
    for which in range(2):
        best = int(np.int64((1 << 63) - 1))
        for n in range(order.shape[1]):
            best = next_rank(rank, which, best)
            order[which, n] = best
    return known


@pytest.mark.parametrize("ties", [1, 6, 8, 11, 32])
def test_compiled_ranks_are_those_of_plain_python(ties: int) -> None:
    pairs = pairs_of(np.random.default_rng(ties), 40, ties)
    fast = numba.njit(**JIT_OPTIONS)(read_all)
    places = -(-ties // EIGHT) * EIGHT
    for row in range(40):
        made = []
        for read in (read_all, fast):
            bond = np.full((1, 3, places), np.nan, np.float32)
            rank = np.full((1, 2, places), 99, np.int64)
            order = np.zeros((2, 4), np.int64)
            known = read(bond, rank, pairs, row, ties, order)
            made.append((known, bond[0, :, :ties].tolist(), rank.tolist(), order.tolist()))
        assert made[0] == made[1]


def test_friends_and_rivals_rank_apart_by_score_then_by_slot() -> None:
    other = np.array([[9, 4, 7, -1, 5, 8]], np.int32)
    trust = np.array([[0.2, 0.5, 0.2, 0.9, -0.5, 0.01]], np.float32)
    familiarity = np.array([[0.3, 0.4, 0.3, 0.9, 0.1, 0.0]], np.float32)
    rivalry = np.array([[0.1, 0.9, 0.1, 0.0, 0.3, 0.01]], np.float32)
    pairs = Pairs(other, np.full((1, 6), 50, np.int32), trust, familiarity, rivalry)
    bond, rank = np.zeros((1, 3, EIGHT), np.float32), np.zeros((1, 2, EIGHT), np.int64)
    assert rank_eight(bond, rank, pairs, 0, 0, 6, 0.0, 0.0, WEAK, 50) == 4
    order: dict[int, list[int]] = {}
    for which in (FRIEND, RIVAL):
        best = (1 << 63) - 1
        while (best := next_rank(rank, which, best)) >= 0:
            order.setdefault(which, []).append(int(other[0, best & 0xFF]))
    assert order == {FRIEND: [7, 9], RIVAL: [4, 5]}  # the weak, and nobody, rank nowhere


def test_what_is_felt_fades() -> None:
    one = np.ones((1, 1), np.float32)
    pairs = Pairs(np.array([[3]], np.int32), np.array([[0]], np.int32), -one, one, one)
    bond, rank = np.zeros((1, 3, EIGHT), np.float32), np.zeros((1, 2, EIGHT), np.int64)
    rank_eight(bond, rank, pairs, 0, 0, 1, SLOW, FAST, WEAK, 1000)
    assert bond[0, (TRUST, FAMILIARITY, RIVALRY), 0].tolist() == pytest.approx([-0.98, 0.98, 0.5])
    rank_eight(bond, rank, pairs, 0, 0, 1, SLOW, FAST, WEAK, 100_000)
    assert bond[0, :, 0].tolist() == [0, 0, 0]
    assert (rank == -1).all()
