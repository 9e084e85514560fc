"""The daily allowance (SPEC §8)."""

from __future__ import annotations

from pathlib import Path

from tests.oracle import affordances as slow
from tests.oracle.town import Town, look, make, tick, twin


def test_at_midnight_each_living_agent_gets_a_basket(tmp_path: Path) -> None:
    """Once a day, from the treasury, by its own flow; the dead and the unborn get nothing."""
    keys = {"world.start_minute": 1430, "world.capacity": 14, "economy.rent": 4.0}
    sim = make("homes", tmp_path, seed=1, **keys)
    sim.kill(3)
    seen = list[Town]()
    for _ in range(15):
        tick(sim, {"pay_allowance": twin(sim, slow.pay_allowance, seen)})
    paid = [town.flow["allowance"] for town in seen]
    basket = 4000 + 3 * 1000 + 400
    assert paid == [0] * 8 + [11 * basket] * 7
    assert sim.money() == [0]


def test_an_allowance_of_ones_own(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=2, **{"economy.allowance": 2.5})
    sim.column("Clock.minute")[0] = 0
    sim._runtime._step(sim._runtime.launches["pay_allowance"])()
    assert look(sim).flow["allowance"] == 2 * 2500
