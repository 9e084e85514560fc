"""Copying: bytes from one address to another, for compiled code that walks a table of addresses."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


@intrinsic
def copy_bytes(typingctx: Any, target: Any, source: Any, count: Any) -> Any:
    """Copy ``count`` bytes from one address to another; they do not overlap."""

    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        to, of = (builder.inttoptr(address, cgutils.voidptr_t) for address in args[:2])
        cgutils.raw_memcpy(builder, to, of, args[2], 1)  # type: ignore[no-untyped-call]
        return ctx.get_dummy_value()

    return types.void(types.intp, types.intp, types.intp), codegen
