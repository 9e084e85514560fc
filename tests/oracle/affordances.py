"""Slow twin of using objects (SPEC §5): what may start, what it costs, what it gives."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from tests.oracle.controllers import Ground
from tests.oracle.preconditions import evaluate

from townlet.simulation import Simulation
from townlet_components.inventory import ITEMS

if TYPE_CHECKING:
    from tests.oracle.town import Agent, Thing, Town

CLOSED, FUNDS, STOCK, PRECONDITION, LEFT, REMOVED = 4, 2, 3, 1, 5, 6
POWER_OFF, WATER_OFF = 7, 8


#: A manifest with what the own one lacks: conditions on most variables, a price of its own, goods
#: of two kinds, effects below and above the ends of a need.
AFFORDANCES = """
- {id: use_shower, object_type: shower, duration: 20, price: public_shower,
   preconds: [power_on, water_on, not occupied], effects: {hygiene: 0.60}}
- {id: eat_meal, object_type: fridge, duration: 11, price: meal_cost,
   preconds: ["stock.meals > 0 or meal_available"], effects: {hunger: 0.40, meals: -1}}
- {id: snack, object_type: fridge, duration: 3, preconds: [needs.hunger < 0.5, queue_length < 3],
   effects: {hunger: 0.12, hygiene: -0.3, money: -0.25}}
- {id: cook_meal, object_type: stove, duration: 13, preconds: ["inventory.meals < 2", power_on],
   effects: {ingredients: -2, meals: 2}}
- {id: rest_sleep, object_type: bed, duration: 17, effects: {energy: 0.13}}
- {id: shop, object_type: till, duration: 10, price: ingredients_cost, effects: {ingredients: 6}}
- {id: relax, object_type: bench, duration: 15, preconds: [world.tick >= 0],
   effects: {energy: 0.005}}
- {id: exercise, object_type: treadmill, duration: 9, price: gym,
   preconds: ["wallet >= 1", "object.object_type == 'treadmill'"],
   effects: {energy: -0.02, hygiene: -0.05}}
- {id: drink_coffee, object_type: counter, duration: 4, price: coffee,
   preconds: ["prices.coffee < 0.7"], effects: {energy: 0.03}}
"""
#: Objects of an open district, where nobody has a home and everything is for all.
OPEN_OBJECTS = "".join(
    f"- {{type: object, id: {kind}_{n}, object_type: {kind}}}\n"
    for kind, count in {"bed": 3, "fridge": 2, "stove": 1, "shower": 1, "bench": 2}.items()
    for n in range(1, count + 1)
)


@dataclass
class Use:
    """An affordance as its manifest entry reads.

    It costs ``units`` times the price called ``price_name``, or ``own_price`` thousandths.
    """

    id: str
    object_type: str
    duration: int
    needs: dict[str, np.float32]
    takes: dict[str, int]
    gives: dict[str, int]
    uses_up: dict[str, int]
    price_name: str | None
    units: int
    own_price: int
    conditions: tuple[str, ...]

    @property
    def utilities(self) -> set[str]:
        """What it cannot go on without: what its preconditions name."""
        return {name for name in ("power", "water") if f"{name}_on" in " ".join(self.conditions)}


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
        self.payroll = payroll_of(sim, town)

    def _use(self, entry: Any) -> Use:
        given = {item: int(entry.effects[item]) for item in ITEMS if item in entry.effects}
        uses_up = {item: -n for item, n in given.items() if n < 0}
        gives = {item: n for item, n in given.items() if n > 0}
        return Use(
            id=entry.id,
            object_type=entry.object_type,
            duration=entry.duration,
            needs={n: np.float32(entry.effects.get(n, 0.0)) for n in self.need_names},
            # What gives without using anything up gives from the stock of its object.
            takes=uses_up or gives,
            gives=gives,
            uses_up=uses_up,
            price_name=entry.price,
            units=given["ingredients"] if entry.price == "ingredients_cost" else 1,
            own_price=int(max(0.0, -entry.effects.get("money", 0.0)) * 1000 + 0.5),
            conditions=entry.preconds,
        )


def payroll_of(sim: Simulation, town: int) -> dict[int, int]:
    """What a day's shifts of each place cost, thousandths."""
    table, wage = sim.blueprint.jobs, sim.column("JobRules.wage")[town]
    found: dict[int, int] = {}
    for place, job, length in zip(table.place, table.job, table.length, strict=True):
        found[int(place)] = found.get(int(place), 0) + int(wage[job]) * int(length)
    return found


