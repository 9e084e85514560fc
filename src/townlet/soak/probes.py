"""Probes: a sample of agents tries what is open to it and what is not: do masks tell true?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from townlet.invariants import Finding
from townlet.invariants.finding import found, per_town, who
from townlet.soak.fault import Fault, Orders, When
from townlet_components.events import (
    ARRANGED_MEET,
    CANCELLED,
    ENDED,
    PRICE_UPDATE,
    STARTED,
    WEATHER_CHANGE,
    Events,
)
from townlet_components.identity import Identity
from townlet_components.intent import Orders as Given
from townlet_components.rows import Rows
from townlet_components.script import Script

if TYPE_CHECKING:
    from townlet.simulation import Simulation

#: Agents of a town that try something.
SAMPLE = 256
#: What begins and ends before decisions, without a mask's knowing.
_SURPRISES = (STARTED, ENDED, CANCELLED, WEATHER_CHANGE, PRICE_UPDATE, ARRANGED_MEET)


class Probes(Fault):
    """Some agents are told to do something open, some something closed (SPEC §12).

    What is open must be taken, and what is closed counted.
    """

    name: ClassVar[str] = "probes"
    doc: ClassVar[str] = "a sample tries open and closed actions, so that masks are seen to be true"
    span: ClassVar[int] = 8

    def __init__(self) -> None:
        self._rows: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self._open: npt.NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._masked: npt.NDArray[np.int32] = np.zeros(0, np.int32)
        self._serial: npt.NDArray[np.int32] = np.zeros(0, np.int32)

    def strike(self, sim: Simulation, when: When) -> str:
        """Nothing yet; each tick of the span has its orders."""
        return f"{min(SAMPLE, sim.capacity):,} agents per town try open and closed actions"

    def orders(self, sim: Simulation, when: When) -> Orders:
        """An action for each of the sample, options and primitives in turns."""
        level = "option" if when.age % 2 else "primitive"
        rows, identity = sim.store.read(Rows), sim.store.read(Identity)
        mask = getattr(sim.masks(level), level)
        actions = np.full(sim.towns * sim.capacity, -1, np.int32)
        chosen, wishes = [], []
        for town in range(sim.towns):
            luck = when.luck(sim.seed + town, when.age)
            slots = luck.permutation(sim.capacity)[:SAMPLE]
            wish = luck.integers(mask.shape[1], size=len(slots))
            may = luck.integers(1 << 30, size=len(slots))
            at = rows.row_of[town * sim.capacity + slots].astype(np.int64)
            wish = np.where(may % 2 == 0, _some_open(mask[at], may >> 1), wish)
            chosen.append(at)
            wishes.append(wish)
        at, wish = np.concatenate(chosen), np.concatenate(wishes)
        fit = identity.alive[at] & ~sim.store.read(Given).possessed[at]
        fit &= sim.store.read(Script).at[at] < 0  # who follows a schedule obeys nobody else
        at, wish = at[fit], wish[fit]
        actions[rows.town[at] * sim.capacity + rows.slot[at]] = wish
        self._rows, self._open = at, mask[at, wish]
        self._masked = sim.store.read(Given).masked[at].copy()
        self._serial = identity.generation[at].copy()
        return Orders(actions, level)

    def after(self, sim: Simulation, when: When) -> Iterator[Finding]:
        """Open actions that were refused, and closed ones that were not counted."""
        identity, rows = sim.store.read(Identity), self._rows
        here = identity.alive[rows] & (identity.generation[rows] == self._serial)
        here &= ~self._surprised(sim)[sim.store.read(Rows).town[rows]]
        more = sim.store.read(Given).masked[rows] - self._masked
        yield from found(
            "agent",
            rows[here & self._open & (more != 0)],
            lambda r: f"{who(sim, r)} was refused an action that its mask said was open",
        )
        yield from found(
            "agent",
            rows[here & ~self._open & (more != 1)],
            lambda r: f"{who(sim, r)} took an action that its mask said was closed",
        )

    def _surprised(self, sim: Simulation) -> npt.NDArray[np.bool_]:
        """Towns in which something changed before decisions that no mask could know, (towns,)."""
        events, identity = sim.store.read(Events), sim.store.read(Identity)
        kinds = np.isin(events.kind, _SURPRISES)
        there = np.arange(kinds.shape[1]) < np.minimum(events.count, kinds.shape[1])[:, None]
        told = (kinds & there).reshape(sim.towns, -1).any(axis=1)
        came = identity.alive & (identity.arrived_at == sim.tick)
        return np.asarray(told | (per_town(sim, came) > 0))


def _some_open(mask: npt.NDArray[np.bool_], luck: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """One open action per row.

    Args:
        mask: (rows, actions), at least one of them open.
        luck: a whole number per row that says which.
    """
    rank = np.cumsum(mask, axis=1)
    which = luck % np.maximum(rank[:, -1], 1) + 1
    found_open: npt.NDArray[np.int64] = np.argmax(rank == which[:, None], axis=1)
    return found_open
