"""Warming up: every kernel of a schedule compiled or loaded before the first tick."""

from __future__ import annotations

import gc
import os
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from townlet.ecs.launch import Launch

#: A kernel that takes longer to compile, in seconds, is a sign that more will, and worth a helper.
_COLD = 0.4


def _beside(launches: list[Launch]) -> Iterator[list[Launch]]:
    """Orders in which copies of this process compile while it goes from the first to the last.

    They start from other places, so that all meet late; there are no more than cores to run them.
    """
    middle = len(launches) // 2
    orders = [launches[::-1], launches[middle:] + launches[:middle][::-1], launches[middle::-1]]
    yield from orders[: (os.cpu_count() or 1) - 1]


def _compile_beside(launches: list[Launch]) -> list[int]:
    """Let copies of this process compile into the shared cache.

    Whoever reaches a launch that another has compiled loads it; two cores take half the time.

    Returns:
        Their process ids; none where a process cannot be copied.
    """
    children = []
    for order in _beside(launches) if hasattr(os, "fork") else ():
        with warnings.catch_warnings():
            # Other threads hold no lock of ours, and the copy does nothing but compile and leave.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            try:
                for launch in order:
                    launch.compile()
            finally:
                os._exit(0)
        children.append(child)
    return children


@contextmanager
def uncollected() -> Iterator[None]:
    """Leave garbage alone: what is built lives on, and to look through it again takes long."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def compile_all(
    launches: list[Launch], progress: Callable[[int, int, str], None] | None = None
) -> None:
    """Compile or load launches, with the help of other cores where there is much to compile.

    Args:
        launches: in any order.
        progress: called with (done, total, name).
    """
    helpers: list[int] | None = None
    with uncollected():
        for done, launch in enumerate(launches):
            if progress is not None:
                progress(done, len(launches), launch.kernel.py_func.__name__)
            begun = time.perf_counter()
            compiled = launch.compile()
            if compiled and helpers is None and time.perf_counter() - begun > _COLD:
                helpers = _compile_beside(launches[done + 1 :])
    if progress is not None:
        progress(len(launches), len(launches), "")
    for helper in helpers or ():
        os.waitpid(helper, 0)
