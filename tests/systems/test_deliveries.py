"""Deliveries against their slow twin: every unit is paid for."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from tests.oracle import affordances as slow
from tests.oracle.town import KINDS, Town, look, make, scramble, tick, twin


@pytest.mark.parametrize("kind", KINDS)
def test_deliveries_equal_the_slow_twin(kind: str, tmp_path: Path) -> None:
    luck, moved = random.Random(kind), Counter[str]()
    for attempt in range(6):
        keys = {"world.start_minute": 1438, "economy.wholesale_share": luck.choice([0.3, 0.5])}
        sim = make(kind, tmp_path, agents=luck.randrange(4, 18), seed=attempt, **keys)
        scramble(sim, luck)
        for place in range(sim.plan.places):
            money = luck.choice([-100, 0, 249, 600, 9000])
            sim.column("Till.money")[place] += money
            sim.column("Treasury.money")[0] -= money
        seen = list[Town]()
        for _ in range(3):
            tick(sim, {"deliver_goods": twin(sim, slow.deliver, seen)})
        assert sim.money() == [0]
        assert seen[-1].flow["goods"] == seen[0].flow["goods"], "once, at midnight"
        moved.update(seen[-1].flow)
    assert moved["goods"] > 0
    assert (moved["groceries"] > 0) == (kind != "open")


def test_who_cannot_pay_is_passed_over(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=8, seed=1, **{"world.start_minute": 1438})
    town = look(sim)
    home = max(
        {a.home for a in town.agents if a.home is not None},
        key=lambda place: sum(a.home == place for a in town.agents),
    )
    poor, *others = [agent.slot for agent in town.agents if agent.home == home]
    assert others
    sim.column("Wallet.money")[poor] = 0
    fridge = next(t.number for t in town.things if t.place == home and t.type == "fridge")
    sim.column("Objects.stock")[fridge] = 0
    sim._before()
    sim._runtime._step(sim._runtime.launches["deliver_goods"])()
    after = look(sim)
    assert after.agents[poor].money == 0
    assert after.things[fridge].stock["ingredients"] == 3 * len(others)
