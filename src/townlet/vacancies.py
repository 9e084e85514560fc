"""Vacancies: the end of a tick, when the rows of the departed become free (SPEC §2)."""

from __future__ import annotations

import numpy as np

from townlet.ecs import Store
from townlet_components.identity import Departures, Leavers, Vacancies
from townlet_components.rows import Rows
from townlet_components.ties import TieScratch


def free_rows(store: Store) -> None:
    """Put the rows of all who have left in this tick back to what they were before anybody came.

    Their tables of wishes, replacements and generations stay; see ``keep`` in a column.
    """
    vacancies = store.write(Vacancies)
    if not vacancies.any[0]:
        return
    leavers, row_of = store.read(Leavers), store.read(Rows).row_of
    capacity = len(row_of) // len(leavers.count)
    rows = [
        row_of[first + leavers.slot[first : first + leavers.count[first // capacity]]]
        for first in capacity * np.flatnonzero(leavers.count)
    ]
    vacated = np.concatenate(rows).astype(np.int64)
    store.vacate("agent", vacated)
    store.write(TieScratch).stirred[vacated] += 1
    store.write(Departures).pending.fill(0)
    vacancies.any[0] = 0
