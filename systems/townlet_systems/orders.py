"""Orders: actions given from outside, checked against the masks before they count."""

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
    kernel,
    system,
)
from townlet_components.activity import Activity
from townlet_components.affordances import Affordances, OptionPlan
from townlet_components.citymap import DistrictPlan, Layouts
from townlet_components.clock import Clock
from townlet_components.home import Home
from townlet_components.identity import Identity
from townlet_components.intent import INTERACT, WAIT, Intent, Orders
from townlet_components.inventory import Inventory
from townlet_components.needs import Needs
from townlet_components.objects import ObjectIndex, ObjectPlan, Objects
from townlet_components.personality import Personality
from townlet_components.position import Position
from townlet_components.queueing import QueuePlace
from townlet_components.rows import Rows
from townlet_components.rules import OptionRules
from townlet_components.values import Values
from townlet_components.wallet import Wallet
from townlet_systems.acting import find_target, open_primitive, take_option
from townlet_systems.bundles import City, Menu, Mind, Nearby, Offers, People, Plans, Things, Time
from townlet_systems.targets import NOTHING


@kernel(over="agent")
def obey_all(
    alive: Bool, slot: I32, town: I32, district: I32, tile: I16, home: I32, money: I64,
    carried: I16, level: F32, trait: F32, profile: I8, q_object: I32, holding: Bool,
    o_type: I16, o_district: I32, o_tile: I16, o_place: I32, o_target: I16, private: Bool,
    pantry: I32,
    ring_size: I16, holder: I32, waiting: I8, closed: Bool, stock: I16,
    place_first: I32, place_object: I32, public_first: I32, public_object: I32,
    a_type: I16, a_duration: I32, a_item: I16, a_take: I16, a_price: I32, program: I32,
    constant: F64, program_first: I32, key_price: F64, option_first: I32, option_affordance: I16,
    producer: I16,
    value: F64, stack: F64,
    route: U16, layout: I16, gate_exit: I16, gate_tile: I16, grid: I32,
    size: I32,
    tick: I64, minute: I64, day: I64,
    running: I16, until: I32, given_option: I16, given_primitive: I16, masked: I32,
    option: I8, target: I32, affordance: I16, wake: I32, primitive: I16, wish: I32,
    walkable: Bool, step: I16, commit: I32,
) -> None:  # fmt: skip
    """Apply the option or primitive given to each agent; a masked one is counted, no more."""
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
    plans = Plans(option, target, affordance, wake, running, until)
    now = tick[0]
    for r in range(alive.shape[0]):
        choice, act = given_option[r], given_primitive[r]
        if choice < 0 and act < 0:
            continue
        if not alive[r]:
            masked[r] += 1
            continue
        if act >= 0:
            primitive[r] = WAIT
            allowed, thing = open_primitive(
                city, things, nearby, offers, people, mind, time, walkable, step, size, running, r,
                act,
            )  # fmt: skip
            if not allowed:
                masked[r] += 1
                continue
            primitive[r] = act
            if act >= INTERACT:
                wish[r] = thing
            continue
        if now < wake[r]:
            if choice != option[r]:
                masked[r] += 1
            continue
        thing, aff = find_target(city, things, nearby, offers, menu, people, mind, time, r, choice)
        if thing == NOTHING:
            masked[r] += 1
            continue
        take_option(plans, r, choice, thing, aff, now, commit[town[r]])


@system(phase=Phase.DECIDE)
def obey_orders(
    identity: Read[Identity],
    rows: Read[Rows],
    position: Read[Position],
    home: Read[Home],
    wallet: Read[Wallet],
    inventory: Read[Inventory],
    needs: Read[Needs],
    personality: Read[Personality],
    queue: Read[QueuePlace],
    plan: Read[ObjectPlan],
    objects: Read[Objects],
    index: Read[ObjectIndex],
    manifest: Read[Affordances],
    menu: Read[OptionPlan],
    values: Write[Values],
    layouts: Read[Layouts],
    city: Read[DistrictPlan],
    clock: Read[Clock],
    activity: Read[Activity],
    orders: Write[Orders],
    intent: Write[Intent],
    rules: Read[OptionRules],
) -> None:
    """Given actions are taken when their mask is open, and counted when it is not."""
    obey_all(
        identity.alive, rows.slot, rows.town, position.district, position.tile, home.place,
        wallet.money, inventory.count, needs.level, personality.trait, personality.profile,
        queue.object, queue.holding,
        plan.type, plan.district, plan.tile, plan.place, plan.target, plan.private, plan.pantry,
        plan.ring_size, objects.holder, objects.waiting, objects.closed, objects.stock,
        index.place_first, index.place_object, index.public_first, index.public_object,
        manifest.object_type, manifest.duration, manifest.item, manifest.take, manifest.price,
        manifest.program, manifest.constant, manifest.program_first, manifest.key_price,
        menu.first, menu.affordance, menu.producer,
        values.value, values.stack,
        layouts.route, city.layout, layouts.gate_exit, layouts.gate_tile, city.grid,
        city.size,
        clock.tick, clock.minute, clock.day,
        activity.affordance, activity.until, orders.option, orders.primitive, orders.masked,
        intent.option, intent.target, intent.affordance, intent.wake, intent.primitive,
        intent.object,
        layouts.walkable, layouts.step, rules.commit,
    )  # fmt: skip
