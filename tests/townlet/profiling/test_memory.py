"""Bytes by component add up to what is allocated."""

import pytest

from townlet import Simulation
from townlet.config import SimulationConfig
from townlet.learner import Learner
from townlet.profiling.memory import memory_table, rss, rss_peak, state_bytes


def test_classes_and_components_add_up_to_all_that_is_allocated() -> None:
    learner = Learner(observations="hybrid")
    sim = Simulation.from_config(SimulationConfig(), towns=2, agents=16, learner=learner)
    found = memory_table(sim)
    everything = sim.store.nbytes()
    assert sum(entry["bytes"] for entry in found["classes"].values()) == everything
    assert sum(entry["bytes"] for entry in found["components"].values()) == everything
    for entry in found["components"].values():
        assert sum(entry["columns"].values()) == entry["bytes"]
        assert entry["bytes_per_agent"] == pytest.approx(entry["bytes"] / 32, abs=1e-3)
    sizes = [entry["bytes"] for entry in found["components"].values()]
    assert sizes == sorted(sizes, reverse=True)
    assert found["components"]["Observation"]["class"] == "buffers"
    assert found["components"]["Layouts"]["class"] == "shared"
    assert found["components"]["Ties"]["class"] == "cold"


def test_hot_is_what_the_benchmark_counts() -> None:
    sim = Simulation.from_config(SimulationConfig(), agents=16)
    classes = memory_table(sim)["classes"]
    assert state_bytes(sim) == classes["hot"]["bytes"]
    assert state_bytes(sim, hot=False) == classes["hot"]["bytes"] + classes["cold"]["bytes"]


def test_the_process_holds_something() -> None:
    assert 0 < rss() <= rss_peak() * 1.01
