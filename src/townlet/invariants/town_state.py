"""Town state: outages and closures are those of the perturbations in force."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from townlet.invariants.finding import Finding, found, thing
from townlet_components.incidents import (
    ACTIVE,
    BLACKOUT_KIND,
    CLOSURE_KIND,
    OUTAGE_KIND,
    IncidentPlan,
    Incidents,
)
from townlet_components.objects import Objects
from townlet_components.town_state import WEATHERS, Utilities, Weather

if TYPE_CHECKING:
    from townlet.simulation import Simulation

#: Bits of ``Objects.closed`` that count perturbations; the lowest is an operator's.
_BY_PERTURBATION = 0xFE


def outages_are_counted(sim: Simulation) -> Iterator[Finding]:
    """Power and water are out as often as perturbations in force say."""
    incidents, out = sim.store.read(Incidents), sim.store.read(Utilities)
    state, spec = incidents.state.reshape(sim.towns, -1), incidents.spec.reshape(sim.towns, -1)
    kind = np.where(state == ACTIVE, sim.store.read(IncidentPlan).kind[np.maximum(spec, 0)], -1)
    for name, off, which in (
        ("power", out.power, BLACKOUT_KIND),
        ("water", out.water, OUTAGE_KIND),
    ):
        count = (kind == which).sum(axis=1)
        yield from found(
            "town",
            np.flatnonzero(count != off),
            lambda t, n=name, o=off, c=count: (  # type: ignore[misc]
                f"{n} of town {t} is out {o[t]} times, by perturbations {c[t]} times"
            ),
        )
    closed = sim.store.read(Objects).closed.reshape(sim.towns, -1)
    calm = ~(kind == CLOSURE_KIND).any(axis=1)
    town, number = np.nonzero((closed & _BY_PERTURBATION) != 0)
    stuck = calm[town]
    yield from found(
        "object",
        town[stuck] * sim.plan.objects + number[stuck],
        lambda g: f"{thing(sim, g)} is closed by a perturbation that is over",
    )


def incidents_end(sim: Simulation) -> Iterator[Finding]:
    """A perturbation in force ends later than now; weather is one of those there are."""
    incidents = sim.store.read(Incidents)
    late = np.flatnonzero((incidents.state == ACTIVE) & (incidents.ends <= sim.tick))
    per_town = len(incidents.state) // sim.towns
    yield from found(
        "incident",
        late,
        lambda i: (
            f"perturbation evt_{incidents.number[i]} of town {i // per_town} should have ended at "
            f"tick {incidents.ends[i]}"
        ),
    )
    kind = sim.store.read(Weather).kind
    odd = np.flatnonzero((kind < 0) | (kind >= len(WEATHERS)))
    yield from found("town", odd, lambda t: f"town {t} has weather {kind[t]}, which is none")
