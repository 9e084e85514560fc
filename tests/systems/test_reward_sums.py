"""Statistics of rewards in a fixed order, and the return term of the fitness index."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.systems.test_rewards import LIVELY_TOWN

from townlet import Simulation
from townlet.config import SimulationConfig
from townlet.learner import Learner
from townlet.setup.rewards import blocks_of
from townlet_components.rewards import BLOCK
from townlet_systems.reward_sums import merge_blocks, normalised, sum_blocks


def test_blocks_are_added_in_slot_order_whatever_the_rows() -> None:
    luck = np.random.default_rng(3)
    slots = 700
    value = luck.normal(size=slots).astype(np.float32)
    alive = luck.random(slots) < 0.9
    found: list[list[list[Any]]] = []
    for order in (np.arange(slots), luck.permutation(slots)):
        row_of = np.empty(slots, np.int32)
        row_of[order] = np.arange(slots)
        first, last = np.array([0, 300, 600]), np.array([300, 600, 700])
        count, plain, square = np.zeros(3, np.int64), np.zeros(3), np.zeros(3)
        run: Any = sum_blocks
        run.py_func(
            first, last, count, plain, square, row_of, alive[order], np.zeros(slots, np.int8),
            value[order],
        )  # fmt: skip
        found.append([count.tolist(), plain.tolist(), square.tolist()])
    assert found[0] == found[1]
    assert sum(found[0][0]) == alive.sum()


def test_merging_ticks_gives_mean_and_deviation_of_everything() -> None:
    luck = np.random.default_rng(4)
    count, mean, spread, std = np.zeros(1, np.int64), np.zeros(1), np.zeros(1), np.zeros(1)
    every: list[float] = []
    run: Any = merge_blocks
    for rows in (5, 0, 40, 1):
        values = luck.normal(3, 2, rows)
        every += values.tolist()
        parts = np.array_split(values, 2)
        run.py_func(
            np.array([len(p) for p in parts]), np.array([p.sum() for p in parts]),
            np.array([(p * p).sum() for p in parts]), count, mean, spread, std,
        )  # fmt: skip
    assert count[0] == len(every)
    assert mean[0] == pytest.approx(np.mean(every))
    assert std[0] == pytest.approx(np.std(every))


@pytest.mark.parametrize(("capacity", "blocks"), [(1, 1), (BLOCK, 1), (BLOCK + 1, 2)])
def test_a_town_has_as_many_blocks_as_its_slots_need(capacity: int, blocks: int) -> None:
    assert blocks_of(capacity) == blocks


@pytest.mark.parametrize(
    ("per_tick", "expected"),
    [(-0.046, 0.0), (-1.0, 0.0), (0.002 + 0.01 / 3, 1.0), (1.0, 1.0), (-0.0203333, 0.5)],
)
def test_the_return_of_a_day_lies_between_empty_and_content(
    per_tick: float, expected: float
) -> None:
    found = normalised(per_tick * 1440, 1440, 0.002, 0.01, 0.02, 2.4)
    assert found == pytest.approx(expected, abs=1e-4)


def test_fitness_has_a_return_term_where_rewards_are_written() -> None:
    config = SimulationConfig().with_overrides({"world.start_minute": 1300})
    plain, rewarded = (
        Simulation.from_config(config, agents=12, seed=2, learner=learner)
        for learner in (None, Learner(rewards=True))
    )
    plain.run(140)
    today = np.zeros(12)
    for _ in range(140):
        rewarded.run(1)
        today += rewarded.rewards().total
    weights = sum(need.weight for need in rewarded.blueprint.needs)
    more = rewarded.fitness()["afi"].to_numpy() - plain.fitness()["afi"].to_numpy()
    expected = [0.25 * normalised(float(t), 140, 0.002, 0.01, 0.02, weights) for t in today]
    assert more == pytest.approx(expected, abs=1e-5)
    assert min(expected) > 0.1
    assert (rewarded.column("RewardMemory.today") == 0).all()
    assert rewarded.hash() == plain.hash()


def test_who_came_in_the_course_of_the_day_is_measured_by_its_own_ticks() -> None:
    config = SimulationConfig().with_overrides(LIVELY_TOWN | {"world.start_minute": 1300})
    sim = Simulation.from_config(config, agents=6, seed=2, learner=Learner(rewards=True)).run(100)
    sim.kill(2)
    while sim.column("Identity.generation")[2] == 0:
        sim.run(1)
    today, before = 0.0, sim.column("Fitness.afi")[2]
    assert before == 0
    today += float(sim.rewards().total[2])
    ticks = 1
    while sim.tick < 140:
        sim.run(1)
        today += float(sim.rewards().total[2])
        ticks += 1
    weights = sum(need.weight for need in sim.blueprint.needs)
    term = 0.25 * normalised(today, ticks, 0.002, 0.01, 0.02, weights)
    content = sim.column("Fitness.afi")[2] - term
    assert 0.0 < content < 0.36 + 0.25
