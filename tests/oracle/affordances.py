"""Slow twin of using objects (SPEC §5): what may start, what it costs, what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from tests.oracle.controllers import Ground
from tests.oracle.preconditions import evaluate

from townlet.maps import PLACE_KINDS
from townlet.simulation import Simulation
from townlet_components.inventory import ITEMS

if TYPE_CHECKING:
    from tests.oracle.town import Agent, Thing, Town

CLOSED, FUNDS, STOCK, PRECONDITION, LEFT, REMOVED = 4, 2, 3, 1, 5, 6


#: A manifest with what the own one lacks: conditions on most variables, a price of its own, goods
#: of two kinds, effects below and above the ends of a need.
AFFORDANCES = """
- {id: use_shower, object_type: shower, duration: 20, price: public_shower,
   preconds: [power_on, water_on, not occupied], effects: {hygiene: 0.60}}
- {id: eat_meal, object_type: fridge, duration: 11, price: meal_cost,
   preconds: ["stock.meals > 0 or meal_available"], effects: {hunger: 0.40, meals: -1}}
- {id: snack, object_type: fridge, duration: 3, preconds: [needs.hunger < 0.5, queue_length < 3],
   effects: {hunger: 0.12, hygiene: -0.3, money: -0.25}}
- {id: cook_meal, object_type: stove, duration: 13, preconds: ["inventory.meals < 2"],
   effects: {ingredients: -2, meals: 2}}
- {id: rest_sleep, object_type: bed, duration: 17, effects: {energy: 0.13}}
- {id: shop, object_type: till, duration: 10, price: ingredients_cost, effects: {ingredients: 1}}
- {id: relax, object_type: bench, duration: 15, preconds: [world.tick >= 0],
   effects: {energy: 0.005}}
- {id: exercise, object_type: treadmill, duration: 9, price: gym,
   preconds: ["wallet >= 1", "object.object_type == 'treadmill'"],
   effects: {energy: -0.02, hygiene: -0.05}}
- {id: drink_coffee, object_type: counter, duration: 4, price: coffee, effects: {energy: 0.03}}
"""
#: Objects of an open district, where nobody has a home and everything is for all.
OPEN_OBJECTS = "".join(
    f"- {{type: object, id: {kind}_{n}, object_type: {kind}}}\n"
    for kind, count in {"bed": 3, "fridge": 2, "stove": 1, "shower": 1, "bench": 2}.items()
    for n in range(1, count + 1)
)


@dataclass
class Use:
    """An affordance as its manifest entry reads; ``price`` in thousandths."""

    id: str
    object_type: str
    duration: int
    needs: dict[str, np.float32]
    takes: dict[str, int]
    gives: dict[str, int]
    uses_up: dict[str, int]
    price: int
    conditions: tuple[str, ...]


class Rules:
    """What does not change while a town lives, from its config, manifest and plan."""

    def __init__(self, sim: Simulation, town: int) -> None:
        blue = sim.blueprint
        self.config = blue.town_configs[town]
        self.seed = sim.seed + town
        self.capacity = sim.capacity
        self.ground = Ground(sim.plan)
        self.need_table = {need.name: need for need in self.config.needs_table()}
        self.need_names = tuple(self.need_table)
        self.profiles = blue.profiles
        self.options = blue.option_names
        self.primitives = blue.primitive_names
        self.uses = [self._use(entry) for entry in blue.manifest.affordances]
        self.use = {use.id: use for use in self.uses}

    def _use(self, entry: Any) -> Use:
        given = {item: int(entry.effects[item]) for item in ITEMS if item in entry.effects}
        uses_up = {item: -n for item, n in given.items() if n < 0}
        gives = {item: n for item, n in given.items() if n > 0}
        if entry.price is not None:
            price = getattr(self.config.economy, entry.price)
        else:
            price = max(0.0, -entry.effects.get("money", 0.0))
        return Use(
            id=entry.id,
            object_type=entry.object_type,
            duration=entry.duration,
            needs={n: np.float32(entry.effects.get(n, 0.0)) for n in self.need_names},
            # What gives without using anything up gives from the stock of its object.
            takes=uses_up or gives,
            gives=gives,
            uses_up=uses_up,
            price=int(price * 1000 + 0.5),
            conditions=entry.preconds,
        )


def price_of(use: Use, thing: Thing | None) -> int:
    """What a household owns, and what one carries, is free."""
    return 0 if thing is None or thing.private else use.price


def within_reach(town: Town, agent: Agent, thing: Thing, item: str) -> int:
    """A household shares bag and pantry; in a shop only the shop's stock counts."""
    if not thing.private:
        return thing.stock[item]
    return agent.carried[item] + town.things[thing.pantry].stock[item]


