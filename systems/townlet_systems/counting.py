"""Counting: which of many counts are not 0, sixteen at a time.

Each function is plain Python, which is what tests run, and has a compiled twin.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.np.arrayobj import make_array

from townlet_systems.lines import native, twin_of

#: Counts looked at together.
SIXTEEN = 16


@native
def _look_at_sixteen(typingctx: Any, count: Any, at: Any) -> Any:
    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        vector = ir.VectorType(ir.IntType(16), SIXTEEN)
        data = make_array(signature.args[0])(ctx, builder, args[0]).data  # type: ignore[no-untyped-call]
        address = builder.bitcast(builder.gep(data, [args[1]]), vector.as_pointer())
        counts = builder.load(address, align=2)

        def above(least: int) -> Any:
            limit = ir.Constant(vector, [least] * SIXTEEN)
            flags = builder.icmp_signed(">", counts, limit)
            return builder.zext(builder.bitcast(flags, ir.IntType(SIXTEEN)), ir.IntType(64))

        return ctx.make_tuple(builder, signature.return_type, [above(0), above(1)])

    return types.UniTuple(types.uint64, 2)(count, types.intp), codegen  # type: ignore[no-untyped-call]


@native
def _find_sixteen(typingctx: Any, numbers: Any, at: Any) -> Any:
    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        vector = ir.VectorType(ir.IntType(32), SIXTEEN)
        data = make_array(signature.args[0])(ctx, builder, args[0]).data  # type: ignore[no-untyped-call]
        address = builder.bitcast(builder.gep(data, [args[1]]), vector.as_pointer())
        found = builder.load(address, align=4)
        flags = builder.icmp_signed(">=", found, ir.Constant(vector, [0] * SIXTEEN))
        return builder.zext(builder.bitcast(flags, ir.IntType(SIXTEEN)), ir.IntType(64))

    return types.uint64(numbers, types.intp), codegen


def look_at_sixteen(count: Any, at: int) -> tuple[Any, Any]:
    """Which of the sixteen counts from number ``at`` on are above 0, and which above 1: bits.

    A count is below 32,768: nothing holds more agents.
    """
    part = count.reshape(-1)[at : at + SIXTEEN]
    some = sum(1 << k for k in range(SIXTEEN) if part[k] > 0)
    several = sum(1 << k for k in range(SIXTEEN) if part[k] > 1)
    return np.uint64(some), np.uint64(several)


def find_sixteen(numbers: Any, at: int) -> Any:
    """Which of sixteen int32 from number ``at`` on are not negative: bits."""
    part = numbers.reshape(-1)[at : at + SIXTEEN]
    return np.uint64(sum(1 << k for k in range(SIXTEEN) if part[k] >= 0))


@twin_of(look_at_sixteen)
def _look_compiled(count: Any, at: Any) -> Any:
    return lambda count, at: _look_at_sixteen(count, at)  # noqa: PLW0108


@twin_of(find_sixteen)
def _find_compiled(numbers: Any, at: Any) -> Any:
    return lambda numbers, at: _find_sixteen(numbers, at)  # noqa: PLW0108
