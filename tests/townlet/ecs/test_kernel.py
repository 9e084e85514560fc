"""Kernels: run at once when called, recorded while a schedule is bound."""

from typing import Any, cast

import numba
import numpy as np
import pytest
from tests.townlet.ecs.tiny import double, get_older, grow, heavier, jitted, plain

from townlet.ecs import F32, F64, I8, I64, device, kernel
from townlet.ecs.kernel import JIT_OPTIONS, Kernel, recording


def test_a_direct_call_runs_and_agrees_with_plain_python() -> None:
    pull = np.array([0.25], np.float32)
    fast, slow = np.ones(4, np.float32), np.ones(4, np.float32)
    grow(fast, fast, pull)
    plain(grow)(slow, slow, pull)
    assert fast.tobytes() == slow.tobytes()
    assert fast[0] == pytest.approx(1.29)


def test_a_kernel_keeps_its_name_and_docstring() -> None:
    assert isinstance(get_older, Kernel)
    named: Any = get_older
    assert (named.__name__, named.__doc__) == ("get_older", "A tick passes.")
    assert repr(get_older) == "<kernel tests.townlet.ecs.tiny.get_older>"


def test_options_are_recorded() -> None:
    kernels: list[Any] = [grow, get_older, double]
    options = [k.options for k in kernels]
    assert [(o.over, o.whole) for o in options] == [
        ("being", {"everyone"}),
        ("being", frozenset()),
        (None, frozenset()),
    ]


def test_a_helper_runs_as_plain_python_and_inside_compiled_code() -> None:
    assert plain(heavier)(1.0, 0.5) == 1.5
    assert jitted(heavier)(1.0, 0.5) == 1.5


def test_recording_runs_nothing() -> None:
    ticks = np.zeros(3, np.int64)
    calls: list[tuple[Any, ...]] = []
    with recording(lambda k, args: calls.append((k, args))):
        get_older(ticks)
    assert calls == [(get_older, (ticks,))]
    assert ticks.tolist() == [0, 0, 0]
    get_older(ticks)
    assert ticks.tolist() == [1, 1, 1]


def test_recording_ends_when_a_system_raises() -> None:
    ticks = np.zeros(1, np.int64)
    with pytest.raises(ZeroDivisionError), recording(lambda *_: None):
        raise ZeroDivisionError
    get_older(ticks)
    assert ticks[0] == 1


def test_schedules_are_bound_one_at_a_time() -> None:
    with (
        recording(lambda *_: None),
        pytest.raises(RuntimeError, match="a schedule is being bound already"),
        recording(lambda *_: None),
    ):
        pass


def test_no_setting_lets_the_compiler_reorder_sums() -> None:
    assert "fastmath" not in JIT_OPTIONS
    assert JIT_OPTIONS["error_model"] == "numpy"

    @kernel
    def sum_up(values: Any, out: Any) -> None:
        for value in values:
            out[0] += value

    values = np.array([1e30, 1.0, -1e30, 1.0] * 64)
    out, slow = np.zeros(1), np.zeros(1)
    sum_up(values, out)
    plain(sum_up)(values, slow)
    assert out[0] == slow[0]


def test_a_decorator_with_and_without_parentheses() -> None:
    @kernel
    def bare(values: I64) -> None:
        """Bare."""

    @kernel(over="being")
    def split(values: I64) -> None:
        """Split."""

    kernels: list[Any] = [bare, split]
    assert [k.options.over for k in kernels] == [None, "being"]


@device
def add(low: int, high: int, twice: bool, scale: np.float32) -> float:
    """Whole numbers of any size, a switch and a number that keeps its type."""
    total = low + high
    return float(total * (2 if twice else 1) * scale)


@kernel
def add_all(out: F64, bytes_: I8, words: I64, scale: F32) -> None:
    """The same helper with columns of two sizes and with constants."""
    out[0] = add(bytes_[0], words[0], True, scale[0])
    out[1] = add(words[0], bytes_[0], words[0] > 0, scale[0])
    out[2] = add(-3, 4, False, scale[0])


def test_a_helper_has_one_compiled_form_for_whole_numbers_of_any_size() -> None:
    arrays = (np.array([-7], np.int8), np.array([1 << 40]), np.array([0.5], np.float32))
    fast, slow = np.zeros(3), np.zeros(3)
    # Compiled here: taken from the disk's cache, a kernel would not need the helper's form.
    whole, compiled = cast(Any, add_all), cast(Any, add)
    numba.njit(**JIT_OPTIONS)(whole.py_func)(fast, *arrays)
    plain(add_all)(slow, *arrays)
    assert fast.tobytes() == slow.tobytes()
    ((low, high, twice, scale),) = [tuple(c.signature.args) for c in compiled.overloads.values()]
    assert (str(low), str(high), str(twice), str(scale)) == ("int64", "int64", "bool", "float32")
