"""The only file that knows esper: one context per simulation, one processor per system.

esper's worlds are module-global, its timings whole milliseconds and its priorities are per class
(docs/design/0003-schedule.md), so each system gets a processor class of its own with an explicit
priority, and time is taken here, in nanoseconds.
"""

from __future__ import annotations

import itertools
import time
import weakref
from array import array
from collections.abc import Callable, Sequence

import esper
import numpy as np
import numpy.typing as npt

_numbers = itertools.count(1)
#: Up to so many steps, adding up their times one by one is quicker than NumPy's two calls.
_FEW = 6


class EsperRunner:
    """Runs steps in order through an esper context.

    Args:
        steps: ``(name, run)`` pairs in running order.
    """

    def __init__(self, steps: Sequence[tuple[str, Callable[[], None]]]) -> None:
        self.names = tuple(name for name, _ in steps)
        self._context = f"townlet-{next(_numbers)}"
        # The same memory twice: Python stores a number there as fast as in a list, and NumPy takes
        # all differences at once; to make an array of a list took a tenth of a small town's tick.
        self._sums = array("q", bytes(8 * len(steps)))
        self.elapsed_ns: npt.NDArray[np.int64] = np.frombuffer(self._sums, np.int64)
        self._stamps = array("q", bytes(8 * (len(steps) + 1)))
        stamps = np.frombuffer(self._stamps, np.int64)
        self._ends, self._begins = stamps[1:], stamps[:-1]
        self._spent = np.zeros(len(steps), np.int64)
        self._add_up = self._adder()
        # esper keeps every world it was ever told of; a sweep of simulations must not pile up.
        self._finalizer = weakref.finalize(self, _forget, self._context)
        self._finalizer.atexit = False
        with self._active():
            for index, (name, run) in enumerate(steps):
                processor = _processor(name, run, self._stamps, index + 1)
                esper.add_processor(processor, priority=len(steps) - index)

    def _active(self) -> _Context:
        return _Context(self._context)

    def run(self, ticks: int, before: Callable[[], None], after: Callable[[], None]) -> None:
        """Process ``ticks`` times; ``before`` and ``after`` run around every tick."""
        stamps, add_up = self._stamps, self._add_up
        now, process = time.perf_counter_ns, esper.process
        with self._active():
            for _ in range(ticks):
                before()
                stamps[0] = now()
                process()
                add_up()
                after()

    def _adder(self) -> Callable[[], None]:
        """What adds a tick's times to the sums."""
        stamps, sums, elapsed, spent = self._stamps, self._sums, self.elapsed_ns, self._spent
        ends, begins = self._ends, self._begins
        few = range(len(sums))

        def one_by_one() -> None:
            for k in few:
                sums[k] += stamps[k + 1] - stamps[k]

        def together() -> None:
            np.subtract(ends, begins, spent)
            np.add(elapsed, spent, elapsed)

        return one_by_one if len(sums) <= _FEW else together

    def close(self) -> None:
        """Forget the esper context; it also happens when the runner is collected."""
        self._finalizer()


def _forget(context: str) -> None:
    if context in esper.list_worlds() and esper.current_world != context:
        esper.delete_world(context)


class _Context:
    """Switch to an esper world and back."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        self._previous = esper.current_world
        esper.switch_world(self._name)

    def __exit__(self, *error: object) -> None:
        esper.switch_world(self._previous)


def _processor(
    name: str, run: Callable[[], None], stamps: array[int], index: int
) -> esper.Processor:
    now = time.perf_counter_ns

    def process(self: esper.Processor) -> None:
        run()
        stamps[index] = now()

    body = {"process": process, "__doc__": f"The system {name}."}
    klass = type(f"{name}_{next(_numbers)}", (esper.Processor,), body)
    processor: esper.Processor = klass()
    return processor
