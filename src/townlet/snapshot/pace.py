"""Pace: how a writer leaves room for the ticks that go on beside it."""

from __future__ import annotations

import threading
import time

#: Seconds of work after which a writer rests as long as it has worked.
_STRETCH_S = 0.002


class Pace:
    """Rests of a writer, so that it takes half of a core at most while nobody waits for it.

    Between two rests it lets go of Python whenever it is asked, so that a tick that needs it next
    does not wait for the whole interval after which Python is passed on by force.
    """

    def __init__(self) -> None:
        self._hurry = threading.Event()
        self._since = 0.0

    def begin(self) -> None:
        """Work begins, in the thread that asks."""
        self._since = time.thread_time()

    def hurry(self) -> None:
        """Somebody waits: rest no more."""
        self._hurry.set()

    def __call__(self) -> None:
        """Rest if it is time."""
        worked = time.thread_time() - self._since
        if worked < _STRETCH_S:
            time.sleep(0)
            return
        self._hurry.wait(worked)
        self._since = time.thread_time()
