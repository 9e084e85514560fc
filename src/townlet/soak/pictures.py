"""Pictures of a soak: ticks by hour of the day, memory, needs, people, as PNG bytes."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from townlet.report.pictures import COLOURS, FAINT, INK, PAPER, spread
from townlet.soak.record import Pages

_DAY = 1440
_WIDTH = 9.6
#: Points of a line, at most; more are averaged.
_POINTS = 1500


def draw_hours(times: dict[str, Any]) -> bytes:
    """Tick times by hour of the day: median, p95, p99 and the slowest."""
    figure, axes = _figure(3.6)
    hours = times["hours"]
    at = np.array([int(hour) for hour in hours])
    for name, colour, alpha in (
        ("p99", COLOURS[4], 0.45),
        ("p95", COLOURS[1], 0.55),
        ("p50", COLOURS[1], 1.0),
    ):
        values = np.array([hours[hour][name] for hour in hours])
        axes.bar(at + 0.5, values, width=0.78, color=colour, alpha=alpha, label=_LABELS[name])
    slowest = np.array([hours[hour]["max"] for hour in hours])
    axes.scatter(at + 0.5, slowest, s=16, color=COLOURS[0], label=_LABELS["max"], zorder=3)
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(0, 24)
    axes.set_xticks(range(0, 25, 3), [f"{hour:02d}:00" for hour in range(0, 25, 3)])
    axes.set_ylabel("milliseconds per tick", color=INK, fontsize=9)
    axes.legend(loc="upper left", bbox_to_anchor=(1.005, 1), frameon=False, fontsize=8.5)
    return _png(figure)


_LABELS = {
    "p50": "half are faster",
    "p95": "95 of 100 are",
    "p99": "99 of 100 are",
    "max": "slowest",
}


def draw_memory(pages: Pages, starts: list[int]) -> bytes:
    """Memory held by the process; dotted lines mark where a new process went on."""
    figure, axes = _figure(2.6)
    tick, rss = pages["sample_tick"] / _DAY, pages["rss"] / 2**20
    tick, rss = _thin(tick[rss >= 0]), _thin(rss[rss >= 0])
    axes.plot(tick, rss, color=COLOURS[1], lw=1.6)
    for start in starts:
        if start:
            axes.axvline(start / _DAY, color=COLOURS[0], lw=0.9, ls=":")
    low, high = float(rss.min()), float(rss.max())
    margin = max(high * 0.02, (high - low) * 0.3)
    axes.set_ylim(max(low - margin, 0), high + margin)
    axes.set_ylabel("MiB", color=INK, fontsize=9)
    _days(axes)
    return _png(figure)


def draw_people(pages: Pages, faults: list[tuple[int, str]]) -> bytes:
    """How many live; ticks below mark when faults struck."""
    figure, axes = _figure(2.8)
    tick, living = _thin(pages["sample_tick"] / _DAY), _thin(pages["living"].astype(float))
    axes.plot(tick, living, color=COLOURS[3], lw=1.6)
    axes.set_ylim(0, float(living.max()) * 1.12)
    names = sorted({name for _, name in faults})
    place = axes.get_xaxis_transform()
    for number, name in enumerate(names):
        when = [tick / _DAY for tick, kind in faults if kind == name]
        colour = COLOURS[number % len(COLOURS)]
        height = 0.03 + 0.05 * number
        axes.scatter(when, [height] * len(when), s=14, marker="|", color=colour, transform=place)
        axes.text(
            1.005, height, name, transform=axes.transAxes, va="center", fontsize=8, color=colour
        )
    axes.set_ylabel("living agents", color=INK, fontsize=9)
    _days(axes)
    return _png(figure)


def draw_needs(pages: Pages, names: list[str]) -> bytes:
    """Hourly means of each need over the run, all towns together."""
    figure, axes = _figure(2.8)
    tick, mean = pages["hour"] / _DAY, pages["mean"].mean(axis=1)
    ends = np.array([mean[-1, k] for k in range(len(names))])
    for number, _ in enumerate(names):
        axes.plot(_thin(tick), _thin(mean[:, number]), color=COLOURS[number % len(COLOURS)], lw=1.3)
    for number, height in enumerate(spread(ends, 0.09)):
        axes.annotate(
            names[number], (1, height), xycoords=("axes fraction", "data"), xytext=(6, 0),
            textcoords="offset points", va="center", fontsize=9,
            color=COLOURS[number % len(COLOURS)],
        )  # fmt: skip
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 0.5, 1], ["empty", "half", "full"])
    _days(axes)
    return _png(figure)


def _figure(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(_WIDTH, height), dpi=110, layout="constrained", facecolor=PAPER)
    axes = figure.add_subplot(facecolor=PAPER)
    axes.grid(axis="y", color=FAINT, lw=0.5, alpha=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, labelsize=8.5, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    return figure, axes


def _days(axes: Axes) -> None:
    axes.set_xlabel("days since the start", color=INK, fontsize=9)
    axes.set_xlim(left=0)


def _thin(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Means of as many neighbours as it takes to leave ``_POINTS`` points."""
    step = -(-len(values) // _POINTS)
    if step <= 1:
        return values
    whole = len(values) // step * step
    thinned: npt.NDArray[Any] = values[:whole].reshape(-1, step).mean(axis=1)
    return thinned


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()
