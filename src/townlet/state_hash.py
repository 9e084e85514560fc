"""The state hash of a simulation: which values count, and as whose."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from townlet.ecs import Store
from townlet.ecs.hashing import column_hash, name_key
from townlet.setup.blueprint import Blueprint
from townlet_components.rows import Rows

_STEP = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def _mix(x: int) -> int:
    """SplitMix64's finaliser, as in :mod:`townlet.ecs.hashing`."""
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)


class StateHash:
    """Hashes the authoritative columns of a store, per town.

    Args:
        store: the components.
        blue: the blueprint, for the sizes.
    """

    def __init__(self, store: Store, blue: Blueprint) -> None:
        self._store, self._towns = store, blue.towns
        rows = store.read(Rows)
        self._ids: dict[str, tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]] = {
            "agent": (rows.slot, rows.town)
        }

    def _entities(
        self, table: str, length: int
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Entity id and town of every row of a table."""
        if table not in self._ids:
            numbers = np.arange(length, dtype=np.int32)
            per_town = length // self._towns
            self._ids[table] = (numbers % per_town, numbers // per_town)
        return self._ids[table]

    def _all(self) -> dict[str, npt.NDArray[np.uint64]]:
        found = {}
        for spec in self._store.specs():
            for col in spec.hashed():
                name = f"{spec.name}.{col.name}"
                values = self._store.column(name)
                entity, town = self._entities(col.dims[0], values.shape[0])
                found[name] = column_hash(name, values, entity, town, self._towns)
        return found

    def columns(self, town: int | None = None) -> dict[str, int]:
        """Sub-hash per column of one town, or of all towns combined in order."""
        return self.both(0, town)[1]

    def both(self, tick: int, town: int | None = None) -> tuple[int, dict[str, int]]:
        """:meth:`total` and :meth:`columns` for the price of one."""
        every = self._all()
        columns = {
            name: int(sums[town]) if town is not None else _combine(sums.tolist())
            for name, sums in every.items()
        }
        return self._together(every, tick, town), columns

    def total(self, tick: int, town: int | None = None) -> int:
        """Hash of one town, or of the batch: one town's is that town's."""
        return self._together(self._all(), tick, town)

    def _together(
        self, columns: dict[str, npt.NDArray[np.uint64]], tick: int, town: int | None
    ) -> int:
        sums = np.zeros(self._towns, np.uint64)
        for column in columns.values():
            sums += column
        sums += np.uint64(_mix((tick * _STEP + int(name_key("Clock.tick"))) & _MASK))
        return int(sums[town]) if town is not None else _combine(sums.tolist())


def _combine(sums: list[int]) -> int:
    """Hashes of towns in order; a single one stays as it is."""
    combined = sums[0]
    for value in sums[1:]:
        combined = _mix((combined * _STEP + value) & _MASK)
    return combined
