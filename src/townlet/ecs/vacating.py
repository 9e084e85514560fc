"""Vacating: a row of many columns put back to its fills by compiled code.

To assign to each of over a hundred columns by NumPy takes longer than a small town's tick.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.ecs.copying import copy_bytes
from townlet.ecs.kernel import device
from townlet.ecs.schema import I64


@device
def refill(fills: I64, row: int) -> None:
    """Copy the fill of each column into a row.

    Args:
        fills: see :class:`Fills`.
        row: which.
    """
    for c in range(fills.shape[0]):
        target = fills[c, 0] + row * fills[c, 2]
        copy_bytes(target, fills[c, 1], fills[c, 2])  # type: ignore[call-arg]


class Fills:
    """What :func:`refill` needs to know of columns; it has to be kept as long as that is used.

    Args:
        columns: arrays and their fills; contiguous, of as many rows, and none ever moves.

    Attributes:
        table: address, address of a row's fill and bytes of a row of each, int64 (columns, 3).
    """

    def __init__(self, columns: Iterable[tuple[npt.NDArray[Any], Any]]) -> None:
        some = [(array, fill) for array, fill in columns if array.size]
        self._arrays = [array for array, _ in some]
        self._rows = [np.full(array.shape[1:], fill, array.dtype) for array, fill in some]
        words = [
            (array.ctypes.data, row.ctypes.data, row.nbytes)
            for array, row in zip(self._arrays, self._rows, strict=True)
        ]
        self.table = np.array(words, np.int64).reshape(-1, 3)
        self.table.flags.writeable = False
