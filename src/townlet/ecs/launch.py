"""Launches: a kernel bound to its arrays, callable with three integers.

An entry point is compiled per kernel and set of array types. It finds its arrays in a table of
addresses (the context), takes the slice of its lane, and calls the kernel. So a launch costs the
same for 3 arrays or 30, the same machine code serves one thread and many, and a read-only array is
read-only for the compiler too: an undeclared write does not compile.
"""

from __future__ import annotations

import functools
import hashlib
import os
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.ccallback import CFunc
from numba.extending import intrinsic

from townlet.ecs.answers import remembered
from townlet.ecs.bundle import LANE, ROWS, WHOLE, WORD, ArraySlot, BundleType, reader
from townlet.ecs.jit_cache import KernelCache, compile_lock
from townlet.ecs.kernel import INNER_OPTIONS, JIT_OPTIONS, Kernel

_ENTRY_SIGNATURE = types.void(types.intp, types.intp, types.intp)
_entries: dict[str, CFunc] = {}


class LaunchError(TypeError):
    """A kernel was called with something a launch cannot hold."""


@intrinsic
def context_word(typingctx: Any, context: Any, index: Any) -> Any:
    """Read word ``index`` of the context."""

    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        base = builder.inttoptr(args[0], WORD.as_pointer())
        return builder.load(builder.gep(base, [args[1]]))

    return types.intp(types.intp, types.intp), codegen


def _array_type(array: npt.NDArray[Any]) -> types.Array:
    element = numba.from_dtype(array.dtype)
    return types.Array(element, array.ndim, "C", readonly=not array.flags.writeable)


def _entry_source(name: str, slots: list[ArraySlot | BundleType]) -> str:
    """Python source of an entry point, for what the kernel is called with."""
    lines = [
        f"def {name}(context, lane, lanes):",
        "    rows = word(context, 0)",
        "    low = rows * lane // lanes",
        "    high = rows * (lane + 1) // lanes",
    ]
    offset = 1
    for k, slot in enumerate(slots):
        lines.append(f"    a{k} = read{k}(context + {8 * offset}, low, high, lane)")
        offset += slot.words
    lines.append(f"    kernel({', '.join(f'a{k}' for k in range(len(slots)))})")
    return "\n".join(lines) + "\n"


