"""Rows of columns are put back to their fills, and nothing else is touched."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from townlet.ecs import I64, kernel
from townlet.ecs.launch import Launch, LaunchList
from townlet.ecs.vacating import Fills, refill


@kernel
def refill_some(fills: I64, rows: I64) -> None:
    for k in range(rows.shape[0]):
        refill(fills, rows[k])


@pytest.mark.parametrize("count", [0, 1, 7, 1500])
def test_rows_are_as_numpy_would_have_them(count: int) -> None:
    rng = np.random.default_rng(count)
    rows = rng.permutation(2000)[:count]
    columns: list[tuple[npt.NDArray[Any], Any]] = [
        (rng.integers(0, 99, (2000, 3)).astype(np.int16), -1),
        (rng.random((2000, 2, 2)).astype(np.float32), 0.5),
        (rng.random(2000) < 0.5, True),
        (rng.integers(0, 99, 2000), 7),
        (np.zeros((2000, 0), np.int8), 0),
    ]
    expected = [array.copy() for array, _ in columns]
    for array, (_, fill) in zip(expected, columns, strict=True):
        array[rows] = fill
    fills = Fills(columns)
    launch = Launch(refill_some, (fills.table, rows), lambda array: None)  # type: ignore[arg-type]
    launch.compile()
    LaunchList([launch], 1, parallel=False)()
    for array, (given, _) in zip(expected, columns, strict=True):
        assert np.array_equal(array, given)
