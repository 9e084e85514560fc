"""The verdict: what a soak has measured, what of it is judged, and how."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.soak.journal import Entry, Journal
from townlet.soak.plan import SoakPlan
from townlet.soak.record import AFTER, CHECKED, DAY, FAULTED, FIRST, HASHED, SAVED, WRITING, Pages

#: Memory may grow by less than this share after the warm-up.
MOST_DRIFT = 0.01
#: In an hour of the day 99 of 100 ticks take at most so many medians of the hour.
MOST_P99 = 2.0
#: 99 of 100 ticks in which more happens than the town's life take at most so many medians of all.
MOST_APART = 5.0
#: Ticks of a process before its memory is looked at: a day, or a twentieth of a long run.
_DAY, _LONG = 1440, 20
#: Hourly samples that a drift needs.
_LEAST_SAMPLES = 12
#: Ticks that an hour of the day needs to be judged.
LEAST_TICKS = 60
#: Ticks of a kind that stands apart that its 99th of 100 needs to be judged: of fewer it is the
#: slowest one, which anything may have held up.
LEAST_APART = 20
#: What else happens in a tick; a tick counts for the first that fits. What only a soak does comes
#: first, as it would hide what the others cost.
APART = (
    ("first", FIRST, "the first tick of a process"),
    ("fault", FAULTED, "a fault strikes"),
    ("check", CHECKED, "a check of the invariants"),
    ("save", SAVED, "an autosave"),
    ("day", DAY, "the day boundary"),
    ("hash", HASHED, "the state hash"),
    ("writing", WRITING, "a snapshot or a hash on its way"),
    ("after", AFTER, "a look at the town before it, and so cold caches"),
)
#: Of these, what a run without a soak has too.
JUDGED = ("day", "save", "hash", "writing")


def summarise(plan: SoakPlan, journal: Journal, pages: Pages, kills: list[Entry]) -> dict[str, Any]:
    """The numbers of a soak, as ``--json`` prints them; see docs/soak.md.

    Args:
        plan: what was asked.
        journal: what happened.
        pages: what was measured, see :class:`townlet.soak.record.Record`.
        kills: what the supervisor did.
    """
    end = journal.of("end")[-1]
    times = tick_times(journal, pages, plan.start_minute)
    times["machine_p99_over_p50"] = _rounded(end.get("machine_p99_over_p50"), 2)
    drift, samples = rss_drift(journal, pages)
    saves = journal.of("save")
    summary = {
        "config_id": plan.config.get("config_id", "town"),
        "seed": plan.seed,
        "towns": plan.towns,
        "agents": plan.agents,
        "ticks": end["tick"],
        "ticks_asked": plan.ticks,
        "ended": end["why"],
        "finished": end["why"] in ("ticks", "minutes"),
        "state_hash": end["hash"],
        "violations": [_violation(entry) for entry in journal.of("violation")],
        "first_broken": _origin(journal),
        "rss_drift": None if drift is None else round(drift, 6),
        "rss_bytes": samples,
        "tick_ms": times,
        "ticks_per_s": _rate(pages),
        "checks": int(((pages["flags"] & CHECKED) != 0).sum()) if pages else 0,
        "faults": dict(sorted(Counter(e["name"] for e in journal.of("fault")).items())),
        "saves": {
            "count": len(saves),
            "seconds_max": round(max((e["ns"] for e in saves), default=0) / 1e9, 4),
            "written_seconds_max": round(_slowest_write(saves) / 1e9, 3),
            "bytes": saves[-1]["bytes"] if saves else 0,
        },
        "starts": len(journal.of("start")),
        "kills": len(kills),
        "refused_snapshots": [entry["sentence"] for entry in journal.of("refused")],
        "dropped": end["dropped"],
    }
    return summary | {"gates": gates(summary)}


def _slowest_write(saves: list[Entry]) -> float:
    """Nanoseconds until a snapshot was on the disk, at most."""
    known: list[float] = [({"written_ns": entry["ns"]} | entry)["written_ns"] for entry in saves]
    return max(known, default=0)


def _violation(entry: Entry) -> dict[str, Any]:
    keys = ("invariant", "tick", "sentence", "table", "rows", "count", "snapshot")
    return {key: entry[key] for key in keys}


def _origin(journal: Journal) -> dict[str, Any] | None:
    """The first tick of what was found, where it could be found; with its snapshot."""
    found = journal.of("origin")
    return {"tick": found[-1]["first"], "snapshot": found[-1]["snapshot"]} if found else None


def _rate(pages: Pages) -> float | None:
    """Ticks per second of wall time in ticks that are nothing but the town's life."""
    if not pages:
        return None
    ns = pages["ns"][pages["flags"] == 0]
    return round(len(ns) / (ns.sum() / 1e9), 1) if ns.sum() else None


