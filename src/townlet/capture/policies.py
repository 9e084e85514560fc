"""Policies a capture can follow: the town's own, by name, and those that are given.

The town's own choose within the tick, and the capture looks on: the town lives as it would without
it. A given one is asked between two ticks, as a learner is; who arrives in a tick waits in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from townlet.observe.view import ObservationView

#: The town's policy that draws among open options, all equally likely.
UNIFORM = "random"


@dataclass(frozen=True)
class Moment:
    """What a given policy decides on; all arrays are by slot, ``town * capacity + slot``.

    Attributes:
        tick: the tick to come.
        observation: of the last tick; its ``live`` says who will act.
        mask: open actions, bool (slots, actions).
        generation: who lives in the slot, int32 (slots,).
    """

    tick: int
    observation: ObservationView
    mask: npt.NDArray[np.bool_]
    generation: npt.NDArray[np.int32]


@dataclass(frozen=True)
class Choice:
    """What a given policy decides.

    Attributes:
        actions: int32 (slots,); -1: the town's policy decides.
        log_probs: log-probability of each action, float32 (slots,), if the policy's ``extras`` say
            that it knows them.
        values: predicted return of each agent, float32 (slots,), likewise.
    """

    actions: npt.NDArray[np.int32]
    log_probs: npt.NDArray[np.float32] | None = None
    values: npt.NDArray[np.float32] | None = None


class GivenPolicy(Protocol):
    """A policy that is asked in every tick.

    Attributes:
        name: what the capture calls it.
        extras: which of ``townlet.capture.columns.EXTRAS`` it knows.
    """

    name: str
    extras: tuple[str, ...]

    def identity(self) -> Mapping[str, Any]:
        """What else tells it from others, such as a hash of its weights; as JSON can hold it."""
        ...

    def start(self, seed: int) -> None:
        """Get ready for a run of this seed."""
        ...

    def choose(self, moment: Moment) -> Choice:
        """Decide for all slots; what is decided for vacant ones does not matter."""
        ...


class RandomPrimitives:
    """An open primitive for each agent, all equally likely."""

    name = UNIFORM
    extras: tuple[str, ...] = ("old_log_probs",)

    def identity(self) -> Mapping[str, Any]:
        """There is nothing else to it."""
        return {}

    def start(self, seed: int) -> None:
        """The seed of the towns decides all draws."""
        self._luck = np.random.default_rng(seed)

    def choose(self, moment: Moment) -> Choice:
        """Draw."""
        luck = self._luck.random(moment.mask.shape, np.float32)
        # 1 - u is in (0, 1]: an open action beats every closed one.
        drawn = ((1 - luck) * moment.mask).argmax(axis=1).astype(np.int32)
        return Choice(drawn, uniform_log_probs(moment.mask))


def uniform_log_probs(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Log-probability of each open action where all are equally likely, float32 (rows,)."""
    return np.asarray(-np.log(mask.sum(axis=1, dtype=np.float32)))
