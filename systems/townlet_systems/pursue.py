"""Pursuing: the option's controller emits one primitive per tick: go there, queue, use, stop."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import I8, I16, I32, I64, Bool, Phase, Read, Write, device, kernel, system
from townlet_components.activity import Activity
from townlet_components.citymap import DistrictPlan, Layouts, PlacePlan
from townlet_components.clock import Clock
from townlet_components.home import Home
from townlet_components.identity import Identity
from townlet_components.incidents import Errand
from townlet_components.intent import (
    GO_TO_WORK,
    IDLE,
    INTERACT,
    LEAVE_QUEUE,
    NORTH,
    SOCIALISE,
    TALK,
    USE_ITEM,
    WAIT,
    Intent,
    Orders,
)
from townlet_components.objects import ObjectPlan, Objects
from townlet_components.position import Position
from townlet_components.queueing import QueuePlace, QueueRing
from townlet_components.rows import Rows
from townlet_components.script import Script
from townlet_components.ties import Talk
from townlet_components.work import Employment, JobRules, PositionPlan
from townlet_systems.acting import CLOSE, plans_of
from townlet_systems.bits import lowest
from townlet_systems.bundles import City, Ground, Plans
from townlet_systems.duty import Duty, at_work, duty_of
from townlet_systems.rings import place_in_ring
from townlet_systems.scene import city_of
from townlet_systems.spotting import BLOCK, below, differing
from townlet_systems.targets import BAG
from townlet_systems.walking import ARRIVED, next_step


class Walkers(NamedTuple):
    """Where agents are and what holds them, by row; and slot to row."""

    slot: I32
    town: I32
    district: I32
    tile: I16
    home: I32
    queue: I32
    holding: Bool
    using: I32
    partner: I32
    errand_district: I32
    errand_target: I16
    errand_until: I32
    row_of: I32


class Others(NamedTuple):
    """Where everybody is, by row of the whole table."""

    district: I32
    tile: I16


class Places(NamedTuple):
    """Places of the town, and where a district's begin."""

    district: I32
    target: I16
    first: I32
    of_tile: I16
    single: Bool


class Spots(NamedTuple):
    """Objects, where one waits for them, and who does."""

    district: I32
    target: I16
    queue: I16
    ring_start: I32
    ring: I32
    waiting: I8


def walkers_of(
    rows: Rows, position: Position, home: Home, queue: QueuePlace, activity: Activity, talk: Talk,
    errand: Errand,
) -> Walkers:  # fmt: skip
    """Bundle where agents are and what holds them."""
    return Walkers(
        rows.slot, rows.town, position.district, position.tile, home.place, queue.object,
        queue.holding, activity.object, talk.partner, errand.district, errand.target,
        errand.until, rows.row_of,
    )  # fmt: skip


def places_of(places: PlacePlan, city: DistrictPlan, layouts: Layouts) -> Places:
    """Bundle the places of the town."""
    return Places(places.district, places.target, city.place_first, layouts.place, layouts.single)


def spots_of(plan: ObjectPlan, ring: QueueRing, objects: Objects) -> Spots:
    """Bundle objects and who waits for them."""
    return Spots(
        plan.district, plan.target, plan.queue, plan.ring_start, ring.slot, objects.waiting
    )


@device
def walk_or(city: City, district: int, tile: int, goal: int, target: int, arrived: int) -> int:
    """Primitive of the next step to a target; ``arrived`` when there; wait when there is no way."""
    step = next_step(city, district, tile, goal, target)
    if step == ARRIVED:
        return arrived
    return NORTH + step if step >= 0 else WAIT


@device
def gap(size: I32, a: int, b: int) -> tuple[int, int]:
    """Tiles from tile ``a`` to tile ``b`` of a district, east and south."""
    return b % size[0] - a % size[0], b // size[0] - a // size[0]


