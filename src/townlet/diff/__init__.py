"""Diff: where two runs, snapshots or logs of hashes differ (docs/replay.md)."""

from townlet.diff.cells import Cell, ColumnDifference, State, differences, state_in, state_of
from townlet.diff.desync import find_desync
from townlet.diff.sides import Desync, Side, side_of

__all__ = [
    "Cell",
    "ColumnDifference",
    "Desync",
    "Side",
    "State",
    "differences",
    "find_desync",
    "side_of",
    "state_in",
    "state_of",
]
