"""Vacancies: the end of a tick, when the rows of the departed become free (SPEC §2)."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from townlet.ecs import I32, I64, Store, kernel
from townlet.ecs.launch import Launch, LaunchList
from townlet.ecs.vacating import Fills, refill
from townlet_components.identity import Departures, Leavers, Vacancies
from townlet_components.rows import Rows
from townlet_components.ties import TieScratch

_freeing: WeakKeyDictionary[Store, Freeing] = WeakKeyDictionary()


@kernel
def free_all(
    fills: I64, count: I32, slot: I32, row_of: I32, stirred: I32, pending: I32, left: I32
) -> None:
    """Put rows back to what they were before anybody came, and forget that somebody has left.

    Args:
        fills: of the columns that a row leaves behind, see :class:`townlet.ecs.vacating.Fills`.
        count, slot: of ``Leavers``; row_of: of ``Rows``.
        stirred: of ``TieScratch``: the ties of a row have changed.
        pending: of ``Departures``; left: of ``Vacancies``.
    """
    capacity = row_of.shape[0] // count.shape[0]
    for town in range(count.shape[0]):
        for k in range(town * capacity, town * capacity + count[town]):
            row = row_of[town * capacity + slot[k]]
            refill(fills, row)
            stirred[row] += 1
        pending[town] = 0
    left[0] = 0


class Freeing:
    """Frees the rows of a store's departed; compiled when it is made.

    Args:
        store: the components.
    """

    def __init__(self, store: Store) -> None:
        self._left = store.write(Vacancies).any
        self._fills = Fills(store.left_behind("agent"))
        leavers = store.read(Leavers)
        launch = Launch(
            free_all,  # type: ignore[arg-type]
            (
                self._fills.table, leavers.count, leavers.slot, store.read(Rows).row_of,
                store.write(TieScratch).stirred, store.write(Departures).pending, self._left,
            ),
            lambda array: None,
        )  # fmt: skip
        launch.compile()
        self._run = LaunchList([launch], 1, parallel=False)

    def __call__(self) -> None:
        """Free the rows of all who have left, if somebody has."""
        if self._left[0]:
            self._run()


def freeing_of(store: Store) -> Freeing:
    """The one of a store."""
    if store not in _freeing:
        _freeing[store] = Freeing(store)
    return _freeing[store]


def free_rows(store: Store) -> None:
    """Put the rows of all who have left in this tick back to what they were before anybody came.

    Their tables of wishes, replacements and generations stay; see ``keep`` in a column.
    """
    freeing_of(store)()
