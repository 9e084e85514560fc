"""Rewards against their slow twin, and the guarantees of SPEC §13 one by one."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from tests.oracle.rewards import Scorer, watched
from tests.oracle.society import LIVELY, entangle
from tests.oracle.town import KINDS, make, scramble, tick

from townlet import Simulation
from townlet.config import SimulationConfig
from townlet.errors import UserError
from townlet.learner import Learner
from townlet_components.rewards import TERMS

REWARDED = Learner(rewards=True)
SOCIAL = {"features.stages.social_rewards": "C3"} | LIVELY
FLAGS = ("wage", "guard", "terminal", "social_avoidance", "survival")


def total_of(sim: Simulation) -> npt.NDArray[np.float32]:
    """The float32 sum of the terms in their order."""
    rewards = sim.rewards()
    total: npt.NDArray[np.float32] = rewards.homeostasis.copy()
    for name in TERMS[1:]:
        total += getattr(rewards, name)
    return total


def compare(sim: Simulation, expected: dict[int, dict[str, float]], town: int = 0) -> None:
    """Every term of every row is what the twin says; nobody else has any."""
    rewards, base = sim.rewards(), town * sim.capacity
    rows = sim.column("Rows.row_of")[base : base + sim.capacity]
    assert (rewards.total == total_of(sim)).all()
    for slot, row in enumerate(rows):
        terms = expected.get(slot, {})
        for name in (*TERMS, "total"):
            found, wanted = float(getattr(rewards, name)[row]), terms.get(name, 0.0)
            assert found == pytest.approx(wanted, abs=1e-6), (sim.tick, slot, name)
            if name in FLAGS:
                assert (found == 0) == (wanted == 0), (sim.tick, slot, name)


def to_work(sim: Simulation, luck: random.Random) -> None:
    """Some who have a job stand in its place at once."""
    jobs, plan = sim.blueprint.jobs, sim.plan
    for row in idle_rows(sim):
        position = int(sim.column("Employment.position")[row])
        if position >= 0 and luck.random() < 0.7:
            district = int(plan.place_district[jobs.place[position]])
            stand(sim, row, district, int(jobs.target[position]))


def stand(sim: Simulation, row: int, district: int, target: int) -> None:
    """Put an agent on a tile that holds many."""
    route = sim.plan.route[sim.plan.district_layout[district], target]
    sim.column("Position.district")[row] = district
    sim.column("Position.tile")[row] = int(np.flatnonzero(route >> 3 == 0)[0])
    sim.column("Occupancy.count")[:] = 0


def idle_rows(sim: Simulation) -> list[int]:
    """Rows of who lives, does nothing and waits for nothing."""
    free = sim.column("Identity.alive") & (sim.column("QueuePlace.object") < 0)
    free &= (sim.column("Activity.affordance") < 0) & (sim.column("Talk.partner") < 0)
    return np.flatnonzero(free).tolist()


def to_talk(sim: Simulation, luck: random.Random) -> None:
    """Pairs whose talk ends in the next tick, well or badly."""
    rows, slots = idle_rows(sim), sim.column("Rows.slot")
    luck.shuffle(rows)
    for a, b in zip(rows[::2], rows[1::2], strict=False):
        sim.column("Position.district")[b] = sim.column("Position.district")[a]
        sim.column("Position.tile")[b] = sim.column("Position.tile")[a]
        for row, other in ((a, b), (b, a)):
            sim.column("Talk.partner")[row] = slots[other]
            sim.column("Talk.until")[row] = sim.tick + 1
            sim.column("Talk.speaker")[row] = row == a
            sim.column("Talk.quality")[row] = luck.choice([-1, -1, 700])
            sim.column("Intent.wake")[row] = sim.tick + 2


def shun(sim: Simulation, luck: random.Random) -> None:
    """Whoever acts in the next tick has kept away from somebody."""
    for row in np.flatnonzero(sim.column("Identity.alive")):
        if luck.random() < 0.5:
            sim.column("Intent.shunned")[row] = luck.randrange(2)


@pytest.mark.parametrize("kind", KINDS)
def test_rewards_equal_the_slow_twin(kind: str, tmp_path: Path) -> None:
    """Random worlds around the beginning of shifts, with collapses, arrivals and company."""
    keys: dict[str, Any] = {
        "needs.fun.weight": 0.3,
        "lifecycle.collapse_ticks": 4,
        "lifecycle.respawn_delay_ticks": 3,
        "rewards.clip.clip_per_tick": 0.03,
        "world.start_minute": 455 if kind == "open" else 335,
    }
    if kind == "districts":
        keys |= {"rewards.clip.clip_per_episode": 1.0, "shaping.gamma": 0.9}
    sim = make(kind, tmp_path, seed=3, agents=12, learner=REWARDED, **keys | SOCIAL)
    luck, scorer = random.Random(kind), Scorer(sim)
    watch = watched(scorer, lambda expected: compare(sim, expected))
    for k in range(130):
        if k % 20 == 3:
            scramble(sim, luck)
            entangle(sim, luck)
        if k % 4 == 1:
            shun(sim, luck)
        if k % 20 == 5:
            to_talk(sim, luck)
        if k % 10 == 7:
            to_work(sim, luck)
        tick(sim, watch)
    unseen = {name for name in (*TERMS, "in distress", "not again") if not scorer.seen[name]}
    assert unseen <= ({"episode_adjustment"} if kind != "districts" else set()), scorer.seen


def test_whoever_is_evicted_gets_its_terminal_once(tmp_path: Path) -> None:
    keys = {"world.start_minute": 1434, "lifecycle.respawn_delay_ticks": 2}
    sim = make("homes", tmp_path, seed=3, learner=REWARDED, **keys)
    row = int(np.flatnonzero(sim.column("Identity.alive"))[0])
    sim.column("Debt.arrears")[row], sim.column("Debt.days")[row] = 90_000, 9
    sim.column("Treasury.money")[0] += sim.column("Wallet.money")[row]
    sim.column("Wallet.money")[row] = 0
    scorer, terminals = Scorer(sim), []
    watch = watched(scorer, lambda expected: compare(sim, expected))
    for _ in range(12):
        tick(sim, watch)
        terminals.append(float(sim.rewards().terminal[row]))
    assert sorted(terminals) == [-5.0] + [0.0] * 11


def test_without_a_learner_there_are_no_rewards() -> None:
    sim = Simulation.from_config(SimulationConfig(), agents=2)
    with pytest.raises(UserError, match="rewards are not written"):
        sim.rewards()
