"""Steadiness: how even a machine is, told by work that is always the same.

A tick of a small town takes some tens of microseconds, no longer than what a machine interrupts it
for. Without this a reader could not tell whose the slow ticks are.
"""

from __future__ import annotations

import time
import zlib

import numpy as np

#: How often the work is done, and for how long at most.
_TIMES, _MOST_NS = 4000, 200_000_000
#: Times that a 99th percentile needs.
_LEAST = 200
_BLOCK = 1 << 16


def unsteadiness(ns: float) -> float | None:
    """The 99th percentile of the time of work that is always the same, over its median.

    Args:
        ns: nanoseconds that the work takes, about.

    Returns:
        1.0 on a machine that does nothing else; None where the work is too long to be done often.
    """
    times = min(_TIMES, int(_MOST_NS / max(ns, 1)))
    if times < _LEAST:
        return None
    work = _work(ns)
    took = np.empty(times)
    for k in range(times):
        begun = time.perf_counter_ns()
        zlib.crc32(work)
        took[k] = time.perf_counter_ns() - begun
    return float(np.percentile(took, 99) / np.median(took))


def _work(ns: float) -> bytes:
    """Bytes whose checksum takes so many nanoseconds."""
    block, took = bytes(_BLOCK), []
    for _ in range(32):
        begun = time.perf_counter_ns()
        zlib.crc32(block)
        took.append(time.perf_counter_ns() - begun)
    return bytes(max(int(_BLOCK * ns / np.median(took)), 1))
