"""Arrays come back from a file as they went in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from townlet.capture.columns import Column, empty
from townlet.capture.formats import FORMATS, decode, encode
from townlet.errors import UserError

COLUMNS = [
    Column("map", "float32", (2, 3, 3)), Column("mask", "bool", (5,)), Column("tick", "int64"),
    Column("cause", "int8"), Column("live", "bool"),
]  # fmt: skip


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("rows", [1, 7])
def test_arrays_come_back(form: str, rows: int, tmp_path: Path) -> None:
    luck = np.random.default_rng(rows)
    arrays = empty(COLUMNS, rows)
    for array in arrays.values():
        array[...] = luck.integers(0, 2, array.shape)
    data = encode(arrays, form)
    assert data == encode(arrays, form)
    path = tmp_path / f"rows.{form}"
    path.write_bytes(data)
    found = decode(path, form, COLUMNS, rows)
    assert list(found) == [column.name for column in COLUMNS]
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        assert found[name].tolist() == array.tolist()
    assert list(decode(path, form, COLUMNS[2:3], rows)) == ["tick"]
    with pytest.raises(UserError, match=r"column 'map' is float32"):
        decode(path, form, COLUMNS, rows + 1)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no", b"PAR1 neither PAR1"])
def test_what_is_no_such_file_gets_one_sentence(form: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "rows"
    path.write_bytes(data)
    with pytest.raises(UserError, match=f"cannot be read as {form}") as caught:
        decode(path, form, COLUMNS, 1)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("form", FORMATS)
def test_a_column_that_is_not_there_gets_one_sentence(form: str, tmp_path: Path) -> None:
    path = tmp_path / "rows"
    path.write_bytes(encode({"tick": np.zeros(1, np.int64)}, form))
    with pytest.raises(UserError, match=f"cannot be read as {form}.*cause"):
        decode(path, form, COLUMNS[3:4], 1)
