"""Rows that are appended are all there, in their order, however many."""

import numpy as np
import pytest

from townlet.growing import Growing


@pytest.mark.parametrize("count", [0, 1, 16, 17, 100])
def test_all_rows_are_kept(count: int) -> None:
    rows = Growing(2, (3,))
    value = np.zeros(3)
    for k in range(count):
        value[:] = k, -k, 0.5
        rows.append((k, 10 * k), value)
    assert len(rows) == count
    assert rows.stamps.tolist() == [[k, 10 * k] for k in range(count)]
    assert rows.values.tolist() == [[k, -k, 0.5] for k in range(count)]


def test_other_rows_take_their_place_and_more_follow() -> None:
    rows = Growing(1, (2,))
    rows.append((7,), np.ones(2))
    values = np.arange(60.0).reshape(30, 2)
    rows.replace(np.arange(30)[:, None], values)
    values[:] = 0
    rows.append((30,), np.array([8.0, 9.0]))
    assert rows.stamps[:, 0].tolist() == list(range(31))
    assert rows.values[[0, 29, 30]].tolist() == [[0, 1], [58, 59], [8, 9]]
