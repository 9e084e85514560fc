"""Findings: what is wrong, in which table and rows, as one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from townlet_components.rows import Rows

if TYPE_CHECKING:
    from townlet.simulation import Simulation

#: Rows a finding names, at most; ``count`` has them all.
NAMED = 32
#: Rows looked at in one go, so that a check of a million agents needs a few megabytes.
CHUNK = 1 << 16


@dataclass(frozen=True)
class Finding:
    """A rule that is broken.

    Attributes:
        sentence: what is wrong, about the first of the rows.
        table: table of the rows, such as ``agent``.
        rows: the first rows that break it; see :func:`who` for what they mean.
        count: how many rows break it.
    """

    sentence: str
    table: str
    rows: tuple[int, ...]
    count: int


def found(table: str, rows: npt.NDArray[Any], sentence: Callable[[int], str]) -> Iterator[Finding]:
    """A finding about some rows, none where there are no rows.

    Args:
        table: table of the rows.
        rows: row numbers, (n,).
        sentence: says what is wrong with a row.
    """
    if len(rows):
        more = f" (and {len(rows) - 1:,} more)" if len(rows) > 1 else ""
        first = tuple(int(row) for row in rows[:NAMED])
        yield Finding(sentence(first[0]) + more, table, first, len(rows))


def who(sim: Simulation, row: int) -> str:
    """An agent row in words: its slot and its town."""
    rows = sim.store.read(Rows)
    return f"agent {int(rows.slot[row])} of town {int(rows.town[row])}"


def thing(sim: Simulation, row: int) -> str:
    """An object row in words: its id and its town."""
    town, number = divmod(row, sim.plan.objects)
    return f"object {sim.plan.object_id(number)} of town {town}"


def chunks(rows: int) -> Iterator[slice]:
    """Slices that cover ``rows`` rows."""
    for start in range(0, rows, CHUNK):
        yield slice(start, min(start + CHUNK, rows))


def where(test: Callable[[slice], npt.NDArray[np.bool_]], rows: int) -> npt.NDArray[np.int64]:
    """Numbers of the rows for which a test says so, looked at chunk by chunk.

    Args:
        test: bool (rows of the slice,) or (rows of the slice, ...) of a slice of rows.
        rows: how many rows there are.
    """
    hits = []
    for part in chunks(rows):
        hit = test(part)
        if hit.any():
            some = hit.reshape(len(hit), -1).any(axis=1)
            hits.append(np.flatnonzero(some) + part.start)
    return np.concatenate(hits) if hits else np.zeros(0, np.int64)


def row_of(
    sim: Simulation, town: npt.NDArray[Any], slot: npt.NDArray[Any]
) -> npt.NDArray[np.int64]:
    """Rows of some slots; the slots must be in range.

    Args:
        sim: the simulation.
        town: town of each.
        slot: slot of each, in [0, capacity).
    """
    at = town.astype(np.int64) * sim.capacity + slot
    found_rows: npt.NDArray[np.int64] = sim.store.read(Rows).row_of[at].astype(np.int64)
    return found_rows


def per_town(sim: Simulation, flags: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """How many rows of each town are flagged, int64 (towns,).

    Args:
        sim: the simulation.
        flags: bool by agent row.
    """
    town = sim.store.read(Rows).town[flags]
    return np.bincount(town, minlength=sim.towns).astype(np.int64)
