"""Hot kernels alone, as they run in a tick: ``make bench``.

``extra_info`` has the number of items, so that nanoseconds per item can be told. Each round starts
from the same state; putting it back is outside the clock.
"""

import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bench.kernels import crowd, draw_all, launches, lived_in, restorer, runner
from townlet import Simulation
from townlet_components.actors import Attention

AGENTS = 10_000
MORNING = 8 * 60
DRAWS = 100_000


@pytest.fixture(scope="module")
def town() -> Simulation:
    return lived_in(AGENTS, MORNING, threads=1)


def clock(benchmark: Any, run: Callable[[], object], setup: Callable[[], None], items: int) -> None:
    """Time ``run``, with ``setup`` before every round."""
    benchmark.pedantic(run, setup=setup, rounds=100, warmup_rounds=5, iterations=1)
    benchmark.extra_info["items"] = items
    if benchmark.stats is not None:
        median = statistics.median(benchmark.stats.stats.data)
        benchmark.extra_info["ns_per_item"] = round(median * 1e9 / items, 2)


def test_drain(benchmark: Any, town: Simulation) -> None:
    (launch,) = launches(town, "drain_needs")
    clock(benchmark, runner(town, launch), restorer(launch), AGENTS)


def test_step_all_on_crowded_streets(benchmark: Any) -> None:
    sim = lived_in(AGENTS, 0, threads=1)
    movers = crowd(sim)
    (launch,) = launches(sim, "move_agents")
    clock(benchmark, runner(sim, launch), restorer(launch), movers)


def test_serve_all_in_the_morning(benchmark: Any, town: Simulation) -> None:
    (launch,) = launches(town, "assign_reservations")
    run = runner(town, launch)
    run()
    wanted = int(town.store.read(Attention).count.sum())
    clock(benchmark, run, restorer(launch), max(wanted, 1))


def test_philox_draw(benchmark: Any) -> None:
    out, seed = np.zeros(DRAWS, np.uint32), np.array([7], np.uint64)
    clock(benchmark, lambda: draw_all(out, seed), lambda: None, DRAWS)


def test_state_hash(benchmark: Any, town: Simulation) -> None:
    town.hash()
    clock(benchmark, town.hash, lambda: None, AGENTS)
