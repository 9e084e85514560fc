"""A small run with every kind of order, recorded."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import numpy as np

from townlet import Simulation
from townlet.config import SimulationConfig, load_config
from townlet.errors import UserError
from townlet.replay import Recorder

CONFIG = Path(__file__).parents[3] / "configs" / "small.yaml"
#: Ticks of the run.
TICKS = 130
PERTURBATIONS = {
    "dark": {"kind": "blackout", "prob_per_day": 0.0, "duration": 20},
    "spike": {"kind": "price_spike", "prob_per_day": 0.0, "duration": 9, "magnitude": 2.0},
}


def small() -> SimulationConfig:
    """Eight agents, a vacant slot, perturbations that only orders bring."""
    keys: dict[str, Any] = {"world.capacity": 9, "perturbations.events": PERTURBATIONS}
    return load_config(CONFIG).with_overrides(keys)


def eventful(sim: Simulation) -> None:
    """A hundred and thirty ticks in which a town is told all kinds of things."""
    luck = np.random.default_rng(4)
    sim.run(2)
    sim.kill(5)
    sim.run(8)
    assert sim.desk.spawn(wallet=2.5, needs={"hunger": 0.5}) is not None
    assert sim.desk.spawn(1) == 8
    sim.run(3)
    sim.set_price("meal_cost", 1.5)
    sim.trigger("spike", 1, magnitude=3.0)
    event = sim.trigger("dark", starts_in=4)
    for _ in range(20):
        actions = luck.integers(-1, 8, 2 * sim.capacity).astype(np.int32)
        sim.step(actions)
    assert sim.cancel(event)
    sim.step(np.full(2 * sim.capacity, -1, np.int32), "primitive", luck.random(18) < 0.5)
    sim.desk.possess(2)
    sim.desk.guard(3, 3, 1)
    with contextlib.suppress(UserError):
        sim.kill("nobody")
    sim.desk.close("bed_1")
    sim.run(40)
    sim.desk.close("bed_1", reopen=True)
    sim.desk.possess(2, release=True)
    sim.run(TICKS - sim.tick)


def record(folder: Path, **options: Any) -> Simulation:
    """Record it; returns the simulation as it is then."""
    sim = Simulation.from_config(small(), towns=2, seed=6, threads=1)
    with Recorder(sim, folder, **options):
        eventful(sim)
    return sim
