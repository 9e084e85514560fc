"""The daily allowance (SPEC §8)."""

from __future__ import annotations

from pathlib import Path

from tests.oracle import money as slow
from tests.oracle.town import Town, look, make, tick, twin


def test_at_midnight_each_living_agent_is_paid(tmp_path: Path) -> None:
    """Once a day, from the treasury, by its own flow; the dead and the unborn get nothing."""
    keys = {"world.start_minute": 1436, "world.capacity": 14, "economy.allowance": 7.4}
    sim = make("homes", tmp_path, seed=1, **keys)
    sim.kill(3)
    seen = list[Town]()
    for _ in range(15):
        tick(sim, {"pay_allowance": twin(sim, slow.pay_allowance, seen)})
    paid = [town.flow["allowance"] for town in seen]
    assert paid == [0] * 2 + [11 * 7400] * 13
    assert sim.check_money() == []


def test_where_there_is_work_there_is_no_allowance(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=2, **{"world.start_minute": 1438})
    assert look(sim.run(3)).flow["allowance"] == 0


def test_an_allowance_of_ones_own(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=2, **{"economy.allowance": 2.5})
    sim.column("Clock.minute")[0] = 0
    sim._runtime._step(sim._runtime.launches["pay_allowance"])()
    assert look(sim).flow["allowance"] == 2 * 2500
