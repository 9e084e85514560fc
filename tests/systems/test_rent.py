"""Rent and arrears against their slow twin (SPEC §8)."""

from __future__ import annotations

import random
from pathlib import Path

from tests.oracle import money as slow
from tests.oracle.town import Town, look, make, tick, twin

from townlet.simulation import Simulation


def midnight(sim: Simulation, system: str = "collect_rent") -> Town:
    """Run one system as if a day had just ended."""
    sim._before()
    sim.column("Events.count")[:] = 0
    sim.column("Clock.minute")[0] = 0
    sim._runtime._step(sim._runtime.launches[system])()
    return look(sim)


def purse(sim: Simulation, slot: int, amount: int) -> None:
    """Set a wallet, at the treasury's cost."""
    money = sim.column("Wallet.money")
    sim.column("Treasury.money")[0] += money[slot] - amount
    money[slot] = amount


def test_rent_equals_the_slow_twin(tmp_path: Path) -> None:
    """Over several nights with changing wallets, rents, spikes and a death."""
    luck = random.Random(5)
    keys = {"world.start_minute": 1439, "world.residents_per_district": 4, "economy.rent": 3.7}
    sim = make("homes", tmp_path, agents=12, seed=3, **keys)
    seen = list[Town]()
    for night in range(6):
        for slot in range(12):
            purse(sim, slot, luck.choice([0, 100, 3699, 3700, 9000, 50_000]))
        sim.column("Prices.spike")[0] = luck.choice([1000, 1500, 333])
        if night == 3:
            sim.kill(5)
        tick(sim, {"collect_rent": twin(sim, slow.collect_rent, seen)})
        sim.column("Clock.minute")[0] = 0
        sim._start = -sim.tick - 1
    assert max(agent.arrears_days for town in seen for agent in town.agents) > 2
    told = [news for town in seen for news in town.news if news[0] == "rent_arrears"]
    assert len(told) > 5
    assert sim.money() == [0]


def test_arrears_are_told_once_and_paid_first(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=3, seed=1, **{"economy.starting_wallet": 90.0})
    purse(sim, 0, 1000)
    town = midnight(sim)
    assert town.news == [("rent_arrears", 0, -1, -1, 4000)]
    assert (town.agents[0].money, town.agents[0].arrears, town.agents[0].arrears_days) == (
        0,
        4000,
        1,
    )
    purse(sim, 0, 6000)
    town = midnight(sim)
    assert town.news == []
    assert (town.agents[0].arrears, town.agents[0].arrears_days) == (3000, 2)
    purse(sim, 0, 8000)
    town = midnight(sim)
    assert (town.agents[0].money, town.agents[0].arrears, town.agents[0].arrears_days) == (0, 0, 0)
    assert sim.money() == [0]


def test_rent_is_due_at_midnight_alone(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=3, seed=1, **{"world.start_minute": 1435})
    paid = []
    for _ in range(8):
        sim.run(1)
        paid.append(look(sim).flow["rent"])
    assert paid == [0] * 3 + [15_000] * 5
