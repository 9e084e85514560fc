"""Small rules that Mesa, a plain Python loop and Townlet can all express; here the plain loop.

A world is a grid of 32 x 32 open tiles with 64 people and two places. Each person has two needs
that drain; each place fills one of them, one person at a time, first come first served. In a tick

1. every person, in turn: whoever is free and has a need below the threshold goes for the lower one;
   who goes walks one tile along x, then along y, and joins the line as soon as it stands on the
   place's tile or next to it;
2. every place: its user is done after 20 ticks and fuller by 0.6; a free place takes who is first
   in line;
3. every need drains.

It imports nothing, so the peers' environment runs it too: ``python -m bench.peers.rules WORLDS
TICKS`` prints JSON.
"""

from __future__ import annotations

import copy
import hashlib
import json
import sys
import time
from collections import deque
from collections.abc import Callable

SIDE, PEOPLE, PLACES = 32, 64, ((4, 4), (27, 27))
DRAIN, THRESHOLD, GAIN, DURATION = 0.0004, 0.4, 0.6, 20
DAY = 1440
#: What people do, by name.
Habits = dict[str, float]


class Place:
    """Where a need is filled.

    Attributes:
        x, y: its tile.
        need: which need.
        user: who is being served; left: ticks to go.
        line: who waits.
    """

    def __init__(self, x: int, y: int, need: int) -> None:
        self.x, self.y, self.need = x, y, need
        self.user: Person | None = None
        self.left = 0
        self.line: deque[Person] = deque()

    def serve(self) -> None:
        """A tick: somebody is done, or somebody begins."""
        if self.user is not None:
            self.left -= 1
            if self.left > 0:
                return
            level = self.user.level
            level[self.need] = min(1.0, level[self.need] + GAIN)
            self.user.aim = None
            self.user.there = False
            self.user = None
        if self.line:
            self.user = self.line.popleft()
            self.left = DURATION


class Person:
    """Somebody with needs.

    Attributes:
        x, y: the tile.
        level: satisfaction of each need.
        aim: the place it goes to; there: it is in its line, or served.
    """

    def __init__(self, x: int, y: int, level: list[float]) -> None:
        self.x, self.y, self.level = x, y, level
        self.aim: Place | None = None
        self.there = False

    def act(self, places: list[Place]) -> None:
        """A tick: choose, walk or join the line."""
        if self.there:
            return
        if self.aim is None:
            need = 0 if self.level[0] <= self.level[1] else 1
            if self.level[need] >= THRESHOLD:
                return
            self.aim = places[need]
        right, down = self.aim.x - self.x, self.aim.y - self.y
        if abs(right) + abs(down) <= 1:
            self.there = True
            self.aim.line.append(self)
        elif right:
            self.x += 1 if right > 0 else -1
        else:
            self.y += 1 if down > 0 else -1

    def drain(self) -> None:
        """A tick: needs grow."""
        for need in range(len(self.level)):
            self.level[need] = max(0.0, self.level[need] - DRAIN)


class World:
    """64 people and two places."""

    def __init__(self) -> None:
        self.places = [Place(x, y, need) for need, (x, y) in enumerate(PLACES)]
        self.people = [Person(*start_of(k), first_levels(k)) for k in range(PEOPLE)]

    def step(self) -> None:
        """Run a tick."""
        for person in self.people:
            person.act(self.places)
        for place in self.places:
            place.serve()
        for person in self.people:
            person.drain()


def start_of(k: int) -> tuple[int, int]:
    """The tile person k begins on: 8 x 8 of them, four tiles apart."""
    return k % 8 * 4 + 2, k // 8 * 4 + 2


def first_levels(k: int) -> list[float]:
    """Needs person k begins with, from 0.6 to 1: people come in waves, and wait."""
    return [1.0 - 0.4 * (k * step % PEOPLE) / PEOPLE for step in (37, 23)]


def lived_in(worlds: int) -> list[World]:
    """Worlds after a day, each a part of a day later than the one before.

    So some are busy and some are idle in every tick, as one world is in the course of a day.
    """
    world = World()
    found: list[World] = []
    for tick in range(2 * DAY):
        while len(found) < worlds and tick == DAY + len(found) * DAY // worlds:
            found.append(copy.deepcopy(world))
        world.step()
    return found


def digest(people: list[list[tuple[int, int, list[float]]]]) -> str:
    """What tells two runs apart: tiles and needs of everybody in every world."""
    return hashlib.sha256(json.dumps(people).encode()).hexdigest()[:16]


def timed(step: Callable[[], object], ticks: int) -> float:
    """Seconds that some ticks take."""
    begun = time.perf_counter()
    for _ in range(ticks):
        step()
    return time.perf_counter() - begun


def habits(ticks: int = DAY) -> Habits:
    """What people do in this world, to hold beside another's: a day after the first.

    Returns:
        ``walked`` tiles per person, ``served`` people per place, ``waiting`` and ``level``: share
        of the time in a line, and mean need.
    """
    (world,) = lived_in(1)
    found = dict.fromkeys(("walked", "served", "waiting", "level"), 0.0)
    for _ in range(ticks):
        tiles = [(person.x, person.y) for person in world.people]
        users = [place.user for place in world.places]
        world.step()
        pairs = zip(tiles, world.people, strict=True)
        found["walked"] += sum(tile != (p.x, p.y) for tile, p in pairs)
        pairs_of_users = zip(users, world.places, strict=True)
        found["served"] += sum(u is not None and u is not p.user for u, p in pairs_of_users)
        found["waiting"] += sum(len(place.line) for place in world.places)
        found["level"] += sum(sum(person.level) for person in world.people)
    shares = {"walked": PEOPLE, "served": 2, "waiting": PEOPLE * ticks, "level": 2 * PEOPLE * ticks}
    return {name: value / shares[name] for name, value in found.items()}


def main(worlds: int, ticks: int) -> None:
    """Print agent-ticks per second and the digest of a run."""
    batch = lived_in(worlds)

    def step() -> None:
        for world in batch:
            world.step()

    spent = timed(step, ticks)
    seen = [[(p.x, p.y, p.level) for p in world.people] for world in batch]
    rate = worlds * PEOPLE * ticks / spent
    print(json.dumps({"agent_ticks_per_s": rate, "digest": digest(seen)}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
