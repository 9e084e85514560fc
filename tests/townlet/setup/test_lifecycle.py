"""Rules of coming and going."""

from __future__ import annotations

import pytest

from townlet import Simulation
from townlet.config import SimulationConfig


def caps(agents: int) -> tuple[int, float]:
    """Daily cap of a town of this size, as a count and as a fraction."""
    sim = Simulation.from_config(SimulationConfig(), agents=agents)
    count = int(sim.column("LifecycleRules.cap_count")[0])
    return count, float(sim.column("LifecycleRules.cap_fraction")[0])


def test_the_default_cap_goes_by_the_agents_that_live_there() -> None:
    """Not by those the file names: ``--agents 10000`` must not leave ten thousand with two."""
    assert caps(100) == (2, 0.0)
    count, share = caps(101)
    assert count == -1
    assert share == pytest.approx(0.02)
