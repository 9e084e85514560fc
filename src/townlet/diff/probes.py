"""Probes: a look at the columns after each system of a tick, the staged way."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from townlet.ecs import Phase
from townlet.ecs.runtime import Step
from townlet.ecs.system import SystemSpec

#: Places that no system is at.
ORDERS, END = "(orders before the tick)", "(end of the tick)"


class Probes:
    """Python that a simulation runs after each of its systems; idle until somebody looks.

    Args:
        systems: of the schedule the simulation will have.

    Attributes:
        look: called with the name of the place after each system; None: nothing is.
        places: names of the places in running order.
    """

    def __init__(self, systems: Iterable[SystemSpec]) -> None:
        self.look: Callable[[str], None] | None = None
        self._systems = [(spec.name, spec.phase) for spec in systems]
        self.places = [ORDERS]
        for phase in Phase:
            self.places += [name for name, its in self._systems if its == phase]
        self.places.append(END)

    def steps(self) -> tuple[Step, ...]:
        """For ``Simulation.from_config(steps=...)``. They hold nothing of the simulation."""
        return tuple(
            Step(f"look_after_{name}", self._at(name), phase, after=name)
            for name, phase in self._systems
        )

    def _at(self, name: str) -> Callable[[], None]:
        def step() -> None:
            if self.look is not None:
                self.look(name)

        return step
