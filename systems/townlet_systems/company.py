"""Company: who is free to talk, and with whom. Masks and matching ask the same question.

Two agents may talk when they stand on one tile or next to each other, neither avoids the other, and
an hour has passed since the pair last talked. An agent remembers its last four partners; while all
of them are of the last hour it does not talk at all, so no pair is forgotten too early.
"""

from typing import NamedTuple

import numpy as np

from townlet.ecs import (
    I8,
    I16,
    I32,
    I64,
    U16,
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
from townlet.ecs.rng import WORLD_STREAM, draw_bits
from townlet_components import draws
from townlet_components.activity import Activity
from townlet_components.actors import Chunks, Tally
from townlet_components.affordances import Affordances
from townlet_components.citymap import DistrictPlan, Layouts
from townlet_components.clock import Clock
from townlet_components.identity import Identity
from townlet_components.incidents import Errand
from townlet_components.intent import IDLE, RELAX, SOCIALISE, Intent, Orders
from townlet_components.inventory import MEALS
from townlet_components.personality import Personality
from townlet_components.position import Position
from townlet_components.queueing import QueuePlace
from townlet_components.rows import Rows, Towns
from townlet_components.ties import TALK_COOLDOWN, Company, Eaters, Talk, TieRules, Ties
from townlet_systems.bits import lowest
from townlet_systems.bonds import Bonds, avoids, bonds_of, liking
from townlet_systems.sorting import Sorting, sort_rows
from townlet_systems.spotting import BLOCK, below


class Society(NamedTuple):
    """Who is free and where, who has talked with whom, and what they think of each other.

    Agents look at each other here, so rows are numbers in the whole table: a kernel that is split
    over agents takes the bundle whole, and :func:`row_in` finds the agent's own row.

    Attributes:
        free, first, last: ``free[first[d]:last[d]]`` are the rows free in district row d.
        partner, recent, recent_at, only: by row, see :class:`townlet_components.ties.Talk`.
        town, slot, generation, district, tile: by row.
        width: tiles of a district, (2,).
        row_of: slot to row.
        seed: by town.
        bonds: ties by row.
    """

    free: I32
    first: I32
    last: I32
    partner: I32
    recent: I32
    recent_at: I32
    only: I32
    town: I32
    slot: I32
    generation: I32
    district: I32
    tile: I16
    width: I32
    row_of: I32
    seed: U64
    bonds: Bonds


def society_of(
    company: Company,
    talk: Talk,
    towns: Towns,
    rows: Rows,
    identity: Identity,
    position: Position,
    city: DistrictPlan,
    ties: Ties,
    rules: TieRules,
    personality: Personality,
) -> Society:
    """Bundle the columns."""
    return Society(
        free=company.row,
        first=company.first,
        last=company.last,
        partner=talk.partner,
        recent=talk.recent,
        recent_at=talk.recent_at,
        only=talk.only,
        town=rows.town,
        slot=rows.slot,
        generation=identity.generation,
        district=position.district,
        tile=position.tile,
        width=city.size,
        row_of=rows.row_of,
        seed=towns.seed,
        bonds=bonds_of(ties, rules, personality),
    )


@device
def row_in(society: Society, town: int, slot: int) -> int:
    """Row of a slot in the whole table."""
    capacity = society.row_of.shape[0] // society.seed.shape[0]
    return int(society.row_of[town * capacity + slot])


@device
def company_of(society: Society, row: int) -> tuple[int, int]:
    """Where in ``society.free`` those begin and end that are free in the agent's district.

    Only for kernels that see all districts.
    """
    districts = society.first.shape[0] // society.seed.shape[0]
    d = society.town[row] * districts + society.district[row]
    return society.first[d], society.last[d]


@device
def adjacent(society: Society, row: int, other: int) -> bool:
    """Both stand on one tile or on neighbouring ones of one district."""
    if society.district[row] != society.district[other]:
        return False
    width = society.width[0]
    mine, theirs = society.tile[row], society.tile[other]
    apart = abs(mine - theirs)
    if apart == 1:
        return bool(mine // width == theirs // width or width == 1)
    below = apart == width
    return bool(below or apart == 0)


@device
def talked_out(society: Society, row: int, tick: int) -> bool:
    """All partners the agent remembers are of the last hour."""
    for k in range(society.recent.shape[1]):
        if society.recent[row, k] < 0 or tick - society.recent_at[row, k] >= TALK_COOLDOWN:
            return False
    return True


@device
def has_talked(society: Society, row: int, slot: int, tick: int) -> bool:
    """The agent has talked with ``slot`` within the last hour."""
    for k in range(society.recent.shape[1]):
        if society.recent[row, k] == slot:
            return bool(tick - society.recent_at[row, k] < TALK_COOLDOWN)
    return False


@device
def may_talk(society: Society, row: int, other: int, tick: int) -> bool:
    """Nothing between the two speaks against a talk, wherever they are; ``row`` is not talked out.

    Neither avoids the other, ``other`` is not talked out or in a conversation, the pair's hour is
    over, and no scene wants either to talk with somebody else.
    """
    slot, other_slot, town = society.slot[row], society.slot[other], society.town[row]
    if row == other or society.partner[other] >= 0:
        return False
    if society.only[row] >= 0 and society.only[row] != other_slot:
        return False
    if society.only[other] >= 0 and society.only[other] != slot:
        return False
    if has_talked(society, row, other_slot, tick) or talked_out(society, other, tick):
        return False
    if avoids(society.bonds, row, other_slot, town, tick):
        return False
    return not avoids(society.bonds, other, slot, town, tick)


@rare
def partner_draw(seed: np.uint64, tick: int, slot: int, generation: int, other: int) -> np.uint64:
    """The speaker's luck with each candidate: the lowest comes first."""
    return draw_bits(seed, WORLD_STREAM, tick, slot, generation, draws.CHAT_PARTNER, other & 0xFFFF)


@device
def best_partner(
    society: Society, row: int, tick: int, low: int, high: int, more: I32, more_low: int,
    more_high: int,
) -> int:  # fmt: skip
    """Row of the best adjacent partner, or -1: trust + familiarity - rivalry, then a keyed draw.

    Args:
        society: see there.
        row: who asks; free itself.
        tick: now.
        low, high: part of ``society.free`` to look at.
        more, more_low, more_high: part of a further list; who is in both counts once.
    """
    best, most, best_luck = -1, np.float32(0), np.uint64(0)
    if society.partner[row] >= 0 or talked_out(society, row, tick):
        return best
    town = society.town[row]
    for i in range(low, high + more_high - more_low):
        other = society.free[i] if i < high else more[more_low + i - high]
        if other == best or not adjacent(society, row, other):
            continue
        if not may_talk(society, row, other, tick):
            continue
        likes = liking(society.bonds, row, society.slot[other], town, tick)
        if best >= 0 and likes < most:
            continue
        luck = partner_draw(
            society.seed[town], tick, society.slot[row], society.generation[row],
            society.slot[other],
        )  # fmt: skip
        if best >= 0 and likes == most:
            if luck > best_luck:
                continue
            if luck == best_luck and society.slot[other] > society.slot[best]:
                continue
        best, most, best_luck = other, likes, luck
    return best


@device
def talk_partner(society: Society, row: int, tick: int) -> int:
    """Slot of the one a free agent would talk with now, or -1: the mask of ``talk``.

    The agent itself has to be free: nothing running, in no queue. ``tick`` is the tick to come.
    """
    low, high = company_of(society, row)
    best = best_partner(society, row, tick, low, high, society.free, 0, 0)
    return society.slot[best] if best >= 0 else -1


class Errands(NamedTuple):
    """Where agents are sent, and the way there."""

    district: I32
    target: I16
    until: I32
    route: U16
    layout: I16


@device
def is_under_way(errands: Errands, row: int, district: int, tile: int, tick: int) -> bool:
    """The agent walks to where its errand sends it; who has arrived has time to talk."""
    if errands.target[row] < 0 or tick >= errands.until[row]:
        return False
    if errands.district[row] != district:
        return True
    word = errands.route[errands.layout[district], errands.target[row], tile]
    return bool((word >> 3) != 0)


@device
def those_eating(affordance: I16, take: I16, low: int) -> np.uint64:
    """Which of the 64 rows from ``low`` on eat a meal: bits.

    Args:
        affordance: what runs, by row.
        take: items a start takes, (affordance, item).
        low: the first row.
    """
    found = np.uint64(0)
    for aff in range(take.shape[0]):
        if take[aff, MEALS] > 0:
            found |= below(affordance, low, aff + 1) & ~below(affordance, low, aff)
    return found


@kernel(over="agent")
def find_company(
    listed: I32, cell: I32, count: I32, due: I32, due_count: I32, eating: I32, eating_cell: I32,
    eating_count: I32, index: I32, town: I32, alive: Bool, affordance: I16, queue: I32,
    partner: I32, until: I32, option: I8, possessed: Bool, errands: Errands, district: I32,
    tile: I16, take: I16, on: Bool, tick: I64,
) -> None:  # fmt: skip
    """List a lane's rows that are free, that eat, and whose conversation is due.

    Args:
        listed, cell, count: results: the free, packed at the front of the lane's part.
        due, due_count: results: talkers that are due; eating, eating_cell, eating_count: eaters.
        index .. possessed: columns by row.
        errands: where agents are sent.
        district, tile: by row.
        take: items a start takes, (affordance, item).
        on: ties are on, (town,).
        tick: (1,).
    """
    now, districts = tick[0], errands.layout.shape[0]
    free, talks, eaters = 0, 0, 0
    for low in range(0, alive.shape[0], BLOCK):
        bits = those_eating(affordance, take, low)
        bits |= below(affordance, low, 0) & below(queue, low, 0)
        bits &= ~below(alive, low, 1)
        while bits != 0:
            r = low + lowest(bits)
            bits &= bits - np.uint64(1)
            here = town[r] * districts + district[r]
            if not on[town[r]]:
                continue
            if affordance[r] >= 0:
                eating[eaters], eating_cell[eaters] = index[r], here
                eaters += 1
            elif partner[r] >= 0:
                if until[r] <= now:
                    due[talks] = index[r]
                    talks += 1
            elif (
                (option[r] == IDLE or option[r] == SOCIALISE or option[r] == RELAX)
                and not possessed[r]
                and not is_under_way(errands, r, district[r], tile[r], now)
            ):
                listed[free], cell[free] = index[r], here
                free += 1
    count[0, 0], due_count[0, 0], eating_count[0, 0] = free, talks, eaters


@system(phase=Phase.DECIDE)
def gather_company(
    company: Write[Company],
    eaters: Write[Eaters],
    tally: Write[Tally],
    chunks: Read[Chunks],
    rows: Read[Rows],
    identity: Read[Identity],
    activity: Read[Activity],
    queue: Read[QueuePlace],
    talk: Read[Talk],
    intent: Read[Intent],
    orders: Read[Orders],
    errand: Read[Errand],
    position: Read[Position],
    manifest: Read[Affordances],
    layouts: Read[Layouts],
    city: Read[DistrictPlan],
    rules: Read[TieRules],
    clock: Read[Clock],
) -> None:
    """Whoever is free to talk is listed with its district, and whoever is eating."""
    find_company(
        company.listed, company.cell, company.count, company.due, company.due_count,
        eaters.listed, eaters.cell, eaters.count, rows.index, rows.town, identity.alive,
        activity.affordance, queue.object, talk.partner, talk.until, intent.option,
        orders.possessed,
        Errands(errand.district, errand.target, errand.until, layouts.route, city.layout),
        position.district, position.tile, manifest.take, rules.on, clock.tick,
    )  # fmt: skip
    for group in (company, eaters):
        sort_rows(
            Sorting(group.listed, group.cell, group.count, group.row, group.first, group.last),
            chunks, tally,
        )  # fmt: skip
