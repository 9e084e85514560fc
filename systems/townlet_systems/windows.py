"""Windows: the tiles around an agent, cut from bit rows, put together as a string of bits."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import F32, U16, U64, device
from townlet_systems.bits import ones

_WORD = 64


class Window(NamedTuple):
    """A window of one plane as 128 bits, row after row: cells 0 to 63, and the rest."""

    low: np.uint64
    high: np.uint64


class Rings(NamedTuple):
    """Cells by their distance from the middle; see ``MapPlan``."""

    ring: U64
    distance: F32


@device
def cut(plane: U64, d: int, x: int, y: int, p: int, side: int) -> Window:
    """Cut a window from the rows of a plane.

    Args:
        plane: rows of the wide districts, (district, y, plane).
        d, p: which; x, y: of the window's upper left corner in it.
        side: of the window, at most 11.
    """
    low = high = np.uint64(0)
    mask = (np.uint64(1) << np.uint64(side)) - np.uint64(1)
    for k in range(side):
        row = (plane[d, y + k, p] >> np.uint64(x)) & mask
        at = k * side
        if at >= _WORD:
            high |= row << np.uint64(at - _WORD)
        else:
            low |= row << np.uint64(at)
            if at + side > _WORD:
                high |= row >> np.uint64(_WORD - at)
    return Window(low, high)


@device
def middle(side: int) -> Window:
    """A window of which the cell in the middle is set."""
    at = side * side // 2
    if at < _WORD:
        return Window(np.uint64(1) << np.uint64(at), np.uint64(0))
    return Window(np.uint64(0), np.uint64(1) << np.uint64(at - _WORD))


@device
def all_cells(side: int) -> Window:
    """A window of which every cell is set."""
    cells = side * side
    every = ~np.uint64(0)
    if cells <= _WORD:
        return Window(every >> np.uint64(_WORD - cells), np.uint64(0))
    return Window(every, every >> np.uint64(2 * _WORD - cells))


@device
def either(a: Window, b: Window) -> Window:
    """Cells set in one of two windows."""
    return Window(a.low | b.low, a.high | b.high)


@device
def without(a: Window, b: Window) -> Window:
    """Cells of the first window that are not set in the second."""
    return Window(a.low & ~b.low, a.high & ~b.high)


@device
def size_of(a: Window) -> int:
    """How many cells are set."""
    return ones(a.low) + ones(a.high)


@device
def put(bits: U64, channel: int, side: int, window: Window) -> None:
    """Add a window to a lane's string of bits, as one of its channels."""
    at = channel * side * side
    word, shift = at // _WORD, at % _WORD
    bits[0, word] |= window.low << np.uint64(shift)
    if shift == 0:
        bits[0, word + 1] |= window.high
        return
    rest = np.uint64(_WORD - shift)
    bits[0, word + 1] |= (window.low >> rest) | (window.high << np.uint64(shift))
    bits[0, word + 2] |= window.high >> rest


@device
def set_cell(bits: U64, at: int) -> None:
    """Set one cell of a lane's string of bits."""
    bits[0, at // _WORD] |= np.uint64(1) << np.uint64(at % _WORD)


@device
def nearest(rings: Rings, others: Window) -> np.float32:
    """Distance to the nearest cell set but that in the middle, in reaches; 0 where none is."""
    for k in range(rings.ring.shape[0]):
        if (others.low & rings.ring[k, 0]) | (others.high & rings.ring[k, 1]):
            return np.float32(rings.distance[k])
    return np.float32(0)


@device
def crowd_in(surplus: U16, d: int, x: int, y: int, side: int) -> int:
    """Agents of a window beyond the first of their tile; see ``Sights.surplus``."""
    total = 0
    for k in range(side):
        total += int(surplus[d, y, x + k])
    return total
