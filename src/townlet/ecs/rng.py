"""Counter-based randomness: Philox4x32-10.

Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11. A draw is a pure
function of (town seed, stream, tick, slot, generation, purpose, index). There is no generator
state, so one draw more or less shifts nobody else's luck. Key: the 64-bit seed. Counter: (tick,
slot, generation, stream << 30 | purpose << 16 | index).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from townlet.ecs.kernel import device

#: Independent streams of one seed (SPEC §1).
WORLD_STREAM, EVENTS_STREAM, POLICY_STREAM = 0, 1, 2

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_ROUNDS = 10


@device
def philox(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Ten rounds of Philox4x32.

    Args:
        c0, c1, c2, c3: counter words, uint64 below 2**32.
        k0, k1: key words, uint64 below 2**32.

    Returns:
        Four words, uint64 below 2**32.
    """
    for _ in range(_ROUNDS):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0, c1, c2, c3 = (p1 >> _32) ^ c1 ^ k0, p1 & _LOW, (p0 >> _32) ^ c3 ^ k1, p0 & _LOW
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@device
def draw_bits(
    seed: Any, stream: int, tick: int, slot: int, generation: int, purpose: int, index: int
) -> np.uint64:
    """32 random bits as uint64.

    Args:
        seed: the town's seed, uint64.
        stream: WORLD_STREAM, EVENTS_STREAM or POLICY_STREAM.
        tick: the tick, below 2**32.
        slot, generation: the serial of the agent (or object) the draw belongs to.
        purpose: what the draw decides, below 2**14 (``townlet_components.draws``).
        index: number of the draw for one purpose, below 2**16.
    """
    last = (np.uint64(stream) << np.uint64(30)) | (np.uint64(purpose) << np.uint64(16))
    last = last | np.uint64(index)
    word, _, _, _ = philox(
        np.uint64(tick) & _LOW,
        np.uint64(slot) & _LOW,
        np.uint64(generation) & _LOW,
        last,
        seed & _LOW,
        seed >> _32,
    )
    return word


@device
def draw_unit(
    seed: Any, stream: int, tick: int, slot: int, generation: int, purpose: int, index: int
) -> float:
    """A float64 in [0, 1) with 32 random bits; arguments as in :func:`draw_bits`."""
    bits = draw_bits(seed, stream, tick, slot, generation, purpose, index)
    return float(bits * 2.0**-32)
