"""The state hash of a simulation: which values count, and as whose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numba
import numpy as np
import numpy.typing as npt

from townlet.ecs import Store
from townlet.ecs.hashing import BLOCK, column_hash, hash_straight, name_key
from townlet.ecs.launch import Launch, LaunchList
from townlet.ecs.schema import ComponentSpec
from townlet.setup.blueprint import Blueprint
from townlet_components.rows import Rows

#: Names the formula: what is hashed, and how.
HASH_ID = "splitmix64-sum-1"
_STEP = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1
#: Key of the number of ticks done, which is hashed with the columns.
_TICK_KEY = int(name_key("Clock.tick"))
_Numbers = npt.NDArray[np.int32]


def _mix(x: int) -> int:
    """SplitMix64's finaliser, as in :mod:`townlet.ecs.hashing`."""
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)


class Columns(Protocol):
    """What is hashed: a store, or a copy of its columns."""

    def specs(self) -> list[ComponentSpec]:
        """All component declarations, in order."""
        ...

    def column(self, name: str) -> npt.NDArray[Any]:
        """The array of ``"Component.column"``, which never moves."""
        ...


class StateHash:
    """Hashes the authoritative columns of a store, per town.

    Columns never move, so each has its launch, made once, and one call runs all of them: hashing a
    small town costs little more than its values (docs/design/0015-replay.md).

    Args:
        store: the components.
        blue: the blueprint, for the sizes.
        threads: how many share the work; the sums do not depend on it.
        in_order: rows of agents lie by town and slot, and ``store`` need not know its rows.
    """

    def __init__(
        self, store: Columns, blue: Blueprint, threads: int = 1, in_order: bool = False
    ) -> None:
        self._towns, self.threads = blue.towns, threads
        self._rows: tuple[_Numbers, _Numbers] | None = None
        if not in_order:
            assert isinstance(store, Store)
            rows = store.read(Rows)
            self._rows = (rows.slot, rows.town)
            numbers = np.arange(len(rows.slot), dtype=np.int32)
            self._in_order = (numbers % blue.capacity, numbers // blue.capacity)
        self._columns = [
            (f"{spec.name}.{col.name}", col.dims[0])
            for spec in store.specs()
            for col in spec.hashed()
        ]
        self._store = store
        self._straight: LaunchList | None = None
        self._agents: LaunchList | None = None

    def sums(self) -> npt.NDArray[np.uint64]:
        """Sum of each column and town, uint64 (columns, towns); columns as in :meth:`names`."""
        if self._straight is None or self._agents is None:
            self._sums = np.zeros((len(self._columns), self.threads, self._towns), np.uint64)
            self._straight = self._launches(lambda table: table != "agent")
            self._agents = self._launches(lambda table: table == "agent")
        self._sums[:] = 0
        if self.threads > 1:
            numba.set_num_threads(self.threads)
        self._straight()
        rows = self._rows
        if rows is None or all((a == b).all() for a, b in zip(rows, self._in_order, strict=True)):
            self._agents()
        else:
            self._add_agents(*rows)
        found: npt.NDArray[np.uint64] = self._sums.sum(axis=1)
        return found

    def _add_agents(self, slot: _Numbers, town: _Numbers) -> None:
        """Columns of agents whose rows lie in another order, one by one."""
        for k, (name, table) in enumerate(self._columns):
            if table == "agent":
                values = self._store.column(name)
                self._sums[k, 0] = column_hash(name, values, slot, town, self._towns)

    def _launches(self, wanted: Callable[[str], bool]) -> LaunchList:
        """Launches over the columns of some tables; those without values need none."""
        chosen = [k for k, (name, table) in enumerate(self._columns) if wanted(table)]
        launches = [self._launch(k) for k in chosen if self._store.column(self._columns[k][0]).size]
        for launch in launches:
            launch.compile()
        return LaunchList(launches, self.threads, self.threads > 1)

    def _launch(self, k: int) -> Launch:
        """The launch over column ``k``, which has values."""
        name, _ = self._columns[k]
        values, lanes = self._store.column(name).reshape(-1), self.threads
        bits = values.view(np.dtype(f"u{values.itemsize}"))
        bits.flags.writeable = False
        size = values.size // self._towns
        each = -(-size // BLOCK)
        blocks = each * self._towns
        edges = np.arange(lanes + 1, dtype=np.int64) * blocks // lanes
        span, out = np.stack([edges[:-1], edges[1:]], axis=1), self._sums[k]
        key, sizes = np.array([name_key(name)], np.uint64), np.array([size, each], np.int64)
        memory = (*np.zeros((2, blocks), np.uint64), np.ones(blocks, np.bool_))
        ours = {span.ctypes.data: "lane", out.ctypes.data: "lane"}
        return Launch(
            hash_straight,  # type: ignore[arg-type]
            (bits, key, sizes, span, *memory, out),
            lambda array: ours.get(array.ctypes.data),
        )

    def names(self) -> list[str]:
        """Names of the columns that count, in order of declaration."""
        return [name for name, _ in self._columns]

    def columns(self, town: int | None = None) -> dict[str, int]:
        """Sub-hash per column of one town, or of all towns combined in order."""
        return self.both(0, town)[1]

    def both(self, tick: int, town: int | None = None) -> tuple[int, dict[str, int]]:
        """:meth:`total` and :meth:`columns` for the price of one."""
        every = self.sums()
        columns = {
            name: int(sums[town]) if town is not None else combine(sums.tolist())
            for name, sums in zip(self.names(), every, strict=True)
        }
        return total_of(every, tick, town), columns

    def total(self, tick: int, town: int | None = None) -> int:
        """Hash of one town, or of the batch: one town's is that town's."""
        return total_of(self.sums(), tick, town)


def total_of(sums: npt.NDArray[np.uint64], tick: int, town: int | None = None) -> int:
    """Hash of one town or of the batch.

    Args:
        sums: of each column and town, uint64 (columns, towns).
        tick: ticks done.
        town: which; None: all, combined in order.
    """
    towns = town_hashes(sums, tick)
    return int(towns[town]) if town is not None else combine(towns.tolist())


def town_hashes(sums: npt.NDArray[np.uint64], tick: int) -> npt.NDArray[np.uint64]:
    """Hash of each town, uint64 (towns,), of sums by column and town, and of the ticks done."""
    key = np.uint64(_mix((tick * _STEP + _TICK_KEY) & _MASK))
    found: npt.NDArray[np.uint64] = sums.sum(axis=0, dtype=np.uint64) + key
    return found


def combine(sums: list[int]) -> int:
    """Hashes of towns in order; a single one stays as it is."""
    combined = sums[0]
    for value in sums[1:]:
        combined = _mix((combined * _STEP + value) & _MASK)
    return combined
