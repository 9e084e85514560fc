"""Layouts drawn by hand: YAML with ASCII rows and a legend.

::

    rows:
      - "####GG####"
      - "#bfh..ppp#"
      - "##+#..ppp#"
    legend:
      "#": wall
      ".": road
      "+": door
      G: gate
      h: {place: home}       # a floor of a home (of a park: park)
      b: {object: bed}       # an object in the place around it
      t: {object: till, tile: counter}
      q: {queue: true}       # a tile to wait on
      p: {place: park}

Tiles of a place that touch are one place. Its door is the *door* tile next to it; a place without
one must lie open to a street. Every object is given the two nearest queue tiles of its place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from townlet.errors import UserError
from townlet.maps import kinds
from townlet.maps.checks import check_layout, check_routes
from townlet.maps.layout import Anchor, Layout, Place, neighbours, queue_tiles
from townlet.maps.targets import layout_targets
from townlet.named_files import content_of

PLACE_FLOOR = {"park": kinds.PARK, "plaza": kinds.PLAZA, "open": kinds.GROUND}
"""Tile kind of a place's ground where it is not an indoor floor."""


@dataclass(frozen=True)
class _Mark:
    """What a character of the drawing means; ``tile`` None: the ground of the place around it."""

    tile: int | None
    place: str | None = None
    object_type: str | None = None
    queue: bool = False

    @property
    def inside(self) -> bool:
        """Whether the tile belongs to a place."""
        return self.place is not None or self.object_type is not None or self.queue


def load_layout(path: str | Path) -> Layout:
    """Read a layout from a YAML file.

    Args:
        path: the file.

    Returns:
        A layout whose places, objects and gates can all be reached.

    Raises:
        UserError: one sentence with file and line, what is wrong, and what is allowed.
    """
    path = Path(path)
    try:
        text = content_of(path).decode("utf-8")
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error
    return parse_layout(text, str(path))


def parse_layout(text: str, name: str) -> Layout:
    """Like :func:`load_layout`, from the text of a file."""
    rows, lines, legend = _read(text, name)
    marks: list[_Mark] = []
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(rows[0]):
            raise UserError(
                f"{name}:{line}: this row has {len(row)} characters, the first one {len(rows[0])}"
            )
        for column, char in enumerate(row):
            if char not in legend:
                raise UserError(
                    f"{name}:{line}: character {char!r} in column {column + 1} is not in the "
                    f"legend; it has {' '.join(sorted(legend))}"
                )
            marks.append(legend[char])
    layout = _Drawing(name, lines, len(rows[0]), marks).layout()
    check_layout(layout)
    check_routes(layout, layout_targets(layout, set(), set()).route, False)
    return layout


