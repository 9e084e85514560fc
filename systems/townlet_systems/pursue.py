"""Pursuing: the option's controller emits one primitive per tick: go there, queue, use, stop."""

from townlet_components.activity import Activity
from townlet_components.affordances import Affordances, OptionPlan
from townlet_components.citymap import DistrictPlan, Layouts, PlacePlan
from townlet_components.clock import Clock
from townlet_components.home import Home
from townlet_components.identity import Identity
from townlet_components.intent import IDLE, INTERACT, LEAVE_QUEUE, NORTH, USE_ITEM, WAIT, Intent, Orders
from townlet_components.inventory import Inventory
from townlet_components.needs import Needs
from townlet_components.objects import ObjectIndex, ObjectPlan, Objects
from townlet_components.personality import Personality
from townlet_components.position import Position
from townlet_components.queueing import QueuePlace, QueueRing
from townlet_components.rows import Rows
from townlet_components.values import Values
from townlet_components.wallet import Wallet
from townlet_systems.bundles import City, Menu, Mind, Nearby, Offers, People, Things, Time
from townlet_systems.targets import BAG, NOTHING, choose_target
from townlet_systems.walking import ARRIVED, next_step

from townlet.ecs import (
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    U16,
    Bool,
    Phase,
    Read,
    Write,
    device,
    kernel,
    system,
)


@device
def place_in_ring(ring: I32, start: int, count: int, slot: int) -> int:
    """Place of a slot in a ring, or -1."""
    for k in range(count):
        if ring[start + k] == slot:
            return k
    return -1


@device
def walk_or(city: City, district: int, tile: int, goal: int, target: int, arrived: int) -> int:
    """Primitive of the next step to a target; ``arrived`` when there; wait when there is no way."""
    step = next_step(city, district, tile, goal, target)
    if step == ARRIVED:
        return arrived
    return NORTH + step if step >= 0 else WAIT


@kernel(over="agent")
def pursue_all(
    alive: Bool, slot: I32, town: I32, district: I32, tile: I16, home: I32, money: I64,
    carried: I16, level: F32, trait: F32, profile: I8,
    affordance: I16, using_object: I32, given: I16,
    q_object: I32, holding: Bool,
    option: I8, target: I32, plan: I16, wake: I32, primitive: I16, wish: I32,
    o_type: I16, o_district: I32, o_tile: I16, o_place: I32, o_target: I16, o_queue: I16, private: Bool,
    pantry: I32, o_start: I32, ring_size: I16,
    holder: I32, waiting: I8, closed: Bool, stock: I16, ring: I32,
    place_first: I32, place_object: I32, public_first: I32, public_object: I32,
    a_type: I16, a_duration: I32, a_item: I16, a_take: I16, a_price: I32, program: I32, constant: F64,
    program_first: I32, key_price: F64, option_first: I32, option_affordance: I16, producer: I16,
    value: F64, stack: F64,
    route: U16, layout: I16, gate_exit: I16, gate_tile: I16, grid: I32,
    size: I32, single: Bool, place_district: I32, place_target: I16,
    tick: I64, minute: I64, day: I64,
) -> None:  # fmt: skip
    """Emit each agent's primitive; see :func:`pursue_options`."""
    city = City(route, layout, gate_exit, gate_tile, grid)
    things = Things(
        o_type, o_district, o_place, o_target, private, pantry, holder, waiting, closed, stock,
        o_tile, grid, size, ring_size,
    )  # fmt: skip
    nearby = Nearby(place_first, place_object, public_first, public_object)
    offers = Offers(
        a_type, a_duration, a_item, a_take, a_price, program, constant, program_first, key_price
    )
    menu = Menu(option_first, option_affordance, producer)
    people = People(
        town, slot, district, tile, home, money, carried, level, trait, profile, q_object, holding
    )
    mind, time = Mind(value, stack), Time(tick, minute, day)
    count = o_type.shape[0]
    entries = ring.shape[0] // (holder.shape[0] // count)
    for r in range(alive.shape[0]):
        if given[r] >= 0:
            continue
        primitive[r] = WAIT
        if affordance[r] >= 0:
            if target[r] == NOTHING:
                primitive[r] = LEAVE_QUEUE
            continue
        if not alive[r]:
            continue
        if option[r] == IDLE:
            if q_object[r] >= 0:
                primitive[r] = LEAVE_QUEUE
            elif home[r] >= 0 and single[layout[district[r]], tile[r]]:
                # Who has nothing to do does not stand in the way: it goes home.
                primitive[r] = walk_or(
                    city, district[r], tile[r], place_district[home[r]], place_target[home[r]], WAIT
                )
            continue
        if target[r] == NOTHING:
            thing, aff = choose_target(
                city, things, nearby, offers, menu, people, mind, time, r, option[r]
            )
            target[r], plan[r] = thing, aff
            if thing == NOTHING:
                wake[r] = tick[0] + 1
        thing = target[r]
        if q_object[r] >= 0 and q_object[r] != thing:
            primitive[r] = LEAVE_QUEUE
            continue
        if thing == BAG:
            primitive[r] = USE_ITEM
            continue
        if thing == NOTHING:
            continue
        goal, spot, arrived = o_district[thing], o_target[thing], INTERACT + plan[r]
        if q_object[r] == thing and not holding[r] and o_queue[thing, 0] >= 0:
            g = town[r] * count + thing
            start = town[r] * entries + o_start[thing]
            place = min(place_in_ring(ring, start, waiting[g], slot[r]), o_queue.shape[1] - 1)
            while place > 0 and o_queue[thing, place] < 0:
                place -= 1
            spot, arrived = o_queue[thing, place], WAIT
        primitive[r] = walk_or(city, district[r], tile[r], goal, spot, arrived)
        wish[r] = thing


