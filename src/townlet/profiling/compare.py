"""Two profiles: is one slower, or is it noise?

Both ran the same ticks of the same town, so window k of one is held against window k of the other;
what a time of day costs falls out. The logarithms of the ratios are resampled in blocks, because a
slow moment lasts longer than a window. On top of that interval comes a margin: what differs from
one start to the next, and by how much the machine itself was faster or slower, which the reference
measured beside the ticks says (docs/design/0017-profile.md).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.errors import UserError
from townlet.profiling.summary import WINDOWS

#: What differs between starts of the same program on a quiet machine: of a tick, of a system.
MARGIN, SYSTEM_MARGIN = 0.03, 0.1
#: A system counts when it makes this share of a tick before or after.
SHARE = 0.01
#: Less than this share of a tick is no regression, whatever its ratio.
MATTERS = 0.01
CONFIDENCE = 0.99
FEWEST_WINDOWS = 8
_DRAWS, _BLOCK = 2000, 3
#: Without these in common two profiles say nothing about each other.
SAME_WORK = ("agents", "towns", "seed", "observations", "at", "ticks per time of day")
#: With these apart a comparison means something else; it has to be asked for.
SAME_PLACE = ("config_hash", "threads", "lanes", "way", "processor", "cores", "system")
#: The way of a profile that did not tell chained from staged.
_NOT_FUSED = "not fused"
_MAY_BE_THE_SAME = ({_NOT_FUSED, "chained"}, {_NOT_FUSED, "staged"})

SLOWER, FASTER, SAME = "slower", "faster", "no difference"


@dataclass(frozen=True)
class Finding:
    """What was found about the tick or one system.

    Attributes:
        name: of the system; ``tick``.
        before_ns, after_ns: nanoseconds of a median tick, the mean over windows.
        ratio: median ratio of windows, after to before.
        low, high: the interval it lies in, without the margin.
        margin: by what factor, less one, two starts may differ for no reason.
        verdict: ``slower``, ``faster`` or ``no difference`` beyond interval and margin.
    """

    name: str
    before_ns: float
    after_ns: float
    ratio: float
    low: float
    high: float
    margin: float
    verdict: str


@dataclass(frozen=True)
class Comparison:
    """The verdict.

    Attributes:
        tick: all systems and Python together.
        systems: those that matter, the dearest first.
        machine: by what factor, less one, the machine itself differed (``drift``), and its parts.
        apart: what the two did not have in common.
        unmatched: systems that matter and only one of them has, in words; they count in the tick.
        same_state: both ended in the same state hash; otherwise they did not do the same work.
    """

    tick: Finding
    systems: list[Finding]
    machine: dict[str, float]
    apart: list[str]
    unmatched: list[str]
    same_state: bool

    @property
    def slower(self) -> bool:
        """Whether anything is slower beyond the noise."""
        return any(one.verdict == SLOWER for one in (self.tick, *self.systems))

    def report(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {**asdict(self), "slower": self.slower}


def compare(
    before: Mapping[str, Any], after: Mapping[str, Any], *, anyway: bool = False
) -> Comparison:
    """Hold two reports of :func:`townlet.profiling.measure.report_of` against each other.

    Args:
        before: the older one.
        after: the newer one.
        anyway: compare although machine, threads or config differ.

    Raises:
        UserError: they cannot be compared; the sentence names what differs.
    """
    apart = check_comparable(before, after, anyway=anyway)
    counts = [len(window["total"]) for window in after["windows"]]
    if sum(counts) < FEWEST_WINDOWS:
        raise UserError(
            f"--compare: {sum(counts)} windows are too few to know the noise; profile at least "
            f"{FEWEST_WINDOWS} ticks"
        )
    machine = drift(before["reference"], after["reference"])
    ratios = _series(before, after, "total", None)
    tick = _finding("tick", ratios, MARGIN + machine["drift"], 0.0)
    systems = [
        _finding(
            name,
            _series(before, after, "systems", name),
            SYSTEM_MARGIN + machine["drift"],
            MATTERS * tick.before_ns,
        )
        for name in _that_matter(before, after)
    ]
    systems.sort(key=lambda one: -max(one.before_ns, one.after_ns))
    same = before.get("state_hash") == after.get("state_hash")
    return Comparison(tick, systems, machine, apart, _unmatched(before, after), same)


def check_comparable(
    before: Mapping[str, Any], after: Mapping[str, Any], *, anyway: bool = False
) -> list[str]:
    """What two reports do not have in common; of the newer one ``times`` and ``windows`` will do.

    Raises:
        UserError: they cannot be compared, or only with ``anyway``.
    """
    apart = differences(before, after)
    work = [what for what in apart if what.partition(" was ")[0] in SAME_WORK]
    if work:
        raise UserError(f"--compare: not the same work: {'; '.join(work)}")
    if apart and not anyway:
        raise UserError(
            f"--compare: {'; '.join(apart)}; with --anyway they are compared nevertheless"
        )
    counts = [[_windows(window) for window in report["windows"]] for report in (before, after)]
    if counts[0] != counts[1]:
        many = [", ".join(map(str, count)) for count in counts]
        raise UserError(
            f"--compare: the older profile has {many[0]} windows per time of day, and this one has "
            f"{many[1]}: another Townlet made it, and they cannot be held against each other"
        )
    return apart


def _windows(stretch: Mapping[str, Any]) -> int:
    """Windows of a time of day: those it has, or is going to have."""
    return len(stretch["total"]) if "total" in stretch else min(WINDOWS, stretch["ticks"])


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What two reports do not have in common, each as ``"threads was 2, is 1"``."""
    first, second = _facts(before), _facts(after)
    return [
        f"{name} was {first[name]}, is {second[name]}"
        for name in (*SAME_WORK, *SAME_PLACE)
        if _differ(first[name], second[name])
    ]


