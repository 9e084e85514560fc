"""Deliveries: at midnight homes are stocked by their grocer and public objects by the truck."""

from townlet.ecs import I16, I32, I64, Bool, Phase, Read, Write, kernel, system
from townlet_components.citymap import PlacePlan
from townlet_components.clock import Clock
from townlet_components.identity import Identity
from townlet_components.inventory import INGREDIENTS, MEALS
from townlet_components.objects import ObjectIndex, ObjectPlan, Objects
from townlet_components.rows import Rows
from townlet_components.rules import EconomyRules
from townlet_components.wallet import GOODS, GROCERIES, Till, Treasury, Wallet

#: A pantry takes deliveries up to this many days of ingredients.
_DAYS_IN_PANTRY = 2


@kernel
def deliver_groceries(
    stock: I16,
    money: I64,
    till: I64,
    treasury: I64,
    flow: I64,
    alive: Bool,
    row_of: I32,
    resident_first: I32,
    resident: I32,
    grocer: I32,
    place_first: I32,
    place_object: I32,
    pantry: I32,
    daily: I32,
    ingredient: I64,
    wholesale: I64,
    minute: I64,
) -> None:
    """Fill each home's pantry with ingredients, paid one by one by its residents in turn.

    Each unit is two bookings: resident to grocer (groceries), grocer to treasury (goods). Who
    cannot pay is passed over; what nobody can pay is not delivered.

    Args:
        stock: goods by object row, (object, item).
        money, till, treasury: thousandths, by agent row, place row and town.
        flow: bookings, (town, flow).
        alive: (agent,).
        row_of: (slot,).
        resident_first, resident: slots by place, CSR.
        grocer: place that delivers to a home, -1 none, (places,).
        place_first, place_object: objects by place, CSR.
        pantry: object that stores an object's goods, (objects,).
        daily: ingredients per resident and day, (town,).
        ingredient: price, (town,).
        wholesale: share of the price that goes on to the treasury, thousandths, (town,).
        minute: minute of the day, (1,).
    """
    if minute[0] != 0:
        return
    towns = treasury.shape[0]
    places, capacity = grocer.shape[0], row_of.shape[0] // towns
    for t in range(towns):
        price = ingredient[t]
        share = price * wholesale[t] // 1000
        for p in range(places):
            if grocer[p] < 0 or place_first[p] == place_first[p + 1]:
                continue
            store = t * pantry.shape[0] + pantry[place_object[place_first[p]]]
            seller = t * places + grocer[p]
            people = 0
            for k in range(resident_first[p], resident_first[p + 1]):
                people += 1 if alive[row_of[t * capacity + resident[k]]] else 0
            room = _DAYS_IN_PANTRY * daily[t] * people - stock[store, INGREDIENTS]
            for _ in range(min(daily[t], room)):
                for k in range(resident_first[p], resident_first[p + 1]):
                    r = row_of[t * capacity + resident[k]]
                    if room <= 0 or not alive[r] or money[r] < price:
                        continue
                    money[r] -= price
                    till[seller] += price - share
                    treasury[t] += share
                    flow[t, GROCERIES] += price
                    flow[t, GOODS] += share
                    stock[store, INGREDIENTS] += 1
                    room -= 1


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
        till, treasury, flow: as in :func:`deliver_groceries`.
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
    wallet: Write[Wallet],
    till: Write[Till],
    treasury: Write[Treasury],
    identity: Read[Identity],
    rows: Read[Rows],
    places: Read[PlacePlan],
    index: Read[ObjectIndex],
    plan: Read[ObjectPlan],
    rules: Read[EconomyRules],
    clock: Read[Clock],
) -> None:
    """At midnight pantries and shops are restocked; every delivery is paid for."""
    deliver_groceries(
        objects.stock,
        wallet.money,
        till.money,
        treasury.money,
        treasury.flow,
        identity.alive,
        rows.row_of,
        places.resident_first,
        places.resident,
        places.grocer,
        index.place_first,
        index.place_object,
        plan.pantry,
        rules.daily_ingredients,
        rules.ingredient,
        rules.wholesale,
        clock.minute,
    )
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
