"""Orders of hooks: kept until the hook has returned, then carried out; or forgotten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.ecs import F32, I64, Store
from townlet_components.identity import Identity
from townlet_components.inventory import Inventory
from townlet_components.needs import Needs
from townlet_components.objects import Objects
from townlet_components.rows import Rows
from townlet_components.wallet import OPERATOR, Treasury, Wallet

#: Bit of ``Objects.closed`` that operators set, and hooks.
_OPERATOR_BIT = 1
#: What one order can add to a whole number, at most: sums stay far from the end of 64 bits.
_FAR = np.int64(1 << 40)


class Desk:
    """Carries orders out on the columns; ids are flat: ``town * n + id``.

    Args:
        store: the components.
    """

    def __init__(self, store: Store) -> None:
        self._tables = store.sizes.tables
        self._rows = store.read(Rows)
        self._alive = store.read(Identity).alive
        self._level = store.write(Needs).level
        self._money = store.write(Wallet).money
        self._treasury = store.write(Treasury)
        self._bag = store.write(Inventory).count
        self._closed = store.write(Objects).closed
        self._orders: list[Callable[[], None]] = []
        self._open = False

    def begin(self) -> None:
        """Take orders from now on."""
        self._orders.clear()
        self._open = True

    def forget(self) -> None:
        """Take no more orders, and forget those taken."""
        self._orders.clear()
        self._open = False

    def carry_out(self, town: int | None = None) -> None:
        """Take no more orders, and carry out those taken; only what concerns ``town``, or all."""
        self._open, self._town = False, town
        for order in self._orders:
            order()
        self._orders.clear()

    def take(self, order: Callable[[], None]) -> None:
        """Keep an order.

        Raises:
            RuntimeError: no hook is running.
        """
        if not self._open:
            raise RuntimeError("the world takes orders only while a hook is called")
        self._orders.append(order)

    def set(self, array: npt.NDArray[Any], table: str, flat: I64, values: npt.NDArray[Any]) -> None:
        """Write values; of an id given twice the last stays."""
        rows, kept = self._living(table, flat)
        array[rows] = values[kept]

    def add(self, array: npt.NDArray[Any], table: str, flat: I64, values: npt.NDArray[Any]) -> None:
        """Add values; whole numbers stop at the ends of their type."""
        rows, kept = self._living(table, flat)
        if array.dtype.kind == "f":
            np.add.at(array, rows, values[kept])
            return
        limits = np.iinfo(array.dtype)
        found, inverse = np.unique(rows, return_inverse=True)
        total = np.zeros((len(found), *array.shape[1:]), np.int64)
        np.add.at(total, inverse, np.clip(values[kept], -_FAR, _FAR))
        array[found] = np.clip(array[found].astype(np.int64) + total, limits.min, limits.max)

    def add_need(self, flat: I64, need: I64, delta: F32) -> None:
        """Change needs, then keep them between 0 and 1."""
        rows, kept = self._living("agent", flat)
        cells = (rows, need[kept])
        np.add.at(self._level, cells, delta[kept])
        self._level[cells] = np.clip(self._level[cells], np.float32(0), np.float32(1))

    def pay(self, flat: I64, amount: I64) -> None:
        """Move money between the treasury and wallets, which stay at 0 or above, and book it."""
        rows, kept = self._living("agent", flat)
        found, inverse = np.unique(rows, return_inverse=True)
        total = np.zeros(len(found), np.int64)
        np.add.at(total, inverse, amount[kept])
        moved = np.maximum(total, -self._money[found])
        town = self._rows.town[found]
        self._money[found] += moved
        np.add.at(self._treasury.money, town, -moved)
        np.add.at(self._treasury.flow[:, OPERATOR], town, moved)

    def give(self, flat: I64, item: I64, count: I64) -> None:
        """Change what agents carry; never below none."""
        rows, kept = self._living("agent", flat)
        items = self._bag.shape[1]
        found, inverse = np.unique(rows * items + item[kept], return_inverse=True)
        total = np.zeros(len(found), np.int64)
        np.add.at(total, inverse, count[kept])
        cells = (found // items, found % items)
        most = np.iinfo(self._bag.dtype).max
        self._bag[cells] = np.clip(self._bag[cells].astype(np.int64) + total, 0, most)

    def close(self, flat: I64, closed: bool) -> None:
        """Set or clear the operator's bit of objects."""
        rows, _ = self._living("object", flat)
        rest = self._closed[rows] & np.uint8(0xFF ^ _OPERATOR_BIT)
        self._closed[rows] = rest | np.uint8(_OPERATOR_BIT if closed else 0)

    def _living(self, table: str, flat: I64) -> tuple[I64, I64]:
        """Rows of the ids, and which of the ids they are: of agents only the living."""
        kept = np.arange(len(flat))
        if self._town is not None:
            kept = np.flatnonzero(flat // self._tables[table] == self._town)
        if table != "agent":
            return flat[kept], kept
        rows = self._rows.row_of[flat[kept]].astype(np.int64)
        living = self._alive[rows]
        return rows[living], kept[living]
