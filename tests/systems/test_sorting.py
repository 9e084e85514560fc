"""Sorting: in one go or in parts, rows of a district keep their order, whatever the lanes."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townlet_components.actors import CHUNKS
from townlet_systems.sorting import count_cells, place_cells, put_in_place, sort_by_cell


def lists(luck: Random, rows: int, districts: int, lanes: int) -> dict[str, Any]:
    """Some rows of each lane, packed at the front of its part, and districts in any order."""
    listed, cell = np.full((2, rows), 99, np.int32)
    count = np.zeros((lanes, 1), np.int32)
    for lane in range(lanes):
        low, high = rows * lane // lanes, rows * (lane + 1) // lanes
        some = [r for r in range(low, high) if luck.random() < 0.7]
        count[lane] = len(some)
        listed[low : low + len(some)] = some
        cell[low : low + len(some)] = [luck.randrange(districts) for _ in some]
    return {"listed": listed, "cell": cell, "count": count}


def expected(made: dict[str, Any], rows: int) -> list[tuple[int, int]]:
    found = []
    lanes = len(made["count"])
    for lane in range(lanes):
        low = rows * lane // lanes
        for i in range(low, low + made["count"][lane, 0]):
            found.append((int(made["cell"][i]), int(made["listed"][i])))
    return sorted(found, key=lambda pair: pair[0])


def in_one_go(run: Any, made: dict[str, Any], out: list[Any]) -> None:
    run(sort_by_cell, made["listed"], made["cell"], made["count"], *out)


def in_parts(run: Any, made: dict[str, Any], out: list[Any]) -> None:
    """Each part on its own, the last one first: nothing of one may depend on another."""
    row, first, last = out
    place = np.full((CHUNKS, len(first)), 99, np.int32)
    number = np.arange(CHUNKS, dtype=np.int32)
    for c in reversed(range(CHUNKS)):
        part = slice(c, c + 1)
        run(count_cells, number[part], place[part], made["cell"], made["count"])
    run(place_cells, place, first, last)
    for c in reversed(range(CHUNKS)):
        part = slice(c, c + 1)
        run(
            put_in_place, number[part], place[part], made["listed"], made["cell"],
            made["count"], row,
        )  # fmt: skip


@pytest.mark.parametrize("jitted", [True, False])
@pytest.mark.parametrize("way", [in_one_go, in_parts])
@settings(max_examples=60, deadline=None)
@given(
    luck=st.randoms(use_true_random=False),
    rows=st.integers(1, 60),
    districts=st.integers(1, 6),
    lanes=st.integers(1, 20),
)
def test_rows_lie_by_district_and_keep_their_order(
    way: Any, jitted: bool, luck: Random, rows: int, districts: int, lanes: int
) -> None:
    made = lists(luck, rows, districts, lanes)
    row, (first, last) = np.full(rows, 99, np.int32), np.full((2, districts), 99, np.int32)
    way(lambda kernel, *a: (kernel if jitted else kernel.py_func)(*a), made, [row, first, last])
    wanted = expected(made, rows)
    found = [(d, int(r)) for d in range(districts) for r in row[first[d] : last[d]]]
    assert found == wanted
    assert first[0] == 0
    assert (first[1:] == last[:-1]).all()
