"""The town as a picture, by matplotlib (the ``report`` extra)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from townlet.errors import UserError
from townlet.maps.kinds import PLACE_KINDS, TILE_KINDS
from townlet.maps.plan import TownPlan

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 8
"""Districts drawn along each side; more would be too small to read."""

INK = "#3d3a36"
PAPER = "#fbf8f2"

TILE_COLOURS = {
    "wall": "#8f867b",
    "floor": "#efe6d8",
    "door": "#b98a5a",
    "road": "#d5d0c8",
    "path": "#e2ddd3",
    "gate": "#bdb6ab",
    "counter": "#a98f73",
    "water": "#9cc3cf",
    "grass": "#c9d6b0",
    "park": "#b4cb98",
    "plaza": "#e6d5b0",
    "ground": "#dfe3cd",
    "clearing": "#ccd3b3",
}

PLACE_COLOURS = {
    "home": "#f3e6cf",
    "grocer": "#f2c9a5",
    "cafe": "#eab7a8",
    "office": "#bfd0e2",
    "workshop": "#cfc3de",
    "gym": "#bfded4",
    "park": TILE_COLOURS["park"],
    "plaza": TILE_COLOURS["plaza"],
}
"""Floors are tinted by the kind of place they belong to."""

OBJECT_MARKS = {
    "bed": ("s", "#8a7fb0"),
    "fridge": ("D", "#4f8fa8"),
    "stove": ("^", "#c8583f"),
    "shower": ("o", "#3d86c6"),
    "counter": ("P", "#7a4a2b"),
    "till": ("p", "#c8862a"),
    "treadmill": (">", "#2f8f7b"),
    "bench": ("_", "#7a5230"),
    "desk": ("s", "#5c7fa8"),
    "workbench": ("X", "#76629c"),
}
OTHER_MARK = ("*", "#b0457a")
AGENT_COLOUR = "#d1343b"


def render_png(
    plan: TownPlan,
    path: str | Path,
    agents_xy: Sequence[tuple[int, int]] | NDArray[np.int32] | None = None,
) -> None:
    """Draw the town, or its north-west corner of 8 x 8 districts where it is larger.

    Args:
        plan: the town.
        path: the file to write; its folder exists.
        agents_xy: positions (x, y) in the town, (agents, 2), drawn as dots.

    Raises:
        UserError: matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise UserError(
            "a picture needs matplotlib: pip install townlet[report] brings it"
        ) from error
    columns, rows = min(plan.grid_w, MOST), min(plan.grid_h, MOST)
    tile_w, tile_h = columns * plan.width, rows * plan.height
    scale = max(6.4, min(16.0, 9.0 * max(tile_w, tile_h) / 32 / max(columns, rows) ** 0.5))
    scale /= max(tile_w, tile_h)  # inches per tile
    figure = Figure(
        (tile_w * scale + 2.3, tile_h * scale + 0.9), facecolor=PAPER, layout="constrained"
    )
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.imshow(pixels(plan, columns, rows), interpolation="nearest")
    _frame(plan, axes, columns, rows)
    small = max(columns, rows) > 3
    if not small:
        _objects(plan, axes, columns, rows, scale)
    _labels(plan, axes, columns, rows, scale)
    if agents_xy is not None and len(agents_xy):
        _agents(axes, np.asarray(agents_xy, np.float64), (tile_w, tile_h), scale)
    _legend(plan, axes, small, agents_xy is not None)
    axes.set_title(_title(plan, columns, rows), color=INK, fontsize=13, loc="left", pad=10)
    figure.savefig(path, dpi=150)


def _title(plan: TownPlan, columns: int, rows: int) -> str:
    """What one sees."""
    agents, count = len(plan.home_district), plan.districts
    title = f"Townlet: {agents:,} agents in {count:,} district{'s' if count > 1 else ''}"
    if count > columns * rows:
        title += f", the {columns} by {rows} in the north-west"
    return title


