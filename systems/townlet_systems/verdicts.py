"""Verdicts: who has to leave, and why; who is excused (SPEC §8, §9)."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import F64, I8, I16, I32, U8, Bool, device, rare
from townlet_components.events import (
    EXIT_DEFERRED,
    EXIT_OVERFLOW,
    EXIT_PENDING,
    EXIT_REQUEST,
)
from townlet_components.lifecycle import (
    AGE,
    APPROVE,
    APPROVED,
    DEFERRED,
    EMPLOYMENT_EXIT,
    EVICTION,
    NEGLECT,
    NO_ORDER,
    NOT_REVIEWED,
    REQUEST,
    REQUESTED,
    STAYS,
    UNEMPLOYMENT,
)
from townlet_systems.emitting import Channel, emit

_DAY = 1440


class Line(NamedTuple):
    """Who has to leave; by row, see :class:`townlet_components.lifecycle.Exits`."""

    due: I32
    cause: I8
    review: I8
    order: I8
    reason: I8


class Tally(NamedTuple):
    """Counters per town; see :class:`townlet_components.lifecycle.ExitCounts`."""

    leaving: I32
    pending: I32
    queued: I32
    orders: I32
    allowance: I32
    today: I32
    employment_today: I32
    last: I32
    quiet_until: I32


class Record(NamedTuple):
    """What is held against an agent; by row."""

    alive: Bool
    arrived_at: I32
    starving: I16
    neglected: I16
    arrears: I32
    arrears_days: I8
    position: I32
    since: I32
    absences: U8


class Limits(NamedTuple):
    """Rules per town; see ``LifecycleRules`` and ``EmploymentRules``."""

    on: Bool
    cap_count: I32
    cap_fraction: F64
    cooldown: I32
    grace: I32
    collapse_ticks: I32
    eviction_days: I32
    unemployment_days: I32
    neglect_share: F64
    age_days: I32
    enforce: Bool
    max_absent: I32
    daily_cap: I32
    queue_limit: I32
    review_window: I32


@device
def waits(line: Line, row: int) -> bool:
    """The agent's exit is due; a deferred one is not."""
    return bool(line.due[row] >= 0 and line.review[row] != DEFERRED)


@device
def decided(line: Line, limits: Limits, town: int, row: int, tick: int) -> bool:
    """The exit stands even if its cause goes: approved, requested, or queued for too long."""
    if line.cause[row] != EMPLOYMENT_EXIT:
        return False
    late = tick - line.due[row] > limits.review_window[town]
    return bool(line.review[row] != NOT_REVIEWED or late)


@device
def holds(  # noqa: PLR0911  (one return per cause)
    record: Record, limits: Limits, town: int, row: int, cause: int, tick: int, midnight: bool
) -> bool:
    """The agent gives this cause to leave now."""
    if cause == EVICTION:
        days = limits.eviction_days[town]
        return bool(record.arrears[row] > 0 and record.arrears_days[row] > days)
    if cause == UNEMPLOYMENT:
        days = limits.unemployment_days[town]
        since = max(record.since[row], record.arrived_at[row])
        return bool(days > 0 and record.position[row] < 0 and tick - since >= days * _DAY)
    if cause == NEGLECT:
        share = limits.neglect_share[town] * _DAY
        spent = record.neglected[row]
        return bool(not midnight or (spent > 0 and spent >= share))
    if cause == EMPLOYMENT_EXIT:
        if not limits.enforce[town] or limits.max_absent[town] == 0:
            return False
        absences, days = np.int64(record.absences[row]), 0
        while absences > 0:
            days += 1 if absences & 1 else 0
            absences >>= 1
        return bool(days >= limits.max_absent[town])
    if cause == AGE:
        days = limits.age_days[town]
        return bool(days > 0 and tick - record.arrived_at[row] >= days * _DAY)
    return False


@device
def step_out(line: Line, tally: Tally, town: int, row: int) -> None:
    """Whoever waits is taken off the line; its due tick and cause stay to be read."""
    if not waits(line, row):
        return
    tally.pending[town] -= 1
    if line.cause[row] == EMPLOYMENT_EXIT:
        tally.queued[town] -= 1


@device
def clear(line: Line, row: int) -> None:
    """Nothing is known against the agent any more."""
    line.due[row] = -1
    line.cause[row] = STAYS
    line.review[row] = NOT_REVIEWED


@device
def step_in(
    line: Line, tally: Tally, limits: Limits, channel: Channel, d: int, town: int, row: int,
    slot: int, cause: int, review: int, tick: int,
) -> None:  # fmt: skip
    """The agent has to leave from now on; employment exits are told, and when they are many."""
    line.due[row] = tick
    line.cause[row] = cause
    line.review[row] = review
    tally.pending[town] += 1
    if cause == EMPLOYMENT_EXIT:
        tally.queued[town] += 1
        limit = limits.queue_limit[town]
        crowded = 0 < limit < tally.queued[town]
        kind = EXIT_OVERFLOW if crowded else EXIT_PENDING
        emit(channel, d, kind, slot, -1, -1, tally.queued[town])


@rare
def judge(
    line: Line, tally: Tally, record: Record, limits: Limits, channel: Channel, d: int, town: int,
    row: int, slot: int, tick: int, midnight: bool,
) -> None:  # fmt: skip
    """Clear an exit whose cause has gone; at midnight find who has to leave now."""
    if waits(line, row):
        cause = line.cause[row]
        if decided(line, limits, town, row, tick) or holds(
            record, limits, town, row, cause, tick, midnight
        ):
            return
        step_out(line, tally, town, row)
        clear(line, row)
    if not midnight:
        return
    excused = line.review[row] == DEFERRED and tick < line.due[row]
    if line.review[row] == DEFERRED and not excused:
        clear(line, row)
    for cause in range(EVICTION, AGE + 1):
        if cause == EMPLOYMENT_EXIT and excused:
            continue
        if holds(record, limits, town, row, cause, tick, midnight):
            step_in(
                line, tally, limits, channel, d, town, row, slot, cause, NOT_REVIEWED, tick
            )  # fmt: skip
            return


@rare
def follow_order(
    line: Line, tally: Tally, limits: Limits, channel: Channel, d: int, town: int, row: int,
    slot: int, tick: int,
) -> None:  # fmt: skip
    """Do what an operator wants of an employment exit."""
    order = line.order[row]
    line.order[row] = NO_ORDER
    queued = waits(line, row) and line.cause[row] == EMPLOYMENT_EXIT
    if order == REQUEST:
        emit(channel, d, EXIT_REQUEST, slot, -1, -1, 0)
        if queued:
            line.review[row] = REQUESTED
        elif not waits(line, row):
            step_in(
                line, tally, limits, channel, d, town, row, slot, EMPLOYMENT_EXIT, REQUESTED, tick
            )
    elif queued and order == APPROVE:
        line.review[row] = APPROVED
    elif queued:
        step_out(line, tally, town, row)
        line.due[row] = tick + limits.review_window[town]
        line.review[row] = DEFERRED
        emit(channel, d, EXIT_DEFERRED, slot, -1, -1, tally.queued[town])
