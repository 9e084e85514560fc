"""Towns with exits, as the twin sees them and as arrays for the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from tests.oracle.lifecycle import Limits, Person, TownExits, decide
from tests.systems.conftest import arguments

from townlet_components.events import EVENTS
from townlet_components.incidents import ACTIVE, PENDING
from townlet_components.lifecycle import CAUSES
from townlet_systems import exits

DISTRICTS = 2
REVIEWS = ("none", "approved", "deferred", "requested")
ORDERS = (None, "request", "approve", "defer")
_ROOM = 64
_EVENTS = (
    "agent_killed", "employment_exit_pending", "employment_exit_queue_overflow",
    "employment_exit_manual_request", "employment_exit_deferred", "employment_exit_processed",
)  # fmt: skip


def fill_arrays(towns: Sequence[TownExits], tick: int, minute: int, row_of: Sequence[int]) -> Any:
    """The kernel's arguments, by name; scratch is full of garbage."""
    capacity = len(towns[0].people)
    rows, cells = capacity * len(towns), DISTRICTS * len(towns)
    people: list[Person] = [Person(-1)] * rows
    town = np.zeros(rows, np.int32)
    for t, each in enumerate(towns):
        for person in each.people:
            r = row_of[t * capacity + person.slot]
            people[r], town[r] = person, t
    excused = [p.due is None and p.excused_until is not None for p in people]
    limits = [each.limits for each in towns]
    counts = {
        "leaving": [sum(p.leaves is not None for p in t.people) for t in towns],
        "pending": [len(t.line()) for t in towns],
        "queued": [sum(p.cause == "employment" for p in t.line()) for t in towns],
        "orders": [sum(p.order is not None and p.leaves is None for p in t.people) for t in towns],
        "allowance": [-1 if t.allowance is None else t.allowance for t in towns],
        "today": [t.today for t in towns],
        "employment_today": [t.employment_today for t in towns],
        "last": [t.last for t in towns],
        "quiet_until": [t.quiet_until for t in towns],
    }
    by_town = {name: np.array(values, np.int32) for name, values in counts.items()}
    columns = {
        "due": [p.excused_until if e else -1 if p.due is None else p.due
                for p, e in zip(people, excused, strict=True)],
        "arrived_at": [p.arrived_at for p in people],
        "arrears": [p.arrears for p in people],
        "position": [3 if p.has_job else -1 for p in people],
        "since": [p.since for p in people],
        "generation": [p.generation for p in people],
        "district": [p.district for p in people],
    }  # fmt: skip
    small = {
        "cause": [CAUSES.index(p.cause or "stays") for p in people],
        "review": [2 if e else REVIEWS.index(p.review)
                   for p, e in zip(people, excused, strict=True)],
        "order": [ORDERS.index(p.order) for p in people],
        "reason": [CAUSES.index(p.leaves or "stays") for p in people],
        "arrears_days": [p.arrears_days for p in people],
    }  # fmt: skip
    rules = {
        name: np.array([getattr(each, name) for each in limits], np.int32)
        for name in (
            "cooldown", "grace", "collapse_ticks", "eviction_days", "unemployment_days",
            "age_days", "max_absent", "daily_cap", "queue_limit", "review_window",
        )
    }  # fmt: skip
    absences = [sum(1 << (2 * k % 7) for k in range(p.absent_days)) for p in people]
    return (
        by_town
        | {name: np.array(values, np.int32) for name, values in columns.items()}
        | {name: np.array(values, np.int8) for name, values in small.items()}
        | rules
        | {
            "town": town,
            "alive": np.array([p.alive for p in people]),
            "starving": np.array([p.starving for p in people], np.int16),
            "neglected": np.array([p.neglected for p in people], np.int16),
            "absences": np.array(absences, np.uint8),
            "on": np.array([each.on for each in limits]),
            "enforce": np.array([each.enforce for each in limits]),
            "cap_count": np.array(
                [each.cap if isinstance(each.cap, int) else -1 for each in limits], np.int32
            ),
            "cap_fraction": np.array(
                [0.0 if isinstance(each.cap, int) else each.cap for each in limits]
            ),
            "neglect_share": np.array([each.neglect_share for each in limits]),
            "state": np.array(
                [[0, ACTIVE if each.event_on else PENDING] for each in towns], np.int8
            ).ravel(),
            "found": np.zeros((1, 1), np.int32),
            "here": np.zeros(len(towns), np.bool_),
            "seed": np.array([each.seed for each in towns], np.uint64),
            "row_of": np.array(row_of, np.int32),
            "count": np.full(len(towns), 77, np.int32),
            "slot": np.full(rows, 77, np.int32),
            "tick": np.array([tick], np.int64),
            "minute": np.array([minute], np.int64),
            "e_count": np.zeros(cells, np.int32),
            "e_dropped": np.zeros(cells, np.int32),
            "e_kind": np.zeros((cells, _ROOM), np.int8),
            "e_agent": np.zeros((cells, _ROOM), np.int32),
            "e_other": np.zeros((cells, _ROOM), np.int32),
            "e_object": np.zeros((cells, _ROOM), np.int32),
            "e_value": np.zeros((cells, _ROOM), np.int32),
            "e_total": np.zeros((cells, len(EVENTS)), np.int32),
        }
    )