def next_to(town: Town, agent: Agent, thing: Thing) -> bool:
    reach = town.rules.ground.reach(thing.number)
    return agent.district == thing.district and agent.tile in reach


def conditions_world(town: Town, agent: Agent, thing: Thing, use: Use) -> dict[str, Any]:
    """What a precondition can read, for an agent that holds the object."""
    stock = {item: within_reach(town, agent, thing, item) for item in ITEMS}
    needs = {name: float(level) for name, level in agent.needs.items()}
    person = {
        "needs": needs,
        "inventory": agent.carried,
        "wallet": agent.money / 1000,
        "position": town.rules.ground.position(agent.district, agent.tile),
    }
    return {
        "needs": needs,
        "inventory": agent.carried,
        "stock": stock,
        "wallet": agent.money / 1000,
        "prices": {key: getattr(town.rules.config.economy, key) for key in ("gym", "coffee")},
        "affordance_id": use.id,
        "occupied": False,
        "power_on": True,
        "water_on": True,
        "meal_available": stock["meals"] > 0,
        "queue_length": len(thing.ring),
        "reservation_active": True,
        "agent": person,
        "object": {
            "object_type": thing.type,
            "stock": stock,
            "position": town.rules.ground.position(thing.district, thing.tile),
        },
        "world": {
            "tick": town.tick,
            "day": town.day,
            "minute": town.minute,
            "hour": town.minute // 60,
        },
    }


def refusal(town: Town, agent: Agent, thing: Thing, use: Use) -> int:
    """Why an agent that holds the object cannot start; 0 when it can."""
    if thing.type != use.object_type or thing.closed:
        return CLOSED
    if thing.private and thing.place != agent.home:
        return CLOSED
    if price_of(use, thing) > agent.money:
        return FUNDS
    if any(within_reach(town, agent, thing, item) < n for item, n in use.takes.items()):
        return STOCK
    world = conditions_world(town, agent, thing, use)
    return 0 if all(evaluate(text, world) for text in use.conditions) else PRECONDITION


def bag_use(town: Town, agent: Agent) -> Use | None:
    """What can be done with the bag alone: something is used up, nothing is made of it."""
    for use in town.rules.uses:
        carried = all(agent.carried[item] >= n for item, n in use.uses_up.items())
        if use.uses_up and not use.gives and carried:
            return use
    return None


def let_go(town: Town, agent: Agent) -> None:
    """The agent leaves the queue of its object, and the object if it held it."""
    assert agent.queue is not None
    thing = town.things[agent.queue]
    if thing.holder == agent.slot:
        thing.holder, thing.in_use, thing.idle, thing.free_until = None, False, 0, 0
    else:
        thing.ring.remove(agent.slot)
    agent.queue, agent.joined, agent.holding, agent.complained = None, 0, False, False


