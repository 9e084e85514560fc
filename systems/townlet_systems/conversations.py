"""Conversations: they begin between two who stand together, and end with a success or a failure.

All of a tick are matched at once: speakers in the order of a keyed draw, each with the best partner
that is still free, nobody twice (SPEC §7).
"""

from typing import NamedTuple

import numpy as np

from townlet.ecs import (
    F32,
    I16,
    I32,
    I64,
    U8,
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
from townlet.ecs.rng import WORLD_STREAM, draw_bits, draw_unit
from townlet_components import draws
from townlet_components.activity import Activity
from townlet_components.actors import Actors
from townlet_components.citymap import DistrictPlan
from townlet_components.clock import Clock
from townlet_components.events import CHAT_FAILURE, CHAT_SUCCESS, Events, EventTotals
from townlet_components.identity import Identity
from townlet_components.intent import LEAVE_QUEUE, TALK, Intent
from townlet_components.last_action import LastAction
from townlet_components.personality import EXTROVERSION, Personality
from townlet_components.position import Position
from townlet_components.queueing import QueuePlace
from townlet_components.rows import DistrictRows, Rows, Towns
from townlet_components.ties import TALK_TICKS, Company, Talk, TieRules, Ties
from townlet_systems.bonds import Bonds, bond_place, bond_values, strength
from townlet_systems.company import Society, adjacent, best_partner, society_of
from townlet_systems.doing import Outcome, note, outcome_of
from townlet_systems.emitting import Channel, channel_of, emit


class Talking(NamedTuple):
    """The conversation an agent is in, by row: see :class:`townlet_components.ties.Talk`."""

    partner: I32
    until: I32
    speaker: Bool
    only: I32
    quality: I32
    recent: I32
    recent_at: I32
    recent_count: U8


def talking_of(talk: Talk) -> Talking:
    """Bundle the columns."""
    return Talking(
        talk.partner, talk.until, talk.speaker, talk.only, talk.quality, talk.recent,
        talk.recent_at, talk.recent_count,
    )  # fmt: skip


class Freedom(NamedTuple):
    """What keeps an agent from talking; by row."""

    alive: Bool
    affordance: I16
    queue: I32


@device
def is_free(free: Freedom, talking: Talking, row: int) -> bool:
    """Nothing is running, no queue holds the agent, and nobody talks with it."""
    idle = free.affordance[row] < 0 and free.queue[row] < 0
    return bool(free.alive[row] and idle and talking.partner[row] < 0)


@rare
def order_draw(seed: np.uint64, tick: int, slot: int, generation: int) -> np.int64:
    """Whose turn it is to choose a partner: the lowest first; the slot decides between equals."""
    bits = draw_bits(seed, WORLD_STREAM, tick, slot, generation, draws.CHAT_ORDER, 0)
    return (np.int64(bits) << 24) | slot


@device
def turn_of(society: Society, row: int, tick: int) -> np.int64:
    """The key by which speakers are sorted."""
    seed = society.seed[society.town[row]]
    return order_draw(seed, tick, society.slot[row], society.generation[row])


@device
def enlist(society: Society, speaker: I32, low: int, end: int, row: int, tick: int) -> None:
    """Put a speaker into the sorted list ``speaker[low:end]``, which becomes one longer."""
    turn, high = turn_of(society, row, tick), end
    while low < high:
        middle = (low + high) // 2
        if turn_of(society, speaker[middle], tick) < turn:
            low = middle + 1
        else:
            high = middle
    for i in range(end, low, -1):
        speaker[i] = speaker[i - 1]
    speaker[low] = row


@device
def begin_talk(
    society: Society, talking: Talking, wake: I32, speaker: int, listener: int, tick: int
) -> None:
    """The two talk from now on; nothing is decided before it is over."""
    talking.partner[speaker] = society.slot[listener]
    talking.partner[listener] = society.slot[speaker]
    talking.speaker[speaker], talking.speaker[listener] = True, False
    for side in range(2):
        row = speaker if side == 0 else listener
        talking.until[row] = tick + TALK_TICKS
        talking.only[row] = -1
        wake[row] = tick + TALK_TICKS + 1


@device
def talks_known(talking: Talking, row: int, slot: int, midnight: int) -> int:
    """Talks with ``slot`` since ``midnight``, if it is among the last partners."""
    for k in range(talking.recent.shape[1]):
        if talking.recent[row, k] == slot and talking.recent_at[row, k] >= midnight:
            return int(talking.recent_count[row, k])
    return 0


@device
def remember(talking: Talking, row: int, slot: int, count: int, tick: int) -> None:
    """Note the end of a talk, in place of the one longest ago."""
    place = 0
    for k in range(talking.recent.shape[1]):
        if talking.recent[row, k] == slot:
            place = k
            break
        if talking.recent_at[row, k] < talking.recent_at[row, place]:
            place = k
    talking.recent[row, place] = slot
    talking.recent_at[row, place] = tick
    talking.recent_count[row, place] = min(count, 255)


@device
def hang_up(talking: Talking, row: int) -> None:
    """The agent talks with nobody."""
    talking.partner[row] = -1
    talking.until[row] = 0
    talking.speaker[row] = False
    talking.quality[row] = -1


@device
def walk_off(
    society: Society, talking: Talking, wake: I32, row: int, midnight: int, tick: int
) -> None:
    """The agent breaks its conversation off; that comes to nothing, but they have talked.

    A partner that was moved to another district is another lane's: :func:`end_due` finds it.
    """
    capacity = society.row_of.shape[0] // society.seed.shape[0]
    other = society.row_of[society.town[row] * capacity + talking.partner[row]]
    for side in range(2):
        r, whom = (row, other) if side == 0 else (other, row)
        if society.district[r] == society.district[row]:
            count = talks_known(talking, r, society.slot[whom], midnight)
            remember(talking, r, society.slot[whom], count + 1, tick)
            hang_up(talking, r)
            wake[r] = min(wake[r], tick + 1)


@device
def part_those(
    society: Society, talking: Talking, wake: I32, outcome: Outcome, primitive: I16, active: I32,
    low: int, high: int, minute: int, now: int,
) -> None:  # fmt: skip
    """End the talks that somebody of a district walks off from.

    Both may want to; the first to do it ends it for both, so both are noted before.
    """
    for walks in range(2):
        for i in range(low, high):
            r = active[i]
            if primitive[r] != LEAVE_QUEUE or talking.partner[r] < 0:
                continue
            if walks == 0:
                note(outcome, r, LEAVE_QUEUE, True, 1)
            else:
                walk_off(society, talking, wake, r, now - minute, now)


@kernel(over="district", local=True)
def match_all(
    number: I32, first: I32, last: I32, active: I32, primitive: I16, free_first: I32,
    free_last: I32, speaker: I32, listed: I32, free: Freedom, talking: Talking, wake: I32,
    society: Society, outcome: Outcome, minute: I64, tick: I64,
) -> None:  # fmt: skip
    """Match the speakers of each district; see :func:`begin_conversations`.

    Args:
        number: of each district within its town, (district,).
        first, last, active: actors by district.
        primitive: by row.
        free_first, free_last, listed: the free by district; who is free no longer is taken out.
        speaker: scratch, like ``active``.
        free, talking, wake, outcome: by row.
        society: see there; ``society.free`` is ``listed``.
        minute: of the day; tick: now; (1,).
    """
    now = tick[0]
    for d in range(number.shape[0]):
        low = end = first[d]
        part_those(society, talking, wake, outcome, primitive, active, low, last[d], minute[0], now)
        for i in range(low, last[d]):
            r = active[i]
            if primitive[r] == TALK and is_free(free, talking, r):
                note(outcome, r, TALK, False, 1)
                enlist(society, speaker, low, end, r, now)
                end += 1
        if end == low:
            continue
        n = free_first[d]
        for i in range(free_first[d], free_last[d]):
            r = listed[i]
            if society.district[r] == number[d] and is_free(free, talking, r):
                listed[n] = r
                n += 1
        free_last[d] = n
        for i in range(low, end):
            r = speaker[i]
            best = best_partner(society, r, now, free_first[d], free_last[d], speaker, low, end)
            if best >= 0:
                begin_talk(society, talking, wake, r, best, now)
                for side in range(2):
                    row = r if side == 0 else best
                    if primitive[row] == TALK:
                        note(outcome, row, TALK, True, TALK_TICKS)


@system(phase=Phase.ACT, after=["note_avoidances"])
def begin_conversations(
    district_rows: Read[DistrictRows],
    actors: Read[Actors],
    company: Write[Company],
    talk: Write[Talk],
    intent: Write[Intent],
    last: Write[LastAction],
    rows: Read[Rows],
    towns: Read[Towns],
    identity: Read[Identity],
    activity: Read[Activity],
    queue: Read[QueuePlace],
    position: Read[Position],
    personality: Read[Personality],
    ties: Read[Ties],
    rules: Read[TieRules],
    city: Read[DistrictPlan],
    clock: Read[Clock],
) -> None:
    """Who wants to talk is matched with the best liked who is free and near; nobody twice."""
    match_all(
        district_rows.number, actors.first, actors.last, actors.row, intent.primitive,
        company.first, company.last, company.speaker, company.row,
        Freedom(identity.alive, activity.affordance, queue.object), talking_of(talk), intent.wake,
        society_of(
            company, talk, towns, rows, identity, position, city, ties, rules, personality
        ),
        outcome_of(last), clock.minute, clock.tick,
    )  # fmt: skip


@device
def chats_before(
    talking: Talking, chats: U8, bonds: Bonds, row: int, slot: int, midnight: int
) -> int:
    """Talks with ``slot`` on this day, as far as the agent remembers: its tie, its last partners.

    Args:
        talking, chats, bonds: by row.
        row, slot: who remembers whom.
        midnight: first tick of the day.
    """
    k = bond_place(bonds, row, slot)
    known = int(chats[row, k]) if k >= 0 else 0
    return max(known, talks_known(talking, row, slot, midnight))


@device
def chance_of(trust: float, familiarity: float, apart: float) -> float:
    """Probability that a talk succeeds; ``apart`` is the difference in extroversion."""
    p = 0.7 * (1.0 + 0.3 * trust) * (1.0 + 0.2 * familiarity) * (1.0 - 0.25 * abs(apart))
    return min(0.95, max(0.05, p))


@device
def quality_of(
    trust: float, familiarity: float, rivalry: float, extroversion: float, bias: float, before: int
) -> int:
    """Quality of a successful talk, in thousandths; half of it per earlier one of the day."""
    q = 0.5 + 0.3 * extroversion + 0.2 * trust + 0.1 * familiarity - 0.2 * rivalry
    q = min(1.0, max(0.1, q * bias))
    for _ in range(before):
        q *= 0.5
    return int(1000.0 * q + 0.5)


@device
def how_it_went(
    society: Society, talking: Talking, preference: F32, row: int, other: int, other_row: int,
    before: int, told: int, tick: int,
) -> int:  # fmt: skip
    """Quality of a talk that ends, in thousandths; -1 a failure.

    Args:
        society, talking: bundles.
        preference: factor on quality, (town, profile).
        row: the speaker's; other, other_row: slot and row of who listened.
        before: talks of the pair on this day.
        told: what a scene says of the quality; -1 nothing.
        tick: now.
    """
    if told >= 0:
        return min(told, 1000)
    bonds, town, slot = society.bonds, society.town[row], society.slot[row]
    trust, familiarity, rivalry = 0.0, 0.0, 0.0
    k = bond_place(bonds, row, other)
    if k >= 0:
        a, b, c = bond_values(bonds, row, k, town, tick)
        if strength(a, b, c) >= bonds.weak[town]:
            trust, familiarity, rivalry = float(a), float(b), float(c)
    mine = float(bonds.trait[row, EXTROVERSION])
    luck = draw_unit(
        society.seed[town], WORLD_STREAM, tick, slot, society.generation[row],
        draws.CHAT_OUTCOME, other & 0xFFFF,
    )  # fmt: skip
    p = chance_of(trust, familiarity, mine - float(bonds.trait[other_row, EXTROVERSION]))
    if luck >= p:
        return -1
    bias = float(preference[town, bonds.profile[row]])
    return quality_of(trust, familiarity, rivalry, mine, bias, before)


@device
def part(society: Society, talking: Talking, row: int) -> int:
    """Row of the one an agent that is due has talked with, if it is the speaker; else -1.

    Who has lost its partner just stops. Both sides of a talk are due at once, and their lanes may
    see to them at once: whatever one finds of the other, what it leaves is the same.
    """
    capacity = society.row_of.shape[0] // society.seed.shape[0]
    other = talking.partner[row]
    if other < 0:
        return -1
    o = society.row_of[society.town[row] * capacity + other]
    if talking.partner[o] != society.slot[row]:
        hang_up(talking, row)
        return -1
    return int(o) if talking.speaker[row] else -1


@kernel(over="agent", whole=("society", "talking", "chats"))
def end_due(
    due: I32, listener: I32, result: I32, due_count: I32, society: Society, talking: Talking,
    chats: U8, preference: F32, minute: I64, tick: I64,
) -> None:  # fmt: skip
    """End what is due; see :func:`end_conversations`.

    Args:
        due, due_count: rows whose conversation is due, packed per lane; afterwards the speakers
            of those that have gone well or badly.
        listener: slot of whom each of those has talked with.
        result: how well it went: quality in thousandths, -1 a failure.
        society, talking: see there.
        chats: talks of the day by tie, (agent, tie).
        preference: factor on quality, (town, profile).
        minute: of the day; tick: now; (1,).
    """
    now, bonds, n = tick[0], society.bonds, 0
    for i in range(due_count[0, 0]):
        r = due[i]
        o = part(society, talking, r)
        if o < 0:
            continue
        slot, other = society.slot[r], society.slot[o]
        before = max(
            chats_before(talking, chats, bonds, r, other, now - minute[0]),
            chats_before(talking, chats, bonds, o, slot, now - minute[0]),
        )
        told = talking.quality[r]
        for side in range(2):
            row, whom = (r, other) if side == 0 else (o, slot)
            remember(talking, row, whom, before + 1, now)
            hang_up(talking, row)
        if adjacent(society, r, o):
            due[n], listener[n] = r, other
            result[n] = how_it_went(society, talking, preference, r, other, o, before, told, now)
            n += 1
    due_count[0, 0] = n


@kernel
def tell_results(
    due: I32, listener: I32, result: I32, due_count: I32, town: I32, slot: I32, district: I32,
    seed: U64, channel: Channel,
) -> None:  # fmt: skip
    """Emit how conversations went, in the order of rows.

    Args:
        due, listener, result, due_count: of :func:`end_due`.
        town, slot, district: by row.
        seed: by town, for its length.
        channel: events.
    """
    lanes, districts = due_count.shape[0], channel.kind.shape[0] // seed.shape[0]
    for lane in range(lanes):
        low = due.shape[0] * lane // lanes
        for i in range(low, low + due_count[lane, 0]):
            r, d = due[i], town[due[i]] * districts + district[due[i]]
            kind = CHAT_SUCCESS if result[i] >= 0 else CHAT_FAILURE
            emit(channel, d, kind, slot[r], listener[i], -1, max(result[i], 0))


@system(phase=Phase.USE, after=["buy_goods"])
def end_conversations(
    company: Write[Company],
    talk: Write[Talk],
    rows: Read[Rows],
    towns: Read[Towns],
    identity: Read[Identity],
    position: Read[Position],
    personality: Read[Personality],
    ties: Read[Ties],
    rules: Read[TieRules],
    city: Read[DistrictPlan],
    events: Emit[Events],
    totals: Emit[EventTotals],
    clock: Read[Clock],
) -> None:
    """Conversations that are due end well or badly; who was moved apart just stops."""
    end_due(
        company.due, company.listed, company.cell, company.due_count,
        society_of(
            company, talk, towns, rows, identity, position, city, ties, rules, personality
        ),
        talking_of(talk), ties.chats, rules.chat_preference, clock.minute, clock.tick,
    )  # fmt: skip
    tell_results(
        company.due, company.listed, company.cell, company.due_count, rows.town, rows.slot,
        position.district, towns.seed, channel_of(events, totals),
    )  # fmt: skip