def run_both(
    towns: Sequence[TownExits], tick: int, minute: int, row_of: Sequence[int] | None = None
) -> list[list[int]]:
    """Run kernels (as plain Python) and twin; everything is equal; returns who leaves, by town."""
    capacity = len(towns[0].people)
    order = row_of or range(capacity * len(towns))
    arrays = fill_arrays(towns, tick, minute, list(order))
    for each in towns:
        each.events.clear()
    for kernel in cast(tuple[Any, ...], (exits.spot, exits.decide)):
        kernel.py_func(*arguments(kernel, arrays))
    leaving = [decide(each, tick, minute) for each in towns]
    for t, (each, gone) in enumerate(zip(towns, leaving, strict=True)):
        first = t * capacity
        found = arrays["slot"][first : first + arrays["count"][t]].tolist()
        assert found == [p.slot for p in gone], "who leaves, in slot order"
        assert events_of(arrays, t) == sorted(each.events)
    after = fill_arrays(towns, tick, minute, list(order))
    _compare(arrays, after, towns)
    return [[p.slot for p in gone] for gone in leaving]


def _compare(arrays: Any, after: Any, towns: Sequence[TownExits]) -> None:
    for name in ("leaving", "pending", "queued", "orders", "today", "employment_today", "last",
                 "quiet_until", "reason"):  # fmt: skip
        assert arrays[name].tolist() == after[name].tolist(), name
    stays = (after["reason"] == 0) & after["alive"]
    for name in ("due", "review", "order"):
        assert arrays[name][stays].tolist() == after[name][stays].tolist(), name
    waits = stays & (after["due"] >= 0) & (after["review"] != 2)
    assert arrays["cause"][waits].tolist() == after["cause"][waits].tolist()
    for t, each in enumerate(towns):
        if not isinstance(each.limits.cap, int) and each.limits.on:
            assert arrays["allowance"][t] == after["allowance"][t]


def events_of(arrays: Any, town: int) -> list[tuple[str, int, int, int]]:
    """Events of a town, sorted: (kind, district, slot, value)."""
    found = []
    for d in range(DISTRICTS):
        cell = town * DISTRICTS + d
        for k in range(arrays["e_count"][cell]):
            kind = EVENTS[arrays["e_kind"][cell, k]]
            assert kind in _EVENTS
            agent, value = int(arrays["e_agent"][cell, k]), int(arrays["e_value"][cell, k])
            found.append((kind, d, agent, value))
    return sorted(found)


def town_of(*people: Person, **limits: Any) -> TownExits:
    """A town of some people, numbered in order."""
    for slot, person in enumerate(people):
        person.slot = slot
    return TownExits(list(people), Limits(**limits))