def _differ(first: object, second: object) -> bool:
    return first != second and {first, second} not in _MAY_BE_THE_SAME


def _facts(report: Mapping[str, Any]) -> dict[str, Any]:
    windows = report["windows"]
    known = {**report, **report["machine"]}
    known["way"] = report.get("way") or ("fused" if report.get("fused") else _NOT_FUSED)
    known["at"] = ", ".join(window["at"] for window in windows)
    known["ticks per time of day"] = ", ".join(str(window["ticks"]) for window in windows)
    return {name: known.get(name) for name in (*SAME_WORK, *SAME_PLACE)}


def drift(
    before: Sequence[Mapping[str, float]], after: Sequence[Mapping[str, float]]
) -> dict[str, float]:
    """How much slower memory and arithmetic were, as factors less one, and the larger size."""
    slower = {}
    for name, key, sign in (("memory", "triad_median", -1), ("arithmetic", "spin_median", 1)):
        both = [[math.log(speed[key]) for speed in speeds] for speeds in (before, after)]
        apart = float(np.median(both[1]) - np.median(both[0])) if all(both) else 0.0
        slower[name] = math.exp(sign * apart) - 1
    logs = [abs(math.log1p(value)) for value in slower.values()]
    return {**slower, "drift": math.expm1(max(logs))}


def _series(
    before: Mapping[str, Any], after: Mapping[str, Any], key: str, name: str | None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Nanoseconds per tick of each window, of all times of day one after the other."""
    series = []
    for report in (before, after):
        rows = [window[key] if name is None else window[key][name] for window in report["windows"]]
        series.append(np.concatenate(rows).astype(np.float64))
    return series[0], series[1]


def _that_matter(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    both = [name for name in after["systems"] if name in before["systems"]]
    return [
        name
        for name in both
        if max(before["systems"][name]["share"], after["systems"][name]["share"]) >= SHARE
    ]


def _unmatched(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Systems that matter and stand in one report only, each as ``"walk is gone, 12.0 µs"``."""
    return [
        f"{name} {said}, {cost['ns_per_tick'] / 1e3:.1f} µs"
        for here, there, said in ((before, after, "is gone"), (after, before, "is new"))
        for name, cost in here["systems"].items()
        if name not in there["systems"] and cost["share"] >= SHARE
    ]


def _finding(
    name: str,
    series: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    margin: float,
    matters_ns: float,
) -> Finding:
    """The verdict on two series of windows."""
    before, after = (np.maximum(values, 1.0) for values in series)
    logs = np.log(after) - np.log(before)
    low, high = interval(logs)
    least = math.log1p(margin)
    mean_before, mean_after = float(before.mean()), float(after.mean())
    change = float(np.median(after) - np.median(before))
    verdict = SAME
    if low > least and change > matters_ns:
        verdict = SLOWER
    elif high < -least and -change > matters_ns:
        verdict = FASTER
    return Finding(
        name, round(mean_before, 1), round(mean_after, 1), math.exp(float(np.median(logs))),
        math.exp(low), math.exp(high), margin, verdict,
    )  # fmt: skip


def interval(logs: npt.NDArray[np.float64], seed: int = 0) -> tuple[float, float]:
    """Where the median of a series lies: a moving-block bootstrap (Künsch 1989).

    Args:
        logs: one value per window, (windows,); neighbours may depend on each other.
        seed: of the draws; the same numbers give the same verdict.
    """
    count = len(logs)
    blocks = -(-count // _BLOCK)
    starts = np.random.default_rng(seed).integers(0, count, (_DRAWS, blocks))
    rows = (starts[:, :, None] + np.arange(_BLOCK)).reshape(_DRAWS, -1)[:, :count] % count
    medians = np.median(logs[rows], axis=1)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(medians, [tail, 1 - tail])
    return float(low), float(high)
