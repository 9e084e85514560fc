"""Answers the compiler need not look for twice: sizes of types, and what an operation gives.

numba asks LLVM for the size of a type by printing and parsing a module, some 3,000 times in a first
start, and tries each overload of ``+`` with all its error messages wherever two numbers are added.
Both depend on the types alone. Together they are a third of a first start.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numba import types
from numba.core.base import BaseContext
from numba.core.targetconfig import ConfigStack
from numba.core.types.functions import BaseFunction

_sizeof: Any = BaseContext.get_abi_sizeof
_call_type: Any = BaseFunction.get_call_type
#: Types that say all about what an operation with them gives.
_CLOSED = (types.Number, types.Boolean, types.Array, types.UniTuple)
_lock = threading.RLock()


class _Answers:
    """What has been answered so far."""

    def __init__(self) -> None:
        self._sizes: dict[tuple[int, str], int] = {}
        self._calls: dict[tuple[Any, ...], Any] = {}
        # Flags are compared by their 30 values; one object is asked for them once, and kept, so
        # that no other takes its id.
        self._flags: dict[int, tuple[Any, int]] = {}
        self._distinct: dict[Any, int] = {}

    def size(self, context: Any, kind: Any) -> int:
        """Bytes of an LLVM type."""
        key = (id(context.target_data), str(kind))
        if key not in self._sizes:
            self._sizes[key] = _sizeof(context, kind)
        return self._sizes[key]

    def call_type(self, function: Any, context: Any, args: tuple[Any, ...], kws: Any) -> Any:
        """Signature of a call of one of numba's own functions."""
        if kws or not all(isinstance(kind, _CLOSED) for kind in args):
            return _call_type(function, context, args, kws)
        key = (function, context, tuple(args), self._flags_of_caller())
        found = self._calls.get(key)
        # The function keeps what implements a signature; another one of the same name may not.
        if found is None or found.args not in function._impl_keys:
            found = self._calls[key] = _call_type(function, context, args, kws)
        return found

    def _flags_of_caller(self) -> int:
        """Number of the options in force: they are handed on to what is compiled for a call."""
        flags: Any = ConfigStack.top_or_none()  # type: ignore[no-untyped-call]
        if flags is None:
            return -1
        if id(flags) not in self._flags:
            number = self._distinct.setdefault(flags, len(self._distinct))
            self._flags[id(flags)] = flags, number
        return self._flags[id(flags)][1]


_answers = _Answers()


def _size(context: Any, ty: Any) -> int:
    return _answers.size(context, ty)


def _call(function: Any, context: Any, args: tuple[Any, ...], kws: Any) -> Any:
    return _answers.call_type(function, context, args, kws)


@contextmanager
def remembered() -> Iterator[None]:
    """Within this block numba answers from memory what it has answered before."""
    base: Any = BaseContext
    function: Any = BaseFunction
    with _lock:
        base.get_abi_sizeof, function.get_call_type = _size, _call
        try:
            yield
        finally:
            base.get_abi_sizeof, function.get_call_type = _sizeof, _call_type
