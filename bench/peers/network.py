"""A policy: the same small network for everybody whose decisions are timed. NumPy alone."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt

HIDDEN = 64


class Network:
    """Two layers of 64 and one of actions; weights are random, and so are the choices.

    Args:
        features: numbers it is given of each agent.
        actions: how many it chooses from.
    """

    def __init__(self, features: int, actions: int) -> None:
        luck = np.random.default_rng(0)
        sizes = (features, HIDDEN, HIDDEN, actions)
        self.layers = [
            luck.normal(0, before**-0.5, (before, after)).astype(np.float32)
            for before, after in itertools.pairwise(sizes)
        ]

    def choose(
        self, seen: npt.NDArray[np.float32], mask: npt.NDArray[Any] | None = None
    ) -> npt.NDArray[np.int32]:
        """An action for each agent, int32 (agents,).

        Args:
            seen: features, (agents, features).
            mask: what is open, (agents, actions); None: everything.
        """
        first, second, last = self.layers
        score = np.tanh(np.tanh(seen @ first) @ second) @ last
        if mask is not None:
            score[mask == 0] = -np.inf
        return np.asarray(score.argmax(axis=1), np.int32)