def _read(text: str, name: str) -> tuple[list[str], list[int], dict[str, _Mark]]:
    """The rows, their line numbers, and the legend."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UserError(f"{name}:{line}: not valid YAML: {error.problem}") from error
    if not isinstance(data, dict) or not isinstance(root, yaml.MappingNode):
        raise UserError(f"{name}:1: a layout is a mapping with the keys rows and legend")
    nodes = {key.value: (key.start_mark.line + 1, value) for key, value in root.value}
    for key, (line, _) in nodes.items():
        if key not in ("rows", "legend"):
            raise UserError(f"{name}:{line}: {key}: no such key{kinds.nearest(key, _KEYS)}")
    for key in _KEYS:
        if key not in nodes:
            raise UserError(f"{name}:1: {key}: missing; a layout has the keys rows and legend")
    line, node = nodes["rows"]
    rows = data["rows"]
    if not isinstance(rows, list) or not rows or not all(isinstance(row, str) for row in rows):
        raise UserError(f"{name}:{line}: rows: expected a list of strings, one per row of tiles")
    if not rows[0]:
        raise UserError(f"{name}:{line}: rows: the first row is empty")
    lines = [item.start_mark.line + 1 for item in node.value]
    line, node = nodes["legend"]
    if not isinstance(data["legend"], dict):
        raise UserError(f"{name}:{line}: legend: expected a mapping from characters to tiles")
    where = [key.start_mark.line + 1 for key, _ in node.value]
    legend = {
        str(char): _mark(f"{name}:{at}: legend.{char}", str(char), meaning)
        for at, (char, meaning) in zip(where, data["legend"].items(), strict=False)
    }
    return rows, lines, legend


_KEYS = ("rows", "legend")
_MARK_KEYS = ("place", "object", "queue", "tile")


def _mark(label: str, char: str, meaning: Any) -> _Mark:
    """Read one entry of the legend."""
    if len(char) != 1:
        raise UserError(f"{label}: a key of the legend is one character")
    if isinstance(meaning, str):
        return _Mark(_tile_kind(label, meaning))
    if not isinstance(meaning, dict):
        raise UserError(f"{label}: expected a tile kind or a mapping with {', '.join(_MARK_KEYS)}")
    for key in meaning:
        if key not in _MARK_KEYS:
            raise UserError(f"{label}.{key}: no such key{kinds.nearest(str(key), _MARK_KEYS)}")
    place, thing = meaning.get("place"), meaning.get("object")
    if place is not None and place not in kinds.PLACE_KINDS:
        raise UserError(
            f"{label}.place: no place of kind {place!r}"
            f"{kinds.nearest(str(place), kinds.PLACE_KINDS)}"
        )
    if thing is not None and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", str(thing)):
        raise UserError(f"{label}.object: {thing!r} is no name of an object type")
    tile = _tile_kind(label + ".tile", meaning["tile"]) if "tile" in meaning else None
    queue = meaning.get("queue") is True
    if place is None and thing is None and not queue:
        raise UserError(f"{label}: names neither a place, nor an object, nor a queue")
    return _Mark(tile, place, None if thing is None else str(thing), queue)


def _tile_kind(label: str, name: Any) -> int:
    """Number of a tile kind."""
    if name not in kinds.TILE_KINDS:
        raise UserError(
            f"{label}: no tile of kind {name!r}{kinds.nearest(str(name), kinds.TILE_KINDS)}"
        )
    return kinds.TILE_KINDS.index(name)


class _Drawing:
    """The marks of a drawing, and the places one sees in it."""

    def __init__(self, name: str, lines: list[int], width: int, marks: list[_Mark]) -> None:
        self.name, self.lines, self.width, self.marks = name, lines, width, marks
        self.height = len(lines)

    def label(self, tile: int) -> str:
        """File, line and position of a tile, as sentences begin."""
        x, y = tile % self.width, tile // self.width
        return f"{self.name}:{self.lines[y]}: at ({x}, {y})"

    def regions(self) -> list[list[int]]:
        """Tiles of places that touch, each in ascending order, by their first tile."""
        left = {tile for tile, mark in enumerate(self.marks) if mark.inside}
        found = []
        for first in sorted(left):
            if first not in left:
                continue
            left.discard(first)
            region, todo = [first], [first]
            while todo:
                for tile in neighbours(todo.pop(), self.width, self.height):
                    if tile in left:
                        left.discard(tile)
                        region.append(tile)
                        todo.append(tile)
            found.append(sorted(region))
        return found

    def kind_of(self, region: list[int]) -> str:
        """The one kind of place a region shows."""
        names = sorted({mark.place for tile in region if (mark := self.marks[tile]).place})
        if not names:
            raise UserError(f"{self.label(region[0])} are objects or queue tiles outside any place")
        if len(names) > 1:
            raise UserError(
                f"{self.label(region[0])} a {names[0]} and a {names[1]} touch; "
                "put a wall or a street between them"
            )
        return str(names[0])

    def door_of(self, kind: str, region: list[int]) -> int:
        """The door of a place: a door tile beside it, else its first tile on a street."""
        beside = [(tile, spot) for tile in region for spot in self.around(tile)]
        doors = [spot for _, spot in beside if self.marks[spot].tile == kinds.DOOR]
        open_to = [t for t, spot in beside if self.marks[spot].tile in kinds.STREET_KINDS]
        if doors:
            return min(doors)
        if open_to:
            return open_to[0]
        raise UserError(f"{self.label(region[0])} the {kind} has no door and is open to no street")

    def around(self, tile: int) -> list[int]:
        """Tiles next to a tile that belong to no place."""
        spots = neighbours(tile, self.width, self.height)
        return [spot for spot in spots if not self.marks[spot].inside]

    def layout(self) -> Layout:
        """Put the layout together."""
        kind = np.array([mark.tile or 0 for mark in self.marks], np.uint8)
        places, anchors = [], []
        for number, region in enumerate(self.regions()):
            name = self.kind_of(region)
            for tile in region:
                drawn = self.marks[tile].tile
                kind[tile] = PLACE_FLOOR.get(name, kinds.FLOOR) if drawn is None else drawn
            places.append(Place(name, self.door_of(name, region), tuple(region)))
            waiting = [tile for tile in region if self.marks[tile].queue]
            for tile in region:
                thing = self.marks[tile].object_type
                if thing is not None:
                    queue = queue_tiles(tile, waiting, self.width)
                    anchors.append(Anchor(thing, tile, number, queue))
        if not places:
            raise UserError(f"{self.name}: the drawing shows no place; a town needs at least one")
        drawing = kind.reshape(self.height, self.width)
        return Layout(self.name, drawing, tuple(places), tuple(anchors))
