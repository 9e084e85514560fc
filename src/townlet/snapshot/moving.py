"""Moving: many pieces of memory copied by one compiled call.

A small town has three hundred columns of a few kilobytes. To copy each by NumPy takes longer than a
tick; the bytes themselves are copied in a tenth of one. Nobody has looked at the copies for long,
so whole lines are written around the caches: to read them first takes as long again, or longer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from townlet.ecs.copying import copy_bytes
from townlet.ecs.kernel import device, kernel
from townlet.ecs.launch import Launch, LaunchList
from townlet.ecs.schema import I64
from townlet_systems.lines import fence, stream

Array = npt.NDArray[Any]
#: Bytes from which on threads share the work: less is done before another one is awake.
_SHARED_FROM = 1 << 23
#: Bytes of a piece from which on it is cut among the threads.
_CUT_FROM = 1 << 16
#: Bytes of a line of a cache.
LINE = 64
_LINE = ir.VectorType(ir.IntType(32), LINE // 4)


@intrinsic
def _stream_line(typingctx: Any, target: Any, source: Any) -> Any:
    """Copy a line to an address that is a multiple of its length, around the caches."""

    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        to, of = (builder.inttoptr(address, _LINE.as_pointer()) for address in args)
        stream(builder, builder.load(of, align=1), to)
        return ctx.get_dummy_value()

    return types.void(types.intp, types.intp), codegen


@device
def copy_lines(target: int, source: int, count: int) -> None:
    """Copy ``count`` bytes; they do not overlap."""
    lines = count // LINE * LINE if target % LINE == 0 else 0
    for k in range(0, lines, LINE):
        _stream_line(target + k, source + k)  # type: ignore[call-arg]
    copy_bytes(target + lines, source + lines, count - lines)  # type: ignore[call-arg]


@kernel(over="lane")
def move(moves: I64, span: I64) -> None:
    """Copy the pieces of a lane.

    Args:
        moves: of each piece its new address, its address and its bytes, (pieces, 3).
        span: first piece of the lane and the one after its last, (lane, 2).
    """
    for k in range(span[0, 0], span[0, 1]):
        copy_lines(moves[k, 0], moves[k, 1], moves[k, 2])
    fence()  # the copies are read by another thread


class Mover:
    """Copies arrays into others, always the same ones.

    Args:
        pairs: arrays and what they are copied from, contiguous and as long; none ever moves.
        threads: how many share the work where it is much.
    """

    def __init__(self, pairs: Iterable[tuple[Array, Array]], threads: int = 1) -> None:
        self._pairs = [pair for pair in pairs if pair[0].size]  # keeps the memory
        much = sum(target.nbytes for target, _ in self._pairs) >= _SHARED_FROM
        self._threads = threads if much else 1
        lanes = [list(self._pieces(lane)) for lane in range(self._threads)]
        edges = np.cumsum([0, *map(len, lanes)])
        moves = np.array([piece for lane in lanes for piece in lane], np.int64).reshape(-1, 3)
        span = np.stack([edges[:-1], edges[1:]], axis=1).astype(np.int64)
        moves.flags.writeable = span.flags.writeable = False
        launch = Launch(
            move,  # type: ignore[arg-type]
            (moves, span),
            lambda array: "lane" if array is span else None,
        )
        launch.compile()
        self._run = LaunchList([launch], self._threads, self._threads > 1)

    def _pieces(self, lane: int) -> Iterable[tuple[int, int, int]]:
        """Target, source and bytes of what a lane copies: its part of what is long."""
        for target, source in self._pairs:
            low, high = 0, target.nbytes if lane == 0 else 0
            if target.nbytes >= _CUT_FROM:
                low, high = (self._edge(target.nbytes, k) for k in (lane, lane + 1))
            if high > low:
                yield target.ctypes.data + low, source.ctypes.data + low, high - low

    def _edge(self, size: int, lane: int) -> int:
        """Where a lane's part of so many bytes begins, at a line of its own."""
        whole = size * lane // self._threads
        return size if lane == self._threads else whole // LINE * LINE

    def __call__(self) -> None:
        """Copy all of it."""
        if self._threads > 1:
            numba.set_num_threads(self._threads)
        self._run()
