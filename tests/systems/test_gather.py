"""Gathering: the same rows as a plain filter, each with the district it acts in, in any lanes."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townlet_components.intent import LEAVE_QUEUE
from townlet_systems.gather import find_actors
from townlet_systems.sorting import sort_by_cell

NOW, DISTRICTS, THINGS = 30, 3, 5
BY_ROW = ("index", "primitive", "affordance", "until", "using", "queue", "district", "town")


def crowd(luck: Random, rows: int, towns: int) -> dict[str, np.ndarray[Any, Any]]:
    def column(dtype: Any, values: list[int]) -> np.ndarray[Any, Any]:
        return np.array(values, dtype)

    some = range(rows)
    acts = [0, 0, 0, 2, LEAVE_QUEUE, LEAVE_QUEUE, 10]
    return {
        "index": np.arange(rows, dtype=np.int32),
        "primitive": column(np.int16, [luck.choice(acts) for _ in some]),
        "affordance": column(np.int16, [luck.choice([-1, -1, 0, 2]) for _ in some]),
        "until": column(np.int32, [NOW + luck.randint(-1, 1) for _ in some]),
        "using": column(np.int32, [luck.randrange(-1, THINGS) for _ in some]),
        "queue": column(np.int32, [luck.randrange(-1, THINGS) for _ in some]),
        "district": column(np.int32, [luck.randrange(DISTRICTS) for _ in some]),
        "town": column(np.int32, [luck.randrange(towns) for _ in some]),
        "thing_district": column(np.int32, [luck.randrange(DISTRICTS) for _ in range(THINGS)]),
    }


def where_each_acts(rows: dict[str, np.ndarray[Any, Any]]) -> dict[int, set[int]]:
    """District row -> who acts there: at its thing who finishes or leaves, else where it stands."""
    found = defaultdict(set)
    for r in range(len(rows["index"])):
        act, using, queue = (int(rows[name][r]) for name in ("primitive", "using", "queue"))
        place = int(rows["district"][r])
        finishes = rows["affordance"][r] >= 0 and rows["until"][r] <= NOW
        if not finishes and act == 0:
            continue
        if finishes and using >= 0:
            place = int(rows["thing_district"][using])
        elif not finishes and act == LEAVE_QUEUE and queue >= 0:
            place = int(rows["thing_district"][queue])
        found[int(rows["town"][r]) * DISTRICTS + place].add(r)
    return found


@pytest.mark.parametrize("jitted", [True, False])
@settings(max_examples=60, deadline=None)
@given(
    luck=st.randoms(use_true_random=False),
    size=st.integers(1, 40),
    towns=st.integers(1, 2),
    lanes=st.integers(1, 5),
)
def test_everyone_who_acts_is_listed_once_where_it_acts(
    jitted: bool, luck: Random, size: int, towns: int, lanes: int
) -> None:
    rows = crowd(luck, size, towns)
    listed, cell, out = (np.full(size, 99, np.int32) for _ in range(3))
    count = np.full((lanes, 1), 99, np.int32)
    first, last = np.full((2, towns * DISTRICTS), 99, np.int32)
    find: Any = find_actors if jitted else find_actors.py_func  # type: ignore[attr-defined]
    sort: Any = sort_by_cell if jitted else sort_by_cell.py_func  # type: ignore[attr-defined]
    for lane in range(lanes):
        cut = slice(size * lane // lanes, size * (lane + 1) // lanes)
        columns = [rows[name][cut] for name in BY_ROW]
        find(
            listed[cut], cell[cut], count[lane : lane + 1], *columns,
            rows["thing_district"], np.zeros(DISTRICTS, np.int16), np.array([NOW], np.int64),
        )  # fmt: skip
    sort(listed, cell, count, out, first, last)
    wanted, end = where_each_acts(rows), 0
    for d in range(towns * DISTRICTS):
        assert first[d] == end
        end = int(last[d])
        assert set(out[first[d] : end].tolist()) == wanted[d]
        assert end - first[d] == len(wanted[d])