# -- time -------------------------------------------------------------------------------------


def tick_times(journal: Journal, pages: Pages, start_minute: int) -> dict[str, Any]:
    """Milliseconds of ticks: all, by hour of the day, and apart where more happened.

    Each by the clock, and beside it in processor time, which other programs have less part in.
    """
    if not pages:
        return {"median": None, "cpu_median": None, "hours": {}, "apart": {}}
    ms, cpu, flags = pages["ns"] / 1e6, cpu_of(pages) / 1e6, pages["flags"].copy()
    for entry in journal.of("save"):  # its time was known after the part was put into a file
        if 1 <= entry["tick"] <= len(ms):
            flags[entry["tick"] - 1] |= SAVED
            ms[entry["tick"] - 1] += entry["ns"] / 1e6
            cpu[entry["tick"] - 1] += entry.get("cpu_ns", np.nan) / 1e6
    number = (start_minute + np.arange(1, len(ms) + 1)) // 60  # hours since the first midnight
    plain = flags == 0
    beside, cpu_beside = (_beside_its_hour(of, number, plain) for of in (ms, cpu))
    hours = {}
    for hour in range(24):
        some = plain & (number % 24 == hour)
        if some.any():
            hours[f"{hour:02d}"] = {
                **_percentiles(ms[some]),
                "p99_over_p50": _rounded(float(np.percentile(beside[some], 99)), 3),
                "cpu_p50": _rounded(float(np.median(cpu[some]))),
                "cpu_p99": _rounded(float(np.percentile(cpu[some], 99))),
                "cpu_p99_over_p50": _rounded(float(np.percentile(cpu_beside[some], 99)), 3),
            }
    medians = [float(np.median(of[plain])) if plain.any() else None for of in (ms, cpu)]
    return {
        "median": _rounded(medians[0]),
        "cpu_median": _rounded(medians[1]),
        "hours": hours,
        "apart": _apart(ms, cpu, flags, medians),
    }


def cpu_of(pages: Pages) -> npt.NDArray[np.float64]:
    """Processor nanoseconds of each tick; not a number where a tick was not measured so."""
    known: npt.NDArray[Any] = pages.get("cpu", np.zeros(0))
    if len(known) != len(pages["ns"]):  # begun by a Townlet that did not measure it
        return np.full(len(pages["ns"]), np.nan)
    return known.astype(np.float64)


def _rounded(value: float | None, digits: int = 4) -> float | None:
    """A number as it is told; None for none."""
    return None if value is None or np.isnan(value) else round(value, digits)


def _ratio(value: float, median: float | None) -> float | None:
    return _rounded(value / median, 2) if median else None


def _percentiles(ms: npt.NDArray[np.float64]) -> dict[str, Any]:
    p50, p95, p99 = np.percentile(ms, (50, 95, 99))
    return {
        "ticks": len(ms),
        "p50": round(float(p50), 4),
        "p95": round(float(p95), 4),
        "p99": round(float(p99), 4),
        "max": round(float(ms.max()), 4),
    }


