"""Suspects: which changed value would explain what a run came to? Tick by tick they are tried.

A run whose memory was at fault cannot be run again. But up to there it went as its recording says,
and from there on it did what its systems do: so of one tick, run again with one value changed, the
hash says whether that was it.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from townlet.diff.cells import Cell, state_of
from townlet.diff.inversion import value_of
from townlet.diff.probes import END, ORDERS, Probes
from townlet.diff.rewind import Rewind
from townlet.diff.trials import trials
from townlet.state_hash import town_hashes

if TYPE_CHECKING:
    from townlet.replay.player import Player
    from townlet.simulation import Simulation

U64 = npt.NDArray[np.uint64]
#: Suspects that one copy of the process is given.
_AT_ONCE = 20_000


@dataclass(frozen=True)
class Suspect:
    """A value that may have been changed.

    Attributes:
        column: ``"Component.column"``.
        flat: its place among the column's values of all towns, in order of ids.
        mask: the bits that were turned.
        place: after which system of the tick.
    """

    column: str
    flat: int
    mask: int
    place: str


@dataclass(frozen=True)
class Culprit:
    """A change that explains what a run came to.

    Attributes:
        cell: whose value it is; ``a`` as it should have been, ``b`` as it was.
        mask: the bits that were turned.
        after, before: the change came after the first and before the second of these places in the
            tick; they are names of systems, or of the tick's ends.
    """

    cell: Cell
    mask: int
    after: str
    before: str


class Rerun:
    """One tick of a recording, run again and again with a value changed.

    Args:
        player: of a simulation that has the probes, before the tick.
        probes: of that simulation.
    """

    def __init__(self, player: Player, probes: Probes) -> None:
        self._rewind, self._probes, self.sim = Rewind(player), probes, player.sim
        self._row_of = self.sim.store.column("Rows.row_of")

    def run(self, suspect: Suspect | None = None) -> U64:
        """Run the tick with one value changed, or none; hash of each town, uint64 (towns,)."""
        player, probes = self._rewind.back(), self._probes
        if suspect is not None:
            probes.look = lambda place: self._turn(suspect) if place == suspect.place else None
        try:
            # The player gives the orders of this moment first; what is changed before them is
            # changed before the tick.
            if suspect is not None and suspect.place == ORDERS:
                self._turn(suspect)
            player.run_to(player.step + 1)
        finally:
            probes.look = None
        if suspect is not None and suspect.place == END:
            self._turn(suspect)
        return town_hashes(self.sim.hashing.sums(), self.sim.tick)

    def _turn(self, suspect: Suspect) -> None:
        """Turn the bits of a suspect where it lies."""
        raw, at = self._raw(suspect.column, suspect.flat)
        raw[at] ^= raw.dtype.type(suspect.mask)

    def _raw(self, column: str, flat: int) -> tuple[npt.NDArray[Any], int]:
        """A column's values as unsigned integers, flat, and where one of them lies."""
        values = self.sim.store.column(column)
        width = int(np.prod(values.shape[1:], dtype=np.int64))
        row, inner = divmod(flat, width)
        if self._table(column) == "agent":
            row = int(self._row_of[row])
        return values.reshape(-1).view(np.dtype(f"u{values.itemsize}")), row * width + inner

    def _table(self, column: str) -> str:
        owner, _, name = column.partition(".")
        spec = self.sim.store.components[owner].__component__
        return str(spec.column(name).dims[0])

    def culprit(self, found: Suspect, wanted: U64) -> Culprit:
        """Tell a suspect's value, and the earliest and latest place at which it explains."""
        places = self._probes.places
        there = [Suspect(found.column, found.flat, found.mask, place) for place in places]
        until = time.monotonic() + 60
        fitting = [places[k] for k in trials(there, self._explains(wanted), until, first=False)]
        first, last = fitting[0], fitting[-1]
        self.run()
        old = self._value(found, first)
        dtype = self.sim.store.column(found.column).dtype
        cell = state_of(self.sim).cell(
            found.column, found.flat, value_of(old, dtype), value_of(old ^ found.mask, dtype)
        )
        behind = places.index(last) + 1
        return Culprit(cell, found.mask, first, places[behind] if behind < len(places) else "")

    def _value(self, suspect: Suspect, place: str) -> int:
        """Bits of a suspect's value at a place, as it should be."""
        seen: list[int] = []

        def look(at: str) -> None:
            if at == place:
                raw, k = self._raw(suspect.column, suspect.flat)
                seen.append(int(raw[k]))

        player = self._rewind.back()
        look(ORDERS)
        self._probes.look = look
        player.run_to(player.step + 1)
        self._probes.look = None
        look(END)
        return seen[0]

    # -- who may it be ------------------------------------------------------------------------

    def touching(self, column: str) -> list[str]:
        """Places behind the systems that touch a column's component, and the ends of the tick."""
        owner = column.partition(".")[0]
        names = [s.name for s in self.sim.schedule.systems if owner in s.touches()]
        return [ORDERS, *names, END]

    def of_cell(self, column: str, flat: int, places: Iterable[str]) -> Iterator[Suspect]:
        """Each bit of a value, at some places."""
        bits = 8 * self.sim.store.column(column).itemsize
        for place in places:
            for bit in range(bits):
                yield Suspect(column, flat, 1 << bit, place)

    def of_entity(self, table: str, row: int) -> Iterator[Suspect]:
        """Each bit of all that is known of an agent or object, before the tick.

        Args:
            table: ``"agent"``, ``"object"`` and so on.
            row: its id, counted through all towns.
        """
        for column in self.sim.hashing.names():
            if self._table(column) == table:
                values = self.sim.store.column(column)
                width = int(np.prod(values.shape[1:], dtype=np.int64))
                for inner in range(width):
                    yield from self.of_cell(column, row * width + inner, [ORDERS])

    def of_columns(self, columns: Iterable[str], town: int) -> Iterator[Suspect]:
        """Each bit of all values of some columns in a town, before the tick."""
        for column in columns:
            each = self.sim.store.column(column).size // self.sim.towns
            for flat in range(town * each, (town + 1) * each):
                yield from self.of_cell(column, flat, [ORDERS])

    def try_all(self, suspects: Iterable[Suspect], wanted: U64, until: float) -> Suspect | None:
        """The first suspect that explains the hashes of the towns; None: none does, or time is up.

        Args:
            suspects: who may it be.
            wanted: hash of each town after the tick, uint64 (towns,).
            until: `time.monotonic` after which no further one is tried.
        """
        suspects = iter(suspects)
        while (some := list(itertools.islice(suspects, _AT_ONCE))) and time.monotonic() < until:
            found = trials(some, self._explains(wanted), until)
            if found:
                return some[found[0]]
        return None

    def _explains(self, wanted: U64) -> Callable[[Suspect], bool]:
        def check(suspect: Suspect) -> bool:
            return bool((self.run(suspect) == wanted).all())

        return check


def rows_of(sim: Simulation, column: str, flat: int) -> tuple[str, int]:
    """Table of a column, and the id of a value's owner, counted through all towns."""
    values = sim.store.column(column)
    width = int(np.prod(values.shape[1:], dtype=np.int64))
    owner, _, name = column.partition(".")
    spec = sim.store.components[owner].__component__
    return str(spec.column(name).dims[0]), flat // width
