"""Deliveries against their slow twin: every unit is paid for."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from tests.oracle import money as slow
from tests.oracle.town import KINDS, Town, look, make, scramble, tick, twin

from townlet.config import SimulationConfig
from townlet.setup.blueprint import draw_blueprint
from townlet.setup.things import planned_stock
from townlet_components.inventory import INGREDIENTS, MEALS


@pytest.mark.parametrize("kind", KINDS)
def test_deliveries_equal_the_slow_twin(kind: str, tmp_path: Path) -> None:
    luck, moved, told = random.Random(kind), Counter[str](), 0
    for attempt in range(3):
        keys = {"world.start_minute": 1438, "economy.wholesale_share": luck.choice([0.3, 0.5])}
        sim = make(kind, tmp_path, agents=luck.randrange(4, 18), seed=attempt, **keys)
        scramble(sim, luck)
        for place in range(sim.plan.places):
            money = luck.choice([-100, 0, 249, 600]) if attempt else 900_000
            sim.column("Till.money")[place] += money
            sim.column("Treasury.money")[0] -= money
        if attempt == 0:
            sim.column("Objects.stock")[:] = 0
        sim.set_price("meal_cost", 0.0 if attempt == 1 else 1.3)
        seen = list[Town]()
        for _ in range(3):
            tick(sim, {"deliver_goods": twin(sim, slow.deliver, seen)})
        assert sim.money() == [0]
        assert seen[-1].flow["goods"] == seen[0].flow["goods"], "once, at midnight"
        moved.update(seen[-1].flow)
        told += sum(what == "stock_replenish" for town in seen for what, *_ in town.news)
    assert moved["goods"] > 0
    assert told > 0


def test_a_truck_brings_what_the_till_can_pay(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=8, seed=1, **{"world.start_minute": 1438})
    town = look(sim)
    first, *_ = [t.number for t in town.things if slow.planned_stock(town, t).get("ingredients")]
    place = town.things[first].place
    sim.column("Objects.stock")[:] = 0
    sim.column("Till.money")[place], sim.column("Treasury.money")[0] = 600, -600
    sim._before()
    sim._runtime._step(sim._runtime.launches["deliver_goods"])()
    after = look(sim)
    assert after.things[first].stock["ingredients"] == 2, "at half of 0.5 each"
    assert after.tills[place] == 100
    assert ("stock_replenish", -1, -1, first, 2) in after.news


@pytest.mark.parametrize("agents", [8, 64, 300])
def test_shops_stock_two_days_for_the_residents_they_serve(agents: int) -> None:
    plan = draw_blueprint(SimulationConfig(), agents=agents).plan
    stock = planned_stock(plan, daily=3)
    assert (stock[plan.object_private] == 0).all()
    shelves = np.bincount(plan.object_district, stock[:, INGREDIENTS])
    residents = np.bincount(plan.place_district[plan.home_place])
    assert (shelves >= 6 * residents).all()
    assert (shelves <= 6 * residents + 2 * 12).all()
    assert stock[:, MEALS].sum() >= 1.5 * agents
