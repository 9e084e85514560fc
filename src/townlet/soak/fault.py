"""A fault: what a soak does to a town, when, and what must be true of it afterwards."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from townlet.invariants import Finding
from townlet.soak.luck import luck, moment

if TYPE_CHECKING:
    from townlet.simulation import Simulation


class Orders(NamedTuple):
    """Actions of one tick, as :meth:`Simulation.step` takes them."""

    actions: npt.NDArray[np.int32]
    level: str


class Fault(ABC):
    """One kind of fault; what it does is a function of seeds and ticks alone.

    Attributes:
        name: what ``--faults`` calls it.
        doc: one line for people.
        span: ticks it takes, from the tick before which it strikes.
    """

    name: ClassVar[str]
    doc: ClassVar[str]
    span: ClassVar[int] = 1

    @abstractmethod
    def strike(self, sim: Simulation, when: When) -> str:
        """Do it, between two ticks, and say in a few words what was done."""

    def orders(self, sim: Simulation, when: When) -> Orders | None:
        """Actions of a tick of its span; None: everybody does as it likes."""
        return None

    def after(self, sim: Simulation, when: When) -> Iterator[Finding]:
        """What went wrong in a tick of its span."""
        return iter(())


@dataclass(frozen=True)
class When:
    """A fault that strikes, and the luck it has.

    Attributes:
        seed: seed of the calendar.
        name: the fault's.
        start: tick before which it strikes.
        age: ticks since; 0 in that tick.
    """

    seed: int
    name: str
    start: int
    age: int

    def luck(self, town_seed: int, *more: int | str) -> np.random.Generator:
        """Luck of one town in this strike, the same in a batch and alone."""
        return luck(self.seed, self.name, self.start, town_seed, *more)


class Calendar:
    """Which faults strike when: each once in every ``period`` ticks, at a keyed moment.

    Args:
        faults: the kinds.
        seed: seed of the moments.
        period: ticks of a window.
    """

    def __init__(self, faults: tuple[Fault, ...], seed: int, period: int) -> None:
        self.faults, self.seed, self.period = faults, seed, period

    def at(self, tick: int) -> list[tuple[Fault, When]]:
        """The faults that strike before a tick or are still under way in it."""
        window, found = (tick - 1) // self.period, []
        for fault in self.faults:
            start = moment(self.seed, fault.name, window, self.period, fault.span)
            if start <= tick < start + fault.span:
                found.append((fault, When(self.seed, fault.name, start, tick - start)))
        return found

    def next(self, tick: int) -> int | None:
        """The first tick from ``tick`` on that has a fault; None: there are no faults."""
        if not self.faults:
            return None
        window = (tick - 1) // self.period
        while True:
            starts = [
                (moment(self.seed, fault.name, window, self.period, fault.span), fault.span)
                for fault in self.faults
            ]
            coming = [max(start, tick) for start, span in starts if start + span > tick]
            if coming:
                return min(coming)
            window += 1
