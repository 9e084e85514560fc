"""Targets against their slow twin: object and affordance of every option, in odd states."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import numpy as np
from tests.oracle import scripted as slow
from tests.oracle.town import KINDS, Town, look, make, scramble, tick, twin


def test_targets_equal_the_slow_twin(tmp_path: Path) -> None:
    """Every option is given to every agent, bound by nothing, in states no town gets into."""
    chosen: Counter[str | None] = Counter()
    for kind in KINDS:
        sim = make(kind, tmp_path, seed=5, policy="random")
        luck, seen = random.Random(kind), list[Town]()
        sim.run(40)
        for _ in range(5):
            scramble(sim, luck)
            for option in range(len(sim.blueprint.option_names)):
                sim.column("Intent.wake")[:] = 0
                sim.desk.give(np.full(sim.capacity, option, np.int32), "option")
                tick(sim, {"obey_orders": twin(sim, slow.obey, seen)})
                sim.desk.take_back()
        for town in seen:
            for agent in town.agents:
                chosen[agent.plan if agent.target is not None else None] += 1
                chosen["bag"] += agent.target == "bag"
    uses = {"use_shower", "eat_meal", "snack", "cook_meal", "rest_sleep", "relax", "exercise"}
    assert uses | {"bag"} <= chosen.keys()


def two_benches(folder: Path) -> tuple[Path, list[int]]:
    """A manifest of an open district with two benches; the first is nearer to the corner."""
    path = folder / "benches.yaml"
    path.write_text(
        "- {id: relax, object_type: bench, duration: 10, effects: {energy: 0.01}}\n"
        "- {type: object, id: bench_1, object_type: bench, position: [3, 1]}\n"
        "- {type: object, id: bench_2, object_type: bench, position: [7, 1]}\n",
        encoding="utf-8",
    )
    return path, [0, 1]


def test_the_nearer_object_is_chosen_until_its_line_is_too_long(tmp_path: Path) -> None:
    path, (near, far) = two_benches(tmp_path)
    keys = {"affordances.affordances_file": str(path)}
    sim = make("open", tmp_path, agents=4, **keys)
    town = look(sim)
    agent = town.agents[0]
    agent.district, agent.tile = 0, 12
    relax = np.array([sim.blueprint.option_names.index("relax"), -1, -1, -1], np.int32)

    def choose(waiting: int) -> int:
        sim.column("Position.tile")[0] = agent.tile
        sim.column("QueuePlace.object")[:] = -1
        sim.column("Objects.waiting")[near] = waiting
        sim.column("QueueRing.slot")[:] = -1
        sim.column("QueueRing.slot")[:waiting] = [1, 2, 3][:waiting]
        sim.column("QueuePlace.object")[1 : 1 + waiting] = near
        sim.column("Intent.wake")[:] = [0, 99, 99, 99]
        sim.desk.give(relax, "option")
        sim._before()
        sim._runtime._step(sim._runtime.launches["obey_orders"])()
        return int(sim.column("Intent.target")[0])

    assert choose(waiting=0) == near
    assert choose(waiting=1) == far


def test_a_bag_is_opened_for_what_it_holds(tmp_path: Path) -> None:
    """A salad takes a meal and an ingredient: who carries the meal alone goes to the fridge."""
    path = tmp_path / "salad.yaml"
    path.write_text(
        "- {id: salad, object_type: fridge, duration: 5,\n"
        "   effects: {hunger: 0.4, meals: -1, ingredients: -1}}\n"
        "- {type: object, id: fridge_1, object_type: fridge,\n"
        "   stock: {meals: 5, ingredients: 5}}\n",
        encoding="utf-8",
    )
    sim = make("open", tmp_path, agents=1, **{"affordances.affordances_file": str(path)})
    sim.column("Inventory.count")[0] = [0, 1, 0]
    sim.column("Needs.level")[:] = [0.3, 1.0, 1.0]
    sim.column("Intent.wake")[:] = 0
    sim.run(60)
    assert look(sim).agents[0].needs["hunger"] > 0.4
