"""Ranking: the ties of an agent as they are now, eight at a time, and who ranks next.

Who is liked more than rivalled, trust + familiarity > rivalry, is a friend, and ranks by that sum;
any other with rivalry is a rival, and ranks by it. Each function is plain Python, which is what
tests run; beside it stands its compiled twin in vectors: which of six ties is a friend's and which
a rival's cannot be guessed, and a branch guessed wrong costs more than all of the arithmetic.
"""

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.np.arrayobj import make_array

from townlet.ecs import F32, I32, I64
from townlet_components.observation import FAMILIARITY, FRIEND, RIVAL, RIVALRY, TRUST
from townlet_systems.bonds import faded, strength
from townlet_systems.lines import check_writable, native, twin_of
from townlet_systems.vectors import fade, repeat

#: Ties read at a time; lists of a lane are padded to it.
EIGHT = 8
#: A rank is a score's bits, then the other's slot, lower ones first, then the number of the tie.
_SLOTS = (1 << 24) - 1
_INT, _LONG = ir.IntType(32), ir.IntType(64)
_INTS, _LONGS = ir.VectorType(_INT, EIGHT), ir.VectorType(_LONG, EIGHT)
_FLOATS = ir.VectorType(ir.FloatType(), EIGHT)
_DOUBLES = ir.VectorType(ir.DoubleType(), EIGHT)
_FLAGS = ir.VectorType(ir.IntType(1), EIGHT)


class Pairs(NamedTuple):
    """Ties by row, as they were written; see ``Ties``."""

    other: I32
    at: I32
    trust: F32
    familiarity: F32
    rivalry: F32


def rank_of(score: np.float32, slot: int, k: int) -> int:
    """A number that is the larger, the higher a score is; of equals, the lower the slot."""
    bits = int(np.float32(score).view(np.int32))
    return (bits << 32) | ((_SLOTS - int(slot)) << 8) | k


def rank_eight(
    bond: F32, rank: I64, pairs: Pairs, row: int, first: int, count: int, slow: float,
    fast: float, weak: np.float32, tick: int,
) -> int:  # fmt: skip
    """Read and rank up to eight ties of an agent.

    Args:
        bond: result, (1, part, tie): values now; no rivalry where a tie is too weak.
        rank: result, (1, list, tie); -1: it does not rank there.
        pairs: ties by row.
        row: whose.
        first, count: which of them; places up to eight are written.
        slow, fast: what trust and familiarity lose per tick, and rivalry.
        weak: a tie weaker than that does not count.
        tick: now.

    Returns:
        How many count.
    """
    known = 0
    for k in range(first, first + EIGHT):
        values = [np.float32(0)] * 3
        ranks = [-1, -1]
        if k < first + count:
            elapsed = int(tick) - int(pairs.at[row, k])
            trust = faded(pairs.trust[row, k], slow, elapsed)
            familiarity = faded(pairs.familiarity[row, k], slow, elapsed)
            rivalry = faded(pairs.rivalry[row, k], fast, elapsed)
            other, liked = int(pairs.other[row, k]), trust + familiarity
            counts = other >= 0 and strength(trust, familiarity, rivalry) >= weak
            values = [trust, familiarity, rivalry if counts else np.float32(0)]
            known += 1 if counts else 0
            if counts and liked > rivalry:
                ranks[FRIEND] = rank_of(liked, other, k)
            elif counts and rivalry > 0:
                ranks[RIVAL] = rank_of(rivalry, other, k)
        bond[0, :, k] = values
        rank[0, :, k] = ranks
    return known


def next_rank(rank: I64, which: int, below: int) -> int:
    """The highest rank of a list below ``below``; -1 none. Its last byte is the tie's number."""
    return max((int(r) for r in rank[0, which] if r < below), default=-1)


def _data(ctx: Any, builder: Any, kind: Any, array: Any) -> Any:
    return make_array(kind)(ctx, builder, array).data  # type: ignore[no-untyped-call]


def _splat(value: Any, vector: Any) -> Any:
    return ir.Constant(vector, [value] * EIGHT)


class _Eight:
    """Emits the vector code of :func:`rank_eight`."""

    def __init__(self, ctx: Any, builder: Any, signature: Any, args: Any) -> None:
        self.ctx, self.builder = ctx, builder
        self.kinds, self.args = signature.args, args
        numbers = ir.Constant(_LONGS, list(range(EIGHT)))
        self.number = builder.add(repeat(builder, args[8], _LONGS), numbers)
        count = repeat(builder, args[9], _LONGS)
        self.mask = builder.icmp_signed("<", numbers, count)

    def load(self, which: int, vector: Any) -> Any:
        """Eight elements of an argument, 0 beyond the agent's ties."""
        builder, data = (
            self.builder,
            _data(self.ctx, self.builder, self.kinds[which], self.args[which]),
        )
        address = builder.bitcast(builder.gep(data, [self.args[7]]), vector.as_pointer())
        kind = ir.FunctionType(vector, [vector.as_pointer(), _INT, _FLAGS, vector])
        letter = "f32" if vector is _FLOATS else "i32"
        name = f"llvm.masked.load.v{EIGHT}{letter}.p0"
        function = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
        return builder.call(function, [address, ir.Constant(_INT, 4), self.mask, _splat(0, vector)])

    def size(self, value: Any) -> Any:
        """Magnitudes."""
        bits = self.builder.bitcast(value, _INTS)
        bits = self.builder.and_(bits, _splat(0x7FFFFFFF, _INTS))
        return self.builder.bitcast(bits, _FLOATS)

    def larger(self, a: Any, b: Any) -> Any:
        """The larger of each two."""
        return self.builder.select(self.builder.fcmp_ordered(">", a, b), a, b)

    def rank(self, score: Any, other: Any, who: Any) -> Any:
        """Ranks by a score, -1 for who does not rank."""
        builder = self.builder
        high = builder.zext(builder.bitcast(score, _INTS), _LONGS)
        high = builder.shl(high, _splat(32, _LONGS))
        low = builder.zext(builder.sub(_splat(_SLOTS, _INTS), other), _LONGS)
        low = builder.shl(low, _splat(8, _LONGS))
        whole = builder.or_(builder.or_(high, low), self.number)
        return builder.select(who, whole, _splat(-1, _LONGS))

    def store(self, value: Any, which: int, part: int) -> None:
        """Write eight elements of one part of a lane's list."""
        builder, kind = self.builder, self.kinds[which]
        array = make_array(kind)(self.ctx, builder, self.args[which])  # type: ignore[no-untyped-call]
        width = builder.extract_value(array.shape, 2)
        at = builder.add(builder.mul(width, ir.Constant(_LONG, part)), self.args[8])
        address = builder.bitcast(builder.gep(array.data, [at]), value.type.as_pointer())
        builder.store(value, address, align=4)


