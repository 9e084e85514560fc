"""Profiles made by hand, for tests that want to know the numbers beforehand."""

from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.profiling.samples import Samples
from townlet.profiling.summary import accounts_of, python_of, systems_of, windows_of
from townlet.profiling.traffic import SPLIT, WHOLE, Traffic

TRAFFIC = {
    "walk": Traffic(over="agent", rows=100, bytes=4000, splits=SPLIT),
    "queue": Traffic(over="", rows=10, bytes=200, splits=WHOLE),
}
NAMES = tuple(TRAFFIC)


def samples_of(systems: Any, started: int = 1_000_000, own: int = 10, waiting: int = 0) -> Samples:
    """Samples of ticks whose systems take what is given, (ticks, 2); 40 ns of Python each."""
    ns = np.asarray(systems, np.int64)
    ticks = len(ns)
    each = np.full(ticks, 20, np.int64)
    lengths = ns.sum(axis=1) + 40
    return Samples(
        names=NAMES,
        systems=ns,
        started=started + np.concatenate([[0], np.cumsum(lengths)[:-1]]),
        before=each,
        after=each // 2,
        dispatch=each // 2,
        collected=np.zeros((ticks, 2), np.int64),
        own=np.full(ticks, own, np.int64),
        wall_ns=int(lengths.sum()) + own * ticks,
        waiting_ns=waiting,
        cpu_ns=int(lengths.sum()),
    )


def report_from(
    systems: npt.NDArray[np.float64], agents: int = 100, speed: float = 1.0, **facts: Any
) -> dict[str, Any]:
    """A report of such samples; ``speed``: how fast the machine was beside them."""
    samples = samples_of(systems)
    reference = {
        "triad_gb_per_s": 30.0 * speed, "triad_median": 30.0 * speed, "spin_ms": 2.0 / speed,
        "spin_median": 2.0 / speed,
    }  # fmt: skip
    return {
        "config_id": "made", "config_hash": "abc", "seed": 0, "towns": 1, "agents": agents,
        "threads": 2, "lanes": 8, "fused": False, "way": "chained", "layer": "omp",
        "observations": None,
        "ticks": samples.ticks, "state_hash": "00", "interrupted": False,
        "machine": {"processor": "P", "cores": "2", "system": "Linux"},
        "reference": [reference, reference],
        "accounts": accounts_of(samples),
        "systems": systems_of(samples, TRAFFIC, agents, 30.0),
        "python": python_of(samples),
        "times": [{"at": "08:00"}],
        "windows": [{"at": "08:00", "ticks": samples.ticks, **windows_of(samples)}],
        **facts,
    }  # fmt: skip
