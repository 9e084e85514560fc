"""Offers: each reason why a holder cannot start, and what a failure leaves behind (SPEC §5)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.oracle import affordances as slow
from tests.oracle.town import look, make

from townlet.simulation import Simulation

MANIFEST = """
- {id: buy_meal, object_type: fridge, duration: 5, price: meal_cost,
   preconds: ["needs.energy > 0.2"], effects: {hunger: 0.4, meals: -1}}
- {type: object, id: fridge_1, object_type: fridge, stock: {meals: 2}}
- {type: object, id: fridge_2, object_type: fridge, stock: {meals: 2}}
"""


def holder_at_the_fridge(folder: Path, agents: int = 1) -> Simulation:
    """Agent 0 holds the first fridge, stands beside it, and wants a meal that costs 1.0."""
    path = folder / "meals.yaml"
    path.write_text(MANIFEST, encoding="utf-8")
    sim = make("open", folder, agents=agents, **{"affordances.affordances_file": str(path)})
    sim.column("Position.tile")[0] = min(look(sim).rules.ground.reach(0))
    sim.column("Needs.level")[:] = 0.5
    for name, value in {"option": 1, "target": 0, "affordance": 0, "wake": 99}.items():
        sim.column(f"Intent.{name}")[0] = value
    for name, value in {"object": 0, "joined": 1, "holding": True}.items():
        sim.column(f"QueuePlace.{name}")[0] = value
    sim.column("Objects.holder")[0] = 0
    sim.column("Objects.free_until")[0] = 99
    return sim


def test_a_start_pays_the_place_and_takes_the_meal(tmp_path: Path) -> None:
    sim = holder_at_the_fridge(tmp_path)
    before = look(sim)
    sim.run(1)
    town = look(sim)
    assert town.agents[0].running == "buy_meal"
    assert town.agents[0].money == before.agents[0].money - 1000
    assert town.tills == [1000]
    assert town.flow["sales"] == 1000
    assert town.things[0].stock["meals"] == 1
    assert town.agents[0].needs["hunger"] < 0.5, "effects come at the end"
    sim.run(5)
    assert look(sim).agents[0].running is None
    assert look(sim).agents[0].needs["hunger"] > 0.89


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("Wallet.money", 999, slow.FUNDS),
        ("Objects.stock", 0, slow.STOCK),
        ("Needs.level", 0.1, slow.PRECONDITION),
    ],
)
def test_a_failure_names_its_reason_and_costs_nothing(
    column: str, value: float, reason: int, tmp_path: Path
) -> None:
    sim = holder_at_the_fridge(tmp_path)
    sim.column(column)[0] = value
    before = look(sim)
    sim.run(1)
    town = look(sim)
    assert town.events == [("affordance_fail", 0, 0, 0, reason)]
    assert town.agents[0].last == ("interact:buy_meal", False, 1)
    assert town.agents[0].money == before.agents[0].money
    assert town.things[0].stock == before.things[0].stock
    assert town.things[0].holder is None
    assert (town.agents[0].queue, town.agents[0].target) == (None, None)
    assert town.agents[0].wake == town.tick + 1, "it may choose again at once"


def test_a_closed_object_lets_its_user_go_and_pays_back(tmp_path: Path) -> None:
    sim = holder_at_the_fridge(tmp_path)
    before = look(sim)
    sim.run(2)
    assert look(sim).agents[0].running == "buy_meal"
    sim.desk.close("fridge_1")
    sim.run(1)
    town = look(sim)
    assert town.events == [("affordance_fail", 0, 0, 0, slow.CLOSED)]
    assert town.agents[0].money == before.agents[0].money
    assert town.tills == [0]
    assert town.things[0].holder is None
    assert town.agents[0].needs["hunger"] < 0.5
    assert sim.money() == [0]


def test_what_was_missing_is_not_sought_there_again(tmp_path: Path) -> None:
    """The second fridge still has meals; an option never goes where it would be refused."""
    sim = holder_at_the_fridge(tmp_path)
    sim.column("Objects.stock")[0] = 0
    sim.column("Needs.level")[0, 0] = 0.1
    sim.column("Needs.level")[0, 1:] = 1.0
    seen = []
    for _ in range(40):
        sim.run(1)
        seen += [event for event in look(sim).events if event[0] == "affordance_start"]
    assert (seen[0][3], seen[0][4]) == (1, 0)


def test_walking_off_forfeits_and_death_refunds(tmp_path: Path) -> None:
    for leaves in (True, False):
        sim = holder_at_the_fridge(tmp_path)
        rich = look(sim).agents[0].money
        sim.run(2)
        assert look(sim).agents[0].paid == 1000
        if leaves:
            sim.column("Orders.possessed")[0] = True
            primitive = sim.blueprint.primitive_names.index("leave")
            sim.step(np.array([primitive], np.int32), level="primitive")
        else:
            sim.kill(0)
            sim.run(1)
        town = look(sim)
        assert town.events == [("affordance_fail", 0, 0, 0, slow.LEFT if leaves else slow.REMOVED)]
        assert town.things[0].holder is None
        assert town.tills == [1000 if leaves else 0]
        assert town.flow["refund"] == (0 if leaves else 1000)
        assert town.flow["estate"] == (0 if leaves else rich)
        assert sim.money() == [0]
