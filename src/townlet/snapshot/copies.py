"""Copies: room for what a snapshot holds, filled at once and read while the town goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from townlet.snapshot.moving import LINE, Mover
from townlet.snapshot.schema import is_of_town, saved_columns
from townlet.snapshot.tensors import aligned
from townlet_components.rows import Rows

if TYPE_CHECKING:
    from townlet.ecs import Store
    from townlet.ecs.schema import ComponentSpec

Array = npt.NDArray[Any]


class Copies:
    """All saved columns of a store in slot order, as :meth:`fill` has found them.

    The memory is taken and touched once, so that no copy waits for the system to find pages.

    Args:
        store: the components.
        threads: how many copy.

    Attributes:
        arrays: ``"Component.column"`` to the copy of a column.
        nbytes: bytes of all of them.
    """

    def __init__(self, store: Store, threads: int = 1) -> None:
        self._store, self._row_of = store, store.read(Rows).row_of
        self._in_order = np.arange(len(self._row_of), dtype=self._row_of.dtype).tobytes()
        live = {f"{s.name}.{c.name}": (s, c) for s, c in saved_columns(store)}
        names = list(live)
        columns = {name: store.column(name) for name in names}
        agents = {
            name
            for name, (_, col) in live.items()
            if is_of_town(store, col) and col.dims[0] == "agent"
        }
        self.nbytes = sum(column.nbytes for column in columns.values())
        self.arrays = _room(columns)
        pairs = {name: (self.arrays[name], columns[name]) for name in names}
        self._every = Mover(pairs.values(), threads)
        self._others = Mover(pair for name, pair in pairs.items() if name not in agents)
        self._of_agents = [pairs[name] for name in agents]

    def fill(self) -> None:
        """Copy every column as it is now."""
        if self._row_of.tobytes() == self._in_order:  # a tenth of what NumPy takes for a small town
            self._every()
            return
        self._others()
        for target, source in self._of_agents:  # rows lie in another order than slots
            np.take(source, self._row_of, axis=0, out=target, mode="clip")

    # What a state hash asks of a store.

    def specs(self) -> list[ComponentSpec]:
        """All component declarations of the store."""
        return self._store.specs()

    def column(self, name: str) -> Array:
        """The copy of a column."""
        return self.arrays[name]


def _room(columns: dict[str, Array]) -> dict[str, Array]:
    """Arrays like some others in one piece of memory that is there, each from a line of its own."""
    places = {name: -(-column.nbytes // LINE) * LINE for name, column in columns.items()}
    room, at = aligned(sum(places.values())), 0
    room.fill(0)
    found: dict[str, Array] = {}
    for name, column in columns.items():
        part = room[at : at + column.nbytes]
        found[name] = part.view(column.dtype).reshape(column.shape)
        at += places[name]
    return found
