"""From samples to the numbers a profile shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from townlet.profiling.samples import Samples
from townlet.profiling.traffic import Traffic

PERCENTILES = (50, 95, 99)
#: Windows that a stretch of ticks is cut into, for comparisons.
WINDOWS = 20
#: What systems and their surroundings are measured as parts of.
PARTS = ("systems_s", "waiting_s", "python_s", "gc_s", "own_s", "unaccounted_s")


def systems_of(
    samples: Samples, traffic: Mapping[str, Traffic], agents: int, triad_gb_per_s: float
) -> dict[str, dict[str, Any]]:
    """What each system costs, the dearest first.

    Args:
        samples: the ticks.
        traffic: by name.
        agents: of all towns.
        triad_gb_per_s: what memory can do; 0: not known.

    Returns:
        By name: nanoseconds per tick (mean, percentiles, most; and the same per agent), share of
        the time in systems and Python, table and rows, bytes, GB/s and roofline share. ``bytes`` is
        an upper bound, and so are the two that are made of it.
    """
    everything = max(int(samples.totals.sum()), 1)
    found: dict[str, dict[str, Any]] = {}
    for k, name in enumerate(samples.names):
        ns, touched = samples.systems[:, k], traffic[name]
        mean = float(ns.mean())
        each = {
            **{f"p{p}": round(float(np.percentile(ns, p)), 1) for p in PERCENTILES},
            "max": float(ns.max()),
        }
        speed = touched.bytes / mean if mean > 0 else 0.0
        found[name] = {
            "ns_per_tick": round(mean, 1),
            "ns_per_agent": round(mean / agents, 5),
            **each,
            "per_agent": {key: round(value / agents, 5) for key, value in each.items()},
            "share": round(float(ns.sum()) / everything, 6),
            "over": touched.over,
            "rows": touched.rows,
            "bytes": touched.bytes,
            "gb_per_s": round(speed, 4),
            "roofline_share": round(speed / triad_gb_per_s, 5) if triad_gb_per_s else None,
            "splits": touched.splits,
        }
    return dict(sorted(found.items(), key=lambda item: -item[1]["ns_per_tick"]))


def accounts_of(samples: Samples) -> dict[str, float]:
    """Where the wall time went, in seconds; ``PARTS`` add up to ``wall_s``.

    ``systems_s`` is the time in systems without waiting and garbage collection; ``waiting_s``: the
    thread that runs the ticks was off its core, because it waited for another thread's lanes, or
    because another program ran; ``python_s``: clock, timeline, records, and the runner between and
    around systems; ``own_s``: keeping the samples; ``unaccounted_s``: the rest of the wall time,
    which was measured apart from all these, and in it what the thread was off its core between
    ticks.
    """
    in_systems = int(samples.systems.sum())
    collected = samples.collected.sum(axis=0)
    waiting = samples.waiting_ns - _off_between(samples)
    waiting = min(waiting, max(in_systems - int(collected[0]), 0))
    python = int((samples.before + samples.after + samples.dispatch).sum()) - int(collected[1])
    parts = {
        "systems_s": in_systems - waiting - int(collected[0]),
        "waiting_s": waiting,
        "python_s": max(python, 0),
        "gc_s": int(collected.sum()),
        "own_s": int(samples.own.sum()),
    }
    wall = samples.wall_ns
    parts["unaccounted_s"] = wall - sum(parts.values())
    return {"wall_s": wall / 1e9, **{name: ns / 1e9 for name, ns in parts.items()}}


def _off_between(samples: Samples) -> int:
    """Nanoseconds off the core between ticks: by what the gaps are longer than they mostly are.

    A clock of the thread's own, read twice a tick, would know it; it takes as long as a system.
    """
    known = samples.totals + samples.own
    gaps = np.diff(samples.started) - known[:-1]
    if not len(gaps):
        return 0
    usual = samples.ticks * max(float(np.median(gaps)), 0.0)
    over = samples.wall_ns - int(known.sum()) - int(usual)
    return min(max(over, 0), samples.waiting_ns)


def python_of(samples: Samples) -> dict[str, float]:
    """Python around systems in nanoseconds per median tick: before, after, the runner's own."""
    return {
        "before_ns": round(float(np.median(samples.before)), 1),
        "after_ns": round(float(np.median(samples.after)), 1),
        "dispatch_ns": round(float(np.median(samples.dispatch)), 1),
    }


def windows_of(samples: Samples, count: int = WINDOWS) -> dict[str, Any]:
    """A median tick of each of ``count`` windows in a row, or of as many as there are ticks.

    Medians, because another program that runs for a moment makes one tick ten times as long. What
    happens once an hour is not in them.

    Returns:
        ``total`` and, by name, ``systems``: nanoseconds, one number per window each.
    """
    cuts = np.array_split(np.arange(samples.ticks), min(count, samples.ticks))
    totals = samples.totals
    each = [np.median(samples.systems[cut], axis=0) for cut in cuts]
    return {
        "total": [round(float(np.median(totals[cut])), 1) for cut in cuts],
        "systems": {
            name: [round(float(medians[k]), 1) for medians in each]
            for k, name in enumerate(samples.names)
        },
    }


def makers_of(systems: Mapping[str, Mapping[str, Any]], share: float = 0.9) -> list[str]:
    """The fewest systems that make at least a share of the time in systems, the dearest first."""
    wanted = share * sum(cost["ns_per_tick"] for cost in systems.values())
    names, reached = [], 0.0
    for name, cost in systems.items():
        if reached >= wanted:
            break
        names.append(name)
        reached += cost["ns_per_tick"]
    return names


def median_tick(report: Mapping[str, Any]) -> float:
    """Nanoseconds of a tick that nothing disturbs: the medians of its systems and of Python.

    A median of whole ticks would be that of disturbed ones where another program often interrupts.
    """
    systems = sum(float(cost["p50"]) for cost in report["systems"].values())
    return systems + sum(float(ns) for ns in report["python"].values())
