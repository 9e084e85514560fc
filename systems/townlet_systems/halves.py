"""Halves: float32 to float16 by integer arithmetic, the same on every processor.

Each function is plain Python, which is what tests run; rows are converted by a compiled twin.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from townlet_components.observation import LINE
from townlet_systems.lines import check_writable, line_address, native, stream, twin_of

_SIGN, _MAGNITUDE = 0x8000, 0x7FFFFFFF
#: Smallest magnitude that is a normal float16, and the first that rounds to infinity.
_NORMAL, _INFINITE = 0x38800000, 0x477FF000
#: What the exponents of the two types differ by; 0.5 as bits; float16's infinity.
_SHIFTED, _HALF, _ENDLESS = 0x38000000, 0x3F000000, 0x7C00
_LINES = 2 * LINE


def half_of(value: np.float32) -> int:
    """Bits of the nearest float16, ties to even; what is too large is infinite. No NaN."""
    word = int(np.float32(value).view(np.uint32))
    sign, size = (word >> 16) & _SIGN, word & _MAGNITUDE
    if size >= _INFINITE:
        return sign | _ENDLESS
    if size >= _NORMAL:
        return sign | ((size - _SHIFTED + 0xFFF + ((size >> 13) & 1)) >> 13)
    # Adding 0.5 leaves a subnormal's bits, rounded, at the end of the sum.
    total = np.float32(abs(np.float32(value)) + np.float32(0.5))
    return sign | (int(total.view(np.uint32)) - _HALF)


def copy_halves(words: Any, row: int, numbers: Any, start: int) -> None:
    """Write a lane's numbers as float16.

    Args:
        words: uint32 (rows, words), its base and rows 64-byte aligned.
        row: the row to write.
        numbers: float32 (1, numbers), those of the row from ``start`` on: 2 * words.
        start: where.
    """
    halves = [half_of(value) for value in numbers[0, start : start + 2 * words.shape[1]]]
    words[row] = np.array(halves, np.uint16).view(np.uint32)


@native
def _halve_line(typingctx: Any, words: Any, at: Any, numbers: Any, start: Any) -> Any:
    check_writable(words)

    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        whole, kinds = ir.VectorType(ir.IntType(32), _LINES), signature.args
        reals = ir.VectorType(ir.FloatType(), _LINES)
        shorts = ir.VectorType(ir.IntType(16), _LINES)

        def all_of(value: Any, vector: Any = whole) -> Any:
            return ir.Constant(vector, [value] * _LINES)

        source = line_address(ctx, builder, kinds[2], args[2], args[3], whole)
        word = builder.load(source, align=4)
        size = builder.and_(word, all_of(_MAGNITUDE))
        even = builder.and_(builder.lshr(size, all_of(13)), all_of(1))
        normal = builder.add(builder.sub(size, all_of(_SHIFTED - 0xFFF)), even)
        normal = builder.lshr(normal, all_of(13))
        total = builder.fadd(builder.bitcast(size, reals), all_of(0.5, reals))
        tiny = builder.sub(builder.bitcast(total, whole), all_of(_HALF))
        half = builder.select(builder.icmp_unsigned(">=", size, all_of(_NORMAL)), normal, tiny)
        large = builder.icmp_unsigned(">=", size, all_of(_INFINITE))
        half = builder.select(large, all_of(_ENDLESS), half)
        sign = builder.and_(builder.lshr(word, all_of(16)), all_of(_SIGN))
        half = builder.trunc(builder.or_(half, sign), shorts)
        stream(builder, half, line_address(ctx, builder, kinds[0], args[0], args[1], shorts))
        return ctx.get_dummy_value()

    return types.void(words, types.intp, numbers, types.intp), codegen


@twin_of(copy_halves)
def _copy_halves_compiled(words: Any, row: Any, numbers: Any, start: Any) -> Any:
    def copy(words: Any, row: Any, numbers: Any, start: Any) -> None:
        for k in range(0, words.shape[1], LINE):
            _halve_line(words, row * words.shape[1] + k, numbers, start + 2 * k)

    return copy
