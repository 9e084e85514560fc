from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townlet.maps.routing import ARRIVED, MAX_DISTANCE, UNREACHABLE, route_table

STEPS = ((0, -1), (0, 1), (1, 0), (-1, 0))


def slow_distances(walkable: Any, sources: list[int]) -> dict[int, int]:
    """Breadth-first search with a queue, tile by tile."""
    height, width = walkable.shape
    found = {tile: 0 for tile in sources if walkable[tile // width, tile % width]}
    todo = deque(found)
    while todo:
        tile = todo.popleft()
        for dx, dy in STEPS:
            x, y = tile % width + dx, tile // width + dy
            if 0 <= x < width and 0 <= y < height and walkable[y, x]:
                following = y * width + x
                if following not in found:
                    found[following] = found[tile] + 1
                    todo.append(following)
    return found


@st.composite
def cases(draw: st.DrawFn) -> tuple[Any, list[list[int]]]:
    width, height = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    cells = draw(st.lists(st.booleans(), min_size=width * height, max_size=width * height))
    spots = st.lists(st.integers(0, width * height - 1), max_size=4)
    sources = draw(st.lists(spots, min_size=1, max_size=4))
    return np.array(cells).reshape(height, width), sources


@given(cases())
@settings(max_examples=200, deadline=None)
def test_route_table__equals_slow_twin(case: tuple[Any, list[list[int]]]) -> None:
    walkable, sources = case
    width = walkable.shape[1]
    table = route_table(walkable, sources)
    for target, tiles in enumerate(sources):
        far = slow_distances(walkable, tiles)
        for tile in range(walkable.size):
            entry = int(table[target, tile])
            if tile not in far:
                assert entry == UNREACHABLE
                continue
            assert entry >> 3 == far[tile]
            if far[tile] == 0:
                assert entry & 7 == ARRIVED
                continue
            closer = [
                direction
                for direction, (dx, dy) in enumerate(STEPS)
                if 0 <= tile % width + dx < width
                and far.get(tile + dy * width + dx) == far[tile] - 1
            ]
            assert entry & 7 == closer[0]


def test_route_table__refuses_a_walk_beyond_13_bits() -> None:
    lane = np.ones((1, MAX_DISTANCE + 2), np.bool_)
    assert int(route_table(lane[:, 1:], [[0]])[0, -1]) >> 3 == MAX_DISTANCE
    with pytest.raises(ValueError, match=str(MAX_DISTANCE)):
        route_table(lane, [[0]])
