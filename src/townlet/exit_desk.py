"""The exit desk: who has to leave, and what operators say to it (SPEC §8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from townlet.ear import order
from townlet.ecs import Store
from townlet.ecs.rng import WORLD_STREAM, draw_bits
from townlet.errors import UserError
from townlet_components import draws
from townlet_components.identity import Identity
from townlet_components.lifecycle import (
    APPROVE,
    CAUSES,
    DEFER,
    DEFERRED,
    EMPLOYMENT_EXIT,
    REQUEST,
    ExitCounts,
    Exits,
    LifecycleRules,
)
from townlet_components.rows import Rows, Towns
from townlet_components.work import EmploymentRules

if TYPE_CHECKING:
    from townlet.orders import OrderDesk
    from townlet.setup.blueprint import Blueprint

#: What is known of an exit that waits, by ``Exits.review``.
REVIEWS = ("none", "approved", "deferred", "requested")


@dataclass(frozen=True)
class PendingExit:
    """An agent that has to leave when the caps allow it.

    Attributes:
        agent: its slot.
        name: its name.
        cause: one of ``townlet_components.lifecycle.CAUSES``.
        due: tick since which.
        review: ``"none"``, ``"approved"`` or ``"requested"``; only of employment exits.
    """

    agent: int
    name: str
    cause: str
    due: int
    review: str


class ExitDesk:
    """Shows the line of those who have to leave, and takes orders about employment exits.

    Args:
        store: the components.
        blue: the blueprint.
        desk: finds agents by slot or name.
    """

    def __init__(self, store: Store, blue: Blueprint, desk: OrderDesk) -> None:
        self._blue, self._desk, self.ear = blue, desk, desk.ear
        self._rows, self._towns = store.read(Rows), store.read(Towns)
        self._identity = store.read(Identity)
        self._exits, self._counts = store.write(Exits), store.write(ExitCounts)
        self._life, self._work = store.read(LifecycleRules), store.read(EmploymentRules)

    def queue(self, town: int = 0) -> list[PendingExit]:
        """Who has to leave, in the order in which the caps will let them go.

        Raises:
            UserError: no such town.
        """
        if not 0 <= town < self._blue.towns:
            raise UserError(f"town is {town}; it must be between 0 and {self._blue.towns - 1}")
        rows = self._rows.row_of.reshape(self._blue.towns, -1)[town]
        waits = (self._exits.due[rows] >= 0) & (self._exits.review[rows] != DEFERRED)
        slots = np.flatnonzero(waits & self._identity.alive[rows]).tolist()
        return [self._entry(s, int(rows[s])) for s in sorted(slots, key=self._order(town))]

    def _order(self, town: int):  # type: ignore[no-untyped-def]
        """Due tick, then the draw that decides among equals, then slot."""
        first = town * self._blue.capacity

        def key(slot: int) -> tuple[int, int, int]:
            row = self._rows.row_of[first + slot]
            due = int(self._exits.due[row])
            lot = draw_bits(
                self._towns.seed[town], WORLD_STREAM, due, slot,
                int(self._identity.generation[row]), draws.EXIT_ORDER, 0,
            )  # fmt: skip
            return due, int(lot), slot

        return key

    def _entry(self, slot: int, row: int) -> PendingExit:
        return PendingExit(
            agent=slot,
            name=self._blue.names.of(
                slot, int(self._identity.generation[row]), int(self._identity.name[row])
            ),
            cause=CAUSES[self._exits.cause[row]],
            due=int(self._exits.due[row]),
            review=REVIEWS[self._exits.review[row]],
        )

    @order
    def request(self, agent: int | str, town: int = 0) -> None:
        """Put an agent into the line for an employment exit, whatever its record says.

        Raises:
            UserError: nobody is there, or the town has no employment exits.
        """
        row = self._desk.row(agent, town)
        for on, key in (
            (self._life.on[town], "features.systems.lifecycle"),
            (self._work.enforce[town], "employment.enforce_job_loop"),
        ):
            if not on:
                raise UserError(f"town {town} has no employment exits; {key} is off")
        self._note(row, town, REQUEST)

    @order
    def approve(self, agent: int | str, town: int = 0) -> None:
        """Decide an employment exit: it stands whatever the agent does, and waits for the caps.

        Raises:
            UserError: nobody is there, or it has no employment exit.
        """
        self._note(self._queued(agent, town), town, APPROVE)

    @order
    def defer(self, agent: int | str, town: int = 0) -> None:
        """Take an employment exit back; it may come again after the review window.

        Raises:
            UserError: nobody is there, or it has no employment exit.
        """
        self._note(self._queued(agent, town), town, DEFER)

    def _queued(self, agent: int | str, town: int) -> int:
        """Row of an agent that waits for an employment exit."""
        row = self._desk.row(agent, town)
        exits = self._exits
        waits = exits.due[row] >= 0 and exits.review[row] != DEFERRED
        if not waits:
            raise UserError(f"agent {agent!r} of town {town} has no pending exit")
        if exits.cause[row] != EMPLOYMENT_EXIT:
            raise UserError(
                f"agent {agent!r} of town {town} leaves for {CAUSES[exits.cause[row]]}; only "
                "employment exits are reviewed"
            )
        return row

    def _note(self, row: int, town: int, order: int) -> None:
        if self._exits.order[row] == 0:
            self._counts.orders[town] += 1
        self._exits.order[row] = order
