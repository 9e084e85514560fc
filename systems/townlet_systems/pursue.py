"""Pursuing: the option's controller emits one primitive per tick: go there, queue, use, stop."""

from townlet.ecs import I8, I16, I32, U16, Bool, Phase, Read, Write, device, kernel, system
from townlet_components.activity import Activity
from townlet_components.citymap import DistrictPlan, Layouts, PlacePlan
from townlet_components.home import Home
from townlet_components.identity import Identity
from townlet_components.intent import (
    IDLE,
    INTERACT,
    LEAVE_QUEUE,
    NORTH,
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
from townlet_systems.bundles import City
from townlet_systems.rings import place_in_ring
from townlet_systems.targets import BAG
from townlet_systems.walking import ARRIVED, next_step


@device
def walk_or(city: City, district: int, tile: int, goal: int, target: int, arrived: int) -> int:
    """Primitive of the next step to a target; ``arrived`` when there; wait when there is no way."""
    step = next_step(city, district, tile, goal, target)
    if step == ARRIVED:
        return arrived
    return NORTH + step if step >= 0 else WAIT


@kernel(over="agent", local=True)
def pursue_all(
    alive: Bool, slot: I32, town: I32, district: I32, tile: I16, home: I32,
    running: I16, using: I32, given: I16, possessed: Bool, scripted: Bool, q_object: I32,
    holding: Bool,
    option: I8, target: I32, plan: I16, primitive: I16, wish: I32,
    o_district: I32, o_target: I16, o_queue: I16, o_start: I32, waiting: I8, ring: I32,
    route: U16, layout: I16, gate_exit: I16, gate_tile: I16, grid: I32, single: Bool,
    place_district: I32, place_target: I16,
) -> None:  # fmt: skip
    """Emit each agent's primitive; see :func:`pursue_options`."""
    city = City(route, layout, gate_exit, gate_tile, grid)
    count = o_district.shape[0]
    entries = ring.shape[0] // (waiting.shape[0] // count)
    for r in range(alive.shape[0]):
        if given[r] >= 0 or scripted[r]:
            continue
        primitive[r] = WAIT
        thing = target[r]
        if running[r] >= 0:
            if thing != (using[r] if using[r] >= 0 else BAG):
                primitive[r] = LEAVE_QUEUE
            continue
        if not alive[r]:
            continue
        if q_object[r] >= 0 and q_object[r] != thing:
            primitive[r] = LEAVE_QUEUE
        elif thing >= 0:
            goal, spot, arrived = o_district[thing], o_target[thing], INTERACT + plan[r]
            if q_object[r] == thing and not holding[r] and o_queue[thing, 0] >= 0:
                start = town[r] * entries + o_start[thing]
                ahead = place_in_ring(ring, start, waiting[town[r] * count + thing], slot[r])
                place = min(ahead, o_queue.shape[1] - 1)
                while place > 0 and o_queue[thing, place] < 0:
                    place -= 1
                spot, arrived = o_queue[thing, max(place, 0)], WAIT
            primitive[r] = walk_or(city, district[r], tile[r], goal, spot, arrived)
            wish[r] = thing
        elif thing == BAG:
            primitive[r] = USE_ITEM
        elif option[r] == IDLE and home[r] >= 0 and not possessed[r]:
            # Who has nothing to do does not stand in the way: it goes home.
            if not single[layout[district[r]], tile[r]]:
                continue
            primitive[r] = walk_or(
                city, district[r], tile[r], place_district[home[r]], place_target[home[r]], WAIT
            )


@system(phase=Phase.ACT)
def pursue_options(
    identity: Read[Identity],
    rows: Read[Rows],
    position: Read[Position],
    home: Read[Home],
    activity: Read[Activity],
    orders: Read[Orders],
    script: Read[Script],
    queue: Read[QueuePlace],
    intent: Write[Intent],
    plan: Read[ObjectPlan],
    objects: Read[Objects],
    ring: Read[QueueRing],
    layouts: Read[Layouts],
    city: Read[DistrictPlan],
    places: Read[PlacePlan],
) -> None:
    """Each option's controller walks to the target, queues there, and asks to use it."""
    pursue_all(
        identity.alive, rows.slot, rows.town, position.district, position.tile, home.place,
        activity.affordance, activity.object, orders.primitive, orders.possessed, script.acts,
        queue.object, queue.holding,
        intent.option, intent.target, intent.affordance, intent.primitive, intent.object,
        plan.district, plan.target, plan.queue, plan.ring_start, objects.waiting, ring.slot,
        layouts.route, city.layout, layouts.gate_exit, layouts.gate_tile, city.grid,
        layouts.single, places.district, places.target,
    )  # fmt: skip
