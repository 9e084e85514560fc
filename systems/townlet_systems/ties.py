"""Ties: what the events of a tick do to what agents think of each other (SPEC §7).

Each event changes both directions. The updates of an owner are applied in the order of kind, other,
object and value, whatever order they were emitted in. Districts push updates onto their owners'
lists, then each agent's lane applies the agent's; conflicts of a pair are counted after that.
"""

from typing import NamedTuple

import numpy as np

from townlet.ecs import (
    I16,
    I32,
    I64,
    U8,
    U64,
    Bool,
    Phase,
    Read,
    Write,
    device,
    kernel,
    rare,
    system,
)
from townlet.ecs.rng import WORLD_STREAM, draw_unit
from townlet_components import draws
from townlet_components.clock import Clock
from townlet_components.events import (
    BLOCKED,
    CHAT_FAILURE,
    CHAT_SUCCESS,
    CONFLICT,
    HELPED,
    TIE_EVENTS,
    TOOK_SHIFT,
    Events,
    EventTotals,
)
from townlet_components.identity import Identity
from townlet_components.personality import AMBITION, EXTROVERSION, FORGIVENESS, Personality
from townlet_components.rows import DistrictRows, Rows, Towns
from townlet_components.ties import (
    EVICTED_CAPACITY,
    EVICTED_DECAY,
    TieCounts,
    TieRules,
    Ties,
    TieScratch,
)
from townlet_systems.ahead import ask_for
from townlet_systems.bonds import (
    Bonds,
    avoided_from,
    avoided_until,
    bond_place,
    bond_values,
    bonds_of,
    left_of,
    rivalry_rate,
    strength,
)
from townlet_systems.deltas import Rates, event_deltas, personal
from townlet_systems.emitting import Channel, channel_of
from townlet_systems.sharing import count_up, exchange

#: Owners whose ties are asked for while those before them are seen to.
AHEAD = 4
#: A weakest tie below this can make room for less than itself, by luck.
SOFT = 0.3


class Marks(NamedTuple):
    """What a tie remembers of the day, (agent, tie); ``stirred`` by agent, see ``TieScratch``."""

    conflicts: U8
    escalated: U8
    passed: Bool
    chats: U8
    helped: I16
    took: I16
    stirred: I32


def marks_of(ties: Ties, scratch: TieScratch) -> Marks:
    """Bundle the columns."""
    return Marks(
        ties.conflicts, ties.escalated, ties.passed, ties.chats, ties.helped, ties.took,
        scratch.stirred,
    )  # fmt: skip


@device
def clear_tie(bonds: Bonds, marks: Marks, row: int, k: int) -> None:
    """Leave no trace of a tie."""
    bonds.other[row, k], bonds.at[row, k], bonds.avoid[row, k] = -1, 0, False
    bonds.trust[row, k] = bonds.familiarity[row, k] = bonds.rivalry[row, k] = np.float32(0)
    marks.conflicts[row, k], marks.escalated[row, k], marks.chats[row, k] = 0, 0, 0
    marks.passed[row, k] = False
    marks.helped[row, k] = marks.took[row, k] = -1000
    marks.stirred[row] += 1


@device
def clamped(value: float, low: float, high: float) -> float:
    """The value within bounds."""
    return min(high, max(low, value))


@device
def whose(channel: Channel, update: int, side: int) -> int:
    """Slot of the owner of an update (side 0), or of the other one (side 1)."""
    room = channel.kind.shape[1]
    d, k = update // 2 // room, update // 2 % room
    return int(channel.agent[d, k] if update % 2 == side else channel.other[d, k])


@device
def comes_before(channel: Channel, a: int, b: int) -> bool:
    """Update ``a`` of an owner is applied before ``b``: kind, other, object, value."""
    room = channel.kind.shape[1]
    da, ka, db, kb = a // 2 // room, a // 2 % room, b // 2 // room, b // 2 % room
    if channel.kind[da, ka] != channel.kind[db, kb]:
        return bool(channel.kind[da, ka] < channel.kind[db, kb])
    if whose(channel, a, 1) != whose(channel, b, 1):
        return bool(whose(channel, a, 1) < whose(channel, b, 1))
    if channel.object[da, ka] != channel.object[db, kb]:
        return bool(channel.object[da, ka] < channel.object[db, kb])
    return bool(channel.value[da, ka] < channel.value[db, kb])


