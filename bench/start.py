"""Time starts: ``python -m bench.start [--update-readme]``.

From the start of a process to the end of the first tick of the default town: once with an empty JIT
cache, in a directory of its own, then with the cache that this has filled.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from bench.report import RESULTS, merge, update_readme
from townlet.profiling.machine import machine

_PROGRAM = (
    "from townlet import Simulation; from townlet.config import SimulationConfig; "
    "Simulation.from_config(SimulationConfig(), threads={threads}).run(1)"
)
_LATER_STARTS = 5


def start_once(cache: str, threads: int) -> float:
    """Seconds of one process that runs one tick, with its JIT cache in ``cache``."""
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(threads=threads)],
        env={**os.environ, "TOWNLET_CACHE_DIR": cache},
        check=True,
    )
    return time.perf_counter() - begun


def measure(threads: int) -> dict[str, Any]:
    """Time one cold and several later starts."""
    with tempfile.TemporaryDirectory() as cache:
        cold = start_once(cache, threads)
        later = [start_once(cache, threads) for _ in range(_LATER_STARTS)]
    return {
        "case": "start",
        "title": "start to the end of the first tick",
        "threads": threads,
        "cold_s": round(cold, 2),
        "later_s": round(statistics.median(later), 2),
        "later_most_s": round(max(later), 2),
    }


def main(
    threads: Annotated[int, typer.Option(min=1, metavar="N", help="Threads.")] = 1,
    readme: Annotated[
        bool,
        typer.Option("--update-readme", help="Keep the results, and rewrite README.md's tables."),
    ] = False,
) -> None:
    """Time the first start ever and later starts, to the end of the first tick."""
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    result = {**measure(threads), "run": stamp, "machine": machine()}
    print(
        f"first start {result['cold_s']} s, later starts {result['later_s']} s "
        f"(at most {result['later_most_s']} s)",
        file=sys.stderr,
    )
    if readme:
        merge(RESULTS, result)
        update_readme()


if __name__ == "__main__":
    typer.run(main)
