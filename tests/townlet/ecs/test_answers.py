"""Answers the compiler is given from memory are those it would find."""

import operator
from typing import Any

import numba
import numpy as np
import pytest
from numba import types
from numba.core.base import BaseContext
from numba.core.registry import cpu_target
from numba.core.types.functions import BaseFunction

from townlet.ecs.answers import remembered

NUMBERS = (types.int8, types.int64, types.uint64, types.float32, types.float64, types.boolean)


def fresh_add() -> Any:
    """numba's type of ``+``."""
    return cpu_target.typing_context.resolve_value_type(operator.add)


def test_sums_of_all_kinds_come_out_the_same() -> None:
    context = cpu_target.typing_context
    context.refresh()
    kind = fresh_add()
    plain = [kind.get_call_type(context, (a, b), {}) for a in NUMBERS for b in NUMBERS]
    for _ in range(2):  # looked for, then remembered
        with remembered():
            told = [kind.get_call_type(context, (a, b), {}) for a in NUMBERS for b in NUMBERS]
        assert told == plain


def test_sizes_of_types_come_out_the_same() -> None:
    context = cpu_target.target_context
    kinds = [context.get_value_type(kind) for kind in (*NUMBERS, types.Array(types.int8, 2, "C"))]
    plain = [context.get_abi_sizeof(kind) for kind in kinds]
    for _ in range(2):
        with remembered():
            assert [context.get_abi_sizeof(kind) for kind in kinds] == plain


def test_an_impossible_sum_is_refused_each_time() -> None:
    context = cpu_target.typing_context
    context.refresh()
    pair = (types.int64, types.Array(numba.from_dtype(np.dtype([("a", "i4")])), 1, "C"))
    kind = fresh_add()
    with remembered():
        for _ in range(2):
            with pytest.raises(numba.TypingError, match="add"):
                kind.get_call_type(context, pair, {})


def test_numba_is_left_as_it_was() -> None:
    methods = (BaseContext.get_abi_sizeof, BaseFunction.get_call_type)
    with remembered():
        assert methods[0] is not BaseContext.get_abi_sizeof
    assert methods == (BaseContext.get_abi_sizeof, BaseFunction.get_call_type)


def test_what_is_compiled_with_other_options_in_between_keeps_its_own() -> None:
    """Options are part of the question: a sum with ``fastmath`` is another function."""

    def most(a: Any, b: Any) -> Any:
        return max(a, b)

    with remembered():
        loose = numba.njit(fastmath=True)(most)
        strict = numba.njit(most)
        assert loose(np.float64(1), np.float64(2)) == 2.0
        assert strict(np.float64(1), np.float64(2)) == 2.0
    (fast,), (exact,) = loose.inspect_llvm().values(), strict.inspect_llvm().values()
    assert " fast " in fast
    assert " fast " not in exact
