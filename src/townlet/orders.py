"""The order desk: what comes from outside a tick - actions, arrivals, removals, possession."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.arrival_desk import ArrivalDesk
from townlet.ear import Ear, order
from townlet.ecs import Store
from townlet.errors import UserError
from townlet.setup.blueprint import Blueprint
from townlet.suggest import nearest
from townlet_components.activity import Activity
from townlet_components.identity import Departures, Identity
from townlet_components.intent import IDLE, WAIT, Intent, Orders
from townlet_components.lifecycle import KILLED
from townlet_components.objects import Objects
from townlet_components.rows import Rows

LEVELS = ("option", "primitive")
_ARTICLE = {"option": "an", "primitive": "a"}


class OrderDesk:
    """Writes orders into the columns that systems read.

    Args:
        store: the components.
        blue: the blueprint.
        ear: hears of orders; None: nobody does.
    """

    def __init__(self, store: Store, blue: Blueprint, ear: Ear | None = None) -> None:
        self._blue, self.ear = blue, ear or Ear()
        self._rows = store.read(Rows)
        order = self._rows.row_of  # static
        self._in_order = bool((order == np.arange(len(order))).all())
        self._identity = store.read(Identity)
        self.arrivals = ArrivalDesk(store, blue)
        self._departures = store.write(Departures)
        self._orders = store.write(Orders)
        self._intent = store.write(Intent)
        self._running = store.read(Activity).affordance
        self._closed = store.write(Objects).closed
        self._limits = {
            "option": len(blue.option_names),
            "primitive": len(blue.primitive_names),
        }

    def give(
        self,
        actions: npt.NDArray[np.int32] | None,
        level: str = "option",
        waits: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        """Write actions of one tick, (towns * slots,); see :meth:`Simulation.step`."""
        if level not in LEVELS:
            raise UserError(f"unknown action level {level!r}{nearest(level, LEVELS)}")
        if actions is not None:
            column = self._orders.option if level == "option" else self._orders.primitive
            # To look rows up costs ten times what the actions do.
            rows = slice(None) if self._in_order else self._rows.row_of
            column[rows] = self._checked(np.asarray(actions), level)
        if waits is not None:
            slots = self._rows.row_of.shape
            if waits.shape != slots or waits.dtype != np.bool_:
                raise UserError(
                    f"waits are {waits.dtype} of shape {waits.shape}; they must be bool of {slots}"
                )
            if np.count_nonzero(waits):
                rows = self._rows.row_of[np.flatnonzero(waits)]
                self._orders.option[rows], self._orders.primitive[rows] = -1, WAIT

    def _checked(self, actions: npt.NDArray[np.int32], level: str) -> npt.NDArray[np.int32]:
        """The actions, if there is one per slot and all are in range."""
        slots = self._rows.row_of.shape
        if actions.shape != slots:
            raise UserError(f"actions have shape {actions.shape}; they must have {slots}")
        if actions.dtype.kind not in "iu":
            raise UserError(f"actions are {actions.dtype}; they must be int32")
        limit = self._limits[level]
        bad = (actions < -1) | (actions >= limit)
        if np.count_nonzero(bad):
            first = int(bad.argmax())
            raise UserError(
                f"action {int(actions[first])} at index {first} is not "
                f"{_ARTICLE[level]} {level}; it must be between -1 and {limit - 1}"
            )
        return actions

    def take_back(self) -> None:
        """Forget the actions of the tick that has ended."""
        self._orders.option.fill(-1)
        self._orders.primitive.fill(-1)

    def row(self, agent: int | str, town: int = 0) -> int:
        """Row of a living agent, by slot or name.

        Raises:
            UserError: no such town, slot or agent.
        """
        if not 0 <= town < self._blue.towns:
            raise UserError(f"town is {town}; it must be between 0 and {self._blue.towns - 1}")
        first = town * self._blue.capacity
        if isinstance(agent, str):
            return self._named(agent, first)
        if not 0 <= agent < self._blue.capacity:
            raise UserError(f"agent is {agent}; it must be between 0 and {self._blue.capacity - 1}")
        row = int(self._rows.row_of[first + agent])
        if not self._identity.alive[row]:
            raise UserError(f"nobody lives in slot {agent} of town {town}")
        return row

    def _named(self, name: str, first: int) -> int:
        names, called = {}, self._blue.names
        for slot in range(self._blue.capacity):
            row = int(self._rows.row_of[first + slot])
            if self._identity.alive[row]:
                generation, given = self._identity.generation[row], self._identity.name[row]
                names[called.of(slot, int(generation), int(given))] = row
        if name not in names:
            raise UserError(f"no agent is called {name!r}{nearest(name, list(names)[:64])}")
        return names[name]

    @order
    def spawn(self, town: int = 0, **wishes: Any) -> int | None:
        """Let an agent enter in the next tick; see :meth:`ArrivalDesk.spawn`."""
        return self.arrivals.spawn(town, **wishes)

    @order
    def kill(self, agent: int | str, town: int = 0) -> None:
        """Remove an agent in the LEAVE phase of the next tick, by slot or name.

        Raises:
            UserError: nobody is there.
        """
        row = self.row(agent, town)
        if self._departures.reason[row] == 0:
            self._departures.pending[town] += 1
        self._departures.reason[row] = KILLED

    @order
    def close(self, thing: str, town: int = 0, *, reopen: bool = False) -> None:
        """Close an object, by id: it accepts no new users and lets its user go, paid back.

        Raises:
            UserError: no such town or object.
        """
        if not 0 <= town < self._blue.towns:
            raise UserError(f"town is {town}; it must be between 0 and {self._blue.towns - 1}")
        try:
            index = self._blue.plan.object_index(thing)
        except KeyError as error:
            raise UserError(str(error.args[0])) from None
        at = town * self._blue.plan.objects + index
        self._closed[at] = self._closed[at] & 0xFE | (0 if reopen else 1)

    @order
    def possess(self, agent: int | str, town: int = 0, *, release: bool = False) -> None:
        """An operator takes an agent over: it acts only on orders until released."""
        row = self.row(agent, town)
        self._orders.possessed[row] = not release
        if not release and self._running[row] < 0:
            self._intent.target[row], self._intent.wake[row] = -1, 0
            self._intent.option[row], self._intent.person[row] = IDLE, -1

    @order
    def guard(self, agent: int | str, kinds: int, town: int = 0) -> None:
        """Forbid kinds of primitives (bits of ``Orders.guard``, 0 to 31) to an agent."""
        if not 0 <= kinds <= 31:
            raise UserError(f"guard is {kinds}; it must be between 0 and 31")
        self._orders.guard[self.row(agent, town)] = kinds
