"""Accounts: every thousandth at every tick, and a broken booking does not go unseen (SPEC §8)."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from tests.oracle.money import WHO_PAYS_WHOM, accounts_balance
from tests.oracle.town import look, make

from townlet.config import SimulationConfig
from townlet.simulation import Simulation
from townlet_components.wallet import FLOW_TABLE


def test_every_flow_names_its_payer_and_payee() -> None:
    names = {"wallet": "citizen", "till": "place", "treasury": "treasury"}
    table = {name: (names[payer], names[payee]) for name, payer, payee in FLOW_TABLE}
    assert table == WHO_PAYS_WHOM


def test_every_thousandth_is_accounted_for_at_every_tick() -> None:
    """Two days of two towns with outages, closures, prices, arrivals and deaths."""
    keys = {"economy.allowance": 3.0, "economy.place_factors": {"cafe": 1.15, "grocer": 0.95}}
    config = SimulationConfig().with_overrides({**keys, "world.agents": 40, "world.capacity": 44})
    sim = Simulation.from_config(config, agents=40, towns=2, seed=9)
    luck = random.Random(9)
    for tick in range(2 * 1440):
        if luck.random() < 0.02:
            disturb(sim, luck)
        sim.run(1)
        assert sim.check_money() == [], f"after tick {tick}"
        if tick % 100 == 0:
            assert accounts_balance(look(sim, 0))
            assert accounts_balance(look(sim, 1))
    moved = sim.column("Treasury.flow").sum(axis=0) + sim.column("Ledger.flow").sum(axis=0)
    paid = {name for (name, *_), amount in zip(FLOW_TABLE, moved, strict=True) if amount}
    assert {"sales", "refund", "goods", "allowance", "initial", "estate", "rent"} <= paid
    assert {"wage", "wage_treasury"} & paid
    assert sim.column("Wallet.money").min() >= 0


def disturb(sim: Simulation, luck: random.Random) -> None:
    """Something an operator or a perturbation may do."""
    town = luck.randrange(2)
    match luck.randrange(5):
        case 0:
            for utility in ("power", "water"):
                sim.column(f"Utilities.{utility}")[town] = luck.choice([0, 1])
        case 1:
            closed = sim.column("Objects.closed")
            closed[luck.randrange(len(closed))] ^= luck.choice([1, 2])
        case 2:
            sim.set_price(luck.choice(["meal_cost", "rent", "coffee"]), luck.uniform(0, 3), town)
        case 3:
            sim.column("Prices.spike")[town] = luck.choice([1000, 1370])
        case _:
            agents = [a.slot for a in look(sim, town).agents if a.alive]
            if len(agents) > 30:
                sim.kill(luck.choice(agents), town)
            sim.spawn(town, wallet=luck.choice([None, 0.3, 60.0]))


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    folder: Path = tmp_path_factory.mktemp("money")
    keys = {"world.start_minute": 1430, "economy.allowance": 3.0}
    return make("homes", folder, agents=6, seed=1, towns=2, **keys).run(30)


@pytest.mark.parametrize(
    ("column", "at", "sentence"),
    [
        ("Wallet.money", 0, "all money adds up to 7 thousandths instead of 0"),
        ("Treasury.money", 0, "all money adds up to 7 thousandths instead of 0"),
        ("Till.money", 0, "the balance of the tills is"),
        ("Treasury.flow", (0, 8), "the balance of the wallets is"),
        ("Ledger.flow", (0, 0), "the balance of the tills is"),
    ],
)
def test_a_broken_booking_is_found(
    column: str, at: int | tuple[int, int], sentence: str, sim: Simulation
) -> None:
    assert sim.check_money() == []
    sim.column(column)[at] += 7
    try:
        found = sim.check_money()
    finally:
        sim.column(column)[at] -= 7
    assert any(sentence in line for line in found)
    assert all(line.startswith("town 0: ") for line in found)
    assert sim.check_money() == []


def test_money_on_the_wrong_side_is_found(sim: Simulation) -> None:
    """A payment that moves without a booking: the total is right, the accounts are not."""
    sim.column("Wallet.money")[-1] += 50
    sim.column("Treasury.money")[1] -= 50
    try:
        found = sim.check_money()
    finally:
        sim.column("Wallet.money")[-1] -= 50
        sim.column("Treasury.money")[1] += 50
    assert len(found) == 2
    assert found[0].startswith("town 1: the balance of the wallets ")
    assert found[1].startswith("town 1: the balance of the treasury ")


def test_a_wallet_below_zero_is_found(sim: Simulation) -> None:
    money = sim.column("Wallet.money")
    before = money.copy()
    money[0], money[1] = -30, money[1] + money[0] + 30
    try:
        assert sim.check_money() == ["town 0: a wallet holds -30 thousandths, below 0"]
    finally:
        money[:] = before
    assert np.array_equal(money, before)
