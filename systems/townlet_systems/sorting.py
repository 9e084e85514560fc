"""Sorting rows by the district they are in: one counting sort for all lists.

In one go, or for many agents in parts that threads share: each part counts its rows by district,
one pass over the counts finds where the rows of each part go, and each part puts its own there.
Either way rows of a district keep their order.
"""

from typing import NamedTuple

from townlet.ecs import I32, kernel
from townlet_components.actors import CHUNKS, Chunks, Tally


class Sorting(NamedTuple):
    """A list of rows to sort, and the result: ``row[first[d]:last[d]]`` are those of district d.

    Attributes:
        listed, cell: rows and their district rows, packed at the front of each lane's part.
        length: how many of them, (lane, 1).
        row, first, last: results.
    """

    listed: I32
    cell: I32
    length: I32
    row: I32
    first: I32
    last: I32


@kernel
def sort_by_cell(listed: I32, cell: I32, count: I32, row: I32, first: I32, last: I32) -> None:
    """Counting sort of the listed rows in one go; see :class:`Sorting`."""
    rows, lanes = listed.shape[0], count.shape[0]
    for d in range(last.shape[0]):
        last[d] = 0
    for lane in range(lanes):
        low = rows * lane // lanes
        for i in range(low, low + count[lane, 0]):
            last[cell[i]] += 1
    total = 0
    for d in range(first.shape[0]):
        first[d] = total
        total += last[d]
        last[d] = first[d]
    for lane in range(lanes):
        low = rows * lane // lanes
        for i in range(low, low + count[lane, 0]):
            row[last[cell[i]]] = listed[i]
            last[cell[i]] += 1


@kernel(over="chunk", whole=("count",))
def count_cells(number: I32, place: I32, cell: I32, count: I32) -> None:
    """Count each part's rows by district.

    Args:
        number: of each part, (chunk,).
        place: result, (chunk, district).
        cell, count: what is listed and its length, see :class:`Sorting`.
    """
    rows, lanes = cell.shape[0], count.shape[0]
    for c in range(number.shape[0]):
        for d in range(place.shape[1]):
            place[c, d] = 0
        for lane in range(lanes * number[c] // CHUNKS, lanes * (number[c] + 1) // CHUNKS):
            low = rows * lane // lanes
            for i in range(low, low + count[lane, 0]):
                place[c, cell[i]] += 1


@kernel
def place_cells(place: I32, first: I32, last: I32) -> None:
    """Turn counts into the place of the first row of each part and district."""
    total = 0
    for d in range(first.shape[0]):
        first[d] = total
        for c in range(place.shape[0]):
            here = place[c, d]
            place[c, d] = total
            total += here
        last[d] = total


@kernel(over="chunk", whole=("count",))
def put_in_place(
    number: I32, place: I32, listed: I32, cell: I32, count: I32, row: I32
) -> None:  # fmt: skip
    """Put each part's rows where they go."""
    rows, lanes = cell.shape[0], count.shape[0]
    for c in range(number.shape[0]):
        for lane in range(lanes * number[c] // CHUNKS, lanes * (number[c] + 1) // CHUNKS):
            low = rows * lane // lanes
            for i in range(low, low + count[lane, 0]):
                row[place[c, cell[i]]] = listed[i]
                place[c, cell[i]] += 1


def sort_rows(s: Sorting, chunks: Chunks, tally: Tally) -> None:
    """Record the kernels that sort a list; for systems.

    With one lane nobody shares the work, and one kernel is quicker than three.
    """
    if s.length.shape[0] == 1:
        sort_by_cell(s.listed, s.cell, s.length, s.row, s.first, s.last)
        return
    count_cells(chunks.number, tally.place, s.cell, s.length)
    place_cells(tally.place, s.first, s.last)
    put_in_place(chunks.number, tally.place, s.listed, s.cell, s.length, s.row)
