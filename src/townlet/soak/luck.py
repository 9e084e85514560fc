"""Luck of a soak: draws that depend on numbers alone, so that a resumed run has the same."""

from __future__ import annotations

import zlib
from functools import lru_cache

import numpy as np


def luck(*keys: int | str) -> np.random.Generator:
    """A generator that is a function of its keys.

    Args:
        keys: whole numbers, at least 0, and names.
    """
    words = [zlib.crc32(key.encode()) if isinstance(key, str) else key for key in keys]
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(words)))


@lru_cache(maxsize=4096)
def moment(seed: int, name: str, window: int, period: int, span: int) -> int:
    """The tick of something that happens once in each window of ticks, and is over by its end.

    Args:
        seed: seed of the calendar.
        name: what happens.
        window: number of the window; window 0 begins with tick 1.
        period: ticks of a window, more than ``span``.
        span: ticks it takes.
    """
    first = window * period + 1
    return first + int(luck(seed, "moment", name, window).integers(0, max(period - span, 1)))
