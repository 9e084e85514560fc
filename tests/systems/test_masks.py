"""Masks are exact (SPEC §12): what is open is taken, what is closed is counted."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from tests.oracle import scripted as slow
from tests.oracle.society import LIVELY, entangle
from tests.oracle.town import KINDS, Agent, Town, look, make, scramble, tick

from townlet.simulation import Simulation


def masks_of(sim: Simulation) -> tuple[list[set[str]], list[set[str]]]:
    """Names of the open options and primitives by slot."""
    masks = sim.masks()
    sides = (
        (masks.option, sim.blueprint.option_names),
        (masks.primitive, sim.blueprint.primitive_names),
    )
    options, primitives = (
        [{name for name, is_open in zip(names, row, strict=True) if is_open} for row in side]
        for side, names in sides
    )
    return options, primitives


def coming(sim: Simulation) -> Town:
    """The town as DECIDE of the next tick will find it, but for what the clock changes."""
    town = look(sim)
    town.tick += 1
    return town


def intent(agent: Agent) -> tuple[object, ...]:
    return agent.option, agent.target, agent.plan, agent.wake, agent.wish


def test_masks_equal_the_slow_twin(tmp_path: Path) -> None:
    count: Counter[str] = Counter()
    for kind in KINDS:
        keys = {"world.capacity": 13} | LIVELY
        sim = make(kind, tmp_path, seed=6, policy="random", **keys)
        luck = random.Random(kind)
        for k in range(60):
            if k % 6 == 5:
                scramble(sim, luck)
                entangle(sim, luck)
            options, primitives = masks_of(sim)
            town = coming(sim)
            for agent in town.agents:
                assert options[agent.slot] == slow.open_options(town, agent)
                expected = {
                    name
                    for name in sim.blueprint.primitive_names
                    if name == "wait" or (agent.alive and slow.open_primitive(town, agent, name))
                }
                assert primitives[agent.slot] == expected
                count.update(expected | options[agent.slot])
                count["talks"] += town.society.partner[agent.slot] is not None
                count["slowed"] += agent.alive and not {n for n in expected if n[:4] == "move"}
            sim.run(luck.randrange(1, 6))
    of_late = ("shop", "go_to_work", "socialise", "talk", "buy", "talks", "slowed")
    assert min(count[name] for name in of_late) > 20


@pytest.mark.parametrize("level", ["option", "primitive"])
def test_open_is_taken_and_closed_changes_nothing(level: str, tmp_path: Path) -> None:
    count: Counter[str] = Counter()
    for kind in KINDS:
        sim = make(kind, tmp_path, agents=16, seed=2, policy="random")
        luck = random.Random(kind)
        names = sim.blueprint.option_names if level == "option" else sim.blueprint.primitive_names
        for k in range(100):
            if k % 10 == 5:
                scramble(sim, luck)
            options, primitives = masks_of(sim)
            open_now = options if level == "option" else primitives
            wanted = [luck.choice(names) for _ in range(16)]
            # Half of the time something open, for random names are mostly closed.
            wanted = [
                luck.choice(sorted(may)) if luck.random() < 0.5 else name
                for may, name in zip(open_now, wanted, strict=True)
            ]
            before, decided, after = played(sim, wanted, names, level)
            for agent, name in zip(before.agents, wanted, strict=True):
                later = decided.agents[agent.slot]
                is_open = name in open_now[agent.slot]
                count[f"{'open' if is_open else 'closed'} {name}"] += 1
                assert later.masked - agent.masked == (0 if is_open else 1), (agent, name)
                if not is_open:
                    assert intent(later) == intent(agent)
                elif level == "option":
                    assert later.option == name
                else:
                    assert later.primitive == name
                    assert took_effect(name, agent, after)
                assert level == "option" or is_open or later.primitive == "wait"
    assert sum(n for name, n in count.items() if name.startswith("open")) > 500
    assert sum(n for name, n in count.items() if name.startswith("closed")) > 500


def played(
    sim: Simulation, wanted: list[str], names: tuple[str, ...], level: str
) -> tuple[Town, Town, Town]:
    """Looks before the tick, after the orders and after the tick."""
    looks = [look(sim)]

    def watch() -> None:
        looks.append(look(sim))

    sim.desk.give(np.array([names.index(name) for name in wanted], np.int32), level)
    tick(sim, {"obey_orders": lambda: watch})
    sim.desk.take_back()
    return looks[0], looks[1], look(sim)


def took_effect(name: str, before: Agent, after: Town) -> bool:
    """The agent did what it was told, or the tick brought what nobody could know."""
    agent = after.agents[before.slot]
    if name == "wait" or before.until == after.tick:
        return True
    if name == "leave":
        return agent.running is None and agent.queue is None and agent.last[0] == "leave"
    if name == "use_item":
        return agent.running is not None and agent.using is None
    if before.queue is not None and name.startswith("interact:"):
        return True  # Who waits already goes on waiting, or has its turn.
    return agent.last[0] == name


def test_something_is_always_open_and_what_runs_binds(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    for kind in KINDS:
        sim = make(kind, tmp_path, agents=16, seed=8)
        luck = random.Random(kind)
        for k in range(60):
            if k % 8 == 5:
                scramble(sim, luck)
            sim.run(luck.randrange(1, 5))
            options, primitives = masks_of(sim)
            for agent in coming(sim).agents:
                assert options[agent.slot]
                assert "wait" in primitives[agent.slot]
                if sim.tick + 1 < agent.wake:
                    seen["committed"] += 1
                    assert options[agent.slot] == {agent.option}
                if agent.running is not None:
                    seen["running"] += 1
                    assert primitives[agent.slot] == {"wait", "leave"}
    assert min(seen["committed"], seen["running"]) > 100


def test_work_and_company_are_open_to_those_who_have_some(tmp_path: Path) -> None:
    """A position opens work; somebody free opens company, and talk if it stands beside one."""
    keys = {"features.stages.relationships": "B"}
    sim = make("homes", tmp_path, seed=1, agents=3, **keys)
    sim.column("Intent.wake")[:] = 0
    sim.column("Intent.option")[:] = 0
    sim.column("Employment.position")[:] = [0, -1, -1]
    sim.column("Orders.possessed")[2] = True  # it has no time for others
    sim.column("Position.tile")[:] = sim.plan.home_tile[0]
    options, primitives = masks_of(sim)
    assert ["go_to_work" in row for row in options] == [True, False, False]
    assert ["socialise" in row for row in options] == [True, True, True]
    assert ["talk" in row for row in primitives] == [True, True, True]
    sim.column("Orders.possessed")[1] = True
    options, primitives = masks_of(sim)
    assert ["socialise" in row for row in options] == [False, True, True]
    assert ["talk" in row for row in primitives] == [False, True, True]
    sim.column("Talk.partner")[:] = [1, 0, -1]
    options, primitives = masks_of(sim)
    assert primitives[0] == primitives[1] == {"wait", "leave"}
    assert "talk" not in primitives[2]


def test_looking_at_masks_changes_nothing(tmp_path: Path) -> None:
    looked, other = (make("districts", tmp_path, seed=1) for _ in range(2))
    for _ in range(50):
        looked.masks()
        looked.run(1)
        other.run(1)
    assert looked.hash() == other.hash()


def test_a_mask_knows_the_minute_it_is_for(tmp_path: Path) -> None:
    """A bench that opens at 10:00 is open to the order that is carried out at 10:00."""
    manifest = tmp_path / "opening.yaml"
    manifest.write_text(
        "- {id: relax, object_type: bench, duration: 9, preconds: ['world.minute >= 600'],\n"
        "   effects: {energy: 0.01}}\n"
        "- {type: object, id: bench_1, object_type: bench}\n",
        encoding="utf-8",
    )
    keys = {"affordances.affordances_file": str(manifest), "world.start_minute": 598}
    sim = make("open", tmp_path, agents=1, **keys)
    assert sim.clock == (0, 9, 59)
    sim.column("Intent.wake")[:] = 0
    is_open = "relax" in masks_of(sim)[0][0]
    sim.step(np.array([sim.blueprint.option_names.index("relax")], np.int32))
    taken = look(sim).agents[0].masked == 0
    assert is_open == taken
