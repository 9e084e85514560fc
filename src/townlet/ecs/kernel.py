"""Kernels: functions of arrays, compiled. The one place for numba's settings.

A kernel sees arrays and integers, no world and no config. Called directly it runs at once (jitted;
``kernel.py_func`` runs it as plain Python). Called by a system while a schedule is being bound, the
call is *recorded*: the arrays never move, so the launch can be repeated every tick without touching
Python objects again (docs/design/0004-threading.md).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar, cast, overload

import numba
from numba import types
from numba.core.registry import CPUDispatcher

from townlet.ecs.inner import InnerCompiler, RareCompiler
from townlet.ecs.jit_cache import KernelCache, compile_lock

P = ParamSpec("P")
F = TypeVar("F", bound=Callable[..., Any])

#: One setting for all compiled code. No fastmath: authoritative state must not depend on how a
#: compiler reassociates. ``nogil`` lets other Python threads run beside a tick.
#: No reference counting: kernels allocate nothing, and arrays outlive them (7 against 52 ns for a
#: helper called with four arrays).
JIT_OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True, "_nrt": False}
#: For functions that only compiled code calls: without the wrappers Python and C would need, which
#: take a third of the compile time.
INNER_OPTIONS: dict[str, Any] = {
    **JIT_OPTIONS,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "pipeline_class": InnerCompiler,
}

Recorder = Callable[["Kernel", tuple[Any, ...]], None]
_recorder: Recorder | None = None


class _Inner(CPUDispatcher):
    """A dispatcher without an entry for Python: calling that would not raise but crash."""

    def __call__(self, *args: Any) -> Any:
        return self.py_func(*args)

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """One compiled form for whole numbers of any size, where the parameter is an ``int``.

        Otherwise each mixture of columns' dtypes and constants is compiled anew: 160 times for
        the three functions that emit events, a fifth of a first start.
        """
        return super().get_call_template(_widened(self.py_func, args), kws)


def _widened(function: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Types of a call, with int64 and plain bool for what the function says is int or bool."""
    names = function.__code__.co_varnames
    hints = (function.__annotations__.get(name) for name in names)
    return tuple(_wide(kind, hint) for kind, hint in zip(args, hints, strict=False))


def _wide(kind: Any, hint: Any) -> Any:
    plain = types.unliteral(kind)  # type: ignore[no-untyped-call]
    if hint in (int, "int") and isinstance(plain, types.Integer) and plain != types.uint64:
        return types.int64
    return types.boolean if hint in (bool, "bool") and plain == types.boolean else kind


def device(function: F) -> F:
    """Compile a helper that kernels call; it becomes part of each kernel.

    It is inlined: a call would copy every array header of every bundle. Called from Python it runs
    as plain Python.
    """
    compiled = numba.njit(forceinline=True, **INNER_OPTIONS)(function)
    compiled.__class__ = _Inner
    return cast(F, compiled)


def rare(function: F) -> F:
    """Compile a helper for what seldom happens: called, not inlined."""
    # What is not said here is taken from the caller, who is inlined.
    options = {**INNER_OPTIONS, "pipeline_class": RareCompiler, "forceinline": False}
    compiled = numba.njit(**options)(function)
    compiled.__class__ = _Inner
    return cast(F, compiled)


@dataclass(frozen=True)
class KernelOptions:
    """How a kernel may be split.

    Attributes:
        over: the table (first dimension) whose rows are independent; arrays of that table are
            handed over as slices, one per lane. None: the kernel runs once, whole.
        whole: parameters that are passed unsliced although they belong to that table; a field of
            a bundle is named with a dot, a bundle's name means all its fields.
        local: what a lane reads, no other lane of a local kernel writes; consecutive local kernels
            may then run lane by lane instead of one after the other.
    """

    over: str | None = None
    whole: frozenset[str] = frozenset()
    local: bool = False


class Kernel:
    """A function of arrays with its compiled form; made by :func:`kernel`."""

    def __init__(self, py_func: Callable[..., None], options: KernelOptions) -> None:
        self.py_func = py_func
        self.options = options
        functools.update_wrapper(self, py_func)

    @functools.cached_property
    def dispatcher(self) -> Any:
        """The jitted function, cached on disk."""
        dispatcher = numba.njit(**JIT_OPTIONS)(self.py_func)
        dispatcher._cache = KernelCache(self.py_func)  # type: ignore[no-untyped-call]
        compile_unlocked = dispatcher.compile

        def compile_locked(signature: Any) -> Any:
            with compile_lock(self.py_func):
                return compile_unlocked(signature)

        dispatcher.compile = compile_locked
        return dispatcher

    def __call__(self, *args: Any) -> None:
        """Run the kernel, or record the launch while a schedule is being bound."""
        if _recorder is not None:
            _recorder(self, args)
        else:
            self.dispatcher(*args)

    def __repr__(self) -> str:
        return f"<kernel {self.py_func.__module__}.{self.py_func.__qualname__}>"


@contextmanager
def recording(recorder: Recorder) -> Iterator[None]:
    """Within this block kernel calls go to ``recorder`` instead of running."""
    global _recorder  # noqa: PLW0603  (binding is single-threaded and never nested)
    if _recorder is not None:
        raise RuntimeError("a schedule is being bound already")
    _recorder = recorder
    try:
        yield
    finally:
        _recorder = None


@overload
def kernel(function: Callable[P, None]) -> Callable[P, None]: ...
@overload
def kernel(
    *, over: str | None = None, whole: tuple[str, ...] = (), local: bool = False
) -> Callable[[Callable[P, None]], Callable[P, None]]: ...
def kernel(
    function: Callable[P, None] | None = None,
    *,
    over: str | None = None,
    whole: tuple[str, ...] = (),
    local: bool = False,
) -> Any:
    """Declare a kernel: ``@kernel`` runs whole, ``@kernel(over="agent")`` is split over rows."""
    options = KernelOptions(over, frozenset(whole), local)
    if function is not None:
        return Kernel(function, options)
    return lambda py_func: Kernel(py_func, options)