class Launch:
    """One kernel with its arrays.

    Args:
        kernel: the kernel.
        args: its arrays, and bundles of arrays (named tuples, which may hold bundles). Arrays are
            C-contiguous; they must outlive the launch and never move.
        table_of: says which table an array's first dimension belongs to (None: none).

    Raises:
        LaunchError: an argument is something else, or arrays of the kernel's table differ in rows.
    """

    def __init__(self, kernel: Kernel, args: tuple[Any, ...], table_of: Any) -> None:
        self.kernel = kernel
        self.arrays: list[npt.NDArray[Any]] = []
        self.rows = 1
        self.address = 0
        self._words: list[int] = [1]
        code = kernel.py_func.__code__
        names = code.co_varnames[: code.co_argcount]
        self._slots = [
            self._add(name, arg, table_of) for name, arg in zip(names, args, strict=True)
        ]
        self._words[0] = self.rows
        self.context = np.array(self._words, np.int64)

    def _add(self, name: str, argument: Any, table_of: Any) -> ArraySlot | BundleType:
        """Take an array or a bundle in; returns what lies in the context now."""
        fields = getattr(argument, "_fields", None)
        if fields is not None:
            parts = {f: self._add(f"{name}.{f}", getattr(argument, f), table_of) for f in fields}
            return BundleType(type(argument).__name__, parts)
        self._check(name, argument)
        slicing = self._slicing(name, table_of(argument))
        if slicing == ROWS:
            self._agree_on_rows(name, argument)
        self._words += [argument.ctypes.data, *argument.shape]
        self.arrays.append(argument)
        return ArraySlot(_array_type(argument), slicing)

    def _check(self, name: str, array: Any) -> None:
        if not isinstance(array, np.ndarray) or not array.flags.c_contiguous or array.ndim == 0:
            raise LaunchError(
                f"{self.kernel!r}: argument {name!r} must be a C-contiguous array of a component"
            )

    def _slicing(self, name: str, table: str | None) -> int:
        """How a lane gets an array of this table."""
        options = self.kernel.options
        parts = name.split(".")
        within = {".".join(parts[: k + 1]) for k in range(len(parts))}
        if options.over is None or within & options.whole:
            return WHOLE
        if table == "lane":
            return LANE
        return ROWS if table == options.over else WHOLE

    def _agree_on_rows(self, name: str, array: npt.NDArray[Any]) -> None:
        if self.rows not in (1, array.shape[0]):
            raise LaunchError(
                f"{self.kernel!r}: {name!r} has {array.shape[0]} rows, the others {self.rows}"
            )
        self.rows = array.shape[0]

    @property
    def splits(self) -> bool:
        """The launch may be cut into lanes."""
        return self.kernel.options.over is not None

    @property
    def key(self) -> str:
        """Names the entry point: the kernel, the array types and how they are sliced."""
        function = self.kernel.py_func
        call = ", ".join(str(slot) for slot in self._slots)
        text = f"{function.__module__}.{function.__qualname__}({call})"
        return f"entry_{function.__name__}_{hashlib.sha256(text.encode()).hexdigest()[:16]}"

    def compile(self) -> bool:
        """Compile the entry point, or load it from the cache; sets ``address``.

        Returns:
            Whether it had to be compiled.

        Raises:
            numba.core.errors.TypingError: the kernel writes an array it was given read-only.
        """
        known = self.key in _entries
        if not known:
            _entries[self.key] = self._compile_entry()
        entry = _entries[self.key]
        self.address = int(entry.address or 0)
        return not known and not entry.cache_hits

    def _compile_entry(self) -> CFunc:
        function = self.kernel.py_func
        scope: dict[str, Any] = {
            "kernel": numba.njit(forceinline=True, **INNER_OPTIONS)(function),
            "word": context_word,
            "__name__": function.__module__,
            **{f"read{k}": reader(slot) for k, slot in enumerate(self._slots)},
        }
        source = _entry_source(self.key, self._slots)
        exec(compile(source, function.__code__.co_filename, "exec"), scope)
        entry = CFunc(scope[self.key], (_ENTRY_SIGNATURE.args, types.void), {}, dict(JIT_OPTIONS))
        entry._cache = KernelCache(scope[self.key])  # type: ignore
        with compile_lock(function), remembered():
            entry.compile()
        return entry


@intrinsic
def call_entry(typingctx: Any, address: Any, context: Any, lane: Any, lanes: Any) -> Any:
    """Call the entry point at ``address``."""

    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        entry = ir.FunctionType(ir.VoidType(), [WORD, WORD, WORD])
        builder.call(builder.inttoptr(args[0], entry.as_pointer()), args[1:])
        return ctx.get_dummy_value()

    return types.void(types.intp, types.intp, types.intp, types.intp), codegen


def _serial(address: int, context: int, lanes: int) -> None:
    """Run all lanes one after the other."""
    for lane in range(lanes):
        call_entry(address, context, lane, lanes)  # type: ignore[call-arg]


def _parallel(address: int, context: int, lanes: int) -> None:
    """Run the lanes on numba's threads."""
    for lane in numba.prange(lanes):
        call_entry(address, context, lane, lanes)  # type: ignore[call-arg]


def compile_driver(function: Any, words: int, parallel: bool) -> Any:
    """Compile what starts launches.

    Args:
        function: takes whole numbers and returns nothing.
        words: how many.
        parallel: its ``prange`` loops run on numba's threads.
    """
    if parallel:
        # Read by GNU OpenMP when it is loaded. Its default (300,000) lets a waiting thread hold a
        # core that the other thread, or another program, needs: 7 instead of 3 ms per tick at
        # 20,000 agents beside one busy process, and no slower on a quiet machine.
        os.environ.setdefault("GOMP_SPINCOUNT", "3000")
    with compile_lock(function):
        dispatcher = numba.njit(parallel=parallel, **JIT_OPTIONS)(function)
        dispatcher._cache = KernelCache(function)  # type: ignore[no-untyped-call]
        dispatcher.compile(types.void(*(types.intp,) * words))
        dispatcher.disable_compile()
    return dispatcher


