"""Pictures of a run: the town with its agents in it, and its needs over time."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from townlet.report.subject import DAY, Subject, start_minute

INK, FAINT, NIGHT, PAPER = "#3d3a36", "#b9b4a8", "#e9eaf1", "#fbf8f2"
"""Ink and paper are those of the town's picture."""

COLOURS = ("#c8553d", "#3d7ea6", "#8a6fb3", "#5b8c5a", "#d99a2b", "#a0527d", "#4aa39a", "#7a6a55")
"""Hunger, hygiene and energy come first, then a town's own needs in their order."""

CRITICAL = 0.15
"""A need below this is critical: its deficit is above 0.85 (SPEC §1)."""

FEW_DAYS = 14
"""Up to this many days a picture shows every hour and every night; above, a day is one point."""

DUSK, DAWN = 22 * 60, 6 * 60


def draw_town(subject: Subject, path: Path) -> None:
    """Draw the map of the first town with its agents where they stand, as PNG."""
    from townlet.maps import render_png  # noqa: PLC0415  (numba loads with it)

    agents = subject.frame("agent").filter((pl.col("town") == 0) & pl.col("Identity.alive"))
    render_png(subject.plan, path, agents_xy=agents.select("x", "y").rows())


def draw_needs(subject: Subject, path: Path) -> None:
    """Draw each need's mean over time as PNG: the mean of all towns, their spread shaded."""
    history = subject.needs_history()
    needs = [name for name in history.columns if name not in ("town", "tick")]
    start = start_minute(subject)
    end = start + max(subject.tick, 60)
    minute = pl.col("tick").cast(pl.Int64) + start
    few = end <= FEW_DAYS * DAY
    history = history.with_columns(minute=minute if few else minute // DAY * DAY + DAY // 2)
    history = history.filter(history["minute"] <= end)  # a day just begun has no point yet
    figure = Figure(figsize=(10, 4.6), dpi=130, layout="constrained", facecolor=PAPER)
    axes = figure.add_subplot(facecolor=PAPER)
    for number, need in enumerate(needs):
        _draw_need(axes, history, need, COLOURS[number % len(COLOURS)])
    _draw_days(axes, start, end)
    _label_ends(axes, history, needs, end)
    axes.set_title(_title(subject), loc="left", color=INK, fontsize=12, pad=22)
    figure.savefig(path, format="png")


def _title(subject: Subject) -> str:
    many = f"{subject.towns:,} towns of " if subject.towns > 1 else ""
    return f"{subject.config.config_id}: mean needs of {many}{subject.agents:,} agents"


def _draw_need(axes: Axes, history: pl.DataFrame, need: str, colour: str) -> None:
    """Draw one need: its mean, and from the lowest to the highest mean of a town a band."""
    value = pl.col(need)
    line = (
        history.group_by("minute")
        .agg(value.mean().alias("mean"), value.min().alias("low"), value.max().alias("high"))
        .sort("minute")
    )
    minute, mean, low, high = (line[name].to_numpy() for name in line.columns)
    if history.height > line.height:
        axes.fill_between(minute, low, high, color=colour, alpha=0.13, lw=0)
    axes.plot(minute, mean, color=colour, lw=1.9, solid_capstyle="round")


def _draw_days(axes: Axes, start: int, end: int) -> None:
    """Shade the nights, mark midnights, name the days, and set the axes up."""
    axes.set_xlim(start, end)
    axes.set_ylim(0, 1)
    axes.axhspan(0, CRITICAL, color=COLOURS[0], alpha=0.07, lw=0, zorder=0)
    axes.text(
        0.004,
        CRITICAL - 0.015,
        "critical",
        transform=axes.get_yaxis_transform(),
        va="top",
        fontsize=8,
        color=COLOURS[0],
    )
    days = range(-(-end // DAY))
    few = end <= FEW_DAYS * DAY
    named = 1 if few else len(days) // 10
    for day in days:
        noon, midnight = day * DAY + DAY // 2, day * DAY
        if few:
            axes.axvspan(midnight, midnight + DAWN, color=NIGHT, lw=0, zorder=-1)
            axes.axvspan(midnight + DUSK, midnight + DAY, color=NIGHT, lw=0, zorder=-1)
            axes.axvline(midnight, color=FAINT, lw=0.8, zorder=0.5)
        if start <= noon <= end and day % named == 0:
            place = axes.get_xaxis_transform()
            text = f"day {day}"
            axes.text(noon, 1.015, text, transform=place, ha="center", fontsize=8.5, color=INK)
    _set_ticks(axes, start, end)


def _set_ticks(axes: Axes, start: int, end: int) -> None:
    """Put clock times below a short run and none below a long one; keep the frame light."""
    step = next((step for step in (120, 360, 720) if (end - start) / step <= 14), None)
    ticks = [] if step is None else [m for m in range(0, end + 1, step) if m >= start]
    axes.set_xticks(ticks, [f"{m % DAY // 60:02d}:{m % 60:02d}" for m in ticks])
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1.0], ["empty", "", "half", "", "full"])
    axes.grid(axis="y", color=FAINT, lw=0.5, alpha=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, labelsize=8.5, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)


def _label_ends(axes: Axes, history: pl.DataFrame, needs: list[str], end: int) -> None:
    """Name each line where it ends, pushed apart where lines end close together."""
    if not history.height:
        return
    last = history.filter(history["minute"] == history["minute"].max())
    values = [last[need].mean() for need in needs]
    heights = np.array([v if isinstance(v, float) else np.nan for v in values])
    for number, height in enumerate(spread(heights, 0.055)):
        if np.isfinite(height):
            axes.annotate(
                needs[number],
                (end, height),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                fontsize=9.5,
                color=COLOURS[number % len(COLOURS)],
                annotation_clip=False,
            )


def spread(heights: npt.NDArray[np.float64], gap: float) -> npt.NDArray[np.float64]:
    """Move labels up until none is closer than ``gap`` to the next, order kept.

    Args:
        heights: Wanted heights (labels,); NaN stays NaN.
        gap: The least distance between two labels.
    """
    placed = heights.copy()
    below = -np.inf
    for number in np.argsort(heights):
        if np.isfinite(placed[number]):
            placed[number] = max(placed[number], below + gap)
            below = placed[number]
    return placed
