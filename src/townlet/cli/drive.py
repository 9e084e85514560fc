"""Run a simulation for a while: chunk by chunk, timed, and stopped kindly by Ctrl-C or SIGTERM."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

from townlet.report.subject import Outcome

CHUNK_S = 0.1
"""Seconds between two looks at the keyboard and the progress bar."""


class Driven(Protocol):
    """What can be run for a while, such as a simulation."""

    def run(self, ticks: int) -> object:
        """Do that many ticks."""
        ...

    def reset_timings(self) -> object:
        """Forget the timings so far."""
        ...


class Stop:
    """Whether somebody asked the run to end."""

    asked = False


def drive(
    subject: Driven,
    ticks: int,
    started: float,
    stop: Stop,
    watch: Callable[[int, float], None] = lambda done, steady_s: None,
    between: Callable[[], object] = lambda: None,
    room: Callable[[], int | None] = lambda: None,
) -> Outcome:
    """Do ``ticks`` ticks, or fewer when asked to stop, and say how long they took.

    The first tick is timed apart and kept out of the system timings: it may compile.

    Args:
        subject: The simulation, or what runs it; its tick counter moves.
        ticks: How many ticks, at least 1.
        started: `time.perf_counter` when the work began, start-up included.
        stop: Looked at between chunks.
        watch: Called after the first tick and each chunk with the ticks done so far and
            the seconds they took without the first.
        between: Called before each chunk but the first tick; its time is no part of the rates.
        room: How many ticks the next chunk may have; None: any number.
    """
    before = time.perf_counter()
    subject.run(1)
    first_tick_s = time.perf_counter() - before
    subject.reset_timings()
    done, chunk, steady_s = 1, 1, 0.0
    watch(done, steady_s)
    while done < ticks and not stop.asked:
        between()
        length = min(chunk, ticks - done, room() or chunk)
        before = time.perf_counter()
        subject.run(length)
        took = time.perf_counter() - before
        done, steady_s = done + length, steady_s + took
        chunk = next_chunk(chunk, length, took)
        watch(done, steady_s)
    return Outcome(
        ticks=done,
        wall_s=time.perf_counter() - started,
        first_tick_s=first_tick_s,
        steady_s=steady_s,
        interrupted=done < ticks,
    )


def next_chunk(chunk: int, length: int, took: float) -> int:
    """Ticks until the next look at the keyboard, so that it comes after about `CHUNK_S`.

    Args:
        chunk: Ticks that were allowed until the last one.
        length: Ticks of those that were run.
        took: Seconds they took.
    """
    # At most doubling: one slow chunk must not make the next one long.
    return max(1, min(2 * chunk, int(length * CHUNK_S / max(took, 1e-9))))


@contextmanager
def ctrl_c_aborts(say: Callable[[str], object]) -> Iterator[Callable[[], None]]:
    """Let Ctrl-C end a warm-up, also while kernels are compiled.

    A KeyboardInterrupt that arrives inside one of LLVM's callbacks is lost, so from the first
    kernel on Ctrl-C is answered between two kernels; a second one is raised wherever it comes.

    Yields:
        A function to call before each kernel; it raises KeyboardInterrupt if one is due.
    """
    stop, compiling = Stop(), Stop()

    def between() -> None:
        compiling.asked = True
        if stop.asked:
            raise KeyboardInterrupt

    def asked(number: int, frame: FrameType | None) -> None:
        if stop.asked or not compiling.asked:
            raise KeyboardInterrupt
        stop.asked = True
        say("Stopping when this kernel is compiled; Ctrl-C again stops at once.")

    with _on_signal(signal.SIGINT, asked):
        yield between


@contextmanager
def ctrl_c_stops(stop: Stop, say: Callable[[str], object]) -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM end the run after its tick, and a second one at once."""

    def asked(number: int, frame: FrameType | None) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.asked = True
        say("Finishing the tick; Ctrl-C again stops at once.")

    with _on_signal(signal.SIGINT, asked), _on_signal(signal.SIGTERM, asked):
        yield


@contextmanager
def _on_signal(number: int, answer: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Answer a signal for a while; outside the main thread, which alone may, do nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(number, answer)
    try:
        yield
    finally:
        signal.signal(number, previous)