@device
def greedy(city: City, ground: Ground, size: I32, district: int, tile: int, goal: int) -> int:
    """Primitive of a step that brings ``tile`` nearer to ``goal``, the longer way first."""
    dx, dy = gap(size, tile, goal)
    across = 2 if dx > 0 else 3
    along = 1 if dy > 0 else 0
    first, second = (across, along) if abs(dx) >= abs(dy) else (along, across)
    for turn in range(2):
        side = first if turn == 0 else second
        useful = dx != 0 if side >= 2 else dy != 0
        if useful and ground.walkable[city.layout[district], tile + ground.step[side]]:
            return NORTH + side
    return WAIT


@device
def toward(
    places: Places, city: City, ground: Ground, size: I32, here: int, tile: int, there: int,
    goal: int,
) -> tuple[int, int, int]:  # fmt: skip
    """From a tile of district ``here`` toward somebody on tile ``goal`` of district ``there``.

    To the place the other is in, greedily when near, then talk.

    Returns:
        District and routing target to walk to, or -1, 0 and the primitive.
    """
    if here != there:
        return there, 0, WAIT
    dx, dy = gap(size, tile, goal)
    if abs(dx) + abs(dy) <= 1:
        return -1, 0, TALK
    place = places.of_tile[city.layout[there], goal]
    together = place == places.of_tile[city.layout[here], tile]
    if place < 0 or together or abs(dx) + abs(dy) <= CLOSE:
        return -1, 0, greedy(city, ground, size, here, tile, goal)
    return there, places.target[places.first[there] + place], WAIT


