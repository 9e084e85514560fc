"""Needs: numbers between 0 and 1, and day counters that a day can hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from townlet.invariants.finding import Finding, found, where, who
from townlet_components.needs import Needs

if TYPE_CHECKING:
    from townlet.simulation import Simulation

_DAY = 1440


def needs_in_range(sim: Simulation) -> Iterator[Finding]:
    """Every need is a number in [0, 1], of vacant slots too."""
    level = sim.store.read(Needs).level

    def say(row: int) -> str:
        values = level[row]
        need = int(np.flatnonzero(~((values >= 0) & (values <= 1)))[0])
        name = sim.blueprint.need_names[need]
        return f"{who(sim, row)} has {name} {values[need]}, which is not between 0 and 1"

    bad = where(lambda part: ~((level[part] >= 0) & (level[part] <= 1)), len(level))
    yield from found("agent", bad, say)


def counters_in_range(sim: Simulation) -> Iterator[Finding]:
    """Ticks counted in a day are at most those of a day."""
    needs = sim.store.read(Needs)
    for name in ("content", "neglected"):
        ticks = getattr(needs, name)
        bad = where(lambda part, t=ticks: (t[part] < 0) | (t[part] > _DAY), len(ticks))  # type: ignore[misc]
        yield from found(
            "agent",
            bad,
            lambda row, t=ticks, n=name: (  # type: ignore[misc]
                f"{who(sim, row)} has counted {t[row]} {n} ticks in a day of {_DAY}"
            ),
        )
    negative = where(lambda part: needs.starving[part] < 0, len(needs.starving))
    yield from found(
        "agent",
        negative,
        lambda row: f"{who(sim, row)} has been starving for {needs.starving[row]} ticks",
    )
