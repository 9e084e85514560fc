"""Company: who stands together, who has time, and whose hour is not over."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from tests.systems.conftest import arguments
from tests.systems.test_conversations import HEIGHT, WIDTH, Crowd, run_plain

from townlet_systems.bonds import Bonds
from townlet_systems.company import (
    Errands,
    Society,
    adjacent,
    company_of,
    is_under_way,
    may_talk,
    talk_partner,
    talked_out,
)
from townlet_systems.conversations import match_all


def two(luck: int = 3) -> tuple[Crowd, Society, Bonds]:
    """Some town of at least two citizens without a past, all free, on one tile."""
    random = Random(luck)
    crowd = Crowd(random)
    while crowd.capacity < 3:
        crowd = Crowd(random)
    for twin in crowd.twins:
        for mind in twin.minds.values():
            mind.ties.clear()
    for square in crowd.squares:
        for c in square.citizens.values():
            c.__init__(c.slot, (0, 0, 0))  # type: ignore[misc]
    crowd.arrays = crowd.fill()
    crowd.pass_time(0)
    crowd.arrays |= crowd.more_arrays()
    crowd.gather(run_plain)
    args = arguments(match_all, crowd.arrays | {"primitive": 0, "active": 0})
    society = next(x for x in args if isinstance(x, Society))
    return crowd, society, next(x for x in args if isinstance(x, Bonds))


def test_neighbours_share_a_side(plain_python: None) -> None:
    crowd, society, _ = two()
    tiles = range(WIDTH * HEIGHT)
    a, b = crowd.row_of[0], crowd.row_of[1]
    for mine in tiles:
        for theirs in tiles:
            society.tile[a], society.tile[b] = mine, theirs
            apart = abs(mine % WIDTH - theirs % WIDTH) + abs(mine // WIDTH - theirs // WIDTH)
            assert adjacent(society, a, b) == (apart <= 1)
    society.tile[a] = society.tile[b]
    society.district[b] = 1 - society.district[a]
    assert not adjacent(society, a, b)


def test_a_street_one_tile_wide_is_a_column(plain_python: None) -> None:
    crowd, society, _ = two()
    a, b = crowd.row_of[0], crowd.row_of[1]
    society.width[0], society.tile[a], society.tile[b] = 1, 3, 4
    assert adjacent(society, a, b)


def test_an_hour_must_pass_and_four_partners_are_enough_for_one(plain_python: None) -> None:
    crowd, society, bonds = two()
    a, b = crowd.row_of[0], crowd.row_of[1]
    now = crowd.tick
    assert may_talk(society, bonds, a, b, now)
    for row, slot in ((a, 1), (b, 0)):
        society.recent[row, 2], society.recent_at[row, 2] = slot, now - 59
    assert not may_talk(society, bonds, a, b, now)
    assert may_talk(society, bonds, a, b, now + 1)
    society.recent[b], society.recent_at[b] = [70, 71, 72, 73], now - 10
    assert talked_out(society, b, now)
    assert not may_talk(society, bonds, a, b, now)
    assert talk_partner(society, bonds, b, now) == -1
    society.recent_at[b, 1] = now - 60
    assert not talked_out(society, b, now)


def test_a_scene_can_say_with_whom(plain_python: None) -> None:
    crowd, society, bonds = two()
    a, b, c = (crowd.row_of[slot] for slot in range(3))
    society.only[a] = 2
    assert not may_talk(society, bonds, a, b, crowd.tick)
    assert not may_talk(society, bonds, b, a, crowd.tick)
    assert may_talk(society, bonds, a, c, crowd.tick)
    assert talk_partner(society, bonds, a, crowd.tick) == 2


def test_company_is_listed_by_district(plain_python: None) -> None:
    crowd, society, _ = two()
    low, high = company_of(society, crowd.row_of[0])
    assert {int(society.slot[r]) for r in society.free[low:high]} == set(range(crowd.capacity))


@pytest.mark.parametrize(
    ("target", "until", "district", "tile", "walks"),
    [
        (-1, 99, 0, 0, False),
        (0, 50, 0, 0, False),  # it is over
        (0, 51, 0, 0, True),
        (0, 51, 0, 1, False),  # it is there
        (0, 51, 1, 1, True),
    ],
)
def test_who_has_arrived_on_its_errand_has_time(
    target: int, until: int, district: int, tile: int, walks: bool, plain_python: None
) -> None:
    errands = Errands(
        np.array([0], np.int32),
        np.array([target], np.int16),
        np.array([until], np.int32),
        np.array([[[1 << 3, 4]]], np.uint16),
        np.zeros(2, np.int16),
    )
    assert is_under_way(errands, 0, district, tile, 50) == walks
