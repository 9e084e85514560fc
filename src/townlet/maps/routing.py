"""Routing tables: the next step and the distance from every tile to every target of a layout.

A breadth-first search from all targets at once. Its frontier is one flat list of
(target, tile) pairs, so a layout with 250 targets takes a hundred NumPy passes, not 250 searches.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

ARRIVED = 4
"""Direction stored where a target is reached; 0..3 are steps N, S, E, W."""

UNREACHABLE = 0xFFFF
"""Entry of a tile from which a target cannot be reached."""

MAX_DISTANCE = (1 << 13) - 2
"""Longest walk an entry can hold, in tiles (13 bits, the last value is taken by unreachable)."""

FAR = np.int32(1 << 30)


def distances(walkable: NDArray[np.bool_], sources: Sequence[Sequence[int]]) -> NDArray[np.int32]:
    """Walking distance from every tile to each target.

    Args:
        walkable: bool (height, width).
        sources: for each target the tiles where one has arrived; unwalkable ones are ignored.

    Returns:
        Tiles to walk, ``FAR`` where there is no way, int32 (targets, height + 2, width + 2):
        with a border of one tile, so that no neighbour needs a bounds check.
    """
    height, width = walkable.shape
    padded = np.zeros((height + 2, width + 2), np.bool_)
    padded[1:-1, 1:-1] = walkable
    size = padded.size
    free = np.tile(padded.ravel(), len(sources))
    result = np.full(free.size, FAR, np.int32)
    starts = [
        target * size + (tile // width + 1) * (width + 2) + tile % width + 1
        for target, tiles in enumerate(sources)
        for tile in tiles
    ]
    front = np.array(starts, np.int64)
    front = np.unique(front[free[front]])
    free[front] = False
    result[front] = 0
    distance = 0
    while front.size:
        distance += 1
        found = []
        for offset in (-(width + 2), width + 2, 1, -1):
            tiles = front + offset
            tiles = tiles[free[tiles]]
            free[tiles] = False
            found.append(tiles)
        front = np.concatenate(found)
        result[front] = distance
    return result.reshape(len(sources), height + 2, width + 2)


def route_table(
    walkable: NDArray[np.bool_], sources: Sequence[Sequence[int]]
) -> NDArray[np.uint16]:
    """Next step and distance from every tile to each target.

    Args:
        walkable: bool (height, width).
        sources: for each target the tiles where one has arrived.

    Returns:
        ``distance << 3 | direction``, uint16 (targets, tiles). Of several shortest ways the
        first of N, S, E, W is taken.

    Raises:
        ValueError: a walk does not fit 13 bits.
    """
    far = distances(walkable, sources)
    here = far[:, 1:-1, 1:-1]
    reached = here < FAR
    longest = int(here[reached].max(initial=0))
    if longest > MAX_DISTANCE:
        raise ValueError(f"a walk of {longest} tiles is longer than {MAX_DISTANCE}")
    around = (far[:, :-2, 1:-1], far[:, 2:, 1:-1], far[:, 1:-1, 2:], far[:, 1:-1, :-2])
    step = np.full(here.shape, ARRIVED, np.int32)
    for direction in (3, 2, 1, 0):  # the last one written wins: N before S before E before W
        step[around[direction] == here - 1] = direction
    table = np.where(reached, here << 3 | step, UNREACHABLE).astype(np.uint16)
    return table.reshape(len(sources), walkable.size)
