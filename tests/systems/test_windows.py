"""Windows of any side, cut and put together again."""

from __future__ import annotations

import numpy as np
import pytest

from townlet_systems.windows import (
    Rings,
    Window,
    all_cells,
    crowd_in,
    cut,
    either,
    middle,
    nearest,
    put,
    set_cell,
    size_of,
    without,
)


def cells_of(window: Window, side: int) -> list[int]:
    whole = int(window.low) | int(window.high) << 64
    return [k for k in range(side * side) if whole >> k & 1]


@pytest.mark.parametrize("side", [3, 5, 7, 9, 11])
def test_a_cut_is_what_lies_in_the_window(side: int) -> None:
    draws = np.random.default_rng(side)
    tiles = draws.random((2, 20, 30)) < 0.3
    weights = np.uint64(1) << np.arange(30, dtype=np.uint64)
    plane = (tiles * weights).sum(axis=2, dtype=np.uint64)[..., None]
    for d, y, x in ((0, 0, 0), (1, 20 - side, 30 - side), (0, 4, 7)):
        inside = tiles[d, y : y + side, x : x + side].ravel()
        assert cells_of(cut(plane, d, x, y, 0, side), side) == np.flatnonzero(inside).tolist()


@pytest.mark.parametrize("side", [3, 5, 7, 9, 11])
def test_channels_are_put_one_after_the_other(side: int) -> None:
    draws = np.random.default_rng(side)
    area = side * side
    wanted = draws.random((6, area)) < 0.5
    bits = np.zeros((1, -(-6 * area // 64) + 2), np.uint64)
    for channel, cells in enumerate(wanted):
        whole = sum(1 << int(k) for k in np.flatnonzero(cells))
        put(bits, channel, side, Window(np.uint64(whole & (1 << 64) - 1), np.uint64(whole >> 64)))
    unpacked = np.unpackbits(bits.view(np.uint8)[0], bitorder="little")
    assert unpacked[: 6 * area].tolist() == wanted.ravel().astype(int).tolist()
    assert not unpacked[6 * area :].any()
    again = np.zeros_like(bits)
    for k in np.flatnonzero(wanted.ravel()):
        set_cell(again, int(k))
    assert (again == bits).all()


@pytest.mark.parametrize("side", [3, 7, 9, 11])
def test_windows_are_sets_of_cells(side: int) -> None:
    area = side * side
    own, every = middle(side), all_cells(side)
    assert cells_of(own, side) == [area // 2]
    assert cells_of(every, side) == list(range(area))
    rest = without(every, own)
    assert size_of(rest) == area - 1
    assert cells_of(either(rest, own), side) == list(range(area))


def test_the_nearest_ring_counts() -> None:
    ring = np.array([[0b010, 0], [0b101, 0], [0, 1]], np.uint64)
    rings = Rings(ring, np.array([0.2, 0.5, 1.0], np.float32))
    zero = np.uint64(0)
    assert nearest(rings, Window(np.uint64(0b110), zero)) == np.float32(0.2)
    assert nearest(rings, Window(np.uint64(0b100), np.uint64(1))) == np.float32(0.5)
    assert nearest(rings, Window(zero, np.uint64(1))) == 1
    assert nearest(rings, Window(zero, zero)) == 0


def test_a_crowd_is_added_up_over_the_columns() -> None:
    surplus = np.arange(40, dtype=np.uint16).reshape(1, 2, 20)
    assert crowd_in(surplus, 0, 3, 1, 5) == sum(range(23, 28))
