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
from townlet.ecs.runtime import Threading
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


# -- what holds whatever happens ---------------------------------------------------------------

LIVELY_TOWN = {
    "features.stages.relationships": "B",
    "features.stages.social_rewards": "C3",
    "personalities.distribution": {"balanced": 1.0, "socialite": 1.0, "industrious": 1.0},
    "world.start_minute": 460,
    "rewards.decay_rates.hunger": 0.02,
    "lifecycle.respawn_delay_ticks": 4,
}
TICKS = 240


def build(agents: int = 40, /, learner: Learner | None = REWARDED, **options: Any) -> Simulation:
    config = SimulationConfig().with_overrides(LIVELY_TOWN)
    return Simulation.from_config(config, agents=agents, learner=learner, **options)


def by_slot(sim: Simulation, town: int = 0) -> dict[str, list[Any]]:
    """What rewards are and remember, by slot."""
    rows = sim.column("Rows.row_of")[town * sim.capacity : (town + 1) * sim.capacity]
    found = {f"Rewards.{name}": sim.column(f"Rewards.{name}")[rows] for name in (*TERMS, "total")}
    for name in ("potential", "episode", "today", "early", "seen"):
        found[f"RewardMemory.{name}"] = sim.column(f"RewardMemory.{name}")[rows]
    found["Avoided.at"] = sim.column("Avoided.at")[rows]
    for name in ("count", "mean", "std"):
        found[f"RewardStats.{name}"] = sim.column(f"RewardStats.{name}")[town : town + 1]
    found["Fitness.afi"] = sim.column("Fitness.afi")[rows]
    return {name: values.tolist() for name, values in found.items()}


def test_the_terms_add_up_and_the_town_does_not_notice() -> None:
    sim, plain = build(seed=4), build(seed=4, learner=None)
    seen = dict.fromkeys(TERMS, 0.0)
    for _ in range(TICKS):
        sim.run(1)
        rewards = sim.rewards()
        assert (rewards.total == total_of(sim)).all()
        assert (np.abs(rewards.total - rewards.terminal) <= 1.0).all()
        for name in TERMS:
            seen[name] += float(np.abs(getattr(rewards, name)).sum())
    assert sim.hash() == plain.run(TICKS).hash()
    silent = {"clip_adjustment", "episode_adjustment", "social_avoidance"}
    assert {name for name, value in seen.items() if value == 0} <= silent
    assert "Rewards" not in plain.store.components


@pytest.mark.parametrize(
    "way",
    [
        {"lanes": 7},
        {"threads": 2, "lanes": 5, "fused": True},
        {"row_order": np.random.default_rng(0).permutation(40)},
        {"shuffle": 3},
    ],
    ids=["lanes", "fused", "rows", "order"],
)
def test_rewards_do_not_depend_on_how_a_town_is_run(way: dict[str, Any]) -> None:
    if way.get("threads", 1) > Threading.choose(1 << 20).threads:
        pytest.skip("the machine lends one thread")
    assert by_slot(build(seed=4, **way).run(TICKS)) == by_slot(_reference())


_KNOWN: list[Simulation] = []


def _reference() -> Simulation:
    if not _KNOWN:
        _KNOWN.append(build(seed=4, threads=1, lanes=1).run(TICKS))
    return _KNOWN[0]


