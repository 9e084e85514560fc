"""Forgetting: at a day boundary weak ties go, and the counts of the day start anew."""

import numpy as np

from townlet.ecs import I32, I64, U8, Phase, Read, Write, device, kernel, system
from townlet_components.clock import Clock
from townlet_components.personality import Personality
from townlet_components.rows import Rows
from townlet_components.ties import (
    EVICTED_DECAY,
    TieCounts,
    TieRules,
    Ties,
    TieScratch,
)
from townlet_systems.bonds import (
    Bonds,
    avoided_until,
    bond_values,
    bonds_of,
)
from townlet_systems.strengths import strong_ties
from townlet_systems.ties import Marks, clear_tie, marks_of


@device
def begin_day(marks: Marks, row: int) -> None:
    """Forget what a row counts by the day; in a place of nobody nothing is counted."""
    counted = 0
    for k in range(marks.conflicts.shape[1]):
        counted |= marks.conflicts[row, k] | marks.escalated[row, k] | marks.chats[row, k]
        counted |= int(marks.passed[row, k])
    if counted != 0:
        for k in range(marks.conflicts.shape[1]):
            marks.conflicts[row, k], marks.escalated[row, k], marks.chats[row, k] = 0, 0, 0
            marks.passed[row, k] = False


@kernel(over="agent")
def forget_all(town: I32, ended: U8, bonds: Bonds, marks: Marks, minute: I64, tick: I64) -> None:
    """End each row's weak ties and reset what it remembers of the day.

    Args:
        town: by row.
        ended: result, how many ties of the row have ended, (agent,).
        bonds, marks: ties by row, changed in place.
        minute: of the day, (1,); nothing is done but at 0.
        tick: (1,).
    """
    if minute[0] != 0:
        return
    now = tick[0]
    for r in range(town.shape[0]):
        ended[r] = 0
        begin_day(marks, r)
        strong = np.uint64(0)
        for k in range(bonds.other.shape[1]):
            if k % 64 == 0:
                strong = strong_ties(bonds, r, town[r], now, bonds.weak[town[r]], k)
            if (strong >> np.uint64(k % 64)) & np.uint64(1) == 0:
                if bonds.other[r, k] >= 0:
                    clear_tie(bonds, marks, r, k)
                    ended[r] += 1
            elif bonds.avoid[r, k]:
                _, _, rivalry = bond_values(bonds, r, k, town[r], now)
                bonds.avoid[r, k] = rivalry >= avoided_until(bonds, r, town[r])


@kernel
def count_ended(town: I32, ended: U8, evicted: I32, minute: I64) -> None:
    """Add up what :func:`forget_all` has ended, per town.

    Args:
        town, ended: by row.
        evicted: (town, reason).
        minute: of the day, (1,).
    """
    if minute[0] != 0:
        return
    for r in range(town.shape[0]):
        evicted[town[r], EVICTED_DECAY] += ended[r]


@system(phase=Phase.LIVE, after=["apply_ties"])
def forget_ties(
    ties: Write[Ties],
    counts: Write[TieCounts],
    scratch: Write[TieScratch],
    rows: Read[Rows],
    personality: Read[Personality],
    rules: Read[TieRules],
    clock: Read[Clock],
) -> None:
    """At midnight ties that have faded end, and each pair's counts of the day start anew."""
    forget_all(
        rows.town, scratch.ended, bonds_of(ties, rules, personality), marks_of(ties, scratch),
        clock.minute, clock.tick,
    )  # fmt: skip
    count_ended(rows.town, scratch.ended, counts.evicted, clock.minute)
