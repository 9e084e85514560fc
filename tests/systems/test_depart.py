"""Departures against their slow twin: estate, refund, and objects that are free at once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from tests.oracle import affordances as slow
from tests.oracle.town import KINDS, Agent, Town, differences, look, make, scramble, tick

from townlet.errors import UserError
from townlet.simulation import Simulation

#: Nobody leaves of its own accord, and nobody comes.
CALM = {"features.systems.lifecycle": "off"}


def test_departures_equal_the_slow_twin(tmp_path: Path) -> None:
    """Users, waiters, walkers and sleepers die in odd states, several at a time."""
    flows: Counter[str] = Counter()
    for kind in KINDS:
        sim = make(kind, tmp_path, agents=18, seed=3, policy="random", **CALM)
        luck = random.Random(kind)
        for k in range(120):
            if k % 12 == 5:
                scramble(sim, luck)
            leaving: list[int] = []
            if k % 6 == 3:
                living = [a.slot for a in look(sim).agents if a.alive]
                leaving = sorted(luck.sample(living, 3))
                for slot in leaving:
                    sim.kill(slot)
            tick(sim, {"let_departed_go": partial(departing, leaving, sim)})
            for _ in leaving:
                sim.spawn()
            assert sim.money() == [0]
        flows.update(look(sim).flow)
        assert sim.column("Departures.count").tolist() == [60]
    assert flows["estate"] > 0
    assert flows["wage"] + flows["wage_treasury"] > 0
    assert flows["refund"] > 0


def departing(leaving: list[int], sim: Simulation) -> Callable[[], None]:
    """A watcher: who leaves and the accounts are as the twin says; objects pass on at once."""
    expected = look(sim)
    held = [thing.number for thing in expected.things if thing.holder in leaving]
    slow.depart(expected, leaving, partial(last_wage, sim, expected))

    def after() -> None:
        town = look(sim)
        for slot in leaving:
            assert differences(expected.agents[slot], town.agents[slot]) == []
        for name in ("tills", "treasury", "flow", "events"):
            assert getattr(expected, name) == getattr(town, name)
        objects_are_free(town, leaving, held)

    return after


def last_wage(sim: Simulation, town: Town, agent: Agent) -> None:
    """What it has worked for: from the till that keeps enough for a delivery, or the treasury."""
    position = int(sim.column("Employment.position")[agent.slot])
    if position < 0:
        return
    wage = int(sim.column("Shifts.paid")[position])
    wage *= int(sim.column("JobRules.wage")[0, job_of(sim, position)])
    place = int(sim.column("PositionPlan.place")[position])
    agent.money += wage
    if town.tills[place] >= wage + int(sim.column("PricePlan.keep")[place]):
        town.tills[place] -= wage
        town.flow["wage"] += wage
    else:
        town.treasury -= wage
        town.flow["wage_treasury"] += wage


def objects_are_free(town: Town, leaving: list[int], held: list[int]) -> None:
    """No object is left to the departed, and none they held is free while somebody waits."""
    for thing in town.things:
        assert thing.holder not in leaving
        assert not set(thing.ring) & set(leaving)
    for thing in (town.things[number] for number in held):
        assert thing.holder is not None or thing.closed or not thing.ring


def test_only_the_living_can_be_removed(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=2, seed=1)
    sim.kill(1)
    sim.kill(1)
    sim.run(1)
    assert sim.column("Departures.count").tolist() == [1], "one dies once"
    with pytest.raises(UserError, match="nobody lives in slot 1 of town 0"):
        sim.kill(1)
    with pytest.raises(UserError, match="agent is 2; it must be between 0 and 1"):
        sim.kill(2)


def test_a_talk_a_job_and_a_meeting_end_with_the_departed(tmp_path: Path) -> None:
    """The partner is free, the position vacant and paid, nobody waits at the meeting for it."""
    sim = make("homes", tmp_path, agents=4, seed=1)
    partner, until = sim.column("Talk.partner"), sim.column("Talk.until")
    partner[[1, 2]], until[[1, 2]] = [2, 1], sim.tick + 50
    people = sim.column("Incidents.people")
    people[3, :3] = [0, 1, 2]
    position = employ(sim, 1, paid=100)
    before, wage = look(sim), 100 * sim.column("JobRules.wage")[0, job_of(sim, position)]
    place = int(sim.column("PositionPlan.place")[position])
    owed = before.tills[place] < wage + int(sim.column("PricePlan.keep")[place])
    sim.kill(1)
    sim.run(1)
    assert partner.tolist() == [-1] * 4
    assert sim.column("Shifts.holder").tolist().count(1) == 0
    assert sim.column("Shifts.paid")[position] == 0
    assert people[3, :3].tolist() == [0, -1, 2]
    flow = look(sim).flow
    paid = "wage_treasury" if owed else "wage"
    assert flow[paid] - before.flow[paid] == wage > 0
    assert flow["estate"] - before.flow["estate"] == before.agents[1].money + wage
    assert sim.money() == [0]


def employ(sim: Simulation, slot: int, paid: int = 0) -> int:
    """Let an agent have the first vacant position, if it has none; its number."""
    row = int(sim.column("Rows.row_of")[slot])
    position = int(sim.column("Employment.position")[row])
    if position < 0:
        position = sim.column("Shifts.holder").tolist().index(-1)
        sim.column("Employment.position")[row] = position
        sim.column("Shifts.holder")[position] = slot
    sim.column("Shifts.paid")[position] = paid
    return position


def job_of(sim: Simulation, position: int) -> int:
    return int(sim.column("PositionPlan.job")[position])


def test_the_queue_moves_in_the_tick_its_holder_dies(tmp_path: Path) -> None:
    """Also when the next in line dies with it."""
    sim = make("open", tmp_path, agents=6, seed=1, **CALM)
    for slot in (0, 1):
        sim.kill(slot)
    seen: list[Town] = []

    def watch() -> Callable[[], None]:
        line_up(sim, 0)
        return lambda: seen.append(look(sim))

    tick(sim, {"let_departed_go": watch})
    after = seen[0].things[0]
    assert after.holder in (2, 3)
    assert after.ring == [5 - after.holder]


def line_up(sim: Simulation, thing: int) -> None:
    """Agent 0 holds an object, 1 to 3 wait for it, and that is all there is in town."""
    for name, value in (("holder", -1), ("using", False), ("waiting", 0)):
        sim.column(f"Objects.{name}").fill(value)
    sim.column("QueueRing.slot").fill(-1)
    sim.column("Activity.affordance").fill(-1)
    place = sim.column("QueuePlace.object")
    place.fill(-1)
    place[:4] = thing
    sim.column("QueuePlace.holding")[:] = np.arange(6) == 0
    sim.column("Objects.holder")[thing], sim.column("Objects.waiting")[thing] = 0, 3
    first = int(sim.column("ObjectPlan.ring_start")[thing])
    sim.column("QueueRing.slot")[first : first + 3] = [1, 2, 3]
