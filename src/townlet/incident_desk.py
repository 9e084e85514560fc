"""The incident desk: perturbations ordered, cancelled and listed by hand (SPEC §10)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from townlet.config import money
from townlet.config.sections.perturbations import STRONGEST
from townlet.ear import order
from townlet.ecs import Store
from townlet.errors import UserError
from townlet.orders import OrderDesk
from townlet.setup.blueprint import Blueprint
from townlet.setup.incidents import LONGEST
from townlet.setup.targets import TargetError
from townlet.suggest import nearest
from townlet_components.clock import Clock
from townlet_components.identity import Identity
from townlet_components.incidents import (
    CLOSURE_KIND,
    INCIDENT_STATES,
    INCIDENTS,
    KINDS,
    MEET_KIND,
    MEETERS,
    NO_INCIDENT,
    SPIKE_KIND,
    IncidentLog,
    IncidentPlan,
    IncidentRules,
    Incidents,
)
from townlet_components.rows import Rows, Towns
from townlet_systems.incident_bundles import limits_of, log_of, slate_of, specs_of
from townlet_systems.incidents import draft


class IncidentDesk:
    """Writes incidents into the columns that ``run_incidents`` reads.

    Args:
        store: the components.
        blue: the blueprint.
        desk: finds agents by name or slot.
    """

    def __init__(self, store: Store, blue: Blueprint, desk: OrderDesk) -> None:
        self._blue, self._desk, self.ear = blue, desk, desk.ear
        self._table = blue.incidents
        self._incidents = store.write(Incidents)
        self._log = store.write(IncidentLog)
        self._plan, self._rules = store.read(IncidentPlan), store.read(IncidentRules)
        self._towns, self._clock = store.read(Towns), store.read(Clock)
        self._rows, self._identity = store.read(Rows), store.read(Identity)

    @order
    def trigger(
        self,
        spec: str,
        town: int = 0,
        *,
        starts_in: int = 0,
        duration: int | None = None,
        magnitude: float | None = None,
        targets: Sequence[str] | str | None = None,
        participants: Sequence[int | str] | None = None,
    ) -> str:
        """Order an incident; see :meth:`townlet.Simulation.trigger`."""
        first = self._first(town)
        names = self._table.names
        if spec not in names:
            raise UserError(
                f"unknown perturbation {spec!r}{nearest(spec, names)}"
                if names
                else f"unknown perturbation {spec!r}; the config has none"
            )
        number = names.index(spec)
        kind = int(self._table.kind[number])
        _whole("starts_in", starts_in)
        if duration is not None:
            _whole("duration", duration)
        changes = [self._magnitude(spec, kind, magnitude), self._targets(spec, kind, targets)]
        changes.append(self._people(spec, kind, town, participants))
        states = self._incidents.state[first : first + INCIDENTS]
        vacant = np.flatnonzero(states == NO_INCIDENT)
        if not len(vacant):
            self._log.refused[town] += 1
            raise UserError(f"town {town} has {INCIDENTS} perturbations already; that is the most")
        at = first + int(vacant[0])
        start = int(self._clock.tick[0]) + 1 + starts_in
        draft(
            slate_of(self._incidents), log_of(self._log), specs_of(self._plan),
            limits_of(self._rules, self._towns), at, town, number, start,
        )  # fmt: skip
        if duration is not None:
            self._incidents.ends[at] = start + max(duration, 1)
        for change in changes:
            change(at)
        return f"evt_{int(self._incidents.number[at])}"

    @order
    def cancel(self, event: str, town: int = 0) -> bool:
        """Cancel an incident; see :meth:`townlet.Simulation.cancel`."""
        first, seen = self._first(town), self._incidents
        for at in range(first, first + INCIDENTS):
            known = seen.state[at] != NO_INCIDENT and not seen.cancel[at]
            if known and f"evt_{int(seen.number[at])}" == event:
                seen.cancel[at] = True
                return True
        return False

    def incidents(self, town: int = 0) -> list[dict[str, Any]]:
        """Pending and active incidents; see :meth:`townlet.Simulation.incidents`."""
        first, seen, found = self._first(town), self._incidents, []
        for at in range(first, first + INCIDENTS):
            if seen.state[at] == NO_INCIDENT:
                continue
            spec = int(seen.spec[at])
            kind = int(self._table.kind[spec])
            people = zip(seen.people[at].tolist(), seen.generation[at].tolist(), strict=True)
            found.append(
                {
                    "id": f"evt_{int(seen.number[at])}",
                    "number": int(seen.number[at]),
                    "spec": self._table.names[spec],
                    "kind": KINDS[kind],
                    "state": INCIDENT_STATES[seen.state[at]],
                    "starts": int(seen.starts[at]),
                    "ends": int(seen.ends[at]),
                    "magnitude": int(seen.magnitude[at]) / 1000 if kind == SPIKE_KIND else None,
                    "people": [self._name(town, s, g) for s, g in people if s >= 0],
                }
            )
        return sorted(found, key=lambda entry: entry["number"])

    def _name(self, town: int, slot: int, generation: int) -> str:
        row = self._rows.row_of[town * self._blue.capacity + slot]
        here = self._identity.generation[row] == generation
        return self._blue.names.of(slot, generation, self._identity.name[row] if here else -1)

    def _first(self, town: int) -> int:
        if not 0 <= town < self._blue.towns:
            raise UserError(f"town is {town}; it must be between 0 and {self._blue.towns - 1}")
        return town * INCIDENTS

    def _magnitude(self, spec: str, kind: int, magnitude: float | None) -> Change:
        if magnitude is None:
            return _nothing
        if kind != SPIKE_KIND:
            raise UserError(f"{spec!r} is a {KINDS[kind]}; only a price_spike has a magnitude")
        if isinstance(magnitude, bool) or not isinstance(magnitude, int | float):
            raise UserError(f"magnitude is {magnitude!r}; it must be a number")
        if not 0 <= magnitude <= STRONGEST:
            raise UserError(f"magnitude is {magnitude}; it must be between 0 and {STRONGEST:.0f}")
        thousandths = money(float(magnitude))

        def change(at: int) -> None:
            self._incidents.magnitude[at] = thousandths

        return change

    def _targets(self, spec: str, kind: int, targets: Sequence[str] | str | None) -> Change:
        if targets is None:
            return _nothing
        words = [targets] if isinstance(targets, str) else list(targets)
        if kind not in (SPIKE_KIND, CLOSURE_KIND, MEET_KIND):
            raise UserError(f"{spec!r} is a {KINDS[kind]}; it has no targets")
        if kind == MEET_KIND and len(words) != 1:
            raise UserError(f"{spec!r} has {len(words)} targets; an arranged_meet has one place")
        resolve = self._table.targets
        for word in words:
            try:
                if kind == MEET_KIND:
                    where = resolve.location(word)
                elif kind == SPIKE_KIND:
                    resolve.prices((word,))
                else:
                    resolve.objects((word,))
            except TargetError as error:
                raise UserError(f"target is {word!r}, {error}") from None
        if kind == MEET_KIND:

            def move(at: int) -> None:
                self._incidents.district[at], self._incidents.target[at] = where

            return move
        try:
            aims = resolve.prices(words) if kind == SPIKE_KIND else resolve.objects(words)
        except TargetError as error:
            raise UserError(f"targets is {error}") from None

        def change(at: int) -> None:
            self._incidents.aim[at] = self._incidents.which[at] = -1
            for k, (what, number) in enumerate(aims):
                self._incidents.aim[at, k], self._incidents.which[at, k] = what, number

        return change

    def _people(
        self, spec: str, kind: int, town: int, participants: Sequence[int | str] | None
    ) -> Change:
        if participants is None:
            return _nothing
        if kind != MEET_KIND:
            raise UserError(f"{spec!r} is a {KINDS[kind]}; only an arranged_meet has participants")
        rows = [self._desk.row(agent, town) for agent in participants]
        if not 2 <= len(set(rows)) == len(rows) <= MEETERS:
            raise UserError(
                f"participants are {list(participants)}; they must be between 2 and {MEETERS}"
                " different agents"
            )

        def change(at: int) -> None:
            seen = self._incidents
            seen.people[at] = seen.generation[at] = -1
            seen.people[at, : len(rows)] = self._rows.slot[rows]
            seen.generation[at, : len(rows)] = self._identity.generation[rows]

        return change


Change = Callable[[int], None]
"""Writes one wish into the place of an incident, after everything has been checked."""


def _nothing(at: int) -> None:
    """The incident stays as its spec says."""


def _whole(name: str, value: int) -> None:
    """Refuse what is no number of ticks."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise UserError(f"{name} is {value!r}; it must be a whole number of ticks")
    if not 0 <= value <= LONGEST:
        raise UserError(f"{name} is {value}; it must be between 0 and {LONGEST}")
