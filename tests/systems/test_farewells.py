"""Farewells: nothing leads to who has left, and who was talking with them is free."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest
from tests.systems.conftest import arguments
from tests.systems.test_conversations import Crowd, run_plain

from townlet_components.ties import SIEVE
from townlet_systems.farewells import find_left_behind, mark_gone, part_all


def part(world: Any, gone: set[int]) -> None:
    """Slots of town 0 that leave."""
    a = world.arrays
    a["vacancies"][0] = bool(gone)
    for slot in gone:
        a["reason"][world.row_of[slot]] = 1
    for kernel in (mark_gone, find_left_behind, part_all):
        run_plain(kernel, arguments(kernel, a))


@pytest.mark.parametrize("seed", range(12))
def test_no_trace_of_the_departed_is_left(seed: int, plain_python: None) -> None:
    crowd = Crowd(Random(seed))
    a, gone = crowd.arrays, {0, crowd.capacity - 1}
    before = {name: a[name].copy() for name in ("other", "partner", "recent", "only")}
    part(crowd, gone)
    for place, row in enumerate(crowd.row_of):
        first_town = place < crowd.capacity
        if first_town and place in gone:
            continue
        for name, old in before.items():
            was = np.atleast_1d(old[row])
            now = np.atleast_1d(a[name][row])
            meant = np.isin(was, list(gone)) & first_town
            assert (now[meant] == -1).all()
            if name != "partner":
                assert (now[~meant] == was[~meant]).all()
        if first_town and before["partner"][row] in gone:
            assert (a["until"][row], a["speaker"][row]) == (0, False)
            assert a["wake"][row] <= crowd.tick + 1


def test_nothing_is_looked_at_when_nobody_leaves(plain_python: None) -> None:
    crowd = Crowd(Random(5))
    crowd.arrays["gone"][:] = True
    before = crowd.arrays["other"].copy()
    part(crowd, set())
    assert crowd.arrays["gone"].all()
    assert (crowd.arrays["other"] == before).all()
    assert crowd.arrays["count"][0, 0] == 0


def test_slots_that_share_their_last_bits_are_told_apart(plain_python: None) -> None:
    reason, slot = np.zeros(2, np.int8), np.array([5, 5 + SIEVE], np.int32)
    reason[1] = 1
    gone = np.ones(SIEVE, np.bool_)
    run_plain(mark_gone, [gone, reason, slot, np.ones(1, np.int32)])
    assert np.flatnonzero(gone).tolist() == [5], "both are looked up; part_all asks for the row"
