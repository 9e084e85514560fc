"""Deliveries: at midnight the truck restocks shops and cafes, as far as they can pay."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import (
    I16,
    I32,
    I64,
    Emit,
    Phase,
    Read,
    Write,
    device,
    kernel,
    system,
)
from townlet_components.citymap import DistrictPlan
from townlet_components.clock import Clock
from townlet_components.events import REPLENISH, Events, EventTotals
from townlet_components.inventory import MEALS
from townlet_components.objects import ObjectPlan, Objects
from townlet_components.rules import EconomyRules
from townlet_components.town_state import Prices
from townlet_components.wallet import GOODS, Till, Treasury
from townlet_systems.emitting import Channel, channel_of, emit
from townlet_systems.pricing import price_key_of


class Truck(NamedTuple):
    """What is delivered where, and at what price.

    Stock by object row, ``restock`` and ``place`` by object of a town, prices by town.
    """

    stock: I16
    restock: I16
    place: I32
    base: I32
    wholesale: I64


@device
def missing_at(truck: Truck, town: int, thing: int, item: int) -> int:
    """How many of an item an object's planned stock is short of."""
    g = town * truck.place.shape[0] + thing
    return int(max(truck.restock[thing, item] - truck.stock[g, item], 0))


@device
def wholesale_price(truck: Truck, town: int, item: int) -> int:
    """What a place pays for one item: a share of its price, before factors; thousandths."""
    price = np.int64(truck.base[town, price_key_of(item)])
    return int(price * truck.wholesale[town] // 1000)


@device
def cost_of(truck: Truck, town: int, thing: int) -> int:
    """What it costs to fill an object up; thousandths."""
    total = 0
    for item in range(MEALS + 1):
        total += missing_at(truck, town, thing, item) * wholesale_price(truck, town, item)
    return total


@kernel
def restock(
    truck: Truck, till: I64, treasury: I64, flow: I64, district: I32, layout: I16,
    channel: Channel, minute: I64,
) -> None:  # fmt: skip
    """Fill public stock up to its plan, as far as the place's till pays for it.

    Args:
        truck: bundle.
        till, treasury: thousandths, by place row and town.
        flow: bookings, (town, flow).
        district: district of each object, (objects,).
        layout: (districts of a town,), for its length.
        channel: bundle.
        minute: minute of the day, (1,).
    """
    if minute[0] != 0:
        return
    towns, things = treasury.shape[0], truck.place.shape[0]
    places = till.shape[0] // towns
    for t in range(towns):
        for o in range(things):
            for item in range(MEALS + 1):
                missing = missing_at(truck, t, o, item)
                if missing == 0:
                    continue
                unit = wholesale_price(truck, t, item)
                shop = t * places + truck.place[o]
                count = missing if unit == 0 else min(missing, max(till[shop], 0) // unit)
                if count == 0:
                    continue
                truck.stock[t * things + o, item] += count
                till[shop] -= count * unit
                treasury[t] += count * unit
                flow[t, GOODS] += count * unit
                here = t * layout.shape[0] + district[o]
                emit(channel, here, REPLENISH, -1, -1, o, count)


@system(phase=Phase.LIVE, after=["sweep_tills"])
def deliver_goods(
    objects: Write[Objects],
    till: Write[Till],
    treasury: Write[Treasury],
    plan: Read[ObjectPlan],
    city: Read[DistrictPlan],
    prices: Read[Prices],
    rules: Read[EconomyRules],
    events: Emit[Events],
    totals: Emit[EventTotals],
    clock: Read[Clock],
) -> None:
    """At midnight shops and cafes are restocked; every delivery is paid for."""
    restock(
        Truck(objects.stock, plan.restock, plan.place, prices.base, rules.wholesale),
        till.money, treasury.money, treasury.flow, plan.district, city.layout,
        channel_of(events, totals), clock.minute,
    )  # fmt: skip
