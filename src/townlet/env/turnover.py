"""Turnover: who comes after whom, and when; Gymnasium's three autoreset modes in a town.

A learner's slot never stays empty longer than its mode says:

- ``NEXT_STEP``: the newcomer arrives in the next tick, by the town's own ARRIVE phase. Who leaves
  while it waits for that (its episode had been cut in the tick before) is replaced when the tick
  has ended: the step after the end of an episode does not end another.
- ``SAME_STEP``: the newcomer arrives in the tick the other leaves. After SCORE the last observation
  of those who leave is written and kept, their rows are freed, ARRIVE runs once more, and OBSERVE
  shows the newcomers.
- ``DISABLED``: nobody comes until :meth:`Turnover.replace` is called.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode

from townlet.ecs import Phase
from townlet.simulation import Simulation
from townlet.systems import OBSERVATION_SYSTEMS
from townlet.vacancies import free_rows
from townlet_components.identity import Departures, Identity, Leavers, Vacancies
from townlet_components.lifecycle import KILLED, Replacements
from townlet_components.metrics import Metrics
from townlet_components.observation import Observation
from townlet_components.work import Employment

#: What a quiet exit is made of: the systems of LEAVE but the one that decides who leaves.
_DEPARTURE = ("let_departed_go", "end_ties")


class Turnover:
    """Lets newcomers in; rows are in slot order here, so slots are rows.

    Args:
        sim: the simulation.
        mode: when newcomers come.

    Attributes:
        at_once: who is replaced when the tick has ended if it leaves in it (NEXT_STEP).
        final: last observations by part, rows of those who left are valid (SAME_STEP).
    """

    def __init__(self, sim: Simulation, mode: AutoresetMode) -> None:
        store = sim.store
        self._sim, self.mode = sim, mode
        self._alive = store.write(Identity).alive
        self._departures, self._leavers = store.write(Departures), store.write(Leavers)
        self._vacancies = store.read(Vacancies).any
        self._coming = store.write(Replacements)
        self._metrics, self._employment = store.write(Metrics), store.read(Employment)
        self._live = store.write(Observation).live
        self._arrival = [s.name for s in sim.schedule.systems if s.phase is Phase.ARRIVE]
        first, *rest = (spec.name for spec in sim.schedule.systems if spec in OBSERVATION_SYSTEMS)
        self._look_around, self._describe = first, rest
        self._kept = np.zeros_like(self._alive)
        self.at_once = np.zeros_like(self._alive)
        self._late: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        view = sim.observation()
        self._buffer = {"map": view.map, "features": view.features}
        self.final: dict[str, npt.NDArray[Any]] = {}
        if mode is AutoresetMode.SAME_STEP:
            self.final = {p: np.zeros(a.shape, a.dtype) for p, a in self._buffer.items()}

    @property
    def somebody_left(self) -> bool:
        """Somebody leaves in this tick."""
        return bool(self._vacancies[0])

    # -- within a tick -------------------------------------------------------------------------

    def within(self, left: npt.NDArray[np.bool_]) -> None:
        """Prepare arrivals in place of those who leave, bool (slots,); after SCORE."""
        rows = np.flatnonzero(left)
        if self.mode is AutoresetMode.DISABLED:
            self._coming.at[rows] = -1
            return
        self._send_for(rows)
        if self.mode is AutoresetMode.NEXT_STEP:
            self._late = rows[self.at_once[rows]]
            return
        self._sim.launch(self._look_around)
        self._describe_only(left)
        self.keep(rows)
        self._book(rows)
        free_rows(self._sim.store)
        self._sim.launch(*self._arrival)
        self._sim.hooks.welcome(left & self._alive)

    def after(self) -> None:
        """When the tick has ended: replace those who could not wait for the next one."""
        if len(self._late):
            entered = np.zeros_like(self._alive)
            entered[self._late] = True
            self._late = self._late[:0]
            self._enter(entered)

    def keep(self, rows: npt.NDArray[np.int64]) -> None:
        """Keep what the buffers say of some slots as their last observations."""
        for part, array in self.final.items():
            array[rows] = self._buffer[part][rows]

    # -- between ticks ---------------------------------------------------------------------------

    def replace(self, slots: npt.NDArray[np.bool_]) -> None:
        """Let newcomers enter some slots now; who lives there leaves first, without a word.

        A quiet exit is no collapse and no eviction: nothing is rewarded, no cap counts it, nobody
        is told but by the event of the removal; the estate is settled, queues move, ties end.

        Args:
            slots: bool (slots,).
        """
        self._let_go(np.flatnonzero(slots & self._alive))
        self._send_for(np.flatnonzero(slots))
        self._enter(slots)

    def _let_go(self, rows: npt.NDArray[np.int64]) -> None:
        if not len(rows):
            return
        self._book(rows)
        towns, capacity = self._sim.towns, self._sim.capacity
        town = rows // capacity
        count = np.bincount(town, minlength=towns).astype(np.int32)
        first = np.cumsum(count) - count
        self._leavers.count[:] = count
        self._leavers.slot[town * capacity + np.arange(len(rows)) - first[town]] = rows % capacity
        self._departures.reason[rows] = KILLED
        self._sim.launch(*_DEPARTURE)
        free_rows(self._sim.store)
        # Whoever else an operator has sent away leaves in the next tick all the same.
        sent = np.flatnonzero(self._departures.reason)
        self._departures.pending[:] = np.bincount(sent // capacity, minlength=towns)

    def _send_for(self, rows: npt.NDArray[np.int64]) -> None:
        """Somebody comes in the next ARRIVE phase, even where the town would send for nobody."""
        self._coming.at[rows] = self._sim.tick
        town = rows // self._sim.capacity
        self._coming.next[town] = np.minimum(self._coming.next[town], self._sim.tick)

    def _enter(self, slots: npt.NDArray[np.bool_]) -> None:
        """Run ARRIVE for some slots, and describe who has entered."""
        at, tick = self._coming.at, self._sim.tick
        # Whoever else is on the way comes in the next tick, as it would have.
        coming = np.flatnonzero(at >= 0)
        coming = coming[(at[coming] <= tick) & ~slots[coming]]
        at[coming] = tick + 1
        self._sim.launch(*self._arrival)
        self._sim.hooks.welcome(slots & self._alive)
        self._sim.launch(self._look_around)
        self._describe_only(slots)

    # -- observing -------------------------------------------------------------------------------

    def _describe_only(self, slots: npt.NDArray[np.bool_]) -> None:
        """Write the observations of some slots alone."""
        # Whoever neither lives nor leaves is not described; both are looked up in these columns.
        alive, reason = self._alive, self._departures.reason
        living, leaving = alive.copy(), reason.copy()
        np.logical_and(alive, slots, out=alive)
        np.copyto(reason, 0, where=~slots)
        try:
            self._sim.launch(*self._describe)
        finally:
            np.copyto(alive, living)
            np.copyto(reason, leaving)
            np.copyto(self._live, living)

    def _book(self, rows: npt.NDArray[np.int64]) -> None:
        """Count the shifts of those who leave; REPORT, which does it, will not find their rows."""
        town, work = rows // self._sim.capacity, self._employment
        np.add.at(self._metrics.left_shifts, town, work.shifts[rows])
        np.add.at(self._metrics.left_punctual, town, work.punctual[rows])
