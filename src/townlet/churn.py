"""Churn of ties: how many have ended, why and when (*world §7.5*)."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, TypedDict

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

    def pages(self, towns: slice) -> dict[str, npt.NDArray[Any]]:
        """All that is kept of some towns, as arrays, for :meth:`turn_to`."""
        before = self._before[towns].copy()
        if not self._past:
            none = np.zeros((0, *before.shape), np.int32)
            return {"before": before, "end": np.zeros(0, np.int64), "ended": none}
        past = np.stack([ended for _, ended in self._past])[:, towns]
        some = past.any(axis=(1, 2))
        return {
            "before": before,
            "end": np.array([end for end, _ in self._past], np.int64)[some],
            "ended": past[some],
        }

    def turn_to(self, pages: Mapping[str, npt.NDArray[Any]]) -> None:
        """Forget what is kept and go on with the pages of another one."""
        if pages:
            np.copyto(self._before, pages["before"])
            past = zip(pages["end"].tolist(), pages["ended"].copy(), strict=True)
            self._past = deque(past, maxlen=_KEPT)

    def merge(self, pages: Mapping[str, npt.NDArray[Any]], town: int) -> None:
        """Let one town have the pages of one town."""
        self._before[town] = pages["before"][0]
        theirs = dict(zip(pages["end"].tolist(), pages["ended"], strict=True))
        windows = dict(self._past)
        for end in sorted({*windows, *theirs}):
            ended = windows.setdefault(end, np.zeros_like(self._before))
            ended[town] = theirs[end][0] if end in theirs else 0
        kept = [(end, windows[end]) for end in sorted(windows) if windows[end].any()]
        self._past = deque(kept, maxlen=_KEPT)

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