@system(phase=Phase.ACT)
def pursue_options(
    identity: Read[Identity],
    rows: Read[Rows],
    position: Read[Position],
    home: Read[Home],
    wallet: Read[Wallet],
    inventory: Read[Inventory],
    needs: Read[Needs],
    personality: Read[Personality],
    activity: Read[Activity],
    orders: Read[Orders],
    queue: Read[QueuePlace],
    intent: Write[Intent],
    plan: Read[ObjectPlan],
    objects: Read[Objects],
    ring: Read[QueueRing],
    index: Read[ObjectIndex],
    manifest: Read[Affordances],
    menu: Read[OptionPlan],
    values: Write[Values],
    layouts: Read[Layouts],
    city: Read[DistrictPlan],
    places: Read[PlacePlan],
    clock: Read[Clock],
) -> None:
    """Each option's controller chooses a target, walks there, queues and asks to use it."""
    pursue_all(
        identity.alive, rows.slot, rows.town, position.district, position.tile, home.place,
        wallet.money, inventory.count, needs.level, personality.trait, personality.profile,
        activity.affordance, activity.object, orders.primitive,
        queue.object, queue.holding,
        intent.option, intent.target, intent.affordance, intent.wake, intent.primitive,
        intent.object,
        plan.type, plan.district, plan.tile, plan.place, plan.target, plan.queue, plan.private, plan.pantry,
        plan.ring_start, plan.ring_size,
        objects.holder, objects.waiting, objects.closed, objects.stock, ring.slot,
        index.place_first, index.place_object, index.public_first, index.public_object,
        manifest.object_type, manifest.duration, manifest.item, manifest.take, manifest.price, manifest.program,
        manifest.constant, manifest.program_first, manifest.key_price,
        menu.first, menu.affordance, menu.producer,
        values.value, values.stack,
        layouts.route, city.layout, layouts.gate_exit, layouts.gate_tile, city.grid,
        city.size, layouts.single, places.district, places.target,
        clock.tick, clock.minute, clock.day,
    )  # fmt: skip