def begin(town: Town, agent: Agent, thing: Thing | None, use: Use) -> None:
    """Pay, take the goods, and be busy until it is done."""
    price = price_of(use, thing)
    agent.money -= price
    if thing is not None:
        town.tills[thing.place] += price
        town.flow["sales"] += price
        thing.in_use, thing.idle = True, 0
    for item, wanted in use.takes.items():
        stored = 0
        if thing is not None:
            shelf = town.things[thing.pantry].stock
            stored = min(wanted, shelf[item])
            shelf[item] -= stored
        agent.carried[item] -= wanted - stored
    agent.running, agent.paid, agent.until = use.id, price, town.tick + use.duration
    agent.using = None if thing is None else thing.number
    agent.target = "bag" if thing is None else thing.number
    agent.wake = agent.until + 1
    agent.last = ("use_item" if thing is None else f"interact:{use.id}", True, use.duration)
    town.events.append(("affordance_start", agent.slot, -1, _object(thing), number(town, use)))


def number(town: Town, use: Use) -> int:
    return town.rules.uses.index(use)


def _object(thing: Thing | None) -> int:
    return -1 if thing is None else thing.number


def start(town: Town) -> None:
    """Holders who ask for their object from beside it start or fail; bags are opened."""
    for thing in town.things:
        if thing.holder is None or thing.in_use:
            continue
        agent = town.agents[thing.holder]
        asks = agent.primitive.startswith("interact:") and agent.wish == thing.number
        if not asks or not next_to(town, agent, thing):
            continue
        use = town.rules.use[agent.primitive.removeprefix("interact:")]
        why = refusal(town, agent, thing, use)
        if why == 0:
            begin(town, agent, thing, use)
            continue
        what = ("affordance_fail", agent.slot, number(town, use), thing.number, why)
        town.events.append(what)
        agent.last = (agent.primitive, False, 1)
        let_go(town, agent)
        agent.target, agent.wake = None, town.tick + 1
    for agent in town.agents:
        if agent.primitive != "use_item" or agent.running or agent.queue is not None:
            continue
        agent.last = ("use_item", False, 1)
        use_of_bag = bag_use(town, agent)
        if use_of_bag is not None:
            begin(town, agent, None, use_of_bag)
    town.events.sort()


def finish(town: Town) -> None:
    """What is due takes effect once, and its object is free."""
    for agent in town.agents:
        if agent.running is None or agent.until > town.tick:
            continue
        use = town.rules.use[agent.running]
        thing = None if agent.using is None else town.things[agent.using]
        for need, change in use.needs.items():
            level = agent.needs[need] + change
            agent.needs[need] = min(np.float32(1), max(np.float32(0), level))
        at_home = thing is not None and thing.private
        goods = town.things[thing.pantry].stock if thing and at_home else agent.carried
        for item, n in use.gives.items():
            goods[item] += n
        town.events.append(("affordance_finish", agent.slot, -1, _object(thing), number(town, use)))
        agent.running, agent.using, agent.until, agent.paid = None, None, 0, 0
        agent.target, agent.wake = None, town.tick + 1
        agent.last = ("use_item" if thing is None else f"interact:{use.id}", True, use.duration)
        if thing is not None:
            let_go(town, agent)
            cooldown = town.rules.config.queue_fairness.cooldown_ticks
            agent.cool_object, agent.cool_until = thing.number, town.tick + cooldown
    town.events.sort()


def interrupt(town: Town) -> None:
    """A closed object lets its holder go: no effect, what was paid comes back."""
    for thing in town.things:
        if not thing.closed or thing.holder is None:
            continue
        agent = town.agents[thing.holder]
        if agent.running is not None:
            use = town.rules.use[agent.running]
            agent.money += agent.paid
            town.tills[thing.place] -= agent.paid
            town.flow["refund"] += agent.paid
            town.events.append(
                ("affordance_fail", agent.slot, number(town, use), thing.number, CLOSED)
            )
            agent.last = (f"interact:{use.id}", False, 1)
            agent.running, agent.using, agent.until, agent.paid = None, None, 0, 0
        let_go(town, agent)
        agent.target, agent.wake = None, town.tick + 1
    town.events.sort()


