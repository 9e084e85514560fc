"""Slow twin of movement (SPEC §3): who gets which tile, written as one would explain it.

A spot is ``(town, district, tile)``. Walkers are looked up by ``(town, slot)``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

NORTH, SOUTH, EAST, WEST = "NSEW"
STEPS = {NORTH: (0, -1), SOUTH: (0, 1), EAST: (1, 0), WEST: (-1, 0)}
MOST_TRIES = 100
WALL, ONE, MANY = "#", ".", "o"

Spot = tuple[int, int, int]
Key = tuple[int, int]


def world_bits(seed: int, tick: int, slot: int, generation: int, purpose: int, index: int) -> int:
    """32 bits of the world's luck: Philox4x32-10, in integers of any size; the stream is 0."""
    word = 0xFFFFFFFF
    c0, c1, c2, c3 = tick, slot, generation, purpose << 16 | index
    k0, k1 = seed & word, seed >> 32
    for _ in range(10):
        a, b = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (b >> 32) ^ c1 ^ k0, b & word, (a >> 32) ^ c3 ^ k1, a & word
        k0, k1 = (k0 + 0x9E3779B9) & word, (k1 + 0xBB67AE85) & word
    return c0


@dataclass(frozen=True)
class Ground:
    """The map: a drawing per district, which tiles of the border are gates, and which (district,
    tile) lie under a roof."""

    width: int
    height: int
    grid_w: int
    grid_h: int
    drawings: Sequence[str]
    gates: Mapping[str, frozenset[int]]
    roofs: frozenset[tuple[int, int]] = frozenset()

    def kind(self, spot: Spot) -> str:
        return self.drawings[spot[1]][spot[2]]

    def leads_to(self, spot: Spot, way: str) -> Spot | None:
        """Where a step leads; None: into a wall or off the map."""
        town, district, tile = spot
        x, y = tile % self.width, tile // self.width
        dx, dy = STEPS[way]
        inside = 0 <= x + dx < self.width and 0 <= y + dy < self.height
        if inside:
            goal = (town, district, tile + dy * self.width + dx)
            return goal if self.kind(goal) != WALL else None
        u, v = district % self.grid_w + dx, district // self.grid_w + dy
        if not (0 <= u < self.grid_w and 0 <= v < self.grid_h) or tile not in self.gates[way]:
            return None
        x, y = (x + dx) % self.width, (y + dy) % self.height
        return (town, v * self.grid_w + u, y * self.width + x)


@dataclass
class Walker:
    """An agent as movement sees it; ``way`` None: it does not move in this tick."""

    town: int
    slot: int
    spot: Spot
    tries: int
    patience: float
    way: str | None
    moved: bool = False
    ghost: bool = False

    @property
    def key(self) -> Key:
        return self.town, self.slot


def best_claim(claimants: list[Walker], draw: Callable[[Walker], int]) -> Walker:
    """Most failed tries in a row, then the least patient, then a keyed draw, then the slot."""
    return min(claimants, key=lambda w: (-w.tries, w.patience, draw(w), w.slot))


def step_all(
    ground: Ground,
    walkers: Sequence[Walker],
    ghost_after: Mapping[int, int],
    draw: Callable[[Walker], int],
    slippery: frozenset[int] = frozenset(),
    tick: int = 0,
) -> None:
    """Move everybody by one tick, in place.

    ``ghost_after`` is by town, 0 off. In ``slippery`` towns a step under the sky takes two ticks:
    even slots set off in even ticks, odd ones in odd ticks; who has to wait has not tried.
    """
    standing: dict[Spot, list[Walker]] = defaultdict(list)
    for walker in walkers:
        standing[walker.spot].append(walker)
    goals: dict[Key, Spot] = {}
    wanted: dict[Spot, list[Walker]] = defaultdict(list)
    going: set[Key] = set()
    for walker in walkers:
        walker.moved = walker.ghost = False
        waits = walker.town in slippery and (tick + walker.slot) % 2 == 1
        if waits and walker.spot[1:] not in ground.roofs:
            continue
        goal = None if walker.way is None else ground.leads_to(walker.spot, walker.way)
        if goal is None:
            continue
        goals[walker.key] = goal
        if ground.kind(goal) == ONE:
            wanted[goal].append(walker)
        else:
            going.add(walker.key)
    contenders = [best_claim(claimants, draw) for claimants in wanted.values()]
    going |= {walker.key for walker in contenders}

    def stays(spot: Spot) -> bool:
        return any(other.key not in going for other in standing[spot])

    def may_ghost(walker: Walker) -> bool:
        return 0 < ghost_after[walker.town] <= walker.tries

    # The greatest fixed point: start from everybody, take out who cannot, until nothing changes.
    while True:
        stuck = {
            w.key for w in contenders if w.key in going and stays(goals[w.key]) and not may_ghost(w)
        }
        if not stuck:
            break
        going -= stuck
    ghosts = {w.key for w in contenders if w.key in going and stays(goals[w.key])}
    for walker in walkers:
        if walker.key in going:
            walker.spot, walker.tries, walker.moved = goals[walker.key], 0, True
            walker.ghost = walker.key in ghosts
        elif walker.key in goals:
            walker.tries = min(walker.tries + 1, MOST_TRIES)
