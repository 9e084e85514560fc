"""Copies: room for what a snapshot holds, filled at once and read while the town goes on."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from townlet.snapshot.schema import is_of_town, saved_columns
from townlet_components.rows import Rows

if TYPE_CHECKING:
    from townlet.ecs import Store
    from townlet.ecs.schema import ComponentSpec

Array = npt.NDArray[Any]
_Move = tuple[Array, Array]
_ALIGNMENT = 64
#: Bytes from which on two threads copy sooner than one: less is done before the other is awake.
_SHARED_FROM = 1 << 23
#: Bytes of a column from which on it is cut in two halves.
_CUT_FROM = 1 << 16


class Copies:
    """All saved columns of a store in slot order, as :meth:`fill` has found them.

    The memory is taken and touched once, so that no copy waits for the system to find pages.

    Args:
        store: the components.

    Attributes:
        arrays: ``"Component.column"`` to the copy of a column.
        nbytes: bytes of all of them.
    """

    def __init__(self, store: Store) -> None:
        self._store, self._row_of = store, store.read(Rows).row_of
        live = {f"{s.name}.{c.name}": (s, c) for s, c in saved_columns(store)}
        names = sorted(live, key=lambda name: (-live[name][1].dtype.itemsize, name))
        columns = {name: store.column(name) for name in names}
        self.nbytes = sum(column.nbytes for column in columns.values())
        self.arrays = _room(columns, self.nbytes)
        #: Columns of agents, whose rows may lie in another order than their slots.
        self._of_agents = [
            (self.arrays[name], columns[name])
            for name, (_, col) in live.items()
            if is_of_town(store, col) and col.dims[0] == "agent"
        ]
        agents = {id(target) for target, _ in self._of_agents}
        every = [(self.arrays[name], columns[name]) for name in names]
        self._every = _shares(every, self.nbytes)
        self._others = [(target, source) for target, source in every if id(target) not in agents]

    def fill(self, helper: Executor) -> None:
        """Copy every column as it is now.

        Args:
            helper: does half of the work where that is much.
        """
        if bool((np.diff(self._row_of) == 1).all()):
            mine, theirs = self._every
            other = helper.submit(_copy, theirs) if theirs else None
            _copy(mine)
            if other is not None:
                other.result()
            return
        _copy(self._others)
        for target, source in self._of_agents:
            np.take(source, self._row_of, axis=0, out=target, mode="clip")

    # What a state hash asks of a store.

    def specs(self) -> list[ComponentSpec]:
        """All component declarations of the store."""
        return self._store.specs()

    def column(self, name: str) -> Array:
        """The copy of a column."""
        return self.arrays[name]


def _room(columns: dict[str, Array], nbytes: int) -> dict[str, Array]:
    """Arrays like some others, one after the other in one piece of memory that is there."""
    raw = np.empty(nbytes + _ALIGNMENT, np.uint8)
    raw.fill(0)
    at = -raw.ctypes.data % _ALIGNMENT
    found: dict[str, Array] = {}
    for name, column in columns.items():  # wide elements first, so each lies as it should
        part = raw[at : at + column.nbytes]
        found[name] = part.view(column.dtype).reshape(column.shape)
        at += column.nbytes
    return found


def _shares(moves: list[_Move], nbytes: int) -> tuple[list[_Move], list[_Move]]:
    """Flat moves for one thread, or about as many bytes for each of two."""
    mine: list[_Move] = []
    theirs: list[_Move] = []
    for target, source in moves:
        if not source.size:
            continue
        to, of = (array.reshape(-1).view(np.uint8) for array in (target, source))
        cut = to.size
        if nbytes >= _SHARED_FROM and to.size >= _CUT_FROM:
            cut = to.size // 2
            theirs.append((to[cut:], of[cut:]))
        mine.append((to[:cut], of[:cut]))
    return mine, theirs


def _copy(moves: list[_Move], copy: Callable[[Array, Array], None] = np.copyto) -> None:
    for target, source in moves:
        copy(target, source)
