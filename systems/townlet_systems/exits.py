"""Exits: who of those that have to leave may leave now (SPEC §9)."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import (
    I8,
    I16,
    I32,
    I64,
    U64,
    Bool,
    Emit,
    Phase,
    Read,
    Write,
    device,
    kernel,
    rare,
    system,
)
from townlet.ecs.rng import WORLD_STREAM, draw_bits
from townlet_components import draws
from townlet_components.clock import Clock
from townlet_components.events import AGENT_KILLED, EXIT_PROCESSED, Events, EventTotals
from townlet_components.identity import Departures, Identity, Leavers
from townlet_components.incidents import ACTIVE, Incidents
from townlet_components.lifecycle import (
    AUTO_REVIEW,
    COLLAPSE,
    DAILY_CAP,
    EMPLOYMENT_EXIT,
    KILLED,
    MANUAL_APPROVE,
    NO_ORDER,
    NOT_REVIEWED,
    STAYS,
    Collapsing,
    Debt,
    ExitCounts,
    Exits,
    LifecycleRules,
)
from townlet_components.needs import Needs
from townlet_components.position import Position
from townlet_components.rows import Rows, Towns
from townlet_components.work import Employment, EmploymentRules
from townlet_systems.emitting import Channel, channel_of, emit
from townlet_systems.verdicts import (
    Limits,
    Line,
    Record,
    Tally,
    decided,
    follow_order,
    judge,
    step_out,
    waits,
)

_NO_LIMIT = 1 << 30


class Lots(NamedTuple):
    """What an agent's place in the line is drawn from, and where each slot's row is."""

    seed: U64
    row_of: I32
    generation: I32
    district: I32


class Now(NamedTuple):
    """The clock, as arrays of one."""

    tick: I64
    minute: I64


@device
def consider(
    line: Line, tally: Tally, record: Record, limits: Limits, lots: Lots, heap: I32,
    channel: Channel, town: int, districts: int, tick: int, midnight: bool,
) -> tuple[int, int]:  # fmt: skip
    """Look at everybody of a town; returns how many live there and how many are on the heap."""
    capacity = lots.row_of.shape[0] // tally.pending.shape[0]
    base = town * capacity
    living, waiting = 0, 0
    for s in range(capacity):
        r = lots.row_of[base + s]
        if not record.alive[r]:
            continue
        living += 1
        d = town * districts + lots.district[r]
        if line.reason[r] != STAYS:
            if line.reason[r] == KILLED:
                emit(channel, d, AGENT_KILLED, s, -1, -1, 0)
            step_out(line, tally, town, r)
            continue
        if not limits.on[town]:
            continue
        if record.starving[r] >= limits.collapse_ticks[town]:
            line.reason[r] = COLLAPSE
            tally.leaving[town] += 1
            step_out(line, tally, town, r)
            continue
        if line.order[r] != NO_ORDER:
            follow_order(line, tally, limits, channel, d, town, r, s, tick)
        if midnight or line.due[r] >= 0:
            judge(line, tally, record, limits, channel, d, town, r, s, tick, midnight)
        if waits(line, r):
            heap[base + waiting] = s
            waiting += 1
    return living, waiting


@device
def _lot(line: Line, lots: Lots, town: int, row: int, slot: int) -> np.int64:
    """Who of equally late ones goes first: 32 random bits, then the slot; the same every tick."""
    bits = draw_bits(
        lots.seed[town], WORLD_STREAM, line.due[row], slot, lots.generation[row], draws.EXIT_ORDER,
        0,
    )  # fmt: skip
    return (np.int64(bits) << 24) | slot


@device
def _goes_before(line: Line, lots: Lots, town: int, base: int, a: int, b: int) -> bool:
    """Slot ``a`` leaves before slot ``b``: by due tick, then keyed draw, then slot."""
    first, second = lots.row_of[base + a], lots.row_of[base + b]
    if line.due[first] != line.due[second]:
        return bool(line.due[first] < line.due[second])
    return bool(_lot(line, lots, town, first, a) < _lot(line, lots, town, second, b))


@rare
def sift(line: Line, lots: Lots, heap: I32, town: int, place: int, count: int) -> None:
    """Let the entry at ``place`` sink until those below it come later."""
    base = town * (lots.row_of.shape[0] // lots.seed.shape[0])
    while True:
        best = place
        for child in range(2 * place + 1, min(2 * place + 3, count)):
            if _goes_before(line, lots, town, base, heap[base + child], heap[base + best]):
                best = child
        if best == place:
            return
        moved = heap[base + place]
        heap[base + place] = heap[base + best]
        heap[base + best] = moved
        place = best


@device
def open_places(tally: Tally, limits: Limits, town: int, tick: int) -> int:
    """How many capped exits the town allows in this tick."""
    if not limits.on[town] or tick < tally.quiet_until[town]:
        return 0
    if limits.cap_count[town] < 0:
        # Nobody has counted the people yet: whoever asks has to.
        return int(
            _NO_LIMIT
            if tally.allowance[town] < 0
            else tally.allowance[town] - tally.today[town]
        )  # fmt: skip
    rest = limits.cap_count[town] - tally.today[town]
    if limits.cooldown[town] == 0:
        return int(rest)
    rested = tick - tally.last[town] >= limits.cooldown[town]
    return int(min(rest, 1) if rested else 0)


@device
def employment_places(tally: Tally, limits: Limits, town: int) -> int:
    """How many employment exits the day has left."""
    cap = limits.daily_cap[town]
    return int(_NO_LIMIT if cap == 0 else cap - tally.employment_today[town])


@device
def choose(
    line: Line, tally: Tally, limits: Limits, lots: Lots, heap: I32, channel: Channel, town: int,
    districts: int, count: int, tick: int,
) -> None:  # fmt: skip
    """Let those who are first in line leave, as far as the caps allow."""
    rest = open_places(tally, limits, town, tick)
    if rest <= 0 or count == 0:
        return
    base = town * (lots.row_of.shape[0] // lots.seed.shape[0])
    # Sink from the last parent to the root; then take the first, put the last in its place.
    step = count // 2
    while rest > 0 and count > 0:
        if step > 0:
            step -= 1
            sift(line, lots, heap, town, step, count)
            continue
        s = heap[base]
        count -= 1
        heap[base] = heap[base + count]
        step = 1
        r = lots.row_of[base + s]
        if line.cause[r] == EMPLOYMENT_EXIT:
            if employment_places(tally, limits, town) <= 0:
                continue
            tally.employment_today[town] += 1
            why = DAILY_CAP
            if line.review[r] != NOT_REVIEWED:
                why = MANUAL_APPROVE
            elif decided(line, limits, town, r, tick):
                why = AUTO_REVIEW
            emit(channel, town * districts + lots.district[r], EXIT_PROCESSED, s, -1, -1, why)
        step_out(line, tally, town, r)
        line.reason[r] = line.cause[r]
        tally.leaving[town] += 1
        tally.today[town] += 1
        tally.last[town] = tick
        rest -= 1


@device
def _list_leavers(
    line: Line, alive: Bool, row_of: I32, count: I32, slot: I32, town: int, leaving: I32
) -> None:
    """List who leaves, in slot order."""
    capacity = row_of.shape[0] // count.shape[0]
    n = 0
    for s in range(capacity if leaving[town] > 0 else 0):
        r = row_of[town * capacity + s]
        if alive[r] and line.reason[r] != STAYS:
            slot[town * capacity + n] = s
            n += 1
    count[town] = n
    leaving[town] = n


@device
def _mark(found: I32, here: Bool, starving: I16, town: I32, limits: Limits) -> None:
    """Note in which towns somebody has starved too long."""
    total = 0
    for lane in range(found.shape[0]):
        total += found[lane, 0]
    if total == 0:
        return
    for r in range(starving.shape[0]):
        if starving[r] > 0 and starving[r] >= limits.collapse_ticks[town[r]]:
            here[town[r]] = limits.on[town[r]]


@kernel(over="agent", local=True)
def spot(starving: I16, town: I32, on: Bool, collapse_ticks: I32, found: I32) -> None:
    """Count a lane's agents that have starved for ``collapse_ticks`` of their town.

    Args:
        starving: ticks in a row with hunger at most 0.03, (agent,).
        town: by row.
        on, collapse_ticks: by town.
        found: the result, (lane, 1).
    """
    longest = 0
    for a in range(starving.shape[0]):
        longest = max(longest, starving[a])
    found[0, 0] = 0
    if longest == 0:
        return
    for a in range(starving.shape[0]):
        t = town[a]
        if starving[a] > 0 and on[t] and starving[a] >= collapse_ticks[t]:
            found[0, 0] += 1


@kernel
def decide(
    found: I32, here: Bool, town: I32, state: I8, line: Line, tally: Tally, record: Record,
    limits: Limits, lots: Lots, count: I32, slot: I32, channel: Channel, now: Now,
) -> None:  # fmt: skip
    """Decide who leaves in this tick; see :func:`decide_exits`.

    A town is looked through at midnight, and when somebody collapses, is killed, has an order, or
    waits and may go.

    Args:
        found: collapses per lane, (lane, 1).
        here: scratch per town.
        town: by row.
        state: states of the incidents, a stretch per town.
        line, tally, record, limits, lots: see the bundles.
        count, slot: who leaves, in slot order, a stretch per town.
        channel: events.
        now: the clock.
    """
    towns = count.shape[0]
    incidents, districts = state.shape[0] // towns, channel.used.shape[0] // towns
    tick = now.tick[0]
    midnight = now.minute[0] == 0
    _mark(found, here, record.starving, town, limits)
    for t in range(towns):
        for k in range(t * incidents, (t + 1) * incidents):
            if state[k] == ACTIVE:
                tally.quiet_until[t] = tick + limits.grace[t] + 1
        if midnight:
            tally.today[t], tally.employment_today[t], tally.allowance[t] = 0, 0, -1
        free = tally.pending[t] - tally.queued[t]
        free += min(tally.queued[t], max(employment_places(tally, limits, t), 0))
        may_go = free > 0 and open_places(tally, limits, t, tick) > 0
        count[t] = 0
        if not (midnight or may_go or here[t] or tally.leaving[t] > 0 or tally.orders[t] > 0):
            continue
        here[t], tally.orders[t] = False, 0
        living, waiting = consider(
            line, tally, record, limits, lots, slot, channel, t, districts, tick, midnight
        )
        if tally.allowance[t] < 0:
            tally.allowance[t] = max(1, int(limits.cap_fraction[t] * living + 1e-9))
        choose(line, tally, limits, lots, slot, channel, t, districts, waiting, tick)
        _list_leavers(line, record.alive, lots.row_of, count, slot, t, tally.leaving)


@system(phase=Phase.LEAVE)
def decide_exits(
    collapsing: Write[Collapsing],
    rows: Read[Rows],
    incidents: Read[Incidents],
    exits: Write[Exits],
    counts: Write[ExitCounts],
    departures: Write[Departures],
    leavers: Write[Leavers],
    identity: Read[Identity],
    needs: Read[Needs],
    debt: Read[Debt],
    employment: Read[Employment],
    position: Read[Position],
    rules: Read[LifecycleRules],
    work: Read[EmploymentRules],
    towns: Read[Towns],
    events: Emit[Events],
    totals: Emit[EventTotals],
    clock: Read[Clock],
) -> None:
    """Who starves collapses; others who must go leave in their turn, as far as the caps allow."""
    spot(needs.starving, rows.town, rules.on, rules.collapse_ticks, collapsing.found)
    decide(
        collapsing.found,
        collapsing.here,
        rows.town,
        incidents.state,
        Line(exits.due, exits.cause, exits.review, exits.order, departures.reason),
        Tally(
            departures.pending, counts.pending, counts.queued, counts.orders, counts.allowance,
            counts.today, counts.employment_today, counts.last, counts.quiet_until,
        ),
        Record(
            identity.alive, identity.arrived_at, needs.starving, needs.neglected, debt.arrears,
            debt.days, employment.position, employment.since, employment.absences,
        ),
        Limits(
            rules.on, rules.cap_count, rules.cap_fraction, rules.cooldown, rules.grace,
            rules.collapse_ticks, rules.eviction_days, rules.unemployment_days,
            rules.neglect_share, rules.age_days, work.enforce, work.max_absent, work.daily_cap,
            work.queue_limit, work.review,
        ),
        Lots(towns.seed, rows.row_of, identity.generation, position.district),
        leavers.count,
        leavers.slot,
        channel_of(events, totals),
        Now(clock.tick, clock.minute),
    )  # fmt: skip
