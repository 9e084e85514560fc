"""Launches: kernels bound to arrays, cut into lanes."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from numba.core.errors import TypingError
from tests.townlet.ecs.tiny import count_rows, double, get_older, grow, plain, tiny_store

from townlet.ecs import F32, I64, kernel
from townlet.ecs.launch import Launch, LaunchError, driver

Table = Callable[[npt.NDArray[Any]], str | None]


@kernel(over="being")
def add_all(a: F32, b: F32, c: I64) -> None:
    """Arrays of one, two and three dimensions in one kernel."""
    for r in range(a.shape[0]):
        for k in range(b.shape[1]):
            for m in range(c.shape[2]):
                a[r] += b[r, k] * np.float32(c[r, k, m])


def in_table(*tables: tuple[npt.NDArray[Any], str]) -> Table:
    where = {array.ctypes.data: table for array, table in tables}
    return lambda array: where.get(array.ctypes.data)


def launch(function: Any, args: tuple[Any, ...], table_of: Table) -> Launch:
    bound = Launch(function, args, table_of)
    bound.compile()
    return bound


def fire(bound: Launch, lanes: int, parallel: bool = False) -> None:
    driver(parallel)(bound.address, bound.context.ctypes.data, lanes)


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("lanes", [1, 2, 7, 64])
def test_every_row_is_done_once(lanes: int, parallel: bool) -> None:
    rng = np.random.default_rng(lanes)
    a = rng.random(50, np.float32)
    b = rng.random((50, 3), np.float32)
    c = rng.integers(0, 9, (50, 3, 4))
    expected = a.copy()
    plain(add_all)(expected, b, c)
    tables = in_table((a, "being"), (b, "being"), (c, "being"))
    fire(launch(add_all, (a, b, c), tables), lanes, parallel)
    assert a.tobytes() == expected.tobytes()


def test_what_is_whole_or_of_another_table_is_not_cut() -> None:
    kilo, pull = np.zeros(6, np.float32), np.ones(3, np.float32)
    bound = launch(grow, (kilo, kilo, pull), in_table((kilo, "being"), (pull, "town")))
    fire(bound, 3)
    assert kilo.tolist() == pytest.approx([1.06] * 6)
    assert bound.splits


def test_lanes_have_scratch_rows_of_their_own() -> None:
    ticks, rows = np.zeros(10, np.int64), np.zeros((4, 1), np.int64)
    fire(launch(count_rows, (ticks, rows), in_table((ticks, "being"), (rows, "lane"))), 4)
    assert rows[:, 0].tolist() == [2, 3, 2, 3]


def test_a_kernel_over_nothing_is_not_cut() -> None:
    values = np.arange(5)
    bound = launch(double, (values,), in_table((values, "being")))
    assert not bound.splits
    fire(bound, 1)
    assert values.tolist() == [0, 2, 4, 6, 8]


def test_no_rows_are_no_trouble() -> None:
    ticks = np.zeros(0, np.int64)
    store = tiny_store()
    fire(launch(get_older, (ticks,), store.table_of), 3)


def test_read_only_is_read_only_for_the_compiler() -> None:
    ticks = np.zeros(3, np.int64)
    ticks.flags.writeable = False
    with pytest.raises(TypingError, match="readonly array"):
        launch(get_older, (ticks,), lambda _: "being")


def test_what_a_launch_cannot_hold_is_named() -> None:
    every_other = np.zeros(10, np.int64)[::2]
    for wrong in (every_other, 3, np.array(0), [1, 2]):
        with pytest.raises(
            LaunchError, match="get_older>: argument 'ticks' must be a C-contiguous"
        ):
            Launch(get_older, (wrong,), lambda _: None)  # type: ignore[arg-type]


def test_rows_must_agree() -> None:
    a, b = np.zeros(5, np.float32), np.zeros((4, 2), np.float32)
    c = np.zeros((5, 2, 2), np.int64)
    with pytest.raises(LaunchError, match="add_all>: 'b' has 4 rows, the others 5"):
        Launch(add_all, (a, b, c), lambda _: "being")  # type: ignore[arg-type]


def test_one_entry_point_serves_all_arrays_of_the_same_types() -> None:
    one, two = np.zeros(3, np.int64), np.zeros(9, np.int64)
    first = launch(get_older, (one,), lambda _: "being")
    second = launch(get_older, (two,), lambda _: "being")
    assert first.address == second.address
    fire(second, 2)
    assert (one.sum(), two.sum()) == (0, 9)
    whole = Launch(get_older, (one,), lambda _: None)  # type: ignore[arg-type]
    assert whole.key != first.key, "cut another way, it is another entry point"


class Inner(NamedTuple):
    """Arrays that go together."""

    kilo: F32
    pull: F32


class Outer(NamedTuple):
    """A bundle that holds a bundle."""

    inner: Inner
    ticks: I64


@kernel(over="being", whole=("outer.inner.pull",))
def grow_bundled(outer: Outer, seen: I64) -> None:
    """Grow by the sum of all pulls, and note how many rows the lane has."""
    for r in range(outer.ticks.shape[0]):
        outer.inner.kilo[r] += outer.inner.pull.sum() * outer.ticks[r]
    seen[0, 0] += outer.ticks.shape[0]


@kernel(over="being", whole=("outer.inner",))
def measure_bundle(outer: Outer, seen: I64) -> None:
    """Note how long the bundle's arrays are."""
    seen[0, 0] += outer.inner.pull.shape[0] * 100 + outer.ticks.shape[0]


def bundled(rows: int, lanes: int) -> tuple[tuple[Outer, npt.NDArray[Any]], Table]:
    outer = Outer(Inner(np.zeros(rows, np.float32), np.ones(rows, np.float32)), np.arange(rows))
    seen = np.zeros((lanes, 1), np.int64)
    tables = in_table(
        (outer.inner.kilo, "being"),
        (outer.inner.pull, "being"),
        (outer.ticks, "being"),
        (seen, "lane"),
    )
    return (outer, seen), tables


@pytest.mark.parametrize("lanes", [1, 4])
def test_arrays_of_bundles_are_cut_like_others(lanes: int) -> None:
    args, tables = bundled(8, lanes)
    fire(launch(grow_bundled, args, tables), lanes)
    assert args[0].inner.kilo.tolist() == [8.0 * r for r in range(8)], "pull was passed whole"
    assert args[1][:, 0].tolist() == [8 // lanes] * lanes


def test_a_bundle_that_is_whole_is_whole_with_all_its_fields() -> None:
    args, tables = bundled(8, 4)
    fire(launch(measure_bundle, args, tables), 4)
    assert args[1][:, 0].tolist() == [802] * 4


def test_read_only_arrays_of_bundles_are_read_only_too() -> None:
    args, tables = bundled(8, 1)
    args[0].inner.kilo.flags.writeable = False
    with pytest.raises(TypingError, match="readonly array"):
        launch(grow_bundled, args, tables)


def test_an_array_of_a_bundle_is_named_with_it() -> None:
    args, _ = bundled(8, 1)
    wrong = args[0]._replace(inner=Inner(np.zeros(3, np.float32), np.ones(8, np.float32)))
    with pytest.raises(LaunchError, match=r"grow_bundled>: 'outer\.ticks' has 8 rows"):
        Launch(grow_bundled, (wrong, args[1]), lambda _: "being")  # type: ignore[arg-type]