def _rgb(colour: str) -> tuple[int, int, int]:
    """Red, green, blue of ``#rrggbb``."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def pixels(plan: TownPlan, columns: int, rows: int) -> NDArray[np.uint8]:
    """One pixel per tile, uint8 (height, width, 3)."""
    tiles = np.array([_rgb(TILE_COLOURS[name]) for name in TILE_KINDS], np.uint8)
    plain = _rgb(TILE_COLOURS["floor"])
    tint = np.array([_rgb(PLACE_COLOURS.get(n, TILE_COLOURS["floor"])) for n in PLACE_KINDS])
    image = np.zeros((rows * plan.height, columns * plan.width, 3), np.uint8)
    for row in range(rows):
        for column in range(columns):
            layout = int(plan.district_layout[row * plan.grid_w + column])
            pixels = tiles[plan.tile_kind[layout]]
            inside = (pixels == plain).all(axis=1) & (plan.place_of_tile[layout] >= 0)
            names = [PLACE_KINDS.index(place.kind) for place in plan.layouts[layout].places]
            pixels[inside] = tint[np.array(names)[plan.place_of_tile[layout][inside]]]
            y, x = row * plan.height, column * plan.width
            block = pixels.reshape(plan.height, plan.width, 3)
            image[y : y + plan.height, x : x + plan.width] = block
    return image


def _frame(plan: TownPlan, axes: Axes, columns: int, rows: int) -> None:
    """Hairlines between tiles, lines between districts, no ticks."""
    width, height = columns * plan.width, rows * plan.height
    if max(columns, rows) == 1:
        for x in range(1, width):
            axes.axvline(x - 0.5, color="white", alpha=0.12, linewidth=0.4)
        for y in range(1, height):
            axes.axhline(y - 0.5, color="white", alpha=0.12, linewidth=0.4)
    for column in range(1, columns):
        axes.axvline(column * plan.width - 0.5, color=INK, linewidth=0.5, alpha=0.5)
    for row in range(1, rows):
        axes.axhline(row * plan.height - 0.5, color=INK, linewidth=0.5, alpha=0.5)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(INK)
        spine.set_linewidth(0.8)


def _drawn(plan: TownPlan, columns: int, rows: int) -> list[int]:
    """The districts in the picture."""
    return [row * plan.grid_w + column for row in range(rows) for column in range(columns)]


def _objects(plan: TownPlan, axes: Axes, columns: int, rows: int, scale: float) -> None:
    """A small mark per object."""
    spots: dict[str, list[tuple[int, int]]] = {}
    for district in _drawn(plan, columns, rows):
        for index in range(int(plan.object_first[district]), int(plan.object_first[district + 1])):
            name = plan.object_types[plan.object_type[index]]
            spots.setdefault(name, []).append(plan.position(district, int(plan.object_tile[index])))
    for name, where in spots.items():
        mark, colour = OBJECT_MARKS.get(name, OTHER_MARK)
        axes.scatter(
            [x for x, _ in where],
            [y for _, y in where],
            marker=mark,
            s=(scale * 30) ** 2,
            color=colour,
            linewidths=1.6 if mark == "_" else 0,
            zorder=3,
        )


def _labels(plan: TownPlan, axes: Axes, columns: int, rows: int, scale: float) -> None:
    """Names of the public places, where they fit."""
    if scale * plan.width < 3:
        return
    for district in _drawn(plan, columns, rows):
        layout = plan.layouts[int(plan.district_layout[district])]
        for place in layout.places:
            if place.kind in ("home", "open"):
                continue
            things = {a.tile // plan.width for a in layout.anchors if a.tile in place.tiles}
            clear = [tile for tile in place.tiles if tile // plan.width not in things]
            spots = np.array([plan.position(district, tile) for tile in clear or place.tiles])
            x, y = spots.mean(axis=0)
            axes.text(
                x,
                y,
                "café" if place.kind == "cafe" else place.kind,
                color=INK,
                fontsize=max(4.5, min(10.0, scale * 34)),
                ha="center",
                va="center",
                style="italic",
                zorder=4,
            )


def _agents(axes: Axes, spots: NDArray[np.float64], size: tuple[int, int], scale: float) -> None:
    """A dot per agent in the picture; several on one tile are set a little apart."""
    spots = spots[(spots[:, 0] < size[0]) & (spots[:, 1] < size[1])]
    turn = np.arange(len(spots)) * 2.399963  # the golden angle: neighbours fall apart
    spots = spots + 0.22 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    axes.scatter(
        spots[:, 0],
        spots[:, 1],
        s=max(1.5, (scale * 24) ** 2),
        color=AGENT_COLOUR,
        edgecolors="white",
        linewidths=0.4,
        zorder=5,
    )


def _legend(plan: TownPlan, axes: Axes, small: bool, agents: bool) -> None:
    """What colours and marks mean, beside the map; only what the town has."""
    from matplotlib.lines import Line2D  # noqa: PLC0415  (the extra)
    from matplotlib.patches import Patch  # noqa: PLC0415

    kinds = [PLACE_KINDS[kind] for kind in np.unique(plan.place_kind)]
    handles: list[Any] = [
        Patch(color=PLACE_COLOURS[kind], label="café" if kind == "cafe" else kind)
        for kind in kinds
        if kind in PLACE_COLOURS
    ]
    tiles = [TILE_KINDS[kind] for kind in np.unique(plan.tile_kind)]
    handles += [
        Patch(color=TILE_COLOURS[name], label=name)
        for name in ("road", "path", "gate", "door", "grass", "water", "ground", "clearing")
        if name in tiles
    ]
    types = [plan.object_types[kind] for kind in np.unique(plan.object_type)]
    for name in () if small else types:
        mark, colour = OBJECT_MARKS.get(name, OTHER_MARK)
        style: dict[str, Any] = {"marker": mark, "color": colour, "linestyle": "", "markersize": 6}
        handles.append(Line2D([], [], label=name, markeredgewidth=1.6 * (mark == "_"), **style))
    if agents:
        style = {"marker": "o", "color": AGENT_COLOUR, "linestyle": "", "markersize": 5}
        handles.append(Line2D([], [], label="agent", **style))
    axes.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        frameon=False,
        fontsize=9,
        labelcolor=INK,
        handlelength=1.4,
        borderaxespad=0,
    )
