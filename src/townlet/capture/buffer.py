"""Buffers: rows wait here until there are enough of them for a file."""

from __future__ import annotations

from collections.abc import Sequence

from townlet.capture.columns import Arrays, Column, empty


class Buffer:
    """Rows of a table, allocated once.

    Args:
        columns: of the table.
        capacity: rows it has room for.

    Attributes:
        arrays: by column; the first ``count`` rows are in use.
        count: rows in use.
    """

    def __init__(self, columns: Sequence[Column], capacity: int) -> None:
        self.arrays = empty(columns, capacity)
        self.capacity, self.count = capacity, 0

    def take(self, rows: int) -> Arrays:
        """Views of the next rows, to be filled; there must be room for them."""
        first, self.count = self.count, self.count + rows
        if self.count > self.capacity:
            raise ValueError(f"{self.count} rows do not fit in {self.capacity}")
        return {name: array[first : self.count] for name, array in self.arrays.items()}

    @property
    def filled(self) -> Arrays:
        """Views of the rows in use."""
        return {name: array[: self.count] for name, array in self.arrays.items()}

    def clear(self) -> None:
        """Forget all rows."""
        self.count = 0
