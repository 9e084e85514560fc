"""Bundles: named tuples of arrays, handed to kernels as they are."""

from typing import Any, NamedTuple

import numpy as np
import pytest

from townlet.ecs import F32, I32, kernel
from townlet.ecs.launch import Launch, LaunchError, driver


class Purse(NamedTuple):
    money: I32
    town: I32


class Scene(NamedTuple):
    purse: Purse
    rate: F32


@kernel(over="agent")
def tax(at: Scene, paid: F32) -> None:
    for r in range(paid.shape[0]):
        paid[r] = at.purse.money[r] * at.rate[at.purse.town[r]]


def scene() -> tuple[Scene, Any]:
    money = np.arange(10, dtype=np.int32)
    town = np.array([0, 1] * 5, np.int32)
    return Scene(Purse(money, town), np.array([0.5, 0.25], np.float32)), np.zeros(10, np.float32)


@pytest.mark.parametrize("lanes", [1, 3])
def test_arrays_of_the_table_are_sliced_inside_bundles(lanes: int) -> None:
    at, paid = scene()
    mine = {a.ctypes.data for a in (at.purse.money, at.purse.town, paid)}
    launch = Launch(tax, (at, paid), lambda a: "agent" if a.ctypes.data in mine else None)  # type: ignore[arg-type]
    launch.compile()
    driver(False)(launch.address, launch.context.ctypes.data, lanes)
    assert paid.tolist() == [m * (0.25 if m % 2 else 0.5) for m in range(10)]


def test_the_same_kernel_runs_directly() -> None:
    at, paid = scene()
    tax.py_func(at, paid)  # type: ignore[attr-defined]
    again = np.zeros_like(paid)
    tax(at, again)
    assert np.array_equal(paid, again)


def test_a_wrong_field_is_named() -> None:
    at, paid = scene()
    bad = at._replace(purse=at.purse._replace(money=[1, 2]))  # type: ignore[arg-type]
    with pytest.raises(LaunchError, match=r"'at\.purse\.money' must be a C-contiguous array"):
        Launch(tax, (bad, paid), lambda _: None)  # type: ignore[arg-type]
