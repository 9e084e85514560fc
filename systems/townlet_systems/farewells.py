"""Farewells: nobody has a tie to, or a conversation with, somebody who has left."""

from townlet.ecs import I8, I32, I64, Bool, Phase, Read, Write, device, kernel, system
from townlet_components.clock import Clock
from townlet_components.identity import Departures, Vacancies
from townlet_components.intent import Intent
from townlet_components.personality import Personality
from townlet_components.rows import Rows
from townlet_components.ties import (
    EVICTED_REMOVED,
    SIEVE,
    Company,
    Talk,
    TieCounts,
    TieRules,
    Ties,
    TieScratch,
)
from townlet_systems.bonds import Bonds, bonds_of
from townlet_systems.conversations import Talking, hang_up, talking_of
from townlet_systems.ties import Marks, clear_tie, marks_of


@kernel
def mark_gone(gone: Bool, reason: I8, slot: I32, vacancies: I32) -> None:
    """Mark in a small table whose slots may be meant; see :func:`find_left_behind`.

    Args:
        gone: result, by the last bits of a slot, (SIEVE,).
        reason: 0 stays, by row; slot: by row.
        vacancies: not 0: somebody has left, (1,).
    """
    if vacancies[0] == 0:
        return
    for i in range(gone.shape[0]):
        gone[i] = False
    for r in range(reason.shape[0]):
        if reason[r] != 0:
            gone[slot[r] & (SIEVE - 1)] = True


@kernel(over="agent")
def find_left_behind(
    listed: I32, count: I32, index: I32, other: I32, partner: I32, only: I32, recent: I32,
    gone: Bool, vacancies: I32,
) -> None:  # fmt: skip
    """List the rows of a lane that know somebody who may have left.

    Args:
        listed, count: results, packed at the front of the lane's part.
        index: number of each row.
        other, partner, only, recent: slots by row.
        gone: what :func:`mark_gone` wrote.
        vacancies: (1,).
    """
    count[0, 0] = 0
    if vacancies[0] == 0:
        return
    n = 0
    for r in range(index.shape[0]):
        # Without a branch: six in seven entries of a table know somebody, hardly any who left.
        hit = gone[partner[r] & (SIEVE - 1)] | gone[only[r] & (SIEVE - 1)]
        for k in range(other.shape[1]):
            hit |= gone[other[r, k] & (SIEVE - 1)]
        for k in range(recent.shape[1]):
            hit |= gone[recent[r, k] & (SIEVE - 1)]
        listed[n] = index[r]
        n += 1 if hit else 0
    count[0, 0] = n


@device
def has_left(reason: I8, row_of: I32, base: int, slot: int) -> bool:
    """A slot is meant, and its owner leaves in this tick."""
    return bool(slot >= 0 and reason[row_of[base + slot]] != 0)


@kernel
def part_all(
    listed: I32, count: I32, town: I32, reason: I8, row_of: I32, bonds: Bonds, marks: Marks,
    talking: Talking, wake: I32, evicted: I32, tick: I64,
) -> None:  # fmt: skip
    """End the ties and talks of the listed rows with those who have left.

    Args:
        listed, count: what :func:`find_left_behind` wrote, lane by lane.
        town, reason: by row; row_of: slot to row.
        bonds, marks, talking, wake: by row, changed in place.
        evicted: (town, reason).
        tick: (1,).
    """
    rows, lanes = listed.shape[0], count.shape[0]
    capacity = row_of.shape[0] // evicted.shape[0]
    for lane in range(lanes):
        low = rows * lane // lanes
        for i in range(low, low + count[lane, 0]):
            r = listed[i]
            base = town[r] * capacity
            if reason[r] != 0:
                continue
            for k in range(bonds.other.shape[1]):
                if has_left(reason, row_of, base, bonds.other[r, k]):
                    clear_tie(bonds, marks, r, k)
                    evicted[town[r], EVICTED_REMOVED] += 1
            for k in range(talking.recent.shape[1]):
                if has_left(reason, row_of, base, talking.recent[r, k]):
                    talking.recent[r, k] = -1
                    talking.recent_at[r, k] = -1_000_000
                    talking.recent_count[r, k] = 0
            if has_left(reason, row_of, base, talking.only[r]):
                talking.only[r] = -1
            if has_left(reason, row_of, base, talking.partner[r]):
                hang_up(talking, r)
                wake[r] = min(wake[r], tick[0] + 1)


@system(phase=Phase.LEAVE, after=["let_departed_go"])
def end_ties(
    vacancies: Read[Vacancies],
    departures: Read[Departures],
    company: Write[Company],
    scratch: Write[TieScratch],
    ties: Write[Ties],
    talk: Write[Talk],
    counts: Write[TieCounts],
    intent: Write[Intent],
    rows: Read[Rows],
    personality: Read[Personality],
    rules: Read[TieRules],
    clock: Read[Clock],
) -> None:
    """Whoever knew somebody who has left knows them no longer; talks with them are over."""
    mark_gone(scratch.gone, departures.reason, rows.slot, vacancies.any)
    find_left_behind(
        company.listed, company.count, rows.index, ties.other, talk.partner, talk.only,
        talk.recent, scratch.gone, vacancies.any,
    )  # fmt: skip
    part_all(
        company.listed, company.count, rows.town, departures.reason, rows.row_of,
        bonds_of(ties, rules, personality), marks_of(ties, scratch), talking_of(talk), intent.wake,
        counts.evicted, clock.tick,
    )  # fmt: skip
