"""A single changed value is found from the change of a column's sum."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from townlet.diff.inversion import solve, terms, value_of
from townlet.ecs.hashing import column_hash

SMALL = [np.bool_, np.int8, np.int16, np.int32, np.uint8, np.uint32, np.float32]


def total(name: str, values: np.typing.NDArray[Any]) -> int:
    """The column's hash, as a town's is made of it."""
    ids, town = np.arange(len(values), dtype=np.int32), np.zeros(len(values), np.int32)
    return int(column_hash(name, values, ids, town, 1)[0])


def some(dtype: Any, shape: tuple[int, ...]) -> np.typing.NDArray[Any]:
    luck = np.random.default_rng(2)
    raw = luck.integers(0, 256, int(np.prod(shape)) * np.dtype(dtype).itemsize, np.uint8)
    if dtype == np.bool_:
        raw &= 1
    found: np.typing.NDArray[Any] = raw.view(dtype).reshape(shape)
    return found


def test_terms_are_those_of_the_hash() -> None:
    values = some(np.int16, (9, 3))
    bits = values.reshape(-1).view(np.uint16).astype(np.uint64)
    assert int(terms("A.b", bits).sum(dtype=np.uint64)) == total("A.b", values)


@pytest.mark.parametrize("dtype", SMALL)
@pytest.mark.parametrize("at", [0, 17, 199])
def test_any_new_value_is_found(dtype: Any, at: int) -> None:
    values = some(dtype, (50, 4))
    changed = values.copy()
    flat = changed.reshape(-1).view(f"u{changed.itemsize}")
    flat[at] = 1 - flat[at] if dtype == np.bool_ else flat[at] ^ 0b1011
    change = total("A.b", changed) - total("A.b", values)
    assert solve("A.b", values, change) == [(at, int(flat[at]))]
    assert solve("A.c", values, change) == [], "it is another column's"


@pytest.mark.parametrize("dtype", [np.int64, np.float64, np.uint64])
def test_of_wide_values_a_changed_bit_is_found(dtype: Any) -> None:
    values = some(dtype, (200,))
    changed = values.copy()
    changed.view(np.uint64)[33] ^= np.uint64(1 << 41)
    found = solve("A.b", values, total("A.b", changed) - total("A.b", values))
    assert found == [(33, int(changed.view(np.uint64)[33]))]


def test_two_changed_values_have_no_answer() -> None:
    values = some(np.int32, (64,))
    changed = values.copy()
    changed[[3, 4]] += 1
    assert solve("A.b", values, total("A.b", changed) - total("A.b", values)) == []


def test_bits_are_values() -> None:
    assert value_of(0x3F800000, np.dtype(np.float32)) == 1.0
    assert value_of(0xFF, np.dtype(np.int8)) == -1
    assert value_of(1, np.dtype(np.bool_)) is True
