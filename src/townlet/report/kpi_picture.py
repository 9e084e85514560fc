"""The picture of a run's days: small panels of KPIs, what is in balance shaded green."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from townlet.report.kpis import MEAN_NEED, SHARE, Band, kpi
from townlet.report.pictures import COLOURS, FAINT, INK, PAPER
from townlet.report.subject import Subject

BALANCE, AMISS = "#5b8c5a", "#c8553d"
COLUMNS = 5
FEW_DAYS = 8
"""Up to this many days each is marked with a dot."""


@dataclass(frozen=True)
class Panel:
    """One panel: its title, the KPIs in it, and what their lines are called if they are several.

    The band of a KPI that is alone in its panel is shaded.
    """

    title: str
    names: tuple[str, ...]
    labels: tuple[str, ...] = ()


PANELS = (
    Panel("Self-sufficient agents", ("self_sufficiency",)),
    Panel("Mean needs", (MEAN_NEED,)),
    Panel(
        "Waits, minutes",
        ("queue_wait_max", "queue_wait_p95", "queue_wait_p50"),
        ("longest", "95%", "median"),
    ),
    Panel("Shifts begun on time", ("attendance_on_time",)),
    Panel("Shifts not begun on time", ("lateness",)),
    Panel("Agents with a tie", ("tie_formation",)),
    Panel("Conflicts", ("conflicts",)),
    Panel("Conflicts that escalated", ("conflict_escalation",)),
    Panel("Rivals avoided", ("avoidances",)),
    Panel("Days in town", ("tenure_days",)),
    Panel("Population", ("population",)),
    Panel(
        "Coming and going",
        ("starvation_exits", "arrivals", "exits"),
        ("starved", "arrivals", "exits"),
    ),
    Panel("Inequality of wallets", ("wealth_gini",)),
    Panel("Treasury, in meals", ("treasury",)),
    Panel("Price index", ("price_index",)),
)


def draw_kpis(subject: Subject, days: pl.DataFrame, path: Path) -> None:
    """Draw every KPI over the finished days as PNG: the mean of all towns, their spread shaded.

    Args:
        subject: The run, for its title.
        days: One row per town and finished day, at least one.
        path: Where to.
    """
    rows = -(-len(PANELS) // COLUMNS)
    figure = Figure(figsize=(15, 2.7 * rows), dpi=110, layout="constrained", facecolor=PAPER)
    grid = figure.subplots(rows, COLUMNS, squeeze=False)
    for axes, panel in zip(grid.flat, PANELS, strict=True):
        _draw_panel(axes, panel, days)
    for axes in grid[-1]:
        axes.set_xlabel("day", color=INK, fontsize=8.5)
    figure.suptitle(_title(subject, days), x=0.008, ha="left", color=INK, fontsize=12.5)
    figure.savefig(path, format="png")


def _title(subject: Subject, days: pl.DataFrame) -> str:
    count = days["day"].n_unique()
    length = "one day" if count == 1 else f"{count:,} days"
    if subject.towns > 1:
        who = f"{length} of {subject.towns:,} towns of {subject.agents:,} agents"
        how = "   line: mean of all towns; shade: lowest to highest."
    else:
        who, how = f"{length} of {subject.agents:,} agents", ""
    return f"{subject.config.config_id}: {who}.   Green: a town in balance.{how}"


def _draw_panel(axes: Axes, panel: Panel, days: pl.DataFrame) -> None:
    """Draw one panel, with a note where its first KPI was in or out of its band."""
    names = [
        name
        for wanted in panel.names
        for name in days.columns
        if name == wanted or (wanted == MEAN_NEED and name.startswith(MEAN_NEED))
    ]
    first, last = int(days["day"].to_numpy().min()), int(days["day"].to_numpy().max())
    for number, name in enumerate(names):
        colour = COLOURS[number % len(COLOURS)] if len(names) > 1 else COLOURS[1]
        _draw_line(
            axes, days, name, colour, last - first < FEW_DAYS, panel.names[0] != "starvation_exits"
        )
    axes.set_xlim(first - 0.5, last + 0.5)
    about = kpi(names[0] if names else panel.names[0])
    _set_scale(axes, about.unit, days, names)
    band = about.band if len(names) == 1 else None
    if band is not None:
        _shade(axes, band, first, last)
    _set_up(axes, panel.title, "" if band is None else band.text(about.unit))
    if last - first < FEW_DAYS:
        axes.set_xticks(range(first, last + 1))
    if len(names) > 1:
        _legend(axes, panel.labels or [kpi(name).title for name in names])
    elif not names or not np.isfinite(days[names[0]].to_numpy()).any():
        axes.text(
            0.5,
            0.5,
            "nothing to count",
            transform=axes.transAxes,
            color=FAINT,
            fontsize=9,
            ha="center",
            va="center",
        )


def _draw_line(
    axes: Axes, days: pl.DataFrame, name: str, colour: str, dots: bool, shade: bool
) -> None:
    """Draw a KPI: its mean over towns, and from the lowest to the highest town a shade."""
    value = pl.col(name).fill_nan(None)
    line = (
        days.group_by("day")
        .agg(value.mean().alias("mean"), value.min().alias("low"), value.max().alias("high"))
        .sort("day")
    )
    day, mean, low, high = (
        line[column].cast(pl.Float64).fill_null(float("nan")).to_numpy() for column in line.columns
    )
    if shade and days.height > line.height:
        axes.fill_between(day, low, high, color=colour, alpha=0.16, lw=0)
    mark = "o" if dots else None
    axes.plot(day, mean, color=colour, lw=1.6, marker=mark, ms=3.5, solid_capstyle="round")


def _set_scale(axes: Axes, unit: str, days: pl.DataFrame, names: Sequence[str]) -> None:
    """Shares and needs run from 0 to 1, counts from 0; the rest as it comes."""
    values = _finite(days, names)
    most = float(values.max(initial=0.0))
    if unit == SHARE:
        axes.set_ylim(0, 1.02)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:.0%}"))
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
        return
    if names and (names[0].startswith(MEAN_NEED) or names[0] == "wealth_gini"):
        axes.set_ylim(0, 1.02)
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "", "0.5", "", "1"])
        return
    if names == ["price_index"]:
        axes.set_ylim(0, max(2.0, 1.1 * most))
    elif names != ["treasury"]:
        axes.set_ylim(0, max(1.0, 1.15 * most))
    elif values.size and values.min() == values.max():
        axes.set_ylim(values[0] - 1, values[0] + 1)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=most >= 1.5 and names != ["price_index"]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:,.10g}"))


def _finite(days: pl.DataFrame, names: Sequence[str]) -> npt.NDArray[np.float64]:
    """All values of some KPIs that are numbers."""
    values = days.select(names).to_numpy().astype(np.float64).ravel()
    return values[np.isfinite(values)]


def _shade(axes: Axes, band: Band, first: int, last: int) -> None:
    """Shade where a town in balance is; it says so from the day on it has to be."""
    bottom, top = axes.get_ylim()
    low = bottom if band.low is None else band.low
    high = top if band.high is None else band.high
    if high <= low:
        high = low + 0.02 * (top - bottom)
    begin = max(first - 0.5, band.since - 1.5)
    if begin < last + 0.5:
        axes.fill_between([begin, last + 0.5], low, high, color=BALANCE, alpha=0.14, lw=0)


def _set_up(axes: Axes, title: str, note: str) -> None:
    """Title on the left, what is in balance on the right, a light frame."""
    axes.set_facecolor(PAPER)
    axes.set_title(title, loc="left", color=INK, fontsize=9.5)
    if note:
        axes.set_title(note, loc="right", color=BALANCE, fontsize=8)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.grid(axis="y", color=FAINT, lw=0.5, alpha=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, labelsize=8, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)


def _legend(axes: Axes, labels: Sequence[str]) -> None:
    """Name the lines of a panel that has several, in their colours, beside its title."""
    legend = axes.legend(
        axes.get_lines(), labels, fontsize=8, frameon=False, ncols=min(len(labels), 4),
        loc="lower right", bbox_to_anchor=(1.03, 0.985), handlelength=0, handletextpad=0,
        labelcolor="linecolor", borderpad=0.1, columnspacing=0.8,
    )  # fmt: skip
    for handle in legend.legend_handles:
        if handle is not None:
            handle.set_visible(False)