@device
def file_update(channel: Channel, head: I32, following: I32, row: int, update: int) -> None:
    """Put an update into its owner's list.

    Args:
        channel: events.
        head: first update of each row, -1 none.
        following: the update after each, (district, update).
        row: the owner.
        update: ``2 * (district row * room + event) + direction``.
    """
    room = following.shape[1]
    before, u = -1, head[row]
    while u >= 0 and not comes_before(channel, update, u):
        before, u = u, following[u // room, u % room]
    following[update // room, update % room] = u
    if before < 0:
        head[row] = update
    else:
        following[before // room, before % room] = update


@rare
def admission(
    seed: np.uint64, tick: int, slot: int, generation: int, other: int, kind: int
) -> float:
    """Luck of a new tie whose event is smaller than the weakest one."""
    index = (other * TIE_EVENTS + kind) & 0xFFFF
    return draw_unit(seed, WORLD_STREAM, tick, slot, generation, draws.TIE_ADMISSION, index)


@device
def free_place(bonds: Bonds, row: int, town: int, tick: int) -> tuple[int, np.float32, bool]:
    """Where a new tie would go: a free place, else the weakest tie; lower slots go first.

    Returns:
        Place, strength of what is there, and whether it is free to take.
    """
    weakest, least = -1, np.float32(9)
    for k in range(bonds.other.shape[1]):
        if bonds.other[row, k] < 0:
            return k, np.float32(0), True
        trust, familiarity, rivalry = bond_values(bonds, row, k, town, tick)
        worth = strength(trust, familiarity, rivalry)
        lower = weakest >= 0 and bonds.other[row, k] < bonds.other[row, weakest]
        if worth < least or (worth == least and lower):
            weakest, least = k, worth
    return weakest, least, bool(least < bonds.weak[town])


@device
def make_room(
    bonds: Bonds, marks: Marks, evicted: I32, seed: U64, row: int, slot: int, generation: int,
    other: int, kind: int, magnitude: float, town: int, tick: int,
) -> int:  # fmt: skip
    """An emptied place for a new tie, or -1 where those there are stronger than the event."""
    k, least, is_free = free_place(bonds, row, town, tick)
    if not is_free:
        if magnitude <= least:
            if least >= np.float32(SOFT):
                return -1
            if admission(seed[town], tick, slot, generation, other, kind) >= magnitude:
                return -1
        count_up(evicted, town * evicted.shape[1] + EVICTED_CAPACITY, 1)
    elif bonds.other[row, k] >= 0:
        count_up(evicted, town * evicted.shape[1] + EVICTED_DECAY, 1)
    clear_tie(bonds, marks, row, k)
    return k


@device
def take_note(marks: Marks, row: int, k: int, kind: int, set_now: bool, day: int) -> None:
    """Keep what the day's sums and the next talk, help or conflict of the pair want to know."""
    if kind in (CONFLICT, BLOCKED):
        marks.conflicts[row, k] = min(int(marks.conflicts[row, k]) + 1, 255)
        if set_now:
            marks.passed[row, k] = True
    elif kind in (CHAT_SUCCESS, CHAT_FAILURE):
        marks.chats[row, k] = min(int(marks.chats[row, k]) + 1, 255)
    elif kind == HELPED:
        marks.helped[row, k] = day
    elif kind == TOOK_SHIFT:
        marks.took[row, k] = day


@device
def apply_update(
    bonds: Bonds, marks: Marks, rates: Rates, evicted: I32, seed: U64, row: int, slot: int,
    generation: int, other: int, kind: int, value: int, town: int, tick: int, day: int,
) -> None:  # fmt: skip
    """Change one direction of a tie: read, add, clamp, round once."""
    trust, familiarity, rivalry = event_deltas(rates, kind, value, town)
    if bonds.modifiers[town]:
        trust, familiarity, rivalry = personal(
            (trust, familiarity, rivalry), kind, float(bonds.trait[row, FORGIVENESS]),
            float(bonds.trait[row, AMBITION]), float(bonds.trait[row, EXTROVERSION]),
        )  # fmt: skip
    trust, familiarity = clamped(trust, -1.0, 1.0), clamped(familiarity, -1.0, 1.0)
    rivalry = clamped(rivalry, -1.0, 1.0)
    magnitude = abs(trust) + abs(familiarity) + abs(rivalry)

    held, k = False, bond_place(bonds, row, other)
    if k >= 0:
        a, b, c = bond_values(bonds, row, k, town, tick)
        if strength(a, b, c) >= bonds.weak[town]:
            elapsed, slow = tick - bonds.at[row, k], float(bonds.tie_decay[town])
            trust += left_of(bonds.trust[row, k], slow, elapsed)
            familiarity += left_of(bonds.familiarity[row, k], slow, elapsed)
            rivalry += left_of(bonds.rivalry[row, k], rivalry_rate(bonds, row, town), elapsed)
            held = bool(bonds.avoid[row, k] and c >= avoided_until(bonds, row, town))
    new_trust = np.float32(clamped(trust, -1.0, 1.0))
    new_familiarity = np.float32(clamped(familiarity, -1.0, 1.0))
    low, high = float(rates.low[town]), float(rates.high[town])
    new_rivalry = np.float32(clamped(rivalry, low, high))
    if k < 0:
        if strength(new_trust, new_familiarity, new_rivalry) < bonds.weak[town]:
            return
        k = make_room(
            bonds, marks, evicted, seed, row, slot, generation, other, kind, magnitude, town, tick
        )
        if k < 0:
            return
        bonds.other[row, k] = other
    bonds.trust[row, k], bonds.familiarity[row, k] = new_trust, new_familiarity
    bonds.rivalry[row, k], bonds.at[row, k] = new_rivalry, tick
    marks.stirred[row] += 1
    reached = bool(new_rivalry >= avoided_from(bonds, row, town) and new_rivalry > 0)
    still = held and bool(new_rivalry >= avoided_until(bonds, row, town))
    bonds.avoid[row, k] = reached or still
    take_note(marks, row, k, kind, reached and not held, day)


@device
def count_escalated(
    bonds: Bonds, marks: Marks, row: int, slot: int, other_row: int, other: int
) -> int:
    """Conflicts of this day to be counted as escalated now, once per pair and conflict."""
    k, m = bond_place(bonds, row, other), bond_place(bonds, other_row, slot)
    passed, conflicts, done = False, 0, 0
    for side in range(2):
        r, place = (row, k) if side == 0 else (other_row, m)
        if place >= 0:
            passed = passed or bool(marks.passed[r, place])
            conflicts = max(conflicts, int(marks.conflicts[r, place]))
            done = max(done, int(marks.escalated[r, place]))
    if not passed or conflicts <= done:
        return 0
    for side in range(2):
        r, place = (row, k) if side == 0 else (other_row, m)
        if place >= 0:
            marks.escalated[r, place] = conflicts
    return conflicts - done


@device
def concerns(channel: Channel, d: int, k: int) -> bool:
    """The event changes what two agents think of each other."""
    pair = channel.agent[d, k] >= 0 and channel.other[d, k] >= 0
    return bool(
        channel.kind[d, k] < TIE_EVENTS and pair and channel.agent[d, k] != channel.other[d, k]
    )


@kernel(over="district", whole=("following", "channel"))
def push_all(
    town: I32, number: I32, on: Bool, row_of: I32, head: I32, following: I32, channel: Channel
) -> None:
    """Push the updates of each district's events onto their owners' lists, in any order.

    Args:
        town, number: of each district row.
        on: ties are on, (town,).
        row_of: slot to row.
        head, following: results; ``head`` was -1 for all rows.
        channel: events.
    """
    towns, room = on.shape[0], channel.kind.shape[1]
    capacity, districts = row_of.shape[0] // towns, channel.kind.shape[0] // towns
    for i in range(town.shape[0]):
        if not on[town[i]]:
            continue
        d, base = town[i] * districts + number[i], town[i] * capacity
        for k in range(channel.used[d]):
            if concerns(channel, d, k):
                u = 2 * (d * room + k)
                for side in range(2):
                    owner = channel.agent[d, k] if side == 0 else channel.other[d, k]
                    before = exchange(head, row_of[base + owner], u + side)
                    following[d, 2 * k + side] = before


@device
def sort_updates(channel: Channel, head: I32, following: I32, row: int) -> None:
    """Put an owner's updates into the order they are applied in."""
    room = following.shape[1]
    u = head[row]
    head[row] = -1
    while u >= 0:
        after = following[u // room, u % room]
        file_update(channel, head, following, row, u)
        u = after


@device
def fetch_tie(bonds: Bonds, channel: Channel, head: I32, row: int) -> None:
    """Ask for what the first update of an owner will read."""
    event, place = head[row] // 2, row * bonds.other.shape[1]
    ask_for(channel.kind, event)
    ask_for(channel.agent, event)
    ask_for(channel.other, event)
    ask_for(channel.value, event)
    ask_for(bonds.other, place)
    ask_for(bonds.at, place)
    ask_for(bonds.trust, place)
    ask_for(bonds.familiarity, place)
    ask_for(bonds.rivalry, place)
    ask_for(bonds.avoid, place)


@kernel(over="agent")
def apply_all(
    town: I32, slot: I32, generation: I32, bonds: Bonds, marks: Marks, rates: Rates, evicted: I32,
    seed: U64, head: I32, following: I32, listed: I32, count: I32, channel: Channel, day: I64,
    tick: I64,
) -> None:  # fmt: skip
    """Apply the updates of each agent; see :func:`apply_ties`.

    Args:
        town, slot, generation: by row.
        bonds, marks: ties by row.
        rates: worth of conflicts, by town.
        evicted: counter, (town, reason).
        seed: by town.
        head, following: lists of updates; ``head`` is -1 again, but for rows of conflicts.
        listed, count: results: rows of conflicts, packed per lane, and how many.
        channel: events.
        day, tick: (1,).
    """
    now, room = tick[0], following.shape[1]
    n = 0
    for r in range(head.shape[0]):
        # Without a branch: nobody knows beforehand to whom something happens.
        listed[n] = r
        n += 1 if head[r] >= 0 else 0
    conflicts = 0
    for i in range(n):
        if i + AHEAD < n:
            fetch_tie(bonds, channel, head, listed[i + AHEAD])
        r = listed[i]
        sort_updates(channel, head, following, r)
        u, quarrels = head[r], False
        while u >= 0:
            d, k = u // room, u % room // 2
            kind = int(channel.kind[d, k])
            apply_update(
                bonds, marks, rates, evicted, seed, r, slot[r], generation[r],
                whose(channel, u, 1), kind, int(channel.value[d, k]), town[r], now, day[0],
            )  # fmt: skip
            quarrels = quarrels or kind in (CONFLICT, BLOCKED)
            u = following[d, u % room]
        if quarrels:
            listed[conflicts] = r
            conflicts += 1
        else:
            head[r] = -1
    count[0, 0] = conflicts


@kernel(over="agent", whole=("bonds", "marks"))
def count_all(
    index: I32, town: I32, slot: I32, row_of: I32, bonds: Bonds, marks: Marks,
    escalated_total: I32, head: I32, following: I32, listed: I32, count: I32, channel: Channel,
) -> None:  # fmt: skip
    """Count the conflicts of pairs who avoid each other; the lower slot of a pair sees to it.

    Args:
        index, town, slot: by row.
        row_of: slot to row.
        bonds, marks: ties by row of the whole table.
        escalated_total: counter, (town,).
        head, following, listed, count: of :func:`apply_all`; ``head`` is -1 for all rows after.
        channel: events.
    """
    room, capacity = following.shape[1], row_of.shape[0] // escalated_total.shape[0]
    for i in range(count[0, 0]):
        r = listed[i]
        u = head[r]
        head[r] = -1
        while u >= 0:
            d, k = u // room, u % room // 2
            other = whose(channel, u, 1)
            if slot[r] < other and channel.kind[d, k] in (CONFLICT, BLOCKED):
                other_row = row_of[town[r] * capacity + other]
                found = count_escalated(bonds, marks, index[r], slot[r], other_row, other)
                if found > 0:
                    count_up(escalated_total, town[r], found)
            u = following[d, u % room]


@system(phase=Phase.LIVE, after=["run_shifts"])
def apply_ties(
    ties: Write[Ties],
    counts: Write[TieCounts],
    scratch: Write[TieScratch],
    events: Read[Events],
    totals: Read[EventTotals],
    district_rows: Read[DistrictRows],
    rows: Read[Rows],
    towns: Read[Towns],
    identity: Read[Identity],
    personality: Read[Personality],
    rules: Read[TieRules],
    clock: Read[Clock],
) -> None:
    """What happened between two agents changes what each thinks of the other."""
    bonds, marks = bonds_of(ties, rules, personality), marks_of(ties, scratch)
    channel = channel_of(events, totals)
    push_all(
        district_rows.town, district_rows.number, rules.on, rows.row_of, scratch.head,
        scratch.next, channel,
    )  # fmt: skip
    apply_all(
        rows.town, rows.slot, identity.generation, bonds, marks,
        Rates(
            rules.increment, rules.low, rules.high, rules.ghost_boost, rules.length_boost
        ),
        counts.evicted, towns.seed, scratch.head, scratch.next, scratch.row, scratch.count,
        channel, clock.day, clock.tick,
    )  # fmt: skip
    count_all(
        rows.index, rows.town, rows.slot, rows.row_of, bonds, marks, counts.escalated,
        scratch.head, scratch.next, scratch.row, scratch.count, channel,
    )  # fmt: skip
