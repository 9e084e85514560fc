"""Bits to numbers: lines of a buffer, written around the caches, from the bits that are set.

A line is 64 bytes. A whole line written with non-temporal stores need not be read first and does
not push out what the next system wants to find; LLVM knows them as a hint, so on processors without
them the same code stores plainly. Each function is plain Python, which is what tests run, and has a
compiled twin beside it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.errors import TypingError
from numba.extending import intrinsic, overload
from numba.np.arrayobj import make_array

from townlet.ecs.kernel import INNER_OPTIONS
from townlet_components.observation import LINE

_INLINE = {**INNER_OPTIONS, "forceinline": True}
_ONE = ir.Constant(ir.IntType(32), 1)
#: float16 1.0 and -1.0.
_HALF_ONE, _HALF_LESS = 0x3C00, 0xBC00


def _check_writable(words: Any) -> None:
    """Refuse what a system only reads, as the compiler does for plain assignments."""
    if not words.mutable:
        raise TypingError("Cannot modify readonly array")


def _line_address(ctx: Any, builder: Any, kind: Any, array: Any, at: Any, vector: Any) -> Any:
    """Address of word ``at`` of an array, as that of a vector."""
    data = make_array(kind)(ctx, builder, array).data  # type: ignore[no-untyped-call]
    words = builder.bitcast(data, ir.IntType(32).as_pointer())
    return builder.bitcast(builder.gep(words, [at]), vector.as_pointer())


def _stream(builder: Any, value: Any, address: Any) -> None:
    """Store a whole line without reading it into the caches."""
    store = builder.store(value, address, align=64)
    store.set_metadata("nontemporal", builder.module.add_metadata([_ONE]))


def _spread(lanes: int, element: Any, one: Any, less: Any) -> Any:
    """An intrinsic that writes a line: ``one`` where a bit is set, ``less`` where one of less is."""
    vector, flags = ir.VectorType(element, lanes), ir.VectorType(ir.IntType(1), lanes)

    @intrinsic
    def write(typingctx: Any, words: Any, at: Any, more: Any, fewer: Any) -> Any:
        _check_writable(words)

        def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
            def mask(bits: Any) -> Any:
                return builder.bitcast(builder.trunc(bits, ir.IntType(lanes)), flags)

            zero = ir.Constant(vector, [0] * lanes)
            value = builder.select(mask(args[3]), ir.Constant(vector, [less] * lanes), zero)
            value = builder.select(mask(args[2]), ir.Constant(vector, [one] * lanes), value)
            kind, array = signature.args[0], args[0]
            _stream(builder, value, _line_address(ctx, builder, kind, array, args[1], vector))
            return ctx.get_dummy_value()

        return types.void(words, types.intp, types.uint64, types.uint64), codegen

    return write


_write_floats = _spread(16, ir.FloatType(), 1.0, -1.0)
_write_halves = _spread(32, ir.IntType(16), _HALF_ONE, _HALF_LESS)


@intrinsic
def _copy_words(typingctx: Any, words: Any, at: Any, source: Any, start: Any) -> Any:
    _check_writable(words)

    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        vector = ir.VectorType(ir.IntType(32), LINE)
        kinds = signature.args
        value = builder.load(
            _line_address(ctx, builder, kinds[2], args[2], args[3], vector), align=4
        )
        _stream(builder, value, _line_address(ctx, builder, kinds[0], args[0], args[1], vector))
        return ctx.get_dummy_value()

    return types.void(words, types.intp, source, types.intp), codegen


@intrinsic
def _fence_stores(typingctx: Any) -> Any:
    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.fence("seq_cst")
        return ctx.get_dummy_value()

    return types.void(), codegen


@intrinsic
def _count_bits(typingctx: Any, value: Any) -> Any:
    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.int64(types.uint64), codegen


@intrinsic
def _lowest_bit(typingctx: Any, value: Any) -> Any:
    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), codegen


def _cells(bits: int, count: int) -> list[int]:
    return [(int(bits) >> k) & 1 for k in range(count)]


def write_floats(words: Any, at: int, more: int, fewer: int) -> None:
    """Write 16 float32: 1 where a bit of ``more`` is set, -1 where one of ``fewer`` is, else 0.

    Args:
        words: uint32 (rows, words), its base and rows 64-byte aligned.
        at: number of the word the line begins with, a multiple of 16.
        more, fewer: the lowest 16 bits count.
    """
    line = np.array(_cells(more, 16), np.float32) - np.array(_cells(fewer, 16), np.float32)
    words.reshape(-1)[at : at + LINE] = line.view(np.uint32)


def write_halves(words: Any, at: int, more: int, fewer: int) -> None:
    """Write 32 float16, as :func:`write_floats` does 16 float32."""
    line = np.array(_cells(more, 32), np.float16) - np.array(_cells(fewer, 32), np.float16)
    words.reshape(-1)[at : at + LINE] = line.view(np.uint32)


def copy_line(words: Any, at: int, source: Any, start: int) -> None:
    """Copy a line of 16 words from word ``start`` of an array of any elements."""
    words.reshape(-1)[at : at + LINE] = source.reshape(-1).view(np.uint32)[start : start + LINE]


def fence() -> None:
    """Let all lines be in memory before anybody is told that they are written."""


def ones(value: Any) -> int:
    """How many bits of a uint64 are set."""
    return int(value).bit_count()


def lowest(value: Any) -> int:
    """Number of the lowest bit set; 64 where none is."""
    return (int(value) & -int(value)).bit_length() - 1 if value else 64


@overload(write_floats, strict=False, jit_options=_INLINE)
def _write_floats_compiled(words: Any, at: Any, more: Any, fewer: Any) -> Any:
    return lambda words, at, more, fewer: _write_floats(words, at, more, fewer)


@overload(write_halves, strict=False, jit_options=_INLINE)
def _write_halves_compiled(words: Any, at: Any, more: Any, fewer: Any) -> Any:
    return lambda words, at, more, fewer: _write_halves(words, at, more, fewer)


@overload(copy_line, strict=False, jit_options=_INLINE)
def _copy_line_compiled(words: Any, at: Any, source: Any, start: Any) -> Any:
    return lambda words, at, source, start: _copy_words(words, at, source, start)


@overload(fence, strict=False, jit_options=_INLINE)
def _fence_compiled() -> Any:
    return lambda: _fence_stores()


@overload(ones, strict=False, jit_options=_INLINE)
def _ones_compiled(value: Any) -> Any:
    return lambda value: _count_bits(value)


@overload(lowest, strict=False, jit_options=_INLINE)
def _lowest_compiled(value: Any) -> Any:
    return lambda value: _lowest_bit(value)