def depart(town: Town, leaving: list[int]) -> None:
    """Who dies lets go of everything: nothing takes effect, what was paid comes back, the rest is
    the town's."""
    for slot in leaving:
        agent = town.agents[slot]
        if agent.running is not None:
            use = town.rules.use[agent.running]
            thing = None if agent.using is None else town.things[agent.using]
            what = ("affordance_fail", slot, number(town, use), _object(thing), REMOVED)
            town.events.append(what)
            if thing is not None:
                town.tills[thing.place] -= agent.paid
                town.flow["refund"] += agent.paid
                agent.money += agent.paid
            agent.running, agent.using, agent.until, agent.paid = None, None, 0, 0
        if agent.queue is not None:
            let_go(town, agent)
        town.treasury += agent.money
        town.flow["estate"] += agent.money
        agent.money, agent.alive = 0, False
    town.events.sort()


def pay_allowance(town: Town) -> None:
    """At midnight the treasury pays each living agent a basket."""
    economy = town.rules.config.economy
    basket = int((economy.rent + 3 * economy.meal_cost + economy.public_shower) * 1000 + 0.5)
    for agent in town.agents:
        if town.minute == 0 and agent.alive:
            agent.money += basket
            town.treasury -= basket
            town.flow["allowance"] += basket


def deliver(town: Town) -> None:
    """At midnight the grocer fills pantries, unit by unit in turn; then the truck comes."""
    if town.minute != 0:
        return
    plan, economy = town.rules.ground.plan, town.rules.config.economy
    prices = {
        "ingredients": int(economy.ingredients_cost * 1000 + 0.5),
        "meals": int(economy.meal_cost * 1000 + 0.5),
    }
    share = int(economy.wholesale_share * 1000 + 0.5)
    grocers = [p for p, kind in enumerate(plan.place_kind) if PLACE_KINDS[kind] == "grocer"]
    for home, kind in enumerate(plan.place_kind):
        fridges = [t for t in town.things if t.place == home and t.pantry == t.number]
        if PLACE_KINDS[kind] != "home" or not grocers or not fridges:
            continue
        near = [g for g in grocers if plan.place_district[g] == plan.place_district[home]]
        fill_pantry(town, home, fridges[0], (near or grocers)[0], prices["ingredients"], share)
    for thing in town.things:
        for item, target in planned_stock(town, thing).items():
            unit = prices[item] * share // 1000
            missing = max(target - thing.stock[item], 0)
            count = min(missing, max(town.tills[thing.place], 0) // unit) if unit else missing
            thing.stock[item] += count
            town.tills[thing.place] -= count * unit
            town.treasury += count * unit
            town.flow["goods"] += count * unit


def fill_pantry(town: Town, home: int, fridge: Thing, grocer: int, price: int, share: int) -> None:
    """Up to a day of ingredients each, and never more than two days of them in the pantry."""
    residents = [agent for agent in town.agents if agent.alive and agent.home == home]
    daily = town.rules.config.economy.daily_ingredients
    most = 2 * daily * len(residents)
    for _ in range(min(daily, max(most - fridge.stock["ingredients"], 0))):
        for agent in residents:
            if agent.money < price or fridge.stock["ingredients"] >= most:
                continue
            passed_on = price * share // 1000
            agent.money -= price
            town.tills[grocer] += price - passed_on
            town.treasury += passed_on
            town.flow["groceries"] += price
            town.flow["goods"] += passed_on
            fridge.stock["ingredients"] += 1


def planned_stock(town: Town, thing: Thing) -> dict[str, int]:
    """What a delivery fills a public object up to."""
    kind = PLACE_KINDS[town.rules.ground.plan.place_kind[thing.place]]
    planned = {
        ("cafe", "fridge"): {"meals": 20},
        ("grocer", "till"): {"ingredients": 30},
        ("open", "fridge"): {"meals": 5},
        ("open", "stove"): {"ingredients": 3},
    }
    return planned.get((kind, thing.type), {})