def _beside_its_hour(
    ms: npt.NDArray[np.float64], number: npt.NDArray[np.int64], plain: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Each tick over the median of the plain ticks of the very hour it lies in.

    Days differ: after many have died, or while an outage lasts, all ticks of an hour are other ones
    than on other days, and none of them is a slow one for that.

    Args:
        ms: of each tick.
        number: of its hour, from whenever; they do not fall.
        plain: ticks that count.
    """
    hour, times = (number - number[0])[plain], ms[plain]
    times = times[np.lexsort((times, hour))]
    first = np.searchsorted(hour, np.arange(int(number[-1] - number[0]) + 2))
    medians = np.full(len(first) - 1, np.nan)
    low, high = first[:-1], first[1:] - 1
    some = high >= low
    middle = (low[some] + high[some]) // 2, (low[some] + high[some] + 1) // 2
    medians[some] = (times[middle[0]] + times[middle[1]]) / 2
    found: npt.NDArray[np.float64] = ms / medians[number - number[0]]
    return found


def _apart(
    ms: npt.NDArray[np.float64],
    cpu: npt.NDArray[np.float64],
    flags: npt.NDArray[np.uint8],
    medians: list[float | None],
) -> dict[str, Any]:
    found, left = {}, flags.copy()
    for name, bit, _ in APART:
        mine = (left & bit) != 0
        if mine.any():
            some = ms[mine]
            p50, p99 = (float(value) for value in np.percentile(some, (50, 99)))
            cpu_p99 = float(np.percentile(cpu[mine], 99))
            found[name] = {
                "ticks": len(some),
                "p50": round(p50, 4),
                "p99": round(p99, 4),
                "max": round(float(some.max()), 4),
                "over_median": _ratio(p50, medians[0]),
                "p99_over_median": _ratio(p99, medians[0]),
                "max_over_median": _ratio(float(some.max()), medians[0]),
                "cpu_p99": _rounded(cpu_p99),
                "cpu_p99_over_median": _ratio(cpu_p99, medians[1]),
            }
        left[mine] = 0
    return found


# -- memory -----------------------------------------------------------------------------------


def rss_drift(journal: Journal, pages: Pages) -> tuple[float | None, dict[str, int | None]]:
    """How much more memory the longest process holds at its end than after its warm-up.

    Returns:
        The median of the last quarter of its samples over that of the first, less 1, warm-up left
        out; None where there are too few. And bytes after the warm-up, at the end, and at most.
    """
    none: dict[str, int | None] = {"warm": None, "end": None, "most": None}
    if not pages or "rss" not in pages:
        return None, none
    tick, rss = pages["sample_tick"], pages["rss"]
    first, last = _longest(journal, len(pages["ns"]))
    length = last - first
    warm = first + max(min(_DAY, length // 2), length // _LONG)
    mine = rss[(tick > warm) & (tick <= last) & (rss >= 0)]
    known = rss[rss >= 0]
    if len(mine) < _LEAST_SAMPLES:
        return None, none | {"most": int(known.max()) if len(known) else None}
    quarter = max(len(mine) // 4, 1)
    begun, ended = float(np.median(mine[:quarter])), float(np.median(mine[-quarter:]))
    return ended / begun - 1, {"warm": int(begun), "end": int(ended), "most": int(known.max())}


def _longest(journal: Journal, ticks: int) -> tuple[int, int]:
    """Ticks between which the process that did most of the record ran."""
    starts = [entry["tick"] for entry in journal.of("start")] or [0]
    ends = [*starts[1:], ticks]
    # One that was killed may have gone on beyond the snapshot that the next one began with.
    return max(zip(starts, ends, strict=True), key=lambda span: span[1] - span[0])


# -- gates ------------------------------------------------------------------------------------


def gates(summary: dict[str, Any]) -> list[dict[str, Any]]:
    """What is judged: name, what it is about, value, limit, whether it holds, whether it decides.

    A gate that decides makes the soak fail; the others are told. One with too few ticks or samples
    holds None: its value, where there is one, is told and not judged. Gates of time also have what
    their value is in ``processor`` time, where it is known.
    """
    found = [
        _gate("violations", "invariants found broken", len(summary["violations"]), 0, True),
        _gate(
            "rss_drift", "memory grown after the warm-up", summary["rss_drift"], MOST_DRIFT, True
        ),
    ]
    return found + _gates_of_time(summary["tick_ms"])


def _gates_of_time(times: dict[str, Any]) -> list[dict[str, Any]]:
    fit = {hour: row for hour, row in times["hours"].items() if row["ticks"] >= LEAST_TICKS}
    worst = max(fit, key=lambda hour: fit[hour]["p99_over_p50"], default=None)
    what = "p99 of ticks over the median of their hour, in the worst hour of the day"
    value = None if worst is None else fit[worst]["p99_over_p50"]
    known = [row["cpu_p99_over_p50"] for row in fit.values()]
    cpu = max((ratio for ratio in known if ratio is not None), default=None)
    what = f"{what} ({worst}:00)" if worst else what
    if times.get("machine_p99_over_p50") is not None:
        what += f"; {times['machine_p99_over_p50']:.2f} where the work is always the same"
    found = [_gate("tick_p99", what, value, MOST_P99, False, cpu)]
    for name, _, what in APART:
        row = times["apart"].get(name)
        if name in JUDGED and row is not None:
            value, cpu = row["p99_over_median"], row["cpu_p99_over_median"]
            words = f"p99 of ticks with {what} over the median tick"
            gate = _gate(f"tick_{name}", words, value, MOST_APART, False, cpu)
            found.append(gate if row["ticks"] >= LEAST_APART else gate | {"holds": None})
    return found


def _gate(
    name: str,
    what: str,
    value: float | None,
    limit: float,
    decides: bool,
    processor: float | None = None,
) -> dict[str, Any]:
    holds = None if value is None else bool(value <= limit)
    return {
        "name": name, "what": what, "value": value, "processor": processor, "limit": limit,
        "holds": holds, "decides": decides,
    }  # fmt: skip


def not_judged(gate: dict[str, Any]) -> str:
    """Why a gate neither holds nor is breached, in words."""
    return "too few samples" if gate["name"] == "rss_drift" else "too few ticks"


def failed(summary: dict[str, Any]) -> bool:
    """Whether a gate that decides is breached."""
    return any(gate["decides"] and gate["holds"] is False for gate in summary["gates"])
