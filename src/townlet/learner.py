"""What a learner asks of a simulation besides the town: rewards, observations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from townlet.ecs.system import SystemSpec
from townlet.errors import UserError
from townlet.suggest import nearest
from townlet.systems import (
    OBSERVATION_COMPONENTS,
    OBSERVATION_SYSTEMS,
    REWARD_COMPONENTS,
    REWARD_SYSTEMS,
)

Variant = Literal["full", "hybrid", "compact"]
Precision = Literal["float32", "float16"]
Maps = Literal["float", "bits"]


@dataclass(frozen=True)
class Learner:
    """What is written for a learner in every tick; none of it changes the town (SPEC §1).

    Attributes:
        rewards: write rewards (SPEC §13).
        observations: the variant to write (SPEC §14); None: none.
        precision: element type of features and of maps.
        maps: maps as numbers of that type, or packed, eight cells to a uint8.

    Raises:
        UserError: a value that is none of those.
    """

    rewards: bool = True
    observations: Variant | None = None
    precision: Precision = "float32"
    maps: Maps = "float"

    def __post_init__(self) -> None:
        """Check the words."""
        _check("observations", self.observations, (None, *get_args(Variant)))
        _check("precision", self.precision, get_args(Precision))
        _check("maps", self.maps, get_args(Maps))

    def systems(self) -> list[SystemSpec]:
        """Systems the schedule needs for it."""
        return [
            *(REWARD_SYSTEMS if self.rewards else ()),
            *(OBSERVATION_SYSTEMS if self.observations else ()),
        ]

    def components(self) -> list[type[Any]]:
        """Components the store needs for it."""
        return [
            *(REWARD_COMPONENTS if self.rewards else ()),
            *(OBSERVATION_COMPONENTS if self.observations else ()),
        ]


def _check(name: str, value: object, valid: Sequence[str | None]) -> None:
    if value not in valid:
        words = [word for word in valid if word is not None]
        raise UserError(f"{name} is {value!r}{nearest(str(value), words)}")
