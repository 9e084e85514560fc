"""Ahead: what a loop over rows will soon read is asked for before it is needed.

Who decides, moves or is owed an update lies anywhere, and a row of observations is put together
from forty columns, more than a processor follows by itself. Asking changes nothing but when memory
comes: it is plain Python that does nothing, with a compiled twin of one instruction.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.np.arrayobj import make_array

from townlet_systems.lines import native, twin_of

#: So many rows ahead is far enough for memory, and near enough that nothing is pushed out again.
AHEAD = 6
_INT, _BYTES = ir.IntType(32), ir.IntType(8).as_pointer()


@native
def _ask(typingctx: Any, numbers: Any, at: Any) -> Any:
    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = make_array(signature.args[0])(ctx, builder, args[0]).data  # type: ignore[no-untyped-call]
        kind = ir.FunctionType(ir.VoidType(), [_BYTES, _INT, _INT, _INT])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")  # type: ignore[no-untyped-call]
        place = builder.bitcast(builder.gep(data, [args[1]]), _BYTES)
        # To read, into all caches, as data.
        builder.call(function, [place, *(ir.Constant(_INT, k) for k in (0, 3, 1))])
        return ctx.get_dummy_value()

    return types.void(numbers, types.intp), codegen


def ask_for(numbers: Any, at: int) -> None:
    """Let the line with number ``at`` of all of an array come; one beyond its end does no harm."""


@twin_of(ask_for)
def _ask_for_compiled(numbers: Any, at: Any) -> Any:
    return lambda numbers, at: _ask(numbers, at)  # noqa: PLW0108
