"""Crowds: everybody wants the same, and tables with a limit are filled to the brim."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from townlet.errors import UserError
from townlet.invariants import Finding
from townlet.soak.fault import Fault, Orders, When
from townlet.soak.luck import luck
from townlet_components.identity import WISHES, Arrivals
from townlet_components.incidents import INCIDENTS, IncidentLog
from townlet_components.intent import GET_CLEAN, GET_FED, RELAX, SHOP, SLEEP, SOCIALISE

if TYPE_CHECKING:
    from townlet.simulation import Simulation

_WISHES = (GET_FED, GET_CLEAN, SLEEP, SHOP, SOCIALISE, RELAX)
#: Towns whose tables are filled; a batch may have thousands.
_TOWNS = 4


class Crowds(Fault):
    """A whole town goes for one thing; before that, its tables of newcomers and incidents are full.

    What a full table refuses must be counted, once each.
    """

    name: ClassVar[str] = "crowds"
    doc: ClassVar[str] = "everybody goes for the same thing: queues, arrivals, perturbations full"
    span: ClassVar[int] = 45

    def __init__(self) -> None:
        self._lost: list[Finding] = []

    def strike(self, sim: Simulation, when: When) -> str:
        """Fill the tables and count what they refuse."""
        told = [0, 0]
        for town in range(min(sim.towns, _TOWNS)):
            told[0] += self._arrivals(sim, town)
            told[1] += self._incidents(sim, town, when)
        return (
            f"everybody sent for the same; {told[0]:,} arrivals and {told[1]:,} perturbations "
            "ordered until no more fitted"
        )

    def orders(self, sim: Simulation, when: When) -> Orders:
        """One wish per town for everybody; masks refuse it to those who cannot."""
        wishes = [_wish(when.seed, when.start, sim.seed + town) for town in range(sim.towns)]
        return Orders(np.repeat(np.array(wishes, np.int32), sim.capacity), "option")

    def after(self, sim: Simulation, when: When) -> Iterator[Finding]:
        """What was refused and not counted, or counted twice."""
        found, self._lost = self._lost, []
        return iter(found)

    def _arrivals(self, sim: Simulation, town: int) -> int:
        refused = sim.store.read(Arrivals).refused
        before, entered = int(refused[town]), 0
        while entered <= max(WISHES, sim.capacity) and sim.spawn(town) is not None:
            entered += 1
        self._count(town, "arrivals", before, int(refused[town]))
        return entered

    def _incidents(self, sim: Simulation, town: int, when: When) -> int:
        names, refused = list(sim.config.perturbations.events), sim.store.read(IncidentLog).refused
        if not names:
            return 0
        draws, before = when.luck(sim.seed + town, "incidents"), int(refused[town])
        ordered = 0
        while ordered <= INCIDENTS:
            start, length = (int(draws.integers(1, 30)) for _ in range(2))
            try:
                sim.trigger(str(draws.choice(names)), town, starts_in=start, duration=length)
            except UserError:
                break
            ordered += 1
        self._count(town, "perturbations", before, int(refused[town]))
        return ordered

    def _count(self, town: int, what: str, before: int, now: int) -> None:
        if now != before + 1:
            sentence = f"town {town} refused one of its {what} and counted {now - before}"
            self._lost.append(Finding(sentence, "town", (town,), 1))


@lru_cache(maxsize=4096)
def _wish(seed: int, start: int, town_seed: int) -> int:
    """What a town goes for, the same for as long as the crowd lasts."""
    return int(luck(seed, Crowds.name, start, town_seed, "wish").choice(_WISHES))
