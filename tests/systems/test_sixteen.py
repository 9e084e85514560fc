"""Sixteen numbers at once are what plain Python makes of them."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from numba.core.errors import TypingError

from townlet.ecs.kernel import JIT_OPTIONS
from townlet_systems import sixteen as x

#: The types of columns, each with numbers of all sizes.
COLUMNS = ("bool", "int8", "uint8", "int16", "int32", "int64", "float32")
ROWS, PITCH = 16, 21


def column(dtype: str, seed: int, cells: int = 1) -> np.ndarray[Any, Any]:
    draws = np.random.default_rng(seed)
    if dtype == "bool":
        return draws.random((40, cells)) < 0.5
    if dtype == "float32":
        return draws.normal(0, 3, (40, cells)).astype(np.float32)
    info = np.iinfo(dtype)
    return draws.integers(info.min, info.max, (40, cells), np.dtype(dtype).type, endpoint=True)


def read(columns: Any, numbers: Any, at: int, step: int, count: int) -> None:
    x.put_column(columns, 0, x.column_of(numbers, at, count))
    x.put_column(columns, 1, x.cells_of(numbers, at, step, count))


def reckon(columns: Any, numbers: Any, others: Any, one: np.float32) -> None:
    a, b = x.column_of(numbers, 0, 16), x.column_of(others, 0, 16)
    x.put_column(columns, 0, x.plus(a, b))
    x.put_column(columns, 1, x.times(a, one))
    x.put_column(columns, 2, x.over(a, x.plus(b, one)))
    x.put_column(columns, 3, x.equal(x.cut_off(a), x.cut_off(b)))
    x.put_column(columns, 4, x.above(a, b))
    x.put_column(columns, 5, x.least(a, one))
    x.put_column(columns, 6, x.most(a, b))
    x.put_column(columns, 7, x.all_alike(one))


def turn(rows: Any, columns: Any) -> None:
    x.turn_eight(rows, 0, PITCH, columns, 0)
    x.turn_eight(rows, 8, PITCH, columns, 8)


def empty() -> np.ndarray[Any, Any]:
    return np.full((1, 16 * 16), -7, np.float32)


@pytest.mark.parametrize("dtype", COLUMNS)
@pytest.mark.parametrize("count", [1, 7, 15, 16])
def test_numbers_of_any_type_are_read_and_none_beyond_the_last(dtype: str, count: int) -> None:
    fast = numba.njit(**JIT_OPTIONS)(read)
    numbers = column(dtype, count, 3)[: 2 + count]
    plain, compiled = empty(), empty()
    read(plain, numbers, 5, 3, count)
    fast(compiled, numbers, 5, 3, count)
    assert np.array_equal(plain.view(np.uint32), compiled.view(np.uint32))
    assert plain[0, 16] == np.float32(numbers[1, 2])
    assert (plain[0, count:16] == 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_compiled_sums_and_choices_are_those_of_plain_python(seed: int) -> None:
    fast = numba.njit(**JIT_OPTIONS)(reckon)
    numbers, others = column("float32", seed), column("float32", seed + 50)
    plain, compiled = empty(), empty()
    reckon(plain, numbers, others, np.float32(0.3))
    fast(compiled, numbers, others, np.float32(0.3))
    assert np.array_equal(plain.view(np.uint32), compiled.view(np.uint32))
    assert 0 < plain[0, 64:80].sum() < 16


def test_columns_become_rows_and_nothing_between_them_is_touched() -> None:
    fast = numba.njit(**JIT_OPTIONS)(turn)
    columns = np.arange(16 * 16, dtype=np.float32).reshape(1, -1)
    found = []
    for run in (turn, fast):
        rows = np.full((1, ROWS * PITCH), -1, np.float32)
        run(rows, columns)
        found.append(rows)
    assert np.array_equal(found[0], found[1])
    table = found[1].reshape(ROWS, PITCH)
    assert np.array_equal(table[:, :16], columns.reshape(16, 16).T)
    assert (table[:, 16:] == -1).all()


def test_what_is_only_read_is_not_written() -> None:
    columns = empty()
    columns.flags.writeable = False
    fast = numba.njit(**JIT_OPTIONS)(reckon)
    with pytest.raises(TypingError, match="readonly"):
        fast(columns, column("float32", 1), column("float32", 2), np.float32(1))


def test_shares_of_thousandths_need_no_double() -> None:
    """Attendance: what is cut off, and what is divided by a thousand, is the same in float32."""
    for count in range(1, 256):
        total = np.arange(1000 * count + 1)
        wanted = (total / float(count)).astype(np.int64)
        assert np.array_equal(np.trunc(total.astype(np.float32) / np.float32(count)), wanted)
    whole = np.arange(1001)
    shares = whole.astype(np.float32) / np.float32(1000)
    assert np.array_equal(shares, (whole / 1000.0).astype(np.float32))
