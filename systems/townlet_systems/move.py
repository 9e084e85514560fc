"""Moving: one tile per tick; chains, swaps and circles succeed; a tile goes to the best claim."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import (
    F32,
    I8,
    I16,
    I32,
    I64,
    U16,
    U32,
    U64,
    Bool,
    Emit,
    Phase,
    Read,
    Write,
    device,
    kernel,
    system,
)
from townlet.ecs.rng import WORLD_STREAM, draw_bits
from townlet_components import draws
from townlet_components.actors import Actors, Movers, TileScratch
from townlet_components.citymap import DistrictPlan, Layouts
from townlet_components.clock import Clock
from townlet_components.events import GHOST_STEP, Events, EventTotals
from townlet_components.identity import Identity
from townlet_components.intent import EAST, NORTH, WEST, Intent
from townlet_components.last_action import LastAction
from townlet_components.personality import PATIENCE, Personality
from townlet_components.position import Occupancy, Position
from townlet_components.rows import DistrictRows, Rows, Towns
from townlet_components.rules import MoveRules
from townlet_components.town_state import Weather, WeatherRules
from townlet_systems.ahead import ask_for
from townlet_systems.bundles import City, Ground, Sky
from townlet_systems.doing import Outcome, note, outcome_of
from townlet_systems.emitting import Channel, channel_of, emit
from townlet_systems.scene import city_of
from townlet_systems.walking import neighbour
from townlet_systems.weather import sky_of, slowed

FAILED, CONTENDS, CERTAIN = 0, 1, 2
_MOST_TRIES = 100


class Walkers(NamedTuple):
    """What movement knows of agents, by row, and a lane's notes."""

    district: I32
    tile: I16
    tries: I8
    slot: I32
    generation: I32
    trait: F32
    row: I32
    goal: I32
    kind: I8
    stack: I32
    claim: I32
    remaining: I32