@device
def object_spot(w: Walkers, plans: Plans, spots: Spots, row: int, thing: int) -> tuple[int, int]:
    """Routing target of an object, or of the tile to wait for it on; and what to do there."""
    arrived = INTERACT + plans.affordance[row]
    mine = w.queue[row] == thing
    if not mine or w.holding[row] or spots.queue[thing, 0] < 0:
        return spots.target[thing], arrived
    count = spots.district.shape[0]
    start = w.town[row] * (spots.ring.shape[0] // (spots.waiting.shape[0] // count))
    waiting = spots.waiting[w.town[row] * count + thing]
    ahead = place_in_ring(spots.ring, start + spots.ring_start[thing], waiting, w.slot[row])
    place = min(ahead, spots.queue.shape[1] - 1)
    while place > 0 and spots.queue[thing, place] < 0:
        place -= 1
    return spots.queue[thing, max(place, 0)], WAIT


@device
def destination(
    w: Walkers, plans: Plans, spots: Spots, size: I32, city: City, ground: Ground, duty: Duty,
    places: Places, others: Others, row: int, other: int, idles: bool,
) -> tuple[int, int, int]:  # fmt: skip
    """Where an option leads.

    Returns:
        District and routing target to walk to and the primitive there; or -1, 0 and the primitive.
    """
    thing, option = plans.target[row], plans.option[row]
    here, tile = w.district[row], w.tile[row]
    if thing >= 0:
        spot, act = object_spot(w, plans, spots, row, thing)
        return spots.district[thing], spot, act
    if thing == BAG:
        return -1, 0, USE_ITEM
    if option == SOCIALISE and other >= 0:
        there, spot = others.district[other], others.tile[other]
        return toward(places, city, ground, size, here, tile, there, spot)
    goal, spot = -1, 0
    p, home = duty.position[row], w.home[row]
    if option == GO_TO_WORK and p >= 0:
        if not (duty.spot[p] and at_work(duty, city, p, here, tile)):
            goal, spot = duty.district[p], duty.target[p]
    elif idles and home >= 0 and places.single[city.layout[here], tile]:
        # Who has nothing to do does not stand in the way: it goes home.
        goal, spot = places.district[home], places.target[home]
    return goal, spot, WAIT


@device
def wait(primitive: I16, those: np.uint64, low: int) -> None:
    """Let those of the 64 rows from ``low`` on wait."""
    if those == ~np.uint64(0):
        for k in range(BLOCK):
            primitive[low + k] = WAIT
        return
    while those != 0:
        primitive[low + lowest(those)] = WAIT
        those &= those - np.uint64(1)


@device
def give_up(w: Walkers, plans: Plans, primitive: I16, those: np.uint64, low: int) -> None:
    """Stop those of the 64 rows from ``low`` on that use something else than they want."""
    those &= differing(plans.target, w.using, low)
    while those != 0:
        r = low + lowest(those)
        those &= those - np.uint64(1)
        # Who uses nothing that stands anywhere has a meal in hand.
        if plans.target[r] != (w.using[r] if w.using[r] >= 0 else BAG):
            primitive[r] = LEAVE_QUEUE


@kernel(over="agent", whole=("others",), local=True)
def pursue_all(
    alive: Bool, given: I16, possessed: Bool, scripted: Bool, w: Walkers, plans: Plans,
    primitive: I16, wish: I32, spots: Spots, size: I32, city: City, ground: Ground, duty: Duty,
    places: Places, others: Others, tick: I64,
) -> None:  # fmt: skip
    """Emit each agent's primitive; see :func:`pursue_options`."""
    capacity = w.row_of.shape[0] // duty.buffer.shape[0]
    for low in range(0, alive.shape[0], BLOCK):
        mine = below(given, low, 0) & below(scripted, low, 1)
        uses = mine & ~below(plans.running, low, 0)
        wait(primitive, mine, low)
        give_up(w, plans, primitive, uses, low)
        rest = mine & ~uses & ~below(alive, low, 1) & below(w.partner, low, 0)
        while rest != 0:
            r = low + lowest(rest)
            rest &= rest - np.uint64(1)
            thing = plans.target[r]
            errand = w.errand_target[r] >= 0 and tick[0] < w.errand_until[r]
            if w.queue[r] >= 0 and (errand or w.queue[r] != thing):
                primitive[r] = LEAVE_QUEUE
                continue
            if errand:
                goal, spot, act = w.errand_district[r], w.errand_target[r], WAIT
            else:
                person = plans.person[r]
                other = w.row_of[w.town[r] * capacity + person] if person >= 0 else -1
                idles = plans.option[r] == IDLE and not possessed[r]
                goal, spot, act = destination(
                    w, plans, spots, size, city, ground, duty, places, others, r, other, idles
                )
                wish[r] = thing if thing >= 0 else wish[r]
            if goal >= 0:
                act = walk_or(city, w.district[r], w.tile[r], goal, spot, act)
            primitive[r] = act


@system(phase=Phase.ACT)
def pursue_options(
    identity: Read[Identity],
    rows: Read[Rows],
    position: Read[Position],
    home: Read[Home],
    activity: Read[Activity],
    orders: Read[Orders],
    queue: Read[QueuePlace],
    talk: Read[Talk],
    errand: Read[Errand],
    script: Read[Script],
    intent: Write[Intent],
    plan: Read[ObjectPlan],
    objects: Read[Objects],
    ring: Read[QueueRing],
    layouts: Read[Layouts],
    city: Read[DistrictPlan],
    places: Read[PlacePlan],
    positions: Read[PositionPlan],
    employment: Read[Employment],
    rules: Read[JobRules],
    clock: Read[Clock],
) -> None:
    """Each agent takes a step toward what it wants: an errand, an object, work, a person."""
    pursue_all(
        identity.alive, orders.primitive, orders.possessed, script.acts,
        walkers_of(rows, position, home, queue, activity, talk, errand),
        plans_of(intent, activity), intent.primitive, intent.object,
        spots_of(plan, ring, objects),
        city.size, city_of(layouts, city),
        Ground(layouts.walkable, layouts.step),
        duty_of(positions, layouts, employment, rules),
        places_of(places, city, layouts),
        Others(position.district, position.tile), clock.tick,
    )  # fmt: skip
