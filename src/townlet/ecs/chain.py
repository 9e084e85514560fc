"""Chains: launches of consecutive systems, called one after the other by compiled code.

A small town's tick is mostly what it costs Python to start its kernels. A chain starts them all by
one call, in the staged order: every launch over all its rows before the next one begins.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Container, Mapping, Sequence
from itertools import islice
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from townlet.ecs.launch import (
    Launch,
    add_to_word,
    call_entry,
    compile_driver,
    context_word,
    read_cycles,
    shares_of,
)

#: Words of a launch in a chain's table. Without an address it is passed over.
_ADDRESS, _CONTEXT, _LANES, _LAST = range(4)
_WORDS = 4


def _chain_serial(table: int, count: int, cycles: int) -> None:
    """Run ``count`` launches, all lanes of each before the next, and add up systems' cycles."""
    before: Any = read_cycles()  # type: ignore[call-arg]
    for k in range(count):
        address: Any = context_word(table, _WORDS * k + _ADDRESS)
        context: Any = context_word(table, _WORDS * k + _CONTEXT)
        lanes: Any = context_word(table, _WORDS * k + _LANES)
        last: Any = context_word(table, _WORDS * k + _LAST)
        if address != 0:
            for lane in range(lanes):
                call_entry(address, context, lane, lanes)
        if last != 0:
            now: Any = read_cycles()
            add_to_word(cycles, k, now - before)
            before = now


def _chain_parallel(table: int, count: int, cycles: int) -> None:
    """The same, with the lanes of each launch on numba's threads."""
    before: Any = read_cycles()  # type: ignore[call-arg]
    for k in range(count):
        address: Any = context_word(table, _WORDS * k + _ADDRESS)
        context: Any = context_word(table, _WORDS * k + _CONTEXT)
        lanes: Any = context_word(table, _WORDS * k + _LANES)
        last: Any = context_word(table, _WORDS * k + _LAST)
        if address != 0:
            if lanes == 1:
                call_entry(address, context, 0, 1)
            else:
                for lane in numba.prange(lanes):
                    call_entry(address, context, lane, lanes)
        if last != 0:
            now: Any = read_cycles()
            add_to_word(cycles, k, now - before)
            before = now


class Chain:
    """Consecutive systems whose launches one compiled call runs in order.

    Args:
        systems: launches of each system by its name, in running order; those of systems that are
            awake are compiled.
        lanes: parts a launch that splits is cut into.
        parallel: these run on numba's threads.
        asleep: names of systems that are passed over until they are woken.
    """

    def __init__(
        self,
        systems: Mapping[str, Sequence[Launch]],
        lanes: int,
        parallel: bool = False,
        asleep: Container[str] = (),
    ) -> None:
        launches = [launch for parts in systems.values() for launch in parts]
        table = np.zeros((len(launches), _WORDS), np.int64)
        table[:, _CONTEXT] = [launch.context.ctypes.data for launch in launches]
        table[:, _LANES] = [lanes if launch.splits else 1 for launch in launches]
        ends = np.cumsum([len(parts) for parts in systems.values()])
        table[ends - 1, _LAST] = 1
        words: Any = table.reshape(-1)
        self._words = memoryview(words)
        #: Cycles spent per launch, int64 (1, launches); a system's stand at its last one.
        self.cycles = np.zeros((1, len(launches)), np.int64)
        places = iter(enumerate(launches))
        self._systems = {name: list(islice(places, len(systems[name]))) for name in systems}
        for name in systems:
            if name not in asleep:
                self.wake(name)
        #: Runs all systems once; whoever keeps it has to keep the chain too.
        self.run: Callable[[], None] = functools.partial(
            _chain_driver(parallel),
            table.ctypes.data,
            len(launches),
            self.cycles.ctypes.data,
        )

    def wake(self, name: str) -> None:
        """Run a system in the calls to come; it is compiled if it has to be."""
        for place, launch in self._systems[name]:
            if not launch.address:
                launch.compile()
            self._words[_WORDS * place + _ADDRESS] = launch.address

    def sleep(self, name: str) -> None:
        """Pass a system over in the calls to come."""
        for place, _ in self._systems[name]:
            self._words[_WORDS * place + _ADDRESS] = 0

    def shares(self) -> npt.NDArray[np.float64]:
        """Share of the time per launch, (launches,); a system's stands at its last one."""
        return shares_of(self.cycles)


@functools.cache
def _chain_driver(parallel: bool) -> Any:
    return compile_driver(_chain_parallel if parallel else _chain_serial, 3, parallel)