@device
def goal_of(
    city: City, walkable: Bool, step: I16, size: I32, district: int, tile: int, side: int
) -> int:
    """Tile a step leads to: within the district >= 0, next door ``-2 - tile``, nowhere -1."""
    out = city.gate_exit[side, tile]
    if out >= 0 and neighbour(city, district, side) >= 0:
        return -2 - int(out)
    width = np.int64(size[0])
    y = np.int64(np.uint32(tile) // np.uint32(width))
    x = tile - y * width
    if (side == NORTH - 1 and y == 0) or (side == EAST - 1 and x == width - 1):
        return -1
    if (side == WEST - 1 and x == 0) or (side == 1 and y == size[1] - 1):
        return -1
    goal = tile + int(step[side])
    return goal if walkable[city.layout[district], goal] else -1


@device
def claims_better(w: Walkers, a: int, b: int, seed: np.uint64, tick: int) -> bool:
    """Mover ``a`` comes before ``b``: more failed tries, less patience, keyed draw, lower slot."""
    ra, rb = w.row[a], w.row[b]
    if w.tries[ra] != w.tries[rb]:
        return bool(w.tries[ra] > w.tries[rb])
    pa, pb = w.trait[ra, PATIENCE], w.trait[rb, PATIENCE]
    if pa != pb:
        return bool(pa < pb)
    da = draw_bits(seed, WORLD_STREAM, tick, w.slot[ra], w.generation[ra], draws.MOVE_TIE, 0)
    db = draw_bits(seed, WORLD_STREAM, tick, w.slot[rb], w.generation[rb], draws.MOVE_TIE, 0)
    if da != db:
        return bool(da < db)
    return bool(w.slot[ra] < w.slot[rb])


@device
def blocked(w: Walkers, mover: int, ghost_after: int) -> bool:
    """The tile a mover wants stays occupied, and it may not enter all the same."""
    if w.remaining[0, w.goal[mover]] <= 0:
        return False
    return bool(ghost_after == 0 or w.tries[w.row[mover]] < ghost_after)


@device
def settle_claims(w: Walkers, low: int, high: int, single: Bool, ghost_after: int) -> None:
    """Pass failure on from the head: who wants a tile that stays occupied fails, and so stays.

    What is left after that succeeds: chains, swaps and circles. A mover with ``ghost_after``
    failed tries behind it enters whatever stands there.
    """
    top = low
    for m in range(low, high):
        if w.kind[m] == CONTENDS and blocked(w, m, ghost_after):
            w.kind[m] = FAILED
            w.stack[top] = m
            top += 1
    while top > low:
        top -= 1
        tile = w.tile[w.row[w.stack[top]]]
        if not single[tile]:
            continue
        w.remaining[0, tile] += 1
        behind = w.claim[0, tile]
        if behind >= 0 and w.kind[behind] == CONTENDS and blocked(w, behind, ghost_after):
            w.kind[behind] = FAILED
            w.stack[top] = behind
            top += 1


@device
def fetch_tiles(
    w: Walkers, step: I16, count: U16, active: I32, primitive: I16, low: int, high: int, d: int
) -> None:
    """Ask for how many stand where the movers of a district are and want to be.

    See :func:`townlet_systems.ahead.ask_for`. The table of counts is far larger than a cache.
    """
    for i in range(low, high):
        r = active[i]
        place = d * count.shape[1] + w.tile[r]
        ask_for(count, place)
        if NORTH <= primitive[r] <= WEST:
            ask_for(count, place + step[primitive[r] - NORTH])


@device
def register(
    w: Walkers, city: City, walkable: Bool, step: I16, size: I32, sky: Sky, single: Bool,
    count: U16, active: I32, primitive: I16, low: int, high: int, town: int, seed: np.uint64,
    tick: int,
) -> int:  # fmt: skip
    """List the movers of a district and their claims; returns the end of the list."""
    n = low
    for i in range(low, high):
        r = active[i]
        if primitive[r] < NORTH or primitive[r] > WEST:
            continue
        side = primitive[r] - NORTH
        here = w.tile[r]
        goal = goal_of(city, walkable, step, size, w.district[r], here, side)
        if slowed(sky, town, city.layout[w.district[r]], here, tick, w.slot[r]):
            goal = -1
        w.row[n] = r
        w.goal[n] = goal
        w.kind[n] = CERTAIN
        if goal == -1:
            w.kind[n] = FAILED
        elif goal >= 0 and single[goal]:
            w.remaining[0, goal] = count[goal]
            w.kind[n] = CONTENDS
        if single[here]:
            w.remaining[0, here] = count[here]
        n += 1
    lay_claims(w, low, n, single, seed, tick)
    return n


@device
def lay_claims(w: Walkers, low: int, n: int, single: Bool, seed: np.uint64, tick: int) -> None:
    """Give each contended tile to its best claim; who goes leaves its own tile."""
    for m in range(low, n):
        if w.kind[m] == CONTENDS:
            best = w.claim[0, w.goal[m]]
            if best < 0 or claims_better(w, m, best, seed, tick):
                w.claim[0, w.goal[m]] = m
                if best >= 0:
                    w.kind[best] = FAILED
            else:
                w.kind[m] = FAILED
    for m in range(low, n):
        here = w.tile[w.row[m]]
        if w.kind[m] != FAILED and single[here]:
            w.remaining[0, here] -= 1


@kernel(over="district")
def step_all(
    town: I32, number: I32, first: I32, last: I32, active: I32, primitive: I16, w: Walkers,
    ghost_steps: U32, outcome: Outcome, count: U16, city: City, ground: Ground, single: Bool,
    size: I32, sky: Sky, ghost_after: I32, seed: U64, channel: Channel, tick: I64,
) -> None:  # fmt: skip
    """Move every mover of every district; see :func:`move_agents` for the rule."""
    for d in range(town.shape[0]):
        if d + 1 < town.shape[0]:
            fetch_tiles(w, ground.step, count, active, primitive, first[d + 1], last[d + 1], d + 1)
        if first[d] == last[d]:
            continue
        plan = city.layout[number[d]]
        low = first[d]
        high = register(
            w, city, ground.walkable, ground.step, size, sky, single[plan], count[d],
            active, primitive, low, last[d], town[d], seed[town[d]], tick[0],
        )  # fmt: skip
        settle_claims(w, low, high, single[plan], ghost_after[town[d]])
        for m in range(low, high):
            r = w.row[m]
            note(outcome, r, primitive[r], w.kind[m] != FAILED, 1)
            if w.kind[m] == FAILED:
                if w.goal[m] >= 0:
                    w.tries[r] = min(w.tries[r] + 1, _MOST_TRIES)
                continue
            here, goal = w.tile[r], w.goal[m]
            w.tries[r] = 0
            if single[plan, here]:
                count[d, here] -= np.uint16(1)
            if goal < 0:
                w.district[r] = neighbour(city, number[d], primitive[r] - NORTH)
                w.tile[r] = -2 - goal
                continue
            w.tile[r] = goal
            if single[plan, goal]:
                count[d, goal] += np.uint16(1)
                if w.kind[m] == CONTENDS and w.remaining[0, goal] > 0:
                    ghost_steps[r] += np.uint32(1)
                    emit(channel, d, GHOST_STEP, w.slot[r], -1, -1, goal)
        for m in range(low, high):
            if w.goal[m] >= 0:
                w.claim[0, w.goal[m]] = -1


@system(phase=Phase.ACT, after=["gather_actors"])
def move_agents(
    district_rows: Read[DistrictRows],
    actors: Read[Actors],
    intent: Read[Intent],
    position: Write[Position],
    rows: Read[Rows],
    identity: Read[Identity],
    personality: Read[Personality],
    last: Write[LastAction],
    movers: Write[Movers],
    tiles: Write[TileScratch],
    occupancy: Write[Occupancy],
    layouts: Read[Layouts],
    plan: Read[DistrictPlan],
    rules: Read[MoveRules],
    weather: Read[Weather],
    weather_rules: Read[WeatherRules],
    towns: Read[Towns],
    events: Emit[Events],
    totals: Emit[EventTotals],
    clock: Read[Clock],
) -> None:
    """Agents step; a tile that holds one goes to the best claim, chains and swaps succeed."""
    step_all(
        district_rows.town, district_rows.number, actors.first, actors.last, actors.row,
        intent.primitive,
        Walkers(
            district=position.district, tile=position.tile, tries=position.tries, slot=rows.slot,
            generation=identity.generation, trait=personality.trait, row=movers.row,
            goal=movers.goal, kind=movers.kind, stack=movers.stack, claim=tiles.claim,
            remaining=tiles.remaining,
        ),
        position.ghost_steps, outcome_of(last), occupancy.count, city_of(layouts, plan),
        Ground(layouts.walkable, layouts.step), layouts.single, plan.size,
        sky_of(weather, weather_rules, layouts), rules.ghost_step_after, towns.seed,
        channel_of(events, totals), clock.tick,
    )  # fmt: skip
