"""Slow twin of money (SPEC §8): allowance, rent, the sweep, deliveries, purchases, accounts."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from tests.oracle.affordances import half_up, next_to

from townlet.ecs.rng import WORLD_STREAM, draw_bits
from townlet.maps import PLACE_KINDS
from townlet_components.draws import PURCHASE_ORDER

if TYPE_CHECKING:
    from tests.oracle.town import Agent, Thing, Town

#: SPEC §8, who pays whom.
WHO_PAYS_WHOM = {
    "sales": ("citizen", "place"),
    "refund": ("place", "citizen"),
    "wage": ("place", "citizen"),
    "wage_treasury": ("treasury", "citizen"),
    "penalty": ("citizen", "place"),
    "rent": ("citizen", "treasury"),
    "goods": ("place", "treasury"),
    "sweep": ("place", "treasury"),
    "allowance": ("treasury", "citizen"),
    "initial": ("treasury", "citizen"),
    "operator": ("treasury", "citizen"),
    "estate": ("citizen", "treasury"),
}
PRICE_NAME = {"ingredients": "ingredients_cost", "meals": "meal_cost"}


def accounts_balance(town: Town) -> bool:
    """Each kind of accounts holds what its flows brought less what they took."""
    due = {"citizen": 0, "place": 0, "treasury": 0}
    for flow, amount in town.flow.items():
        payer, payee = WHO_PAYS_WHOM[flow]
        due[payer] -= amount
        due[payee] += amount
    has = {
        "citizen": sum(agent.money for agent in town.agents),
        "place": sum(town.tills),
        "treasury": town.treasury,
    }
    return has == due and sum(has.values()) == 0


def pay_allowance(town: Town) -> None:
    """At midnight the treasury pays each living agent what the config says."""
    economy = town.rules.config.economy
    if economy.allowance is None:
        return
    for agent in town.agents:
        if town.minute == 0 and agent.alive:
            amount = int(economy.allowance * 1000 + 0.5)
            agent.money += amount
            town.treasury -= amount
            town.flow["allowance"] += amount


def collect_rent(town: Town) -> None:
    """At midnight each living agent pays rent and arrears as far as it can."""
    rent = half_up(town.prices["rent"] * Fraction(town.spikes["rent"], 1000))
    for agent in town.agents:
        if town.minute != 0 or not agent.alive:
            continue
        owed = agent.arrears + rent
        paid = min(owed, agent.money)
        agent.money -= paid
        town.treasury += paid
        town.flow["rent"] += paid
        agent.arrears = owed - paid
        agent.arrears_days = agent.arrears_days + 1 if agent.arrears else 0
        if agent.arrears_days == 1:
            town.news.append(("rent_arrears", agent.slot, -1, -1, agent.arrears))
    town.news.sort()


def planned_stock(town: Town, thing: Thing) -> dict[str, int]:
    """What a delivery fills a public object up to: by the residents its place serves."""
    plan, economy = town.rules.ground.plan, town.rules.config.economy
    kinds = [PLACE_KINDS[k] for k in plan.place_kind]
    kind = kinds[thing.place]
    shops = {
        ("grocer", "till"): ("ingredients", 2.0 * economy.daily_ingredients, 12),
        ("cafe", "fridge"): ("meals", 1.5, 10),
    }
    if thing.private or (kind, thing.type) not in shops:
        fixed = {("open", "fridge"): {"meals": 5}, ("open", "stove"): {"ingredients": 3}}
        return fixed.get((kind, thing.type), {})
    item, share, least = shops[kind, thing.type]
    rivals = [place for place, other in enumerate(kinds) if other == kind]
    residents = 0
    for home in plan.home_place[plan.home_place >= 0]:
        district = plan.place_district[home]
        near = [place for place in rivals if plan.place_district[place] == district]
        residents += (near or rivals)[0] == thing.place
    alike = [t for t in town.things if t.place == thing.place and t.type == thing.type]
    return {item: max(math.ceil(residents / len(alike) * share), least)}


def wholesale(town: Town, item: str) -> int:
    share = int(town.rules.config.economy.wholesale_share * 1000 + 0.5)
    return town.prices[PRICE_NAME[item]] * share // 1000


def sweep_tills(town: Town) -> None:
    """Places keep three days of payroll and what the truck will cost; the rest is the town's."""
    if town.minute != 0:
        return
    kept = [0] * len(town.tills)
    for place, daily in town.rules.payroll.items():
        kept[place] += 3 * daily
    for thing in town.things:
        for item, target in planned_stock(town, thing).items():
            kept[thing.place] += max(target - thing.stock[item], 0) * wholesale(town, item)
    for place, keep in enumerate(kept):
        spare = max(town.tills[place] - keep, 0) if town.tills[place] > 0 else 0
        town.tills[place] -= spare
        town.treasury += spare
        town.flow["sweep"] += spare


