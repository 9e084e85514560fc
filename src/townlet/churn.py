"""Churn of ties: how many have ended, why and when (*world §7.5*)."""

from __future__ import annotations

from collections import deque
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from townlet.ecs import Store
from townlet_components.ties import EVICTIONS, TieCounts

#: Ticks of a window.
CHURN_WINDOW = 600
#: Past windows kept; those in which no tie of any town has ended are not.
_KEPT = 8


class ChurnWindow(TypedDict):
    """Ties of one town that have ended in one window."""

    window_start: int
    window_end: int
    total: int
    reasons: dict[str, int]


class ChurnReport(ChurnWindow):
    """The running window, and the past ones, oldest first."""

    history: list[ChurnWindow]


class TieChurn:
    """Counts by window; the world counts from the start and reads nothing of this.

    Args:
        store: the components.
    """

    def __init__(self, store: Store) -> None:
        self._evicted = store.read(TieCounts).evicted
        self._before = self._evicted.copy()
        self._past: deque[tuple[int, npt.NDArray[np.int32]]] = deque(maxlen=_KEPT)

    def roll(self, tick: int) -> None:
        """End a window with this tick, a multiple of ``CHURN_WINDOW``."""
        ended = self._evicted - self._before
        if ended.any():
            self._past.append((tick, ended))
        np.copyto(self._before, self._evicted)

    def report(self, tick: int, town: int = 0) -> ChurnReport:
        """What has ended in one town, in this window and in past ones.

        Args:
            tick: now.
            town: number of the town.
        """
        start = tick - tick % CHURN_WINDOW
        running = _window(start, tick, (self._evicted - self._before)[town])
        past = [_window(end - CHURN_WINDOW, end, ended[town]) for end, ended in self._past]
        return {**running, "history": past}


def _window(start: int, end: int, ended: npt.NDArray[np.int32]) -> ChurnWindow:
    counts = ended.tolist()
    return {
        "window_start": start,
        "window_end": end,
        "total": sum(counts),
        "reasons": dict(zip(EVICTIONS, counts, strict=True)),
    }
