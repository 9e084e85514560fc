"""The sweep of tills against its slow twin (SPEC §8)."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.oracle import money as slow
from tests.oracle.town import KINDS, Town, look, make, scramble, tick, twin


@pytest.mark.parametrize("kind", KINDS)
def test_the_sweep_equals_the_slow_twin(kind: str, tmp_path: Path) -> None:
    luck, swept = random.Random(kind), 0
    for attempt in range(3):
        sim = make(kind, tmp_path, agents=10, seed=attempt, **{"world.start_minute": 1438})
        scramble(sim, luck)
        for place in range(sim.plan.places):
            money = luck.choice([-100, 0, 5000, 9_000_000]) if attempt else 9_000_000
            sim.column("Till.money")[place] += money
            sim.column("Treasury.money")[0] -= money
        seen = list[Town]()
        for _ in range(2):
            tick(sim, {"sweep_tills": twin(sim, slow.sweep_tills, seen)})
        swept += seen[-1].flow["sweep"]
        assert sim.money() == [0]
    assert swept > 0


def test_a_rich_place_keeps_three_days_of_payroll_after_the_truck(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=30, seed=1, **{"world.start_minute": 1438})
    sim.column("Till.money")[:] = 5_000_000
    sim.column("Treasury.money")[0] -= 5_000_000 * sim.plan.places
    sim.column("Objects.stock")[:] = 0
    sim.run(1)
    town, payroll = look(sim), slow_payroll(look(sim))
    assert set(payroll.values()) > {0}
    assert town.tills == [3 * payroll.get(place, 0) for place in range(sim.plan.places)]
    for thing in town.things:
        for item, target in slow.planned_stock(town, thing).items():
            assert thing.stock[item] == target


def slow_payroll(town: Town) -> dict[int, int]:
    """Wages of a day by place; places without work pay none."""
    return {place: town.rules.payroll.get(place, 0) for place in range(len(town.tills))}
