"""The picture of a sweep: cost per agent against agents, stacked by system."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from townlet.report.pictures import COLOURS, FAINT, INK, PAPER, spread

LARGEST = len(COLOURS) - 1
"""Systems with a colour of their own; the rest is one more."""

REST = "#d8d3c8"


def draw_sweep(report: Mapping[str, Any], path: Path) -> None:
    """Draw the sweep of a report as PNG.

    Args:
        report: Has a ``sweep``, see :func:`townlet.profiling.sweep.sweep_of`.
        path: Where to.
    """
    sweep = report["sweep"]
    figure = Figure(figsize=(10, 5.2), dpi=130, layout="constrained", facecolor=PAPER)
    axes = figure.add_subplot(facecolor=PAPER)
    agents = np.array([size["agents"] * size["towns"] for size in sweep["sizes"]], np.float64)
    names, layers = layers_of(sweep)
    colours = [*COLOURS[: len(names) - 1], REST]
    axes.stackplot(agents, layers, colors=colours, lw=0.6, edgecolor=PAPER)
    top = layers.sum(axis=0)
    axes.plot(agents, top, color=INK, lw=1.4, marker="o", ms=3.5)
    sides = ["left", *["center"] * (len(agents) - 2), "right"]
    for x, y, side in zip(agents, top, sides, strict=True):
        axes.annotate(
            f"{y:,.0f}" if y >= 100 else f"{y:,.1f}", (x, y), xytext=(0, 5), color=INK,
            textcoords="offset points", ha=side, fontsize=8,
        )  # fmt: skip
    _name_layers(axes, names, layers, agents[-1])
    _set_up(axes, agents, float(top.max()))
    axes.set_title(_title(report), loc="left", color=INK, fontsize=12, pad=12)
    figure.savefig(path, format="png")


def layers_of(sweep: Mapping[str, Any]) -> tuple[list[str], np.ndarray[Any, np.dtype[np.float64]]]:
    """Names of the layers, the dearest at the bottom, and ns per agent, float64 (layers, sizes).

    What has no layer of its own, Python included, is in the last one: layers add up to the tick.
    """
    sizes = sweep["sizes"]
    worth: dict[str, float] = {}
    for size in sizes:
        for name, ns in size["systems"].items():
            worth[name] = max(worth.get(name, 0.0), ns / max(size["ns_per_agent"], 1e-9))
    names = sorted(worth, key=lambda name: -worth[name])[:LARGEST]
    last = sizes[-1]["systems"]
    names.sort(key=lambda name: -last.get(name, 0.0))
    rows = [[size["systems"].get(name, 0.0) for size in sizes] for name in names]
    total = np.array([size["ns_per_agent"] for size in sizes], np.float64)
    rest = np.maximum(total - np.array(rows, np.float64).sum(axis=0), 0.0)
    return [*names, "everything else"], np.array([*rows, rest.tolist()], np.float64)


def _title(report: Mapping[str, Any]) -> str:
    total = report["sweep"]["total"]
    fit = "" if total is None else f"; a tick costs as agents to the {total['exponent']:.2f}"
    at = ", ".join(time["at"] for time in report["times"])
    threads = max(size["threads"] for size in report["sweep"]["sizes"])
    seen = f", {report['observations']} observations" if report["observations"] else ""
    return (
        f"{report['config_id']}: nanoseconds per agent and tick, from {at}, "
        f"up to {threads} threads{seen}{fit}"
    )


def _name_layers(
    axes: Axes, names: list[str], layers: np.ndarray[Any, np.dtype[np.float64]], end: float
) -> None:
    """Name each layer beside its right end, pushed apart where layers are thin."""
    ends = np.cumsum(layers[:, -1]) - layers[:, -1] / 2
    gap = 0.052 * float(layers.sum(axis=0).max()) * 1.12
    for number, height in enumerate(spread(ends, gap)):
        colour = COLOURS[number] if number < len(names) - 1 else "#8d887d"
        axes.annotate(
            f"{names[number]}  {layers[number, -1]:,.1f}", (end, height), xytext=(8, 0),
            textcoords="offset points", va="center", fontsize=8.5, color=colour,
            annotation_clip=False,
        )  # fmt: skip


def _set_up(axes: Axes, agents: np.ndarray[Any, np.dtype[np.float64]], most: float) -> None:
    axes.set_xscale("log")
    axes.set_xlim(agents[0], agents[-1])
    axes.set_ylim(0, 1.12 * most)
    axes.set_xticks(agents)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _short(x)))
    axes.set_xlabel("agents", color=INK, fontsize=9)
    axes.grid(axis="y", color=FAINT, lw=0.5, alpha=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, labelsize=8.5, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)


def _short(value: float) -> str:
    """1.2 M, 32 k, 8."""
    for unit, size in ((" M", 1e6), (" k", 1e3)):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.0f}"
