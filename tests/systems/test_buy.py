"""Buying over the counter against its slow twin (SPEC §12), and who gets the last one."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from tests.oracle import money as slow
from tests.oracle.town import KINDS, Town, look, make, scramble, tick, twin

from townlet.simulation import Simulation
from townlet_components.intent import BUY, WAIT
from townlet_components.inventory import MEALS

Before = Callable[[], Callable[[], None]]


def wish(sim: Simulation, who: Callable[[], list[int]]) -> Before:
    """A watcher that makes agents buy and all others wait; rows as ``who`` says."""

    def before() -> Callable[[], None]:
        sim.column("Intent.primitive")[:] = WAIT
        sim.column("Intent.primitive")[who()] = BUY
        return lambda: None

    return before


def test_purchases_equal_the_slow_twin(tmp_path: Path) -> None:
    bought, refused = Counter[int](), 0
    for kind in KINDS:
        sim = make(kind, tmp_path, agents=14, seed=8)
        luck, seen = random.Random(kind), list[Town]()
        for _ in range(60):
            scramble(sim, luck)
            crowd(sim, luck)
            watch = {
                "gather_actors": wish(sim, partial(luck.sample, range(14), 9)),
                "buy_goods": twin(sim, slow.buy, seen),
            }
            tick(sim, watch)
            assert sim.money() == [0]
        for town in seen:
            bought.update(value for what, *_, value in town.news if what == "purchase")
            refused += sum(agent.last == ("buy", False, 1) for agent in town.agents)
    assert bought[0] > 30
    assert bought[1] > 30
    assert refused > 30


def crowd(sim: Simulation, luck: random.Random) -> None:
    """Put most agents beside one object on sale, with little in store."""
    town = look(sim)
    selling = [t for t in town.things if slow.planned_stock(town, t)]
    if not selling:
        return
    thing = luck.choice(selling)
    reach = sorted(town.rules.ground.reach(thing.number))
    for agent in town.agents:
        if agent.queue is None and luck.random() < 0.7:
            sim.column("Position.district")[agent.slot] = thing.district
            sim.column("Position.tile")[agent.slot] = luck.choice(reach)
    for other in selling:
        sim.column("Objects.stock")[other.number, :2] = [luck.randrange(4), luck.randrange(4)]
    occupy(sim)


def occupy(sim: Simulation) -> None:
    """Count anew who stands where."""
    count = sim.column("Occupancy.count")
    count[:] = 0
    for row in np.flatnonzero(sim.column("Identity.alive")):
        here, tile = sim.column("Position.district")[row], sim.column("Position.tile")[row]
        count[here, tile] += sim.plan.single[sim.plan.district_layout[here], tile]


def at_the_fridge(folder: Path, agents: int, meals: int, row_order: object = None) -> Simulation:
    """Homeless agents of an open district beside a fridge that sells meals."""
    sim = make("open", folder, agents=agents, seed=2, row_order=row_order)
    town = look(sim)
    fridge = next(t for t in town.things if t.type == "fridge")
    sim.column("Objects.stock")[:] = 0
    sim.column("Objects.stock")[fridge.number, MEALS] = meals
    sim.column("Position.tile")[:] = min(town.rules.ground.reach(fridge.number))
    occupy(sim)
    return sim


def test_the_last_meals_go_by_lot_whatever_the_rows_are(tmp_path: Path) -> None:
    served = []
    for order in (None, np.arange(8)[::-1].copy()):
        sim = at_the_fridge(tmp_path, 8, 3, order)
        tick(sim, {"gather_actors": wish(sim, lambda: list(range(8)))})
        town = look(sim)
        served.append([agent.slot for agent in town.agents if agent.carried["meals"]])
        assert [a.last[:2] for a in town.agents].count(("buy", True)) == 3
        assert len([news for news in town.news if news[0] == "purchase"]) == 3
    assert served[0] == served[1]
    assert len(served[0]) == 3
    assert served[0] != [0, 1, 2], "not by slot"


def test_a_purchase_costs_the_price_of_the_day(tmp_path: Path) -> None:
    sim = at_the_fridge(tmp_path, 1, 2)
    sim.column("Prices.spike")[0] = 1255
    sim.column("Prices.factor")[:] = 1100
    before = look(sim).agents[0].money
    tick(sim, {"gather_actors": wish(sim, lambda: [0])})
    town = look(sim)
    assert before - town.agents[0].money == 1381, "1000 x 1.255 x 1.1 is 1380.5"
    assert town.tills == [1381]
    assert town.flow["sales"] == 1381
    assert sim.check_money() == []
