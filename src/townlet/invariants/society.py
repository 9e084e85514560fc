"""Society: nobody has a tie to, or talks with, somebody who is not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from townlet.invariants.finding import Finding, chunks, found, row_of, where, who
from townlet_components.identity import Identity
from townlet_components.rows import Rows
from townlet_components.ties import TALK_TICKS, Talk, Ties

if TYPE_CHECKING:
    from townlet.simulation import Simulation


def ties_are_sound(sim: Simulation) -> Iterator[Finding]:
    """Ties lead to other living agents, to each once, and their values are in range."""
    ties, rows = sim.store.read(Ties), sim.store.read(Rows)
    other = ties.other
    strange = where(lambda p: (other[p] < -1) | (other[p] >= sim.capacity), len(other))
    yield from found("agent", strange, lambda r: f"{who(sim, r)} has a tie to a slot that is none")
    if len(strange):
        return
    oneself = where(lambda p: other[p] == rows.slot[p, None], len(other))
    yield from found("agent", oneself, lambda r: f"{who(sim, r)} has a tie to itself")
    gone, twice = _departed(sim, other)
    yield from found("agent", gone, lambda r: f"{who(sim, r)} has a tie to somebody who has left")
    yield from found("agent", twice, lambda r: f"{who(sim, r)} has two ties to the same agent")
    for name, low in (("trust", -1), ("familiarity", -1), ("rivalry", 0)):
        value = getattr(ties, name)
        bad = where(lambda p, v=value, low=low: ~((v[p] >= low) & (v[p] <= 1)), len(value))  # type: ignore[misc]
        yield from found(
            "agent",
            bad,
            lambda r, v=value, n=name, low=low: (  # type: ignore[misc]
                f"{who(sim, r)} has {n} {v[r].tolist()}, outside {low} to 1"
            ),
        )


def _departed(
    sim: Simulation, other: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows with a tie to the departed, and rows with two ties to the same agent."""
    alive, town = sim.store.read(Identity).alive, sim.store.read(Rows).town
    gone: list[npt.NDArray[np.int64]] = [np.zeros(0, np.int64)]
    twice: list[npt.NDArray[np.int64]] = [np.zeros(0, np.int64)]
    for part in chunks(len(other)):
        known = other[part]
        at, _ = np.nonzero(known >= 0)
        theirs = row_of(sim, town[part][at], known[known >= 0])
        gone.append(np.unique(at[~alive[theirs]]) + part.start)
        line = np.sort(known, axis=1)
        again = ((line[:, 1:] == line[:, :-1]) & (line[:, 1:] >= 0)).any(axis=1)
        twice.append(np.flatnonzero(again) + part.start)
    return np.concatenate(gone), np.concatenate(twice)


def talks_are_mutual(sim: Simulation) -> Iterator[Finding]:
    """Who talks does so with somebody alive who talks back, and not for longer than a talk."""
    talk, alive = sim.store.read(Talk), sim.store.read(Identity).alive
    rows = sim.store.read(Rows)
    strange = where(
        lambda p: (talk.partner[p] < -1) | (talk.partner[p] >= sim.capacity), len(talk.partner)
    )
    yield from found("agent", strange, lambda r: f"{who(sim, r)} talks with a slot that is none")
    if len(strange):
        return
    talking = where(lambda p: talk.partner[p] >= 0, len(talk.partner))
    theirs = row_of(sim, rows.town[talking], talk.partner[talking])
    alone = (talk.partner[theirs] != rows.slot[talking]) | ~alive[theirs] | ~alive[talking]
    yield from found(
        "agent",
        talking[alone],
        lambda r: f"{who(sim, r)} talks with agent {talk.partner[r]}, who does not talk with it",
    )
    until = talk.until[talking]
    odd = talking[(until <= sim.tick) | (until > sim.tick + TALK_TICKS)]
    yield from found(
        "agent", odd, lambda r: f"{who(sim, r)} talks until tick {talk.until[r]}, a talk is 5 long"
    )
