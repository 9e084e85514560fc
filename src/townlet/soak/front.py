"""The front of a storm: its towns side by side, one process per core."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing.connection import wait

from townlet.config import SimulationConfig
from townlet.soak.storm import StormResult, run_town

#: Towns that are worth a process more: as many as take as long as it needs to begin.
_WORTH = 4


def run_towns(
    numbers: Sequence[int], base: SimulationConfig | None = None, processes: int | None = None
) -> Iterator[StormResult]:
    """Run towns of the storm; see :func:`townlet.soak.storm.run_town`.

    Args:
        numbers: which.
        base: as for :func:`townlet.soak.storm.draw_town`.
        processes: how many at most; None: as many as there are cores. The results are the same.

    Yields:
        What became of each, in the order of ``numbers``.

    Raises:
        concurrent.futures.process.BrokenProcessPool: a process was killed.
    """
    most = (os.cpu_count() or 1) if processes is None else processes
    count = min(most, len(numbers) // _WORTH)
    if count <= 1:
        for number in numbers:
            yield run_town(number, base)
        return
    # Not by copying this process: its threads would not come along.
    begin = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, begin, depend_on_the_parent)
    try:
        yield from pool.map(run_town, numbers, repeat(base))
    finally:
        pool.shutdown(cancel_futures=True)


def depend_on_the_parent() -> None:
    """Leave interrupts to the parent of this process, and end when it has ended.

    A parent that is killed tells nobody: its processes would wait for work for ever.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_after_the_parent, daemon=True).start()


def _end_after_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
