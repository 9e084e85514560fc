"""Sharing: words that several lanes write in one tick.

A sum of integers does not depend on the order it is made in. A list that lanes push onto does, so
whoever reads one sorts it first. Each function is plain Python, which is what tests run, and has a
compiled twin.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.np.arrayobj import make_array

from townlet_systems.lines import check_writable, native, twin_of


def _place(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Address of number ``args[1]`` of the array ``args[0]``."""
    data = make_array(signature.args[0])(ctx, builder, args[0]).data  # type: ignore[no-untyped-call]
    return builder.gep(data, [args[1]])


@native
def _exchange(typingctx: Any, numbers: Any, at: Any, value: Any) -> Any:
    check_writable(numbers)

    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        value = builder.trunc(args[2], ir.IntType(32))
        place = _place(ctx, builder, signature, args)
        found = builder.atomic_rmw("xchg", place, value, "monotonic")
        return builder.sext(found, ir.IntType(64))

    return types.intp(numbers, types.intp, types.intp), codegen


@native
def _count(typingctx: Any, numbers: Any, at: Any, value: Any) -> Any:
    check_writable(numbers)

    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _place(ctx, builder, signature, args)
        kind = ctx.get_data_type(signature.args[0].dtype)
        value = args[2] if kind == args[2].type else builder.trunc(args[2], kind)
        builder.atomic_rmw("add", place, value, "monotonic")
        return ctx.get_dummy_value()

    return types.void(numbers, types.intp, types.intp), codegen


def exchange(numbers: Any, at: int, value: int) -> int:
    """Write number ``at`` of an int32 array; returns what was there before, in one step."""
    found = int(numbers[at])
    numbers[at] = value
    return found


def count_up(numbers: Any, at: int, value: int) -> None:
    """Add to number ``at`` of all of an integer array, which other lanes may be adding to."""
    numbers.reshape(-1)[at] = int(numbers.reshape(-1)[at]) + int(value)


@twin_of(exchange)
def _exchange_compiled(numbers: Any, at: Any, value: Any) -> Any:
    return lambda numbers, at, value: _exchange(numbers, at, value)  # noqa: PLW0108


@twin_of(count_up)
def _count_compiled(numbers: Any, at: Any, value: Any) -> Any:
    return lambda numbers, at, value: _count(numbers, at, value)  # noqa: PLW0108
