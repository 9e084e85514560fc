"""Numbers: no authoritative float is NaN or infinite, whatever component it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from townlet.invariants.finding import Finding, found, where, who
from townlet_components.personality import TRAITS, Personality

if TYPE_CHECKING:
    from townlet.simulation import Simulation


def floats_are_finite(sim: Simulation) -> Iterator[Finding]:
    """Every float that the state hash covers is a finite number."""
    for spec in sim.store.specs():
        for col in spec.hashed():
            if col.dtype.kind != "f":
                continue
            name, values = f"{spec.name}.{col.name}", sim.column(f"{spec.name}.{col.name}")
            bad = where(lambda part, v=values: ~np.isfinite(v[part]), len(values))  # type: ignore[misc]
            yield from found(col.dims[0], bad, _says(sim, name, col.dims[0], values))


def _says(sim: Simulation, name: str, table: str, values: npt.NDArray[Any]) -> Any:
    def say(row: int) -> str:
        whose = who(sim, row) if table == "agent" else f"row {row} of {table}"
        return f"{name} of {whose} is {values[row]}, which is not finite"

    return say


def traits_in_range(sim: Simulation) -> Iterator[Finding]:
    """Traits are in [-1, 1]."""
    trait = sim.store.read(Personality).trait

    def say(row: int) -> str:
        number = int(np.flatnonzero(~(np.abs(trait[row]) <= 1))[0])
        return f"{who(sim, row)} has {TRAITS[number]} {trait[row, number]}, outside -1 to 1"

    yield from found("agent", where(lambda part: ~(np.abs(trait[part]) <= 1), len(trait)), say)
