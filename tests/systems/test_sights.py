"""Sights: the time of day, and rows that reach beyond a district."""

from __future__ import annotations

import numpy as np
import pytest

from townlet_systems.sights import Tiles, strip_of, tell_time, wide_row


def test_a_town_may_have_days_of_its_own() -> None:
    sin, cos = np.zeros(2, np.float32), np.zeros(2, np.float32)
    turn = np.array([1440, 100], np.int32)
    tell_time.py_func(  # type: ignore[attr-defined]
        sin, cos, turn, np.array([360]), np.array([1])
    )
    assert sin.tolist() == pytest.approx([1.0, 0.0], abs=1e-6)  # 06:00; 1,800 minutes
    assert cos.tolist() == pytest.approx([0.0, 1.0], abs=1e-6)


@pytest.mark.parametrize(("column", "west", "east"), [(0, 0, 1), (1, 1, 1), (2, 1, 0)])
def test_a_row_reaches_into_both_neighbours(column: int, west: int, east: int) -> None:
    grid, size = np.array([3, 1], np.int32), np.array([8, 2], np.int32)
    empty = np.zeros(16, np.int32)
    tiles = Tiles(empty, empty, size, grid)
    raw = np.zeros((3, 2), np.uint64)
    raw[:, 1] = 0b1000_0101  # tiles 0, 2 and 7 of each district
    row = int(wide_row(raw, strip_of(tiles, column, column, 3), 1, 8, 3))
    assert row == (west << 2) | (0b1000_0101 << 3) | (east * 0b101 << 11)