def deliver(town: Town) -> None:
    """At midnight the truck fills public objects up, as far as their places can pay."""
    if town.minute != 0:
        return
    for thing in town.things:
        for item, target in planned_stock(town, thing).items():
            unit, missing = wholesale(town, item), max(target - thing.stock[item], 0)
            count = min(missing, max(town.tills[thing.place], 0) // unit) if unit else missing
            thing.stock[item] += count
            town.tills[thing.place] -= count * unit
            town.treasury += count * unit
            town.flow["goods"] += count * unit
            if count:
                town.news.append(("stock_replenish", -1, -1, thing.number, count))
    town.news.sort()


def lack(town: Town, agent: Agent, item: str) -> int:
    """What the home misses of a meal and a day's ingredients each, the bag counted in."""
    plan = town.rules.ground.plan
    furniture = [thing for thing in town.things if thing.place == agent.home]
    if agent.home is None or not furniture:
        return 0
    residents = int((plan.home_place == agent.home).sum())
    each = town.rules.config.economy.daily_ingredients if item == "ingredients" else 1
    stored = town.things[furniture[0].pantry].stock[item]
    return residents * each - stored - agent.carried[item]


def unit_price(town: Town, thing: Thing, item: str) -> int:
    name = PRICE_NAME[item]
    factor = Fraction(town.factors[thing.place], 1000) * Fraction(town.spikes[name], 1000)
    return half_up(town.prices[name] * factor)


def purchase(town: Town, agent: Agent) -> tuple[Thing, str] | None:
    """What the home lacks most, ingredients before meals; else a meal; else nothing."""
    offers = [
        (thing, item)
        for thing in town.things
        if not thing.private and not thing.closed and next_to(town, agent, thing)
        for item in PRICE_NAME
        if thing.stock[item] > 0 and unit_price(town, thing, item) <= agent.money
    ]
    lacking = [(t, item) for t, item in offers if lack(town, agent, item) > 0]
    if lacking:
        most = max(lack(town, agent, item) for _, item in lacking)
        wanted = [(t, item) for t, item in lacking if lack(town, agent, item) == most]
    else:
        wanted = [(t, item) for t, item in offers if item == "meals"]
    order = ("ingredients", "meals")
    return min(wanted, key=lambda o: (order.index(o[1]), o[0].number), default=None)


def lot(town: Town, agent: Agent) -> tuple[int, int]:
    """Who is served first: by 31 drawn bits, then by slot."""
    bits = draw_bits(
        town.rules.seed, WORLD_STREAM, town.tick, agent.slot, agent.generation, PURCHASE_ORDER, 0
    )
    return int(bits) >> 1, agent.slot


def buy(town: Town) -> None:
    """Those who buy are served one after the other, at once, while stock lasts."""
    buyers = [
        agent
        for agent in town.agents
        if agent.primitive == "buy" and agent.running is None and agent.queue is None
    ]
    for agent in sorted(buyers, key=lambda agent: lot(town, agent)):
        found = purchase(town, agent)
        agent.last = ("buy", found is not None, 1)
        if found is None:
            continue
        thing, item = found
        price = unit_price(town, thing, item)
        agent.money -= price
        town.tills[thing.place] += price
        town.flow["sales"] += price
        thing.stock[item] -= 1
        agent.carried[item] += 1
        number = ("ingredients", "meals").index(item)
        town.news.append(("purchase", agent.slot, -1, thing.number, number))
    town.news.sort()
