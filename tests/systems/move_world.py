"""A world of movers, as the twin sees it and as arrays for the kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from tests.oracle.movement import EAST, NORTH, ONE, SOUTH, WALL, WEST, Ground, Walker, world_bits

from townlet_components import draws
from townlet_components.events import EVENTS
from townlet_components.personality import PATIENCE, TRAITS
from townlet_components.town_state import RAIN, SUNNY, WEATHERS

WAYS = (NORTH, SOUTH, EAST, WEST)
TICK = 41
GARBAGE = 77


@dataclass
class World:
    """Towns side by side on one map, and everyone in them; rows lie in any order."""

    ground: Ground
    towns: int
    capacity: int
    seed: int
    ghost_after: list[int]
    walkers: list[Walker]
    generation: list[int]
    primitive: list[int]
    row_of: list[int]
    shuffle: int = 0
    rain: frozenset[int] = frozenset()

    @property
    def districts(self) -> int:
        return self.ground.grid_w * self.ground.grid_h

    def draw(self, walker: Walker) -> int:
        place = walker.town * self.capacity + walker.slot
        seed, generation = self.seed + walker.town, self.generation[place]
        return world_bits(seed, TICK, walker.slot, generation, draws.MOVE_TIE, 0)


def recount(world: World) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Agents per tile that holds one, (district rows, tiles)."""
    tiles = world.ground.width * world.ground.height
    count = np.zeros((world.towns * world.districts, tiles), np.uint8)
    for walker in world.walkers:
        if world.ground.kind(walker.spot) == ONE:
            count[walker.town * world.districts + walker.spot[1], walker.spot[2]] += 1
    return count


def gate_exits(ground: Ground) -> np.ndarray[Any, np.dtype[np.int16]]:
    table = np.full((4, ground.width * ground.height), -1, np.int16)
    inward = {NORTH: ground.height - 1, SOUTH: 1 - ground.height, EAST: 1 - ground.width}
    for side, way in enumerate(WAYS):
        for tile in ground.gates[way]:
            by = inward.get(way, ground.width - 1)
            table[side, tile] = tile + (by * ground.width if way in (NORTH, SOUTH) else by)
    return table


def under_the_sky(ground: Ground, districts: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    outdoor = np.ones((districts, ground.width * ground.height), np.bool_)
    for district, tile in ground.roofs:
        outdoor[district, tile] = False
    return outdoor


def fill_arrays(world: World) -> dict[str, Any]:
    """The kernel's arguments, by name; scratch is full of garbage."""
    rows, ground = len(world.walkers), world.ground
    tiles = ground.width * ground.height
    by_row = sorted(range(rows), key=lambda k: world.row_of[k])
    people = [world.walkers[k] for k in by_row]
    cells = world.towns * world.districts
    mixed = np.random.default_rng(world.shuffle).permutation(rows)
    listed: list[int] = []
    first, last = np.zeros(cells, np.int32), np.zeros(cells, np.int32)
    for cell in range(cells):
        first[cell] = len(listed)
        for r in mixed:
            if people[r].town * world.districts + people[r].spot[1] == cell:
                listed.append(int(r))
        last[cell] = len(listed)
    kinds = np.array([list(drawing) for drawing in ground.drawings])
    trait = np.zeros((rows, len(TRAITS)), np.float32)
    trait[:, PATIENCE] = [w.patience for w in people]
    slow = np.zeros((world.towns, len(WEATHERS)), np.bool_)
    slow[:, RAIN] = True
    room = 3
    return {
        "town": np.repeat(np.arange(world.towns, dtype=np.int32), world.districts),
        "number": np.tile(np.arange(world.districts, dtype=np.int32), world.towns),
        "first": first,
        "last": last,
        "active": np.array(listed, np.int32),
        "primitive": np.array([world.primitive[k] for k in by_row], np.int16),
        "district": np.array([w.spot[1] for w in people], np.int32),
        "tile": np.array([w.spot[2] for w in people], np.int16),
        "tries": np.array([w.tries for w in people], np.int8),
        "ghost_steps": np.zeros(rows, np.uint32),
        "slot": np.array([w.slot for w in people], np.int32),
        "generation": np.array([world.generation[k] for k in by_row], np.int32),
        "trait": trait,
        "done": np.full(rows, GARBAGE, np.int16),
        "success": np.zeros(rows, np.bool_),
        "duration": np.full(rows, GARBAGE, np.int16),
        "m_row": np.full(rows, GARBAGE, np.int32),
        "m_goal": np.full(rows, GARBAGE, np.int32),
        "m_kind": np.full(rows, GARBAGE, np.int8),
        "m_stack": np.full(rows, GARBAGE, np.int32),
        "claim": np.full((1, tiles), -1, np.int32),
        "remaining": np.full((1, tiles), GARBAGE, np.int32),
        "count": recount(world),
        "route": np.zeros((1, 1, tiles), np.uint16),
        "layout": np.arange(world.districts, dtype=np.int16),
        "walkable": kinds != WALL,
        "single": kinds == ONE,
        "gate_exit": gate_exits(ground),
        "gate_tile": np.full(4, -1, np.int16),
        "step": np.array([-ground.width, ground.width, 1, -1], np.int16),
        "grid": np.array([ground.grid_w, ground.grid_h], np.int32),
        "size": np.array([ground.width, ground.height], np.int32),
        "sky_kind": np.array(
            [RAIN if t in world.rain else SUNNY for t in range(world.towns)], np.int8
        ),
        "slow": slow,
        "outdoor": under_the_sky(ground, world.districts),
        "ghost_after": np.array(world.ghost_after, np.int32),
        "seed": np.array([world.seed + t for t in range(world.towns)], np.uint64),
        "e_count": np.zeros(cells, np.int32),
        "e_dropped": np.zeros(cells, np.int32),
        "e_kind": np.zeros((cells, room), np.int8),
        "e_agent": np.zeros((cells, room), np.int32),
        "e_other": np.zeros((cells, room), np.int32),
        "e_object": np.zeros((cells, room), np.int32),
        "e_value": np.zeros((cells, room), np.int32),
        "e_total": np.zeros((cells, len(EVENTS)), np.int32),
        "tick": np.array([TICK], np.int64),
    }
