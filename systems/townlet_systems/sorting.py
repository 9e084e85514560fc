"""Sorting rows by the district they are in: one counting sort for all lists."""

from townlet.ecs import I32, kernel


@kernel
def sort_by_cell(listed: I32, cell: I32, count: I32, row: I32, first: I32, last: I32) -> None:
    """Counting sort of the listed rows; ``row[first[d]:last[d]]`` are those of district row d.

    Args:
        listed, cell: rows and their cells, packed at the front of each lane's part.
        count: how many of them, (lane, 1).
        row, first, last: results.
    """
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
