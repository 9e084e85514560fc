"""Rows wait in a buffer."""

import pytest

from townlet.capture.buffer import Buffer
from townlet.capture.columns import Column, row_bytes

COLUMNS = [Column("tick", "int64"), Column("mask", "bool", (3, 2))]


def test_rows_are_taken_one_after_the_other() -> None:
    buffer = Buffer(COLUMNS, 5)
    for rows, value in ((2, 1), (3, 2)):
        taken = buffer.take(rows)
        taken["tick"][:], taken["mask"][:] = value, value == 2
    assert buffer.filled["tick"].tolist() == [1, 1, 2, 2, 2]
    assert buffer.filled["mask"].sum() == 18
    with pytest.raises(ValueError, match="6 rows do not fit in 5"):
        buffer.take(1)
    buffer.clear()
    assert len(buffer.filled["tick"]) == 0
    assert buffer.take(5)["mask"].shape == (5, 3, 2)


def test_a_row_has_the_bytes_of_its_columns() -> None:
    assert row_bytes(COLUMNS) == 8 + 6