@native
def _rank_ties(
    typingctx: Any, bond: Any, rank: Any, other: Any, at: Any, trust: Any, familiarity: Any,
    rivalry: Any, flat: Any, first: Any, count: Any, slow: Any, fast: Any, weak: Any, tick: Any,
) -> Any:  # fmt: skip
    check_writable(bond)
    check_writable(rank)

    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        eight = _Eight(ctx, builder, signature, args)
        others = eight.load(2, _INTS)
        now = builder.trunc(args[13], _INT)
        elapsed = builder.sub(repeat(builder, now, _INTS), eight.load(3, _INTS))
        elapsed = builder.sitofp(elapsed, _DOUBLES)
        slowly = builder.fmul(repeat(builder, args[10], _DOUBLES), elapsed)
        fading = builder.fmul(repeat(builder, args[11], _DOUBLES), elapsed)
        trusts = fade(builder, eight.load(4, _FLOATS), slowly)
        known = fade(builder, eight.load(5, _FLOATS), slowly)
        rivals = fade(builder, eight.load(6, _FLOATS), fading)
        most = eight.larger(eight.larger(eight.size(trusts), eight.size(known)), rivals)
        counts = builder.fcmp_ordered(">=", most, repeat(builder, args[12], _FLOATS))
        counts = builder.and_(counts, builder.icmp_signed(">=", others, _splat(0, _INTS)))
        counts = builder.and_(counts, eight.mask)
        liked = builder.fadd(trusts, known)
        friend = builder.fcmp_ordered(">", liked, rivals)
        rival = builder.and_(
            builder.not_(friend), builder.fcmp_ordered(">", rivals, _splat(0.0, _FLOATS))
        )
        eight.store(trusts, 0, TRUST)
        eight.store(known, 0, FAMILIARITY)
        eight.store(builder.select(counts, rivals, _splat(0.0, _FLOATS)), 0, RIVALRY)
        eight.store(eight.rank(liked, others, builder.and_(friend, counts)), 1, FRIEND)
        eight.store(eight.rank(rivals, others, builder.and_(rival, counts)), 1, RIVAL)
        flags = builder.zext(builder.bitcast(counts, ir.IntType(EIGHT)), _LONG)
        return builder.ctpop(flags)

    real = types.float64
    return types.int64(
        bond, rank, other, at, trust, familiarity, rivalry, types.intp, types.intp, types.intp,
        real, real, types.float32, types.intp,
    ), codegen  # fmt: skip


@native
def _highest(typingctx: Any, rank: Any, at: Any, below: Any) -> Any:
    def codegen(ctx: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = _data(ctx, builder, signature.args[0], args[0])
        address = builder.bitcast(builder.gep(data, [args[1]]), _LONGS.as_pointer())
        ranks = builder.load(address, align=8)
        lower = builder.icmp_signed("<", ranks, repeat(builder, args[2], _LONGS))
        ranks = builder.select(lower, ranks, _splat(-1, _LONGS))
        name = f"llvm.vector.reduce.smax.v{EIGHT}i64"
        kind = ir.FunctionType(_LONG, [_LONGS])
        function = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
        return builder.call(function, [ranks])

    return types.int64(rank, types.intp, types.int64), codegen


@twin_of(rank_eight)
def _rank_eight_compiled(
    bond: Any, rank: Any, pairs: Any, row: Any, first: Any, count: Any, slow: Any, fast: Any,
    weak: Any, tick: Any,
) -> Any:  # fmt: skip
    def read(
        bond: Any, rank: Any, pairs: Any, row: Any, first: Any, count: Any, slow: Any, fast: Any,
        weak: Any, tick: Any,
    ) -> Any:  # fmt: skip
        flat = row * pairs.other.shape[1] + first
        return _rank_ties(
            bond, rank, pairs.other, pairs.at, pairs.trust, pairs.familiarity, pairs.rivalry,
            flat, first, count, slow, fast, weak, tick,
        )  # fmt: skip

    return read


@twin_of(next_rank)
def _next_rank_compiled(rank: Any, which: Any, below: Any) -> Any:
    def find(rank: Any, which: Any, below: Any) -> Any:
        width = rank.shape[2]
        best = -1
        for first in range(0, width, EIGHT):
            best = max(best, _highest(rank, which * width + first, below))
        return best

    return find
