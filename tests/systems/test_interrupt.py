"""Outages and closures: who is let go, and that nothing stays stuck (SPEC §5, §8)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.oracle import affordances as slow
from tests.oracle.town import look, make

from townlet.simulation import Simulation
from townlet_components.personality import PATIENCE

MANIFEST = """
- {id: use_shower, object_type: shower, duration: 20, price: public_shower,
   preconds: [power_on, water_on], effects: {hygiene: 0.6}}
- {id: cook_meal, object_type: stove, duration: 12, preconds: [power_on],
   effects: {ingredients: -2, meals: 2}}
- {id: sit, object_type: bench, duration: 12, effects: {energy: 0.1}}
- {type: object, id: shower_1, object_type: shower}
- {type: object, id: stove_1, object_type: stove, stock: {ingredients: 4}}
- {type: object, id: bench_1, object_type: bench}
"""
SHOWER, STOVE, BENCH = range(3)
OPTION = {SHOWER: "get_clean", STOVE: "get_fed", BENCH: "sleep"}


def users(folder: Path, *objects: int, waiters: int = 0) -> Simulation:
    """Agents 0, 1, ... use objects; further ones queue at the first of these."""
    path = folder / "uses.yaml"
    path.write_text(MANIFEST, encoding="utf-8")
    agents = len(objects) + waiters
    sim = make("open", folder, agents=agents, **{"affordances.affordances_file": str(path)})
    kinds = [sim.plan.object_types[k] for k in sim.plan.object_type]
    order = [kinds.index(kind) for kind in ("shower", "stove", "bench")]
    uses = [use.id for use in sim.blueprint.manifest.affordances]
    for slot in range(agents):
        kind = objects[min(slot, len(objects) - 1) if slot < len(objects) else 0]
        thing = order[kind]
        sim.column("Position.tile")[slot] = min(look(sim).rules.ground.reach(thing))
        values = {
            "option": sim.blueprint.option_names.index(OPTION[kind]),
            "target": thing,
            "affordance": uses.index(("use_shower", "cook_meal", "sit")[kind]),
            "wake": 500,
        }
        for name, value in values.items():
            sim.column(f"Intent.{name}")[slot] = value
        sim.column("Personality.trait")[slot, PATIENCE] = slot / 10  # the first is served first
    sim.column("Needs.level")[:] = 0.7
    return sim.run(3)


def thing_of(sim: Simulation, kind: int) -> int:
    name = ("shower", "stove", "bench")[kind]
    return next(t.number for t in look(sim).things if t.type == name)


def settled(sim: Simulation) -> bool:
    """Holders and rings agree with the agents' side."""
    town = look(sim)
    for thing in town.things:
        if thing.holder is not None and town.agents[thing.holder].queue != thing.number:
            return False
        if thing.in_use and town.agents[thing.holder or 0].using != thing.number:
            return False
    queued = sum(agent.queue is not None for agent in town.agents)
    return queued == sum(len(t.ring) + (t.holder is not None) for t in town.things)


@pytest.mark.parametrize(
    ("utility", "stopped"),
    [("power", {SHOWER: slow.POWER_OFF, STOVE: slow.POWER_OFF}), ("water", {SHOWER: 8})],
)
def test_an_outage_breaks_off_what_depends_on_it(
    utility: str, stopped: dict[int, int], tmp_path: Path
) -> None:
    """Mid-shower: paid back, nothing gained, the goods returned, the object free at once."""
    sim = users(tmp_path, SHOWER, STOVE, BENCH)
    before = look(sim)
    assert [agent.running for agent in before.agents] == ["use_shower", "cook_meal", "sit"]
    assert before.agents[0].paid == 400
    sim.column(f"Utilities.{utility}")[0] = 2
    sim.run(1)
    town = look(sim)
    for kind in (SHOWER, STOVE, BENCH):
        agent, thing = town.agents[kind], town.things[thing_of(sim, kind)]
        event = ("affordance_fail", kind, kind, thing.number, stopped.get(kind))
        if kind in stopped:
            assert event in town.events
            assert (agent.running, agent.queue, agent.paid) == (None, None, 0)
            assert agent.needs["hygiene"] < 0.7
            assert agent.wake <= town.tick + 1
            assert (thing.holder, thing.in_use) == (None, False)
        else:
            assert agent.running == before.agents[kind].running
    assert town.agents[0].money == before.agents[0].money + 400
    if utility == "power":
        assert town.things[thing_of(sim, STOVE)].stock["ingredients"] == 4
    assert sim.check_money() == []
    assert settled(sim)


def test_what_is_out_cannot_start_and_says_why(tmp_path: Path) -> None:
    sim = users(tmp_path, STOVE)
    sim.column("Utilities.power")[0] = 1
    sim.run(1)
    assert look(sim).agents[0].running is None
    masks = sim.masks().primitive[0]
    names = sim.blueprint.primitive_names
    assert not masks[names.index("interact:cook_meal")]
    sim.column("Utilities.power")[0] = 0
    assert sim.masks().primitive[0][names.index("interact:cook_meal")]


def test_who_waits_for_what_is_out_decides_anew(tmp_path: Path) -> None:
    sim = users(tmp_path, STOVE, waiters=2)
    town = look(sim)
    assert len(town.things[thing_of(sim, STOVE)].ring) == 2
    sim.column("Utilities.power")[0] = 1
    sim.run(1)
    assert [agent.wake for agent in look(sim).agents] == [look(sim).tick + 1] * 3
    sim.run(3)
    town = look(sim)
    assert all(agent.queue is None for agent in town.agents), "it went for something else"
    assert settled(sim)


@pytest.mark.parametrize(("closed", "stops"), [(1, True), (2, False), (4, False), (3, True)])
def test_a_closure_lets_waiters_go_and_users_finish(
    closed: int, stops: bool, tmp_path: Path
) -> None:
    """An operator's closing ends the use as well; nobody joins or starts meanwhile."""
    sim = users(tmp_path, BENCH, waiters=2)
    bench = thing_of(sim, BENCH)
    assert len(look(sim).things[bench].ring) == 2
    sim.column("Objects.closed")[bench] = closed
    sim.run(1)
    town = look(sim)
    assert town.things[bench].ring == []
    assert [agent.queue for agent in town.agents[1:]] == [None, None]
    assert (town.agents[0].running is None) == stops
    assert settled(sim)
    sim.run(20)
    town = look(sim)
    assert town.things[bench].holder is None
    assert town.things[bench].ring == []
    gained = town.agents[0].needs["energy"] - town.agents[1].needs["energy"]
    assert (gained > 0.05) == (not stops)
    sim.column("Objects.closed")[bench] = 0
    assert settled(sim)


def test_a_holder_on_its_way_is_let_go_by_a_closure(tmp_path: Path) -> None:
    sim = users(tmp_path, BENCH)
    bench = thing_of(sim, BENCH)
    sim.column("Activity.affordance")[0] = -1
    sim.column("Activity.object")[0] = -1
    sim.column("Objects.using")[bench] = False
    sim.column("Objects.closed")[bench] = 2
    sim._before()
    sim._runtime._step(sim._runtime.launches["interrupt_uses"])()
    town = look(sim)
    assert town.things[bench].holder is None
    assert (town.agents[0].queue, town.agents[0].holding) == (None, False)
    assert town.agents[0].wake == town.tick + 1


def test_a_refund_may_leave_a_till_below_zero(tmp_path: Path) -> None:
    sim = users(tmp_path, SHOWER)
    sim.column("Treasury.money")[0] += sim.column("Till.money").sum()
    sim.column("Till.money")[:] = 0
    sim.column("Utilities.water")[0] = 1
    sim.run(1)
    assert np.array_equal(sim.column("Till.money"), [-400])
    assert sim.money() == [0]
