"""Keyed randomness of maps: a pure function of (map seed, purpose).

NumPy's Philox4x64-10 is used for its raw words only, whose stream NumPy guarantees; the numbers
do not depend on the run seed (SPEC §3). It keeps ``townlet.maps`` free of compiled code.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")


class Purpose(IntEnum):
    """What a draw decides; each has a stream of its own."""

    LAYOUT_OF_DISTRICT = 1
    OBJECT_TILE = 2
    SPAWN_TILE = 3
    GENERATOR = 1000
    """Generator of layout i draws from purpose GENERATOR + i."""


def words(map_seed: int, purpose: int, count: int) -> NDArray[np.uint64]:
    """Draw ``count`` random words, uint64 (count,)."""
    key = np.array([map_seed & 0xFFFFFFFFFFFFFFFF, purpose], np.uint64)
    return np.asarray(np.random.Philox(key=key).random_raw(count), dtype=np.uint64)


def shuffled(map_seed: int, purpose: int, count: int) -> NDArray[np.int64]:
    """A random order of ``range(count)``, int64 (count,)."""
    return np.argsort(words(map_seed, purpose, count), kind="stable")


class Draws:
    """A small purse of words for code that makes many choices in a fixed order."""

    def __init__(self, map_seed: int, purpose: int, count: int = 4096) -> None:
        self._words = words(map_seed, purpose, count)
        self._next = 0

    def below(self, bound: int) -> int:
        """A number in [0, bound)."""
        word = int(self._words[self._next])
        self._next = (self._next + 1) % len(self._words)
        return word % bound

    def shuffle(self, items: Sequence[T]) -> list[T]:
        """The items in a random order."""
        order = sorted(range(len(items)), key=lambda _: self.below(1 << 62))
        return [items[i] for i in order]
