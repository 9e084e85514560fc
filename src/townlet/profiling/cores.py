"""What more cores would do: the parts of a tick that do not split, and Amdahl's law (1967)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numba
import numpy as np

from townlet.ecs.launch import Launch, driver
from townlet.ecs.runtime import Runtime
from townlet.profiling.samples import Samples
from townlet.profiling.summary import median_tick
from townlet.profiling.traffic import MIXED, PYTHON, WHOLE, Traffic

CORES = (2, 4, 8, 16)
_TIMES = 5


def serial_shares(runtime: Runtime, traffic: Mapping[str, Traffic]) -> dict[str, float]:
    """Share of each system's time, at today's threads, in kernels that run on one thread.

    The kernels of systems that have some of both are run and timed once more, out of their turn:
    the simulation is of no use afterwards.
    """
    shares = {}
    for name, touched in traffic.items():
        if touched.splits == MIXED:
            shares[name] = _measured_share(runtime, runtime.launches[name])
        else:
            shares[name] = float(touched.splits in (WHOLE, PYTHON))
    return shares


def _measured_share(runtime: Runtime, launches: Sequence[Launch]) -> float:
    threading = runtime.threading
    if threading.threads > 1:
        numba.set_num_threads(threading.threads)
    spent = np.zeros((_TIMES, len(launches)), np.int64)
    for turn in range(_TIMES):
        for k, launch in enumerate(launches):
            run = driver(launch.splits and threading.threads > 1)
            lanes = threading.lanes if launch.splits else 1
            begun = time.perf_counter_ns()
            run(launch.address, launch.context.ctypes.data, lanes)
            spent[turn, k] = time.perf_counter_ns() - begun
    each = np.median(spent, axis=0)
    whole = sum(ns for ns, launch in zip(each, launches, strict=True) if not launch.splits)
    return float(whole / max(each.sum(), 1))


def speed_up(serial: float, cores: int) -> float:
    """Amdahl's law: how many times faster ``cores`` are than one, if a share stays serial."""
    return 1 / (serial + (1 - serial) / cores)


def serial_fraction(times_faster: float, threads: float) -> float:
    """The serial share that explains a measured speed-up (Karp and Flatt 1990).

    Imbalance, waiting and a shared memory bus count as serial.
    """
    return (1 / times_faster - 1 / threads) / (1 - 1 / threads)


def outlook(samples: Samples, shares: Mapping[str, float], threads: int) -> dict[str, Any]:
    """What the serial parts allow.

    Args:
        samples: ticks at ``threads`` threads.
        shares: see :func:`serial_shares`.
        threads: threads they ran on.

    Returns:
        ``serial_ns_per_tick``; ``serial_share_now`` of the time at these threads and
        ``serial_share`` of the work, as one thread would do it; ``parts``: nanoseconds per tick of
        each serial part, the largest first, Python among them; ``speed_up`` over one thread and
        ``times_as_fast_as_now`` by number of cores. Memory speed, which cores share, is left out.
    """
    each = samples.systems.mean(axis=0)
    parts = {name: float(ns) * shares[name] for name, ns in zip(samples.names, each, strict=True)}
    parts["Python around systems"] = float(
        (samples.before + samples.after + samples.dispatch).mean()
    )
    serial, total = sum(parts.values()), float(samples.totals.mean())
    work = serial + (total - serial) * threads
    share = serial / work if work > 0 else 0.0
    largest = sorted(parts.items(), key=lambda part: -part[1])
    now = speed_up(share, threads)
    return {
        "serial_ns_per_tick": round(serial, 1),
        "serial_share_now": round(serial / total, 5) if total else 0.0,
        "serial_share": round(share, 5),
        "parts": {name: round(ns, 1) for name, ns in largest if ns > 0},
        "speed_up": {str(n): round(speed_up(share, n), 3) for n in CORES},
        "times_as_fast_as_now": {str(n): round(speed_up(share, n) / now, 3) for n in CORES},
    }


def threads_sweep_of(reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What reports of one town on rising numbers of threads have in common.

    Returns:
        ``threads``: for each, nanoseconds per tick (a median tick), speed-up over the first,
        efficiency, and the serial fraction (None for the first); ``systems``: nanoseconds per tick
        at each number of threads and the speed-up of the last, the dearest first.
    """
    medians = [median_tick(report) for report in reports]
    first = reports[0]["threads"]
    rows = []
    for report, ns in zip(reports, medians, strict=True):
        faster, more = medians[0] / ns, report["threads"] / first
        rows.append(
            {
                "threads": report["threads"],
                "ns_per_tick": round(ns, 1),
                "speed_up": round(faster, 4),
                "efficiency": round(faster / more, 4),
                "serial_fraction": round(serial_fraction(faster, more), 4) if more > 1 else None,
            }
        )
    systems = {}
    for name in reports[-1]["systems"]:
        each = [float(report["systems"][name]["p50"]) for report in reports]
        systems[name] = {"ns_per_tick": each, "speed_up": round(each[0] / max(each[-1], 1), 4)}
    return {"threads": rows, "systems": systems}
