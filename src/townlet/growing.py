"""Growing: rows of numbers that are appended one by one and take no more room than they need."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_FIRST = 16


class Growing:
    """Arrays that double when they are full: a list of small arrays takes five times the memory.

    Args:
        stamps: int64 columns that say what a row is of.
        shape: of a row's values, float64.
    """

    def __init__(self, stamps: int, shape: tuple[int, ...]) -> None:
        self._stamps = np.zeros((_FIRST, stamps), np.int64)
        self._values = np.zeros((_FIRST, *shape))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def stamps(self) -> npt.NDArray[np.int64]:
        """Stamps of all rows, (rows, stamps); a view."""
        return self._stamps[: self._count]

    @property
    def values(self) -> npt.NDArray[np.float64]:
        """Values of all rows, (rows, ...); a view."""
        return self._values[: self._count]

    def append(self, stamps: tuple[int, ...], values: npt.NDArray[np.float64]) -> None:
        """Append a row; its values are copied."""
        if self._count == len(self._stamps):
            self._stamps = np.concatenate([self._stamps, np.zeros_like(self._stamps)])
            self._values = np.concatenate([self._values, np.zeros_like(self._values)])
        self._stamps[self._count], self._values[self._count] = stamps, values
        self._count += 1

    def replace(self, stamps: npt.NDArray[np.int64], values: npt.NDArray[np.float64]) -> None:
        """Hold copies of other rows instead."""
        room = max(_FIRST, len(stamps))
        self._stamps = np.zeros((room, *self._stamps.shape[1:]), np.int64)
        self._values = np.zeros((room, *self._values.shape[1:]))
        self._count = len(stamps)
        self.stamps[:], self.values[:] = stamps, values
