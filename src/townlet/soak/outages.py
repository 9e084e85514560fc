"""Outages: power or water fail, objects close, prices jump, for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from townlet.errors import UserError
from townlet.soak.fault import Fault, When
from townlet_systems.preconditions import PRICE_KEYS

if TYPE_CHECKING:
    from townlet.simulation import Simulation

#: A part of the objects closes, this many at most.
_CLOSED = 200


class Outages(Fault):
    """In every town perturbations are ordered, objects close and a price changes; then it is over.

    Objects that close open again, and the price goes back, when the span is over.
    """

    name: ClassVar[str] = "outages"
    doc: ClassVar[str] = "perturbations are ordered, a tenth of the objects close, a price jumps"
    span: ClassVar[int] = 40

    def strike(self, sim: Simulation, when: When) -> str:
        """Break things; what finds no room is counted by the town."""
        ordered = 0
        names = list(sim.config.perturbations.events)
        for town in range(sim.towns):
            luck = when.luck(sim.seed + town)
            for spec in luck.permutation(names)[:2].tolist() if names else ():
                try:
                    sim.trigger(spec, town, duration=int(luck.integers(1, 90)))
                    ordered += 1
                except UserError:  # the town has as many as it can have
                    break
            self._close(sim, town, when, reopen=False)
            key = self._price(sim, town, when)
            sim.set_price(key, float(luck.integers(0, 8)) / 2, town)
        return f"{ordered:,} perturbations ordered; objects closed, prices changed"

    def after(self, sim: Simulation, when: When):  # type: ignore[no-untyped-def]
        """In the last tick of the span everything is put right."""
        if when.age == self.span - 1:
            for town in range(sim.towns):
                self._close(sim, town, when, reopen=True)
                key = self._price(sim, town, when)
                sim.set_price(key, getattr(sim.blueprint.town_configs[town].economy, key), town)
        return iter(())

    def _close(self, sim: Simulation, town: int, when: When, *, reopen: bool) -> None:
        luck = when.luck(sim.seed + town, "objects")
        count = min(max(sim.plan.objects // 10, 1), _CLOSED)
        for number in luck.choice(sim.plan.objects, min(count, sim.plan.objects), replace=False):
            sim.desk.close(sim.plan.object_id(int(number)), town, reopen=reopen)

    def _price(self, sim: Simulation, town: int, when: When) -> str:
        return str(
            np.asarray(PRICE_KEYS)[when.luck(sim.seed + town, "price").integers(len(PRICE_KEYS))]
        )
