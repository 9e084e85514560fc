"""Vacating: rows of many columns put back to their fills by one compiled call.

To assign to each of over a hundred columns by NumPy takes longer than a small town's tick.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.ecs.copying import copy_bytes
from townlet.ecs.kernel import kernel
from townlet.ecs.launch import Launch, LaunchList
from townlet.ecs.schema import I64

Array = npt.NDArray[Any]
#: Rows of one call.
_ROOM = 1024


@kernel()
def refill(columns: I64, rows: I64, count: I64) -> None:
    """Copy the fill of each column into some of its rows.

    Args:
        columns: address, address of a row's fill and bytes of a row, (columns, 3).
        rows: which rows, (room,).
        count: how many of these, (1,).
    """
    for c in range(columns.shape[0]):
        for k in range(count[0]):
            target = columns[c, 0] + rows[k] * columns[c, 2]
            copy_bytes(target, columns[c, 1], columns[c, 2])  # type: ignore[call-arg]


class Vacating:
    """Puts rows of columns back to their fills.

    Args:
        columns: arrays and their fills; contiguous, of as many rows, and none ever moves.
    """

    def __init__(self, columns: Iterable[tuple[Array, Any]]) -> None:
        some = [(array, fill) for array, fill in columns if array.size]
        # Both keep the memory.
        self._arrays = [array for array, _ in some]
        self._fills = [np.full(array.shape[1:], fill, array.dtype) for array, fill in some]
        table = [
            (array.ctypes.data, fill.ctypes.data, fill.nbytes)
            for array, fill in zip(self._arrays, self._fills, strict=True)
        ]
        self._rows, self._count = np.zeros(_ROOM, np.int64), np.zeros(1, np.int64)
        where = np.array(table, np.int64).reshape(-1, 3)
        where.flags.writeable = False
        launch = Launch(
            refill,  # type: ignore[arg-type]
            (where, self._rows, self._count),
            lambda array: None,
        )
        launch.compile()
        self._run = LaunchList([launch], 1, parallel=False)

    def __call__(self, rows: npt.NDArray[np.int64]) -> None:
        """Fill these rows, (rows,), each at least 0 and below the columns' length."""
        for start in range(0, len(rows), _ROOM):
            part = rows[start : start + _ROOM]
            self._rows[: len(part)], self._count[0] = part, len(part)
            self._run()
