"""What this machine can do right now: memory speed and arithmetic, in the way a tick is run.

Both are launches like those of systems, with as many threads. The triad (STREAM's, McCalpin 1995)
is the roof that systems are held against; both together tell whether the machine was as fast when
an older profile was made.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

from townlet.ecs import F32, U64
from townlet.ecs.kernel import Kernel, KernelOptions
from townlet.ecs.launch import Launch, driver

#: Floats per array of the triad: three times 64 MB are more than caches hold.
TRIAD_ROWS = 1 << 24
#: Rows and rounds of the arithmetic: all in the first cache, some milliseconds.
SPIN_ROWS, SPIN_ROUNDS = 1 << 12, 1 << 9
_TIMES = 7
_LANES = 16
_BYTES = 3 * 4


def triad(out: F32, one: F32, other: F32) -> None:
    """Each row of ``out`` is that of ``one`` plus three times that of ``other``."""
    for k in range(out.shape[0]):
        out[k] = one[k] + np.float32(3) * other[k]


def spin(state: U64) -> None:
    """Arithmetic that waits for nothing but itself: xorshift, many rounds per row."""
    for _ in range(SPIN_ROUNDS):
        for k in range(state.shape[0]):
            x = state[k]
            x ^= x << np.uint64(13)
            x ^= x >> np.uint64(7)
            x ^= x << np.uint64(17)
            state[k] = x


@dataclass(frozen=True)
class Speed:
    """How fast the machine is.

    The best try tells what the machine can do, the median try what it does beside other programs.

    Attributes:
        triad_gb_per_s, triad_median: bytes that the triad reads and writes, in 10^9 per second.
        spin_ms, spin_median: milliseconds of a fixed piece of arithmetic.
    """

    triad_gb_per_s: float
    triad_median: float
    spin_ms: float
    spin_median: float


class Reference:
    """Measures the machine whenever it is asked; its arrays (192 MB) last as long as it does.

    Args:
        threads: as the simulation has.
        rows: floats per array of the triad.
    """

    def __init__(self, threads: int, rows: int = TRIAD_ROWS) -> None:
        self.threads = threads
        self._bytes = _BYTES * rows
        floats = [np.full(rows, value, np.float32) for value in (0, 1, 2)]
        states = np.arange(1, SPIN_ROWS + 1, dtype=np.uint64)
        split = KernelOptions(over="row")
        self._launches = [
            Launch(Kernel(triad, split), tuple(floats), lambda array: "row"),
            Launch(Kernel(spin, split), (states,), lambda array: "row"),
        ]
        for launch in self._launches:
            launch.compile()

    def measure(self, times: int = _TIMES) -> Speed:
        """Try some times; each try takes some milliseconds."""
        if self.threads > 1:
            numba.set_num_threads(self.threads)
        moved, spun = (
            sorted(_seconds(self._run(launch)) for _ in range(times)) for launch in self._launches
        )
        return Speed(
            round(self._bytes / moved[0] / 1e9, 3),
            round(self._bytes / moved[times // 2] / 1e9, 3),
            round(spun[0] * 1e3, 4),
            round(spun[times // 2] * 1e3, 4),
        )

    def _run(self, launch: Launch) -> Callable[[], Any]:
        run, context = driver(self.threads > 1), launch.context.ctypes.data
        lanes = _LANES if self.threads > 1 else 1
        return lambda: run(launch.address, context, lanes)


def _seconds(run: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun
