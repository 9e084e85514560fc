"""What the kernel benchmarks stand on: crowds are crowds, launches can be repeated."""

import numpy as np
import pytest
from bench.kernels import crowd, draw_all, launches, lived_in, restorer, runner

from townlet import Simulation
from townlet_components.position import Position


@pytest.fixture
def town() -> Simulation:
    return lived_in(64, 8 * 60, threads=1)


def test_a_lived_in_town_has_the_right_time(town: Simulation) -> None:
    assert town.clock == (1, 8, 0)


def test_a_crowd_steps_and_can_be_put_back(town: Simulation) -> None:
    assert crowd(town) == 64
    (launch,) = launches(town, "move_agents")
    tile = town.store.read(Position).tile
    before, back = tile.copy(), restorer(launch)
    runner(town, launch)()
    once = tile.copy()
    moved = int((once != before).sum())
    assert 0 < moved < 64, "in a crowd some step and some cannot"
    back()
    assert np.array_equal(tile, before)
    runner(town, launch)()
    assert np.array_equal(tile, once)


def test_draws_differ_by_slot_and_seed() -> None:
    first, second = np.zeros(100, np.uint32), np.zeros(100, np.uint32)
    draw_all(first, np.array([1], np.uint64))
    draw_all(second, np.array([2], np.uint64))
    assert len(set(first.tolist())) == 100
    assert not np.array_equal(first, second)
