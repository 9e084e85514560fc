"""Stages: one tick of a replay, looked at after each of its systems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from townlet.diff.cells import State, state_of
from townlet.diff.probes import END, ORDERS, Probes
from townlet.diff.rewind import Rewind
from townlet.diff.sides import Side
from townlet.replay.player import Player


def probed(side: Side, step: int) -> tuple[Player, Probes]:
    """A player before a tick, of a simulation that can be looked at system by system."""
    assert side.recording is not None
    assert side.played is not None
    probes = Probes(side.played.player.sim.schedule.systems)
    steps = probes.steps()
    return Player(side.recording, step, side.build, threads=1, steps=steps), probes


class Stages:
    """A tick, place by place."""

    def __init__(self, player: Player, probes: Probes) -> None:
        self._rewind, self._probes, self._sim = Rewind(player), probes, player.sim

    def _through(self, look: Callable[[str], None]) -> None:
        """Run the tick; ``look`` hears of each place."""
        player = self._rewind.back()
        self._probes.look = look
        player.run_to(player.step + 1, lambda: look(ORDERS))
        self._probes.look = None
        look(END)

    def run(self) -> list[tuple[str, Any]]:
        """Places and the sums of all columns there."""
        sums: list[tuple[str, Any]] = []
        hashing = self._sim.hashing
        self._through(lambda place: sums.append((place, hashing.sums())))
        return sums

    def state_at(self, wanted: str) -> State:
        """The columns at a place."""
        found: list[State] = []

        def look(place: str) -> None:
            if place == wanted:
                found.append(state_of(self._sim))

        self._through(look)
        return found[0]


def first_place(a: list[tuple[str, Any]], b: list[tuple[str, Any]]) -> str | None:
    """The first place at which sums differ."""
    for (place, ours), (other, theirs) in zip(a, b, strict=False):
        if place != other or ours.shape != theirs.shape or (ours != theirs).any():
            return place
    return None
