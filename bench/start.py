"""Time starts: ``python -m bench.start [--update-readme]``.

From the start of a process to the end of the first tick of the default town: once with an empty JIT
cache, in a directory of its own, then with the cache that this has filled. Each start is told in
parts; kernels by name.
"""

from __future__ import annotations

import json
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

_LATER_STARTS = 5
#: Kernels that are shown by name.
_SHOWN = 12


def start_once(cache: str, threads: int) -> tuple[float, dict[str, Any]]:
    """A process that runs one tick, with its JIT cache in ``cache``: seconds, and its parts."""
    environment = {**os.environ, "TOWNLET_CACHE_DIR": cache}
    # Where Python may not keep what it makes of sources, every start makes it anew: a fifth more.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "bench.one_start", str(begun), str(threads)],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
    )
    took = time.perf_counter() - begun
    parts: dict[str, Any] = json.loads(done.stdout)
    return took, parts


def measure(threads: int) -> dict[str, Any]:
    """Time one cold and several later starts."""
    with tempfile.TemporaryDirectory() as cache:
        cold, cold_parts = start_once(cache, threads)
        later = [start_once(cache, threads) for _ in range(_LATER_STARTS)]
    seconds = [took for took, _ in later]
    middle = sorted(later, key=lambda one: one[0])[len(later) // 2][1]
    return {
        "case": "start",
        "title": "start to the end of the first tick",
        "threads": threads,
        "config_hash": cold_parts["config_hash"],
        "cold_s": round(cold, 2),
        "later_s": round(statistics.median(seconds), 2),
        "later_most_s": round(max(seconds), 2),
        "cold": cold_parts,
        "later": middle,
    }


def show(result: dict[str, Any]) -> None:
    """Print both kinds of starts, part by part, and the kernels that take longest."""
    print(
        f"first start {result['cold_s']} s, later starts {result['later_s']} s "
        f"(at most {result['later_most_s']} s)\n\n{'seconds':36}   first   later",
        file=sys.stderr,
    )
    cold, later = result["cold"], result["later"]
    for name, seconds in later["parts"].items():
        print(f"{name:36} {cold['parts'][name]:7.2f} {seconds:7.2f}", file=sys.stderr)
    print(f"\n{'kernel':36}", file=sys.stderr)
    for name, seconds in list(cold["kernels"].items())[:_SHOWN]:
        print(f"{name:36} {seconds:7.2f} {later['kernels'][name]:7.2f}", file=sys.stderr)


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
    show(result)
    if readme:
        merge(RESULTS, result)
        update_readme()


if __name__ == "__main__":
    typer.run(main)
