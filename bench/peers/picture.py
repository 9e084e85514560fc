"""The picture of the peers: agent-ticks per second, a panel per unit, on a logarithmic axis."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from bench.beside import UNITS
from townlet.errors import UserError

PICTURE = Path(__file__).parents[1] / "peers.png"
Bars = list[tuple[str, str, float]]


def panels(results: dict[str, dict[str, Any]]) -> dict[str, Bars]:
    """What there is to draw: by title of the panel, (agents, simulator, rate) each."""
    found: dict[str, Bars] = {}
    for unit, title in UNITS.items():
        rows = [row for row in results.get("peers", {}).get("rows", ()) if row["unit"] == unit]
        for row in rows:
            who = (("Townlet", row["townlet"]), ("MAgent2", row["magent2"]))
            bars = [(f"{row['agents']:,}", name, rate) for name, rate in who]
            found.setdefault(f"a town and a battle, {title}", []).extend(bars)
    for row in results.get("peers-small", {}).get("rows", ()):
        names = (("Townlet", "townlet"), ("plain Python", "loop"), ("Mesa", "mesa"))
        bars = [(f"{row['agents']:,}", name, row[key]) for name, key in names]
        found.setdefault("small rules, bare", []).extend(bars)
    return found


def draw(results: dict[str, dict[str, Any]], path: Path) -> bool:
    """Draw what there is as PNG; False: there is nothing.

    Raises:
        UserError: matplotlib is not installed.
    """
    drawn = panels(results)
    if not drawn:
        return False
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415  (the extra)
    except ImportError as error:
        raise UserError("the picture needs matplotlib: pip install townlet[report]") from error
    from townlet.report.pictures import COLOURS, FAINT, INK, PAPER  # noqa: PLC0415

    tints = {"Townlet": COLOURS[0], "MAgent2": COLOURS[1], "plain Python": COLOURS[4]}
    every = [rate for bars in drawn.values() for *_, rate in bars]
    low, high = 10 ** np.floor(np.log10(min(every))), 10 ** np.ceil(np.log10(max(every) * 1.5))
    heights = [len(bars) + 1.5 for bars in drawn.values()]
    figure = Figure(figsize=(9, 0.27 * sum(heights) + 0.6), dpi=130, layout="constrained")
    figure.set_facecolor(PAPER)
    grid = figure.subplots(len(drawn), sharex=True, squeeze=False, height_ratios=heights)
    for axes, (title, bars) in zip(grid[:, 0], drawn.items(), strict=True):
        axes.set_facecolor(PAPER)
        place = 0.0
        for k, (agents, name, rate) in enumerate(bars):
            place += 1.0 if k and agents == bars[k - 1][0] else 1.6
            tint = tints.get(name, COLOURS[2])
            axes.hlines(place, low, rate, color=tint, lw=1.4)
            axes.plot(rate, place, "o", color=tint, ms=6)
            axes.text(rate * 1.12, place, in_words(rate), va="center", color=INK, fontsize=8)
            axes.text(
                -0.01, place, f"{name}, {agents}", ha="right", va="center", color=INK, fontsize=8,
                transform=axes.get_yaxis_transform(),
            )  # fmt: skip
        axes.set_ylim(place + 0.8, 0.8)
        axes.set_yticks([])
        axes.set_xscale("log")
        axes.set_xlim(low, high)
        axes.minorticks_off()
        axes.set_title(title, loc="left", color=INK, fontsize=10)
        axes.grid(axis="x", color=FAINT, alpha=0.4, lw=0.6)
        axes.set_axisbelow(True)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.spines["bottom"].set_color(FAINT)
        axes.tick_params(axis="both", colors=INK, length=0)
    grid[-1, 0].set_xlabel("agent-ticks per second", color=INK, fontsize=9)
    figure.savefig(path, format="png")
    return True


def in_words(rate: float) -> str:
    """A rate, short: 1.23 M, 456 k."""
    return f"{rate / 1e6:.2f} M" if rate >= 1e6 else f"{rate / 1e3:,.0f} k"
