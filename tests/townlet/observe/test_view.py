"""Buffers: where they lie, that they stay, and that nobody notices being observed."""

from __future__ import annotations

import functools
import tracemalloc
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from townlet import Simulation, load_config
from townlet.config import SimulationConfig
from townlet.errors import UserError
from townlet.learner import Learner

AGENTS, TICKS = 140, 200
VARIANTS = ("full", "hybrid", "compact")


@functools.cache
def town() -> SimulationConfig:
    return load_config("configs/town.yaml")


def build(learner: Learner | None = None, **options: Any) -> Simulation:
    """A town of three districts in which somebody leaves and somebody enters."""
    options = {"agents": AGENTS, "seed": 3} | options
    sim = Simulation.from_config(town(), learner=learner, **options).run(80)
    for k in range(sim.towns):
        sim.kill(11, k)
        sim.kill(12, k)
    sim.run(20)
    sim.spawn(0, wallet=3.0)
    return sim.run(TICKS - 100)


def looks(sim: Simulation) -> tuple[bytes, bytes, bytes]:
    """Everything that is observed of the living; rows of the vacant mean nothing."""
    view = sim.observation()
    return view.map[view.live].tobytes(), view.features[view.live].tobytes(), view.live.tobytes()


HYBRID = Learner(rewards=False, observations="hybrid")


@functools.cache
def plain() -> Simulation:
    return build(HYBRID, threads=1, lanes=1)


@pytest.mark.parametrize("variant", VARIANTS)
def test_observing_changes_nothing(variant: Any) -> None:
    observed = build(Learner(rewards=False, observations=variant))
    assert observed.hash() == build().hash()


WAYS: dict[str, dict[str, Any]] = {
    "3 lanes": {"lanes": 3, "threads": 1},
    "2 threads, 16 lanes": {"threads": 2, "lanes": 16},
    "fused": {"threads": 2, "lanes": 7, "fused": True},
    "another order of systems": {"shuffle": 3},
    "rows permuted": {"row_order": np.random.default_rng(1).permutation(AGENTS), "lanes": 5},
}


@pytest.mark.parametrize("way", WAYS)
def test_it_does_not_matter_how_it_is_run(way: str) -> None:
    assert looks(build(HYBRID, **WAYS[way])) == looks(plain())


def test_a_town_of_a_batch_is_observed_as_if_alone() -> None:
    batch = build(HYBRID, towns=2, seed=2)
    view, alone = batch.observation(), plain().observation()
    second = slice(AGENTS, 2 * AGENTS)
    live = view.live[second]
    # The one who is asked to enter enters town 0 only.
    both = live & alone.live
    assert both.sum() > AGENTS - 4
    assert (view.map[second][both][:, 0] == alone.map[both][:, 0]).all()
    one = build(HYBRID, towns=1, seed=2)
    assert looks(one)[1] == view.features[:AGENTS][view.live[:AGENTS]].tobytes()


def address(array: npt.NDArray[Any]) -> int:
    return int(array.__array_interface__["data"][0])


@pytest.mark.parametrize("precision", ["float32", "float16"])
@pytest.mark.parametrize("maps", ["float", "bits"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_rows_are_aligned_and_buffers_never_move(variant: Any, precision: Any, maps: Any) -> None:
    learner = Learner(False, variant, precision, maps)
    sim = Simulation.from_config(town(), agents=8, towns=2, learner=learner).run(1)
    view = sim.observation()
    before = [address(array) for array in (view.map, view.features, view.live)]
    size = 4 if precision == "float32" else 2
    channels = len(sim.features().channels)
    side = 7 if variant == "compact" else 11
    cells = channels * side * side
    if maps == "bits":
        assert view.map.shape == (16, -(-cells // 8))
        assert view.map.dtype == np.uint8
    else:
        assert (view.map.shape, view.map.dtype) == ((16, channels, side, side), precision)
        assert view.map.strides[1:] == (side * side * size, side * size, size)
    assert (view.features.shape, view.features.dtype) == ((16, 99), precision)
    for array in (view.map, view.features):
        assert address(array) % 64 == array.strides[0] % 64 == 0
        assert not array.flags.writeable
    held, old = view.features, view.features.copy()
    sim.run(60)
    again = sim.observation()
    assert [address(array) for array in (again.map, again.features, again.live)] == before
    assert (held != old).any()  # what a learner holds is what the engine writes
    assert np.shares_memory(held, sim.column("Observation.features"))


def test_a_tick_allocates_nothing() -> None:
    sim = plain()
    sim.run(5)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    sim.run(20)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 20_000


def test_who_does_not_observe_is_told_so() -> None:
    for learner in (None, Learner()):
        sim = Simulation.from_config(town(), agents=4, learner=learner)
        with pytest.raises(UserError, match="nothing is observed; build the simulation with"):
            sim.observation()
        with pytest.raises(UserError, match="nothing is observed"):
            sim.features()
    assert "Observation" not in sim.store.components