def test_a_batch_equals_its_towns_alone_each_with_its_own_numbers() -> None:
    """Three towns, three sets of numbers, in one table."""
    sweep: dict[str, list[Any]] = {
        "rewards.survival_tick": [0.002, 0.01, 0.0],
        "rewards.wage_rate": [0.01, 0.05, 0.02],
        "rewards.homeostasis_scale": [0.02, 0.5, 0.1],
        "rewards.faint_penalty": [-5.0, -1.0, -3.0],
        "rewards.clip.clip_per_tick": [1.0, 0.2, 0.05],
        "rewards.clip.clip_per_episode": [None, 2.0, None],
        "rewards.social.C1_chat_base": [0.01, 0.05, 0.0],
        "shaping.gamma": [0.99, 0.9, 0.5],
        "shaping.use_potential": [True, True, False],
        "features.stages.social_rewards": ["C3", "C1", "OFF"],
        "features.behavior.reward_multipliers": [True, False, True],
    }
    batch = build(seed=4, towns=3, overrides=sweep).run(TICKS)
    for town in range(3):
        own = {key: [values[town]] for key, values in sweep.items()}
        alone = build(seed=4 + town, overrides=own).run(TICKS)
        assert by_slot(batch, town) == by_slot(alone)
        assert batch.hash(town) == alone.hash()


def test_the_departed_keep_their_last_reward_for_one_tick_and_newcomers_start_clean() -> None:
    sim = build(16, seed=2, overrides={"rewards.clip.clip_per_episode": [1.0]})
    sim.run(100)
    sim.column("Needs.level")[3, 0], sim.column("Needs.starving")[3] = 0.0, 29
    sim.column("Avoided.at")[3] = 70
    sim.run(1)
    assert not sim.column("Identity.alive")[3]
    assert sim.rewards().terminal[3] == -5.0
    assert sim.rewards().guard[3] <= 0.0
    expected = sim.rewards().total[3] - sim.rewards().terminal[3]
    assert expected == pytest.approx(0.0, abs=1.0)
    for name in ("potential", "episode", "today", "early"):
        assert sim.column(f"RewardMemory.{name}")[3] == 0
    assert (sim.column("Avoided.at")[3] < 0).all()
    waited = 0
    while not sim.column("Identity.alive")[3]:
        sim.run(1)
        waited += 1
        if not sim.column("Identity.alive")[3]:
            assert all(getattr(sim.rewards(), name)[3] == 0 for name in (*TERMS, "total"))
    assert waited > 1
    weights = [need.weight for need in sim.blueprint.needs]
    after = -0.02 * float(np.dot(weights, 1 - sim.column("Needs.level")[3]))
    assert sim.column("RewardMemory.potential")[3] == pytest.approx(after, abs=1e-7)
    # It has lived one tick: its needs have drained a little since it came.
    drained = float(np.dot(weights, sim.column("NeedRules.decay")[0, 0])) * 0.02
    assert abs(sim.rewards().shaping[3] - (0.99 * after - (after + drained))) < 1e-4
    assert sim.column("RewardMemory.today")[3] == sim.rewards().total[3]


def test_killed_agents_and_others_have_no_terminal() -> None:
    sim = build(8, seed=2).run(5)
    sim.kill(2)
    sim.run(1)
    assert not sim.column("Identity.alive")[2]
    assert sim.rewards().terminal[2] == 0
    assert sim.rewards().survival[2] > 0


def test_the_running_mean_and_deviation_are_those_of_all_totals() -> None:
    sim = build(40, towns=2, seed=4)
    totals: list[list[float]] = [[], []]
    for _ in range(90):
        before = sim.column("Identity.alive").copy()
        sim.run(1)
        scored = sim.column("Identity.alive") | (before & (sim.rewards().survival > 0))
        for town in range(2):
            mine = scored & (sim.column("Rows.town") == town)
            totals[town] += sim.rewards().total[mine].tolist()
    for town in range(2):
        assert sim.column("RewardStats.count")[town] == len(totals[town])
        assert sim.column("RewardStats.mean")[town] == pytest.approx(np.mean(totals[town]))
        assert sim.column("RewardStats.std")[town] == pytest.approx(np.std(totals[town]))


def test_what_could_not_be_remembered_is_counted() -> None:
    sim = build(8, seed=1).run(3)
    assert sim.dropped()["avoidance_rewards"] == 0
    sim.column("Avoided.refused")[2] = 4
    assert sim.dropped()["avoidance_rewards"] == 4
    assert "avoidance_rewards" not in build(8, seed=1, learner=None).run(1).dropped()
