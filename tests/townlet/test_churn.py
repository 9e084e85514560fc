"""Windows of churn."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from townlet.churn import CHURN_WINDOW, TieChurn


def make() -> tuple[TieChurn, Any]:
    counts = SimpleNamespace(evicted=np.zeros((2, 3), np.int32))
    store: Any = SimpleNamespace(read=lambda _: counts)
    return TieChurn(store), counts.evicted


def test_the_running_window_begins_anew_every_600_ticks() -> None:
    churn, evicted = make()
    evicted[1] = 2, 1, 0
    assert churn.report(599, 1)["total"] == 3
    churn.roll(CHURN_WINDOW)
    evicted[1, 2] += 4
    report = churn.report(650, 1)
    assert (report["window_start"], report["window_end"]) == (600, 650)
    assert report["reasons"] == {"capacity": 0, "decay": 0, "removed": 4}
    assert report["history"] == [
        {
            "window_start": 0,
            "window_end": 600,
            "total": 3,
            "reasons": {"capacity": 2, "decay": 1, "removed": 0},
        }
    ]
    assert churn.report(650, 0)["total"] == 0


def test_eight_windows_are_kept_and_empty_ones_are_not() -> None:
    churn, evicted = make()
    for window in range(1, 25):
        if window % 2 == 0:
            evicted[0, 1] += window
        churn.roll(window * CHURN_WINDOW)
    history = churn.report(25 * CHURN_WINDOW - 1)["history"]
    assert [w["total"] for w in history] == [10, 12, 14, 16, 18, 20, 22, 24]
