"""Towns for tests of environments: small, and with much coming and going."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from townlet.config import SimulationConfig
from townlet.env.core import learning_config
from townlet.learner import Learner
from townlet.simulation import Simulation

HARD = {"rewards.decay_rates.hunger": 0.02, "lifecycle.collapse_ticks": 5}


@cache
def hard_town() -> SimulationConfig:
    """A town where who does not eat within the hour collapses."""
    return SimulationConfig().with_overrides(HARD | {"features.stages.relationships": "B"})


def same_town(towns: int, agents: int, seed: int, *, watched: bool = True) -> Simulation:
    """The simulation an environment of the hard town runs; with what a learner sees, or without."""
    learner = Learner(True, "hybrid") if watched else None
    config = learning_config(hard_town(), agents)
    return Simulation.from_config(config, towns, seed, learner=learner)


def open_actions(mask: npt.NDArray[np.int8], luck: np.random.Generator) -> npt.NDArray[np.int32]:
    """One open action per row at random, int32 (rows,)."""
    return np.asarray((luck.random(mask.shape) * mask).argmax(axis=1), np.int32)
