"""Pace: how a writer leaves room for the ticks that go on beside it."""

from __future__ import annotations

import threading
import time

#: Seconds of work after which a writer rests, and how many times as long as it has worked.
_STRETCH_S, _REST = 0.002, 3
#: For how long it lets go of Python after every bit: what another thread needs to wake and take it.
_BREATH_S = 5e-5


class Pace:
    """Rests of a writer, so that it takes a quarter of a core while nobody waits for it.

    Between two rests it lets go of Python after every bit of work. A tick that needs Python next
    would else wait for the whole interval, 5 ms, after which it is passed on by force.
    """

    def __init__(self) -> None:
        self._hurry = threading.Event()
        self._rested = 0.0

    def begin(self) -> None:
        """Work begins, in the thread that calls."""
        self._rested = time.thread_time()

    def hurry(self) -> None:
        """Somebody waits: rest no more."""
        self._hurry.set()

    def __call__(self) -> None:
        """Rest if it is time; called by the writer after every bit of work."""
        if self._hurry.is_set():
            return
        now = time.thread_time()
        if now - self._rested >= _STRETCH_S:
            self._hurry.wait(_REST * (now - self._rested))
            self._rested = time.thread_time()
        else:
            time.sleep(_BREATH_S)