@functools.cache
def driver(parallel: bool) -> Any:
    """The compiled function ``(address, context, lanes)`` that runs the lanes of a launch."""
    return compile_driver(_parallel if parallel else _serial, 3, parallel)


@intrinsic
def read_cycles(typingctx: Any) -> Any:
    """The processor's time stamp counter."""

    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        counter = ir.FunctionType(WORD, [])
        read = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
            builder.module, counter, "llvm.readcyclecounter"
        )
        return builder.call(read, [])

    return types.intp(), codegen


@intrinsic
def add_to_word(typingctx: Any, base: Any, index: Any, value: Any) -> Any:
    """Add to word ``index`` of a table."""

    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        table = builder.inttoptr(args[0], WORD.as_pointer())
        place = builder.gep(table, [args[1]])
        builder.store(builder.add(builder.load(place), args[2]), place)
        return ctx.get_dummy_value()

    return types.void(types.intp, types.intp, types.intp), codegen


def _all_serial(table: int, count: int, lanes: int) -> None:
    """Run ``count`` launches, one lane of all of them after the other."""
    for lane in range(lanes):
        for k in range(count):
            address: Any = context_word(table, 2 * k)  # type: ignore[call-arg]
            context: Any = context_word(table, 2 * k + 1)
            call_entry(address, context, lane, lanes)


def _all_parallel(table: int, count: int, lanes: int) -> None:
    """The same, with the lanes on numba's threads."""
    for lane in numba.prange(lanes):
        for k in range(count):
            address: Any = context_word(table, 2 * k)  # type: ignore[call-arg]
            context: Any = context_word(table, 2 * k + 1)
            call_entry(address, context, lane, lanes)


class LaunchList:
    """Launches that may run side by side and in any order, run by one call.

    Args:
        launches: compiled launches.
        lanes: parts each is cut into.
        parallel: the lanes run on numba's threads.
    """

    def __init__(self, launches: list[Launch], lanes: int, parallel: bool) -> None:
        words = [w for x in launches for w in (x.address, x.context.ctypes.data)]
        self._launches, self._table = launches, np.array(words, np.int64)
        self._arguments = (self._table.ctypes.data, len(launches), lanes)
        self._run = _list_driver(parallel)

    def __call__(self) -> None:
        """Run all launches once."""
        self._run(*self._arguments)


@functools.cache
def _list_driver(parallel: bool) -> Any:
    return compile_driver(_all_parallel if parallel else _all_serial, 3, parallel)


def _lane_by_lane(table: int, count: int, lanes: int, cycles: int) -> None:
    """Run ``count`` launches for one lane after the other, and add up their cycles."""
    for lane in numba.prange(lanes):
        before: Any = read_cycles()  # type: ignore[call-arg]
        for k in range(count):
            address = context_word(table, 2 * k)
            context = context_word(table, 2 * k + 1)
            call_entry(address, context, lane, lanes)
            now = read_cycles()
            add_to_word(cycles, lane * count + k, now - before)
            before = now


class FusedLaunch:
    """Consecutive launches of local kernels, run lane by lane so that a lane's rows stay in cache.

    Args:
        launches: compiled launches of one table.
        lanes: parts; small enough that the rows of one fit the cache.
    """

    def __init__(self, launches: list[Launch], lanes: int) -> None:
        words = [w for x in launches for w in (x.address, x.context.ctypes.data)]
        self._table = np.array(words, np.int64)
        self._arguments = (self._table.ctypes.data, len(launches), lanes)
        #: Cycles spent per lane and launch, int64 (lanes, launches).
        self.cycles = np.zeros((lanes, len(launches)), np.int64)
        self._run = _fused_driver()

    def __call__(self) -> None:
        """Run all launches once."""
        self._run(*self._arguments, self.cycles.ctypes.data)

    def shares(self) -> npt.NDArray[np.float64]:
        """Share of the time each launch took, (launches,); equal shares before the first run."""
        return shares_of(self.cycles)


def shares_of(cycles: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Share of each launch, (launches,), in cycles (lanes, launches); all equal without any."""
    spent = cycles.sum(axis=0).astype(np.float64)
    total = spent.sum()
    return spent / total if total > 0 else np.full(len(spent), 1 / len(spent))


@functools.cache
def _fused_driver() -> Any:
    return compile_driver(_lane_by_lane, 4, parallel=True)