def half_up(amount: Fraction) -> int:
    """The nearest whole number; halves go up."""
    return math.floor(amount + Fraction(1, 2))


def price_of(town: Town, use: Use, thing: Thing | None) -> int:
    """Base x place factor x spike; what a household owns, and what one carries, is free."""
    if thing is None or thing.private:
        return 0
    factor = Fraction(town.factors[thing.place], 1000)
    if use.price_name is None:
        return half_up(use.own_price * factor)
    spike = Fraction(town.spikes[use.price_name], 1000)
    return half_up(town.prices[use.price_name] * use.units * factor * spike)


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
    prices = {
        key: half_up(price * Fraction(town.spikes[key], 1000)) / 1000
        for key, price in town.prices.items()
    }
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
        "prices": prices,
        "affordance_id": use.id,
        "occupied": False,
        "power_on": "power" not in town.out,
        "water_on": "water" not in town.out,
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
    if price_of(town, use, thing) > agent.money:
        return FUNDS
    if any(within_reach(town, agent, thing, item) < n for item, n in use.takes.items()):
        return STOCK
    world = conditions_world(town, agent, thing, use)
    if all(evaluate(text, world) for text in use.conditions):
        return 0
    return outage(town, use) or PRECONDITION


def outage(town: Town, use: Use) -> int:
    """The reason when something it cannot go on without is out, else 0."""
    missing = use.utilities & town.out
    return POWER_OFF if "power" in missing else WATER_OFF if missing else 0


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
    """Pay, unpack at home, take the goods, and be busy until it is done."""
    price = price_of(town, use, thing)
    agent.money -= price
    if thing is not None:
        town.tills[thing.place] += price
        town.flow["sales"] += price
        thing.in_use, thing.idle = True, 0
    if thing is not None and thing.private:
        shelf = town.things[thing.pantry].stock
        for item, kept in (("ingredients", 0), ("meals", 1)):
            spare = max(agent.carried[item] - kept, 0)
            agent.carried[item] -= spare
            shelf[item] += spare
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
    """What is closed or lacks power or water lets people go.

    An operator's closing (1) ends the use, a perturbation's (2, 4, ...) lets the user finish; both
    send away who has not started and who waits. An outage ends the use, and who waits or is on its
    way decides anew.
    """
    for thing in town.things:
        if thing.holder is not None:
            agent = town.agents[thing.holder]
            if agent.running is not None:
                use = town.rules.use[agent.running]
                why = CLOSED if thing.closed % 2 else outage(town, use)
                if why:
                    break_off(town, agent, thing, use, why)
            elif thing.closed:
                send_away(town, agent)
            else:
                rouse(town, agent, thing)
        for slot in list(thing.ring):
            if thing.closed:
                send_away(town, town.agents[slot])
            else:
                rouse(town, town.agents[slot], thing)
    town.events.sort()


def break_off(town: Town, agent: Agent, thing: Thing, use: Use, why: int) -> None:
    """No effect; what was paid comes back, and the goods go where the object's goods are."""
    agent.money += agent.paid
    town.tills[thing.place] -= agent.paid
    town.flow["refund"] += agent.paid
    for item, count in use.takes.items():
        town.things[thing.pantry].stock[item] += count
    town.events.append(("affordance_fail", agent.slot, number(town, use), thing.number, why))
    agent.last = (f"interact:{use.id}", False, 1)
    agent.running, agent.using, agent.until, agent.paid = None, None, 0, 0
    send_away(town, agent)


def send_away(town: Town, agent: Agent) -> None:
    let_go(town, agent)
    agent.target, agent.wake = None, town.tick + 1


def rouse(town: Town, agent: Agent, thing: Thing) -> None:
    """Who cannot do here what it is after decides in the next tick."""
    if agent.target != thing.number or agent.plan is None:
        return
    if outage(town, town.rules.use[agent.plan]):
        agent.wake = min(agent.wake, town.tick + 1)


def depart(town: Town, leaving: list[int], quit_work: Callable[[Agent], None]) -> None:
    """Who dies lets go of everything: nothing takes effect, what was paid comes back, what it has
    worked for is paid, the rest is the town's."""
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
        quit_work(agent)
        town.treasury += agent.money
        town.flow["estate"] += agent.money
        agent.money, agent.alive, agent.shift = 0, False, None
    town.events.sort()
