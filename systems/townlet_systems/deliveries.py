"""Deliveries: at midnight the truck restocks shops and cafes, as far as they can pay."""

from townlet.ecs import I16, I32, I64, Phase, Read, Write, kernel, system
from townlet_components.clock import Clock
from townlet_components.inventory import MEALS
from townlet_components.objects import ObjectPlan, Objects
from townlet_components.rules import EconomyRules
from townlet_components.wallet import GOODS, Till, Treasury


@kernel
def restock(
    stock: I16,
    till: I64,
    treasury: I64,
    flow: I64,
    restock_to: I16,
    place: I32,
    ingredient: I64,
    meal: I64,
    wholesale: I64,
    minute: I64,
) -> None:
    """Fill public stock up to its plan, as far as the place's till pays for it.

    Args:
        stock: (object, item).
        till, treasury: thousandths, by place row and town.
        flow: bookings, (town, flow).
        restock_to: planned stock, (objects, item).
        place: place of each object, (objects,).
        ingredient, meal: shop prices, (town,).
        wholesale: share of the price, thousandths, (town,).
        minute: minute of the day, (1,).
    """
    if minute[0] != 0:
        return
    towns, things = treasury.shape[0], place.shape[0]
    places = till.shape[0] // towns
    for t in range(towns):
        for o in range(things):
            for item in range(restock_to.shape[1]):
                missing = restock_to[o, item] - stock[t * things + o, item]
                if missing <= 0 or item > MEALS:
                    continue
                price = meal[t] if item == MEALS else ingredient[t]
                unit = price * wholesale[t] // 1000
                shop = t * places + place[o]
                count = missing if unit == 0 else min(missing, max(till[shop], 0) // unit)
                stock[t * things + o, item] += count
                till[shop] -= count * unit
                treasury[t] += count * unit
                flow[t, GOODS] += count * unit


@system(phase=Phase.LIVE, after=["pay_allowance"])
def deliver_goods(
    objects: Write[Objects],
    till: Write[Till],
    treasury: Write[Treasury],
    plan: Read[ObjectPlan],
    rules: Read[EconomyRules],
    clock: Read[Clock],
) -> None:
    """At midnight shops and cafes are restocked; every delivery is paid for."""
    restock(
        objects.stock,
        till.money,
        treasury.money,
        treasury.flow,
        plan.restock,
        plan.place,
        rules.ingredient,
        rules.meal,
        rules.wholesale,
        clock.minute,
    )
