"""Lines: rows of buffers, written 64 bytes at a time and around the caches.

A whole line written with non-temporal stores need not be read first and does not push out what the
next system wants to find; LLVM takes them as a hint, so on processors without them the same code
stores plainly. Each function is plain Python, which is what tests run, and has a compiled twin.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic, overload
from numba.np.arrayobj import make_array

from townlet.ecs.kernel import INNER_OPTIONS
from townlet_components.observation import LINE

#: How the compiled twins are compiled.
_INLINE = {**INNER_OPTIONS, "forceinline": True}
_ONE = ir.Constant(ir.IntType(32), 1)
#: float16 1.0 and -1.0.
_HALF_ONE, _HALF_LESS = 0x3C00, 0xBC00
#: What a byte is multiplied with to become a number up to 1.
_SHARE = np.float32(1 / 255)


def native(function: Any) -> Any:
    """Mark a function that emits a few instructions of LLVM; compiled code calls it."""
    return intrinsic(function)


def twin_of(function: Callable[..., Any]) -> Callable[[Any], Any]:
    """Mark what compiled code runs in the place of a plain Python function."""
    found: Callable[[Any], Any] = overload(function, strict=False, jit_options=cast(Any, _INLINE))
    return found


def check_writable(words: Any) -> None:
    """Refuse what a system only reads, as the compiler does for plain assignments."""
    if not words.mutable:
        raise TypingError("Cannot modify readonly array")


def line_address(ctx: Any, builder: Any, kind: Any, array: Any, at: Any, vector: Any) -> Any:
    """Address of word ``at`` of an array, as that of a vector."""
    data = make_array(kind)(ctx, builder, array).data  # type: ignore[no-untyped-call]
    words = builder.bitcast(data, ir.IntType(32).as_pointer())
    return builder.bitcast(builder.gep(words, [at]), vector.as_pointer())


def stream(builder: Any, value: Any, address: Any) -> None:
    """Store a whole line without reading it into the caches."""
    store = builder.store(value, address, align=64)
    store.set_metadata("nontemporal", builder.module.add_metadata([_ONE]))


def _spread(lanes: int, element: Any, one: Any, less: Any) -> Any:
    """An intrinsic that writes a line: ``one`` where a bit of more is set, ``less`` for fewer."""
    vector, flags = ir.VectorType(element, lanes), ir.VectorType(ir.IntType(1), lanes)

    @native
    def write(typingctx: Any, words: Any, at: Any, more: Any, fewer: Any) -> Any:
        check_writable(words)

        def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
            def mask(bits: Any) -> Any:
                return builder.bitcast(builder.trunc(bits, ir.IntType(lanes)), flags)

            zero = ir.Constant(vector, [0] * lanes)
            value = builder.select(mask(args[3]), ir.Constant(vector, [less] * lanes), zero)
            value = builder.select(mask(args[2]), ir.Constant(vector, [one] * lanes), value)
            kind, array = signature.args[0], args[0]
            stream(builder, value, line_address(ctx, builder, kind, array, args[1], vector))
            return ctx.get_dummy_value()

        return types.void(words, types.intp, types.uint64, types.uint64), codegen

    return write


_write_floats = _spread(16, ir.FloatType(), 1.0, -1.0)
_write_halves = _spread(32, ir.IntType(16), _HALF_ONE, _HALF_LESS)


@native
def _copy_words(typingctx: Any, words: Any, at: Any, source: Any, start: Any) -> Any:
    check_writable(words)

    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        vector = ir.VectorType(ir.IntType(32), LINE)
        kinds = signature.args
        value = builder.load(
            line_address(ctx, builder, kinds[2], args[2], args[3], vector), align=4
        )
        stream(builder, value, line_address(ctx, builder, kinds[0], args[0], args[1], vector))
        return ctx.get_dummy_value()

    return types.void(words, types.intp, source, types.intp), codegen


@native
def _clear_part(typingctx: Any, numbers: Any, at: Any, count: Any) -> Any:
    check_writable(numbers)

    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = make_array(signature.args[0])(ctx, builder, args[0]).data  # type: ignore[no-untyped-call]
        size = np.dtype(str(numbers.dtype)).itemsize
        length = builder.mul(args[2], ir.Constant(ir.IntType(64), size))
        cgutils.memset(builder, builder.gep(data, [args[1]]), length, 0)  # type: ignore[no-untyped-call]
        return ctx.get_dummy_value()

    return types.void(numbers, types.intp, types.intp), codegen


@native
def _set_number(typingctx: Any, numbers: Any, at: Any, value: Any) -> Any:
    check_writable(numbers)

    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = make_array(signature.args[0])(ctx, builder, args[0]).data  # type: ignore[no-untyped-call]
        builder.store(args[2], builder.gep(data, [args[1]]))
        return ctx.get_dummy_value()

    return types.void(numbers, types.intp, types.float32), codegen


@native
def _set_bytes(typingctx: Any, numbers: Any, at: Any, code: Any) -> Any:
    check_writable(numbers)

    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        numbers_of = ir.VectorType(ir.FloatType(), 8)
        kind, array = signature.args[0], args[0]
        cells = builder.bitcast(args[2], ir.VectorType(ir.IntType(8), 8))
        cells = builder.zext(cells, ir.VectorType(ir.IntType(32), 8))
        value = builder.sitofp(cells, numbers_of)
        value = builder.fmul(value, ir.Constant(numbers_of, [float(_SHARE)] * 8))
        data = make_array(kind)(ctx, builder, array).data  # type: ignore[no-untyped-call]
        address = builder.bitcast(builder.gep(data, [args[1]]), numbers_of.as_pointer())
        builder.store(value, address, align=4)
        return ctx.get_dummy_value()

    return types.void(numbers, types.intp, types.uint64), codegen


@native
def _note_changes(typingctx: Any, noted: Any, at: Any, bits: Any, start: Any) -> Any:
    check_writable(noted)

    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        vector = ir.VectorType(ir.IntType(16), LINE)

        def place(which: int) -> Any:
            kind, array = signature.args[which], args[which]
            data = make_array(kind)(ctx, builder, array).data  # type: ignore[no-untyped-call]
            address = builder.gep(data, [args[which + 1]])
            return builder.bitcast(address, vector.as_pointer())

        new = builder.load(place(2), align=8)
        old = builder.load(place(0), align=8)
        builder.store(new, place(0), align=8)
        differ = builder.icmp_unsigned("!=", new, old)
        return builder.zext(builder.bitcast(differ, ir.IntType(LINE)), ir.IntType(64))

    return types.uint64(noted, types.intp, bits, types.intp), codegen


@native
def _fence_stores(typingctx: Any) -> Any:
    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.fence("seq_cst")
        return ctx.get_dummy_value()

    return types.void(), codegen


def _cells(bits: int, count: int) -> list[int]:
    return [(int(bits) >> k) & 1 for k in range(count)]


def write_floats(words: Any, at: int, more: Any, fewer: Any) -> None:
    """Write 16 float32: 1 where a bit of ``more`` is set, -1 where one of ``fewer`` is, else 0.

    Args:
        words: uint32 (rows, words), its base and rows 64-byte aligned.
        at: number of the word the line begins with, a multiple of 16.
        more, fewer: the lowest 16 bits count.
    """
    line = np.array(_cells(more, 16), np.float32) - np.array(_cells(fewer, 16), np.float32)
    words.reshape(-1)[at : at + LINE] = line.view(np.uint32)


def write_halves(words: Any, at: int, more: Any, fewer: Any) -> None:
    """Write 32 float16, as :func:`write_floats` does 16 float32."""
    line = np.array(_cells(more, 32), np.float16) - np.array(_cells(fewer, 32), np.float16)
    words.reshape(-1)[at : at + LINE] = line.view(np.uint32)


def copy_line(words: Any, at: int, source: Any, start: int) -> None:
    """Copy a line of 16 words from word ``start`` of an array of any elements."""
    words.reshape(-1)[at : at + LINE] = source.reshape(-1).view(np.uint32)[start : start + LINE]


def clear_part(numbers: Any, at: int, count: int) -> None:
    """Set ``count`` numbers of an array to 0, from number ``at`` of all on."""
    numbers.reshape(-1)[at : at + count] = 0


def put_number(numbers: Any, at: int, value: Any) -> None:
    """``numbers[0, at] = value``, where ``at`` is known not to be negative."""
    numbers[0, at] = value


def put_bytes(numbers: Any, at: int, code: Any, count: int) -> None:
    """Write up to 8 bytes of a uint64, the lowest first, as numbers: byte * (1 / 255) in float32.

    Args:
        numbers: float32 (1, numbers).
        at: where to begin.
        code: the bytes.
        count: how many of them; more than 8 means 8.
    """
    for k in range(min(count, 8)):
        numbers[0, at + k] = np.float32((int(code) >> 8 * k) & 0xFF) * _SHARE


def note_changes(noted: Any, at: int, bits: Any, start: int) -> Any:
    """Bring four words up to date; say in which of their sixteen parts of 16 bits they differed.

    Args:
        noted: uint64 (rows, words), changed from word ``at`` of all.
        at: where.
        bits: uint64 (1, words): what is new, from word ``start``.
        start: where.

    Returns:
        A uint64 of which bit k says that part k was another.
    """
    old, new = noted.reshape(-1)[at : at + 4], bits[0, start : start + 4]
    differ = old.view(np.uint16) != new.view(np.uint16)
    old[:] = new
    return np.uint64(sum(1 << k for k in range(LINE) if differ[k]))


def fence() -> None:
    """Let all lines be in memory before anybody is told that they are written."""


@twin_of(write_floats)
def _write_floats_compiled(words: Any, at: Any, more: Any, fewer: Any) -> Any:
    return lambda words, at, more, fewer: _write_floats(words, at, more, fewer)  # noqa: PLW0108


@twin_of(write_halves)
def _write_halves_compiled(words: Any, at: Any, more: Any, fewer: Any) -> Any:
    return lambda words, at, more, fewer: _write_halves(words, at, more, fewer)  # noqa: PLW0108


@twin_of(copy_line)
def _copy_line_compiled(words: Any, at: Any, source: Any, start: Any) -> Any:
    return lambda words, at, source, start: _copy_words(words, at, source, start)  # noqa: PLW0108


@twin_of(clear_part)
def _clear_part_compiled(numbers: Any, at: Any, count: Any) -> Any:
    return lambda numbers, at, count: _clear_part(numbers, at, count)  # noqa: PLW0108


@twin_of(put_number)
def _put_number_compiled(numbers: Any, at: Any, value: Any) -> Any:
    return lambda numbers, at, value: _set_number(numbers, at, value)  # noqa: PLW0108


@twin_of(put_bytes)
def _put_bytes_compiled(numbers: Any, at: Any, code: Any, count: Any) -> Any:
    def put(numbers: Any, at: Any, code: Any, count: Any) -> None:
        if count >= 8:
            _set_bytes(numbers, at, code)
            return
        for k in range(count):
            byte = np.int64((code >> np.uint64(8 * k)) & np.uint64(0xFF))
            _set_number(numbers, at + k, np.float32(byte) * _SHARE)

    return put


@twin_of(note_changes)
def _note_changes_compiled(noted: Any, at: Any, bits: Any, start: Any) -> Any:
    return lambda noted, at, bits, start: _note_changes(noted, at, bits, start)  # noqa: PLW0108


@twin_of(fence)
def _fence_compiled() -> Any:
    return lambda: _fence_stores()  # noqa: PLW0108
