"""Trials that may go wrong: each in a copy of this process, which may crash or hang.

A town in which a reference points nowhere can make compiled code read and write where it must not.
"""

from __future__ import annotations

import faulthandler
import mmap
import os
import signal
import struct
import time
import warnings
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
#: Seconds without an answer after which a copy is given up.
PATIENCE_S = 10.0
_OPEN, _NO, _YES = 0, 1, 2


def trials(
    tasks: Sequence[T], check: Callable[[T], bool], until: float, *, first: bool = True
) -> list[int]:
    """Numbers of the tasks whose check is true; one that crashes or hangs is not.

    Args:
        tasks: what is tried, in this order.
        check: tries one.
        until: `time.monotonic` after which nothing further is tried.
        first: the first is enough.
    """
    if not hasattr(os, "fork"):
        return _here(tasks, check, until, first)
    with mmap.mmap(-1, 8 + max(len(tasks), 1)) as board:
        done = 0
        while done < len(tasks) and time.monotonic() < until:
            child = _copy()
            if child == 0:
                _work(board, tasks, check, done, until, first)
            _wait(child, board)
            (done,) = struct.unpack_from("<q", board)
            if first and _YES in board[8 : 8 + done]:
                break
            if done < len(tasks) and board[8 + done] == _OPEN and time.monotonic() < until:
                board[8 + done] = _NO  # that one crashed
                done += 1
                struct.pack_into("<q", board, 0, done)
        answers = board[8 : 8 + len(tasks)]
    return [k for k, answer in enumerate(answers) if answer == _YES]


def _here(tasks: Sequence[T], check: Callable[[T], bool], until: float, first: bool) -> list[int]:
    found: list[int] = []
    for k, task in enumerate(tasks):
        if time.monotonic() > until or (first and found):
            break
        if check(task):
            found.append(k)
    return found


def _copy() -> int:
    with warnings.catch_warnings():
        # Other threads hold no lock of ours, and the copy does nothing but try and leave.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _work(
    board: mmap.mmap,
    tasks: Sequence[T],
    check: Callable[[T], bool],
    start: int,
    until: float,
    first: bool,
) -> None:
    """Try from ``start`` on and note each answer on the board; does not return."""
    faulthandler.disable()  # that one crashes is no news
    try:
        for k in range(start, len(tasks)):
            if time.monotonic() > until:
                break
            board[8 + k] = yes = _YES if check(tasks[k]) else _NO
            struct.pack_into("<q", board, 0, k + 1)
            if first and yes == _YES:
                break
    finally:
        os._exit(0)


def _wait(child: int, board: mmap.mmap) -> None:
    """Wait for a copy; give it up when it has had no answer for long."""
    seen, since = -1, time.monotonic()
    while True:
        pid, _ = os.waitpid(child, os.WNOHANG)
        if pid:
            return
        (done,) = struct.unpack_from("<q", board)
        if done != seen:
            seen, since = done, time.monotonic()
        elif time.monotonic() - since > PATIENCE_S:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return
        time.sleep(0.005)
