"""Cost against agents: sizes, the exponent that fits, and what a picture of it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from townlet.counts import count_of
from townlet.errors import UserError
from townlet.profiling.summary import median_tick

#: Sizes per factor of ten.
_PER_DECADE = 2


def sizes_of(text: str) -> list[int]:
    """Sizes of a sweep ``A..B``: two per factor of ten, at least three, A and B among them.

    Raises:
        UserError: it is no range, or a too narrow one.
    """
    first, dots, last = text.partition("..")
    if not dots:
        raise UserError(f"--sweep {text}: write a range of agents, such as 1k..1M")
    try:
        low, high = count_of(first), count_of(last)
    except UserError as error:
        raise UserError(f"--sweep {text}: {error}") from None
    if high < max(2 * low, 3):  # between 1 and 2 there is no third size
        raise UserError(
            f"--sweep {text}: the second number must be at least twice the first, and at least 3"
        )
    count = max(3, round(_PER_DECADE * np.log10(high / low)) + 1)
    steps = np.geomspace(low, high, count)[1:-1]
    return sorted({low, *(_round(float(step)) for step in steps), high})


def _round(value: float) -> int:
    """To two digits: 3162 is 3200."""
    unit = 10 ** max(int(np.floor(np.log10(value))) - 1, 0)
    return int(round(value / unit) * unit)


def exponent(agents: Sequence[int], ns: Sequence[float]) -> dict[str, Any] | None:
    """Fit ``cost = a * agents ** exponent`` by least squares of logarithms.

    Args:
        agents: sizes, at least two different ones.
        ns: cost of a tick at each, in nanoseconds.

    Returns:
        ``exponent`` (1: cost per agent stays the same) and its standard ``error`` (None: two
        sizes know none); None where a cost is 0.
    """
    if min(ns) <= 0:
        return None
    x, y = np.log(np.asarray(agents, np.float64)), np.log(np.asarray(ns, np.float64))
    spread = float(((x - x.mean()) ** 2).sum())
    slope = float(((x - x.mean()) * (y - y.mean())).sum()) / spread
    rest = y - y.mean() - slope * (x - x.mean())
    free = len(x) - 2
    error = round(float(np.sqrt((rest**2).sum() / free / spread)), 4) if free > 0 else None
    return {"exponent": round(slope, 4), "error": error}


def sweep_of(reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the reports of a sweep have in common.

    Args:
        reports: as :func:`townlet.profiling.measure.report_of` makes them, from few to many agents.

    Returns:
        ``sizes``: agents, threads, way, cost and systems of each (nanoseconds per agent);
        ``total``: the fitted exponent; ``systems``: that of each system which makes a hundredth of
        a tick somewhere.
    """
    population = [report["agents"] * report["towns"] for report in reports]
    ticks = [median_tick(report) for report in reports]
    sizes = [
        {
            "agents": report["agents"],
            "towns": report["towns"],
            "threads": report["threads"],
            "fused": report["fused"],
            "way": report["way"],
            "ns_per_tick": round(ns, 1),
            "ns_per_agent": round(ns / people, 5),
            "systems": {
                name: round(cost["p50"] / people, 5) for name, cost in report["systems"].items()
            },
        }
        for report, people, ns in zip(reports, population, ticks, strict=True)
    ]
    names = {
        name
        for report in reports
        for name, cost in report["systems"].items()
        if cost["share"] >= 0.01
    }
    last = reports[-1]["systems"]
    fits = {
        name: exponent(population, [report["systems"][name]["p50"] for report in reports])
        for name in sorted(names, key=lambda name: -last[name]["ns_per_tick"])
    }
    return {
        "sizes": sizes,
        "total": exponent(population, ticks),
        "systems": {name: fit for name, fit in fits.items() if fit is not None},
    }
