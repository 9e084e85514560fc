"""Captures for tests: a town where people come and go all the time, and one walked by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.capture import Choice, Moment
from townlet.capture.columns import Arrays
from townlet.config import SimulationConfig
from townlet.learner import Learner
from townlet.simulation import Simulation
from townlet_components.rewards import TERMS

#: Who does not eat within the hour collapses, and somebody else comes.
HARD = {
    "rewards.decay_rates.hunger": 0.02,
    "lifecycle.collapse_ticks": 5,
    "features.stages.relationships": "B",
}
SIZE: dict[str, Any] = {"towns": 2, "agents": 6, "seed": 3}
TICKS = 150
#: Small enough for several files.
CHUNK = 600_000


def hard_town() -> SimulationConfig:
    """Much coming and going."""
    return SimulationConfig().with_overrides(HARD)


def same_town(policy: str = "scripted", *, watched: bool = True) -> Simulation:
    """The simulation that is captured; with what a learner sees, or without."""
    learner = Learner(True, "hybrid") if watched else None
    return Simulation.from_config(hard_town(), policy=policy, learner=learner, **SIZE)


@dataclass
class Seen:
    """What one agent saw before a tick, did in it, and got for it; asked for agent by agent."""

    map: npt.NDArray[np.float32]
    features: npt.NDArray[np.float32]
    mask: list[bool]
    generation: int
    option: int = -1
    reward: float = 0.0
    terms: tuple[float, ...] = ()
    gone: bool = False
    last: tuple[bytes, bytes] = (b"", b"")


def walk(sim: Simulation, ticks: int) -> dict[tuple[int, int, int], Seen]:
    """Run a simulation tick by tick with its own policy and write down what is to be seen.

    Returns:
        By town, slot and tick, for whoever lived there when the tick began.
    """
    found: dict[tuple[int, int, int], Seen] = {}
    alive, generation = sim.column("Identity.alive"), sim.column("Identity.generation")
    option = sim.column("Intent.option")
    for tick in range(1, ticks + 1):
        view, masks, rewards = sim.observation(), sim.masks("option").option, sim.rewards()
        here = [at for at in range(sim.towns * sim.capacity) if alive[at]]
        for at in here:
            found[at // sim.capacity, at % sim.capacity, tick] = Seen(
                view.map[at].copy(), view.features[at].copy(), masks[at].tolist(), generation[at]
            )
        sim.step(None)
        for at in here:
            seen = found[at // sim.capacity, at % sim.capacity, tick]
            seen.reward, seen.gone = float(rewards.total[at]), not alive[at]
            seen.terms = tuple(float(getattr(rewards, term)[at]) for term in TERMS)
            seen.option = -1 if seen.gone else int(option[at])
            seen.last = view.map[at].tobytes(), view.features[at].tobytes()
    return found


class Thinker:
    """Asks for idle, but leaves every third slot to the town; tells what it was shown."""

    name = "thinker"
    extras: tuple[str, ...] = ("old_log_probs", "value_preds")

    def __init__(self, *, forgetful: bool = False) -> None:
        self.forgetful = forgetful
        self.shown: dict[int, Arrays] = {}

    def identity(self) -> Mapping[str, Any]:
        return {"weights": "none"}

    def start(self, seed: int) -> None:
        self.seed = seed

    def choose(self, moment: Moment) -> Choice:
        slots = np.arange(len(moment.mask))
        live, seen = moment.observation.live, moment.observation.features
        self.shown[moment.tick] = {
            "features": seen[live].copy(), "mask": moment.mask[live].copy(),
            "generation": moment.generation[live].copy(),
        }  # fmt: skip
        actions = np.where(slots % 3 == 0, -1, 0).astype(np.int32)
        values = None if self.forgetful else (moment.tick + slots / 100).astype(np.float32)
        return Choice(actions, -slots.astype(np.float32), values)
