"""Masks: what they must say of anybody, whatever the rest of the town does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from townlet.invariants.finding import Finding, found, who
from townlet_components.activity import Activity
from townlet_components.identity import Identity
from townlet_components.intent import (
    EAST,
    IDLE,
    LEAVE_QUEUE,
    NORTH,
    SOUTH,
    WAIT,
    WEST,
    Intent,
)
from townlet_components.position import Position

if TYPE_CHECKING:
    from townlet.simulation import Simulation

#: Agents looked at; in larger towns others each time.
SAMPLE = 4096


def masks_are_true(sim: Simulation) -> Iterator[Finding]:
    """Of a sample: something is always open, and nothing that a glance could refuse (SPEC §12).

    While committed only the current option is open; during a use only wait and leave are; steps
    lead onto walkable tiles; of a vacant slot only idle and wait are open.
    """
    masks, rows = sim.masks(), _sample(len(sim.store.read(Identity).alive), sim.tick)
    alive = sim.store.read(Identity).alive[rows]
    option, primitive = masks.option[rows], masks.primitive[rows]

    def told(bad: npt.NDArray[np.bool_], words: str) -> Iterator[Finding]:
        return found("agent", rows[bad], lambda r: f"{who(sim, r)} {words}")

    yield from told(~option.any(axis=1) | ~primitive[:, WAIT], "has no action open to it")
    others = option.sum(axis=1) - option[:, IDLE] + primitive.sum(axis=1) - 1
    yield from told(~alive & (others > 0), "lives in no slot, but has actions open to it")
    intent = sim.store.read(Intent)
    bound = alive & (intent.wake[rows] > sim.tick + 1)
    current = intent.option[rows]
    only = (option.sum(axis=1) == 1) & option[np.arange(len(rows)), np.maximum(current, 0)]
    yield from told(bound & ~only, "is committed, but not just its option is open to it")
    busy = alive & (sim.store.read(Activity).affordance[rows] >= 0)
    free = primitive.sum(axis=1) - primitive[:, WAIT] - primitive[:, LEAVE_QUEUE]
    yield from told(busy & (free > 0), "uses something, but more than wait and leave is open")
    yield from told(alive & _into_walls(sim, rows, primitive), "may step where nobody can stand")


def _sample(rows: int, tick: int) -> npt.NDArray[np.int64]:
    """Rows to look at: all, or a stretch of them that moves from tick to tick."""
    if rows <= SAMPLE:
        return np.arange(rows)
    start = (tick * 0x9E3779B1) % rows
    return np.sort(np.arange(start, start + SAMPLE) % rows)


def _into_walls(
    sim: Simulation, rows: npt.NDArray[np.int64], primitive: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Whose open steps lead off the map or onto a tile that is not walkable."""
    plan, spot = sim.plan, sim.store.read(Position)
    district, tile = spot.district[rows].astype(np.int64), spot.tile[rows].astype(np.int64)
    x = district % plan.grid_w * plan.width + tile % plan.width
    y = district // plan.grid_w * plan.height + tile // plan.width
    bad = np.zeros(len(rows), np.bool_)
    for way, dx, dy in ((NORTH, 0, -1), (SOUTH, 0, 1), (EAST, 1, 0), (WEST, -1, 0)):
        to_x, to_y = x + dx, y + dy
        outside = (to_x < 0) | (to_x >= plan.grid_w * plan.width)
        outside |= (to_y < 0) | (to_y >= plan.grid_h * plan.height)
        to_x, to_y = np.where(outside, 0, to_x), np.where(outside, 0, to_y)
        there = to_y // plan.height * plan.grid_w + to_x // plan.width
        on = to_y % plan.height * plan.width + to_x % plan.width
        ground = ~outside & plan.walkable[plan.district_layout[there], on]
        bad |= primitive[:, way] & ~ground
    return bad
