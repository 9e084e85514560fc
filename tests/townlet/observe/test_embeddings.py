"""Metrics of embedding slots."""

from __future__ import annotations

import pytest

from townlet import Simulation
from townlet.config import SimulationConfig
from townlet.observe.embeddings import EmbeddingMetrics


@pytest.mark.parametrize(("limit", "warns"), [(0.05, True), (0.5, False), (0.0, False)])
def test_forced_reuses_are_counted_and_warned_of(limit: float, warns: bool) -> None:
    """Four numbers for four slots: who comes soon after somebody left gets one too early."""
    config = SimulationConfig().with_overrides(
        {
            "world.agents": 4,
            "embedding_allocator.reuse_warning_threshold": limit,
            "lifecycle.respawn_delay_ticks": 5,
        }
    )
    sim = Simulation.from_config(config).run(1)
    assert sim.embedding_metrics() == EmbeddingMetrics(4, 0, 0.0, False)
    sim.kill(2)
    sim.run(10)
    assert sim.embedding_metrics() == EmbeddingMetrics(5, 1, 0.2, warns)
