"""Streets and building lots of a generated district.

A main street two tiles wide crosses the district each way and meets the borders at the gates.
Rows of lots lie back to back beside it, with side streets between, so every lot has its door
on a street. A strip of them::

    #############__###      back wall of the outermost row
    #   #    #  #__#        interiors, with shared walls
    ##+####+##+##__##       doors
    _____________          side street, two tiles
"""

from __future__ import annotations

from dataclasses import dataclass

from townlet.errors import UserError

STREET = 2
"""Width of every street, in tiles (SPEC §3: at least two)."""


@dataclass(frozen=True)
class Lot:
    """The interior of a building: tiles x0..x1, y0..y1 inclusive.

    ``face`` is +1 where the door is in the wall south of it, -1 where it is north.
    """

    x0: int
    x1: int
    y0: int
    y1: int
    face: int

    @property
    def size(self) -> int:
        """Number of interior tiles."""
        return (self.x1 - self.x0 + 1) * (self.y1 - self.y0 + 1)

    @property
    def front(self) -> int:
        """The y of the wall with the door."""
        return self.y1 + 1 if self.face > 0 else self.y0 - 1

    @property
    def back_to_front(self) -> list[int]:
        """The interior's rows, farthest from the door first."""
        rows = list(range(self.y0, self.y1 + 1))
        return rows if self.face > 0 else rows[::-1]

    def joined(self, other: Lot) -> Lot:
        """This lot and its neighbour to the east as one, without the wall between."""
        return Lot(self.x0, other.x1, self.y0, self.y1, self.face)


@dataclass(frozen=True)
class Ground:
    """What streets leave of a district.

    Attributes:
        width, height: of the district, in tiles.
        main_x, main_y: first column and row of the main streets.
        side_y: first row of each side street.
        strips: rows of lots between two streets, those on the main street first.
    """

    width: int
    height: int
    main_x: int
    main_y: int
    side_y: tuple[int, ...]
    strips: tuple[tuple[Lot, ...], ...]


def _bands(length: int) -> tuple[list[tuple[int, int, int]], list[int]]:
    """Divide a half of the district, from its border (0) to the main street (``length``).

    Returns:
        Interiors as (first, last, face), face +1 towards the main street; and side streets.
    """
    rows = 1
    while length - (7 + 5 * (rows - 1) // 2) >= (rows + 2) * 8 // 3:
        rows += 2
    left = length - (2 + 5 * (rows - 1) // 2)
    depth = [left // rows + (row < left % rows) for row in range(rows)]
    interiors, streets = [(1, depth[0], 1)], []
    at = depth[0] + 2
    for row in range(1, rows, 2):
        streets.append(at)
        at += STREET + 1
        interiors.append((at, at + depth[row] - 1, -1))
        at += depth[row] + 1
        interiors.append((at, at + depth[row + 1] - 1, 1))
        at += depth[row + 1] + 1
    return interiors, streets


def _columns(length: int) -> list[tuple[int, int]]:
    """Divide a row of ``length`` tiles into interiors three or four wide, as (first, last)."""
    count = max(1, (length - 1) // 4)
    left = length - 1 - count
    at, lots = 1, []
    for lot in range(count):
        wide = left // count + (lot < left % count)
        lots.append((at, at + wide - 1))
        at += wide + 1
    return lots


def survey(width: int, height: int) -> Ground:
    """Lay out streets and lots.

    Raises:
        UserError: the district is too small for a street and a row of houses.
    """
    if width < 12 or height < 12:
        raise UserError(
            f"world.district_size: [{width}, {height}] is too small; "
            "the smallest district is [12, 12]"
        )
    main_x, main_y = width // 2 - 1, height // 2 - 1
    north, streets = _bands(main_y)
    south, south_streets = _bands(height - main_y - STREET)
    rows = [(row, first, last, face) for row, (first, last, face) in enumerate(north)]
    rows += [
        (row, height - 1 - last, height - 1 - first, -face)
        for row, (first, last, face) in enumerate(south)
    ]
    sides = [*streets, *(height - STREET - first for first in south_streets)]
    east = main_x + STREET
    columns = [_columns(main_x), [(east + a, east + b) for a, b in _columns(width - east)]]
    rows.sort(key=lambda row: (-row[0], row[1]))
    strips = tuple(
        tuple(Lot(a, b, first, last, face) for a, b in side)
        for _, first, last, face in rows
        for side in columns
    )
    return Ground(width, height, main_x, main_y, tuple(sorted(sides)), strips)
