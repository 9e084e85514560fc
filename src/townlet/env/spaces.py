"""Spaces: what observations, masks and actions are, as Gymnasium says it."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from townlet.env.core import EnvCore
from townlet.observe.view import FeatureSchema

Box: TypeAlias = spaces.Box[Any]
#: Agents on a tile are counted up to this.
_MOST = 255


def observation_space(core: EnvCore) -> spaces.Space[Any]:
    """Space of one agent's observation: a box, or a dictionary of boxes by part."""
    schema = core.sim.features()
    boxes: dict[str, spaces.Space[Any]] = {}
    for part in core.parts:
        array = core.buffer[part]
        shape, dtype = array.shape[1:], array.dtype
        low, high = _feature_range(schema, dtype) if part == "features" else _map_range(core)
        boxes[part] = _box(low, high, shape, dtype)
    return boxes[core.parts[0]] if len(boxes) == 1 else spaces.Dict(boxes)


def masked_space(core: EnvCore) -> spaces.Dict:
    """Space of one agent's observation with its mask, as PettingZoo has it."""
    mask = spaces.Box(0, 1, (core.actions,), np.int8)
    return spaces.Dict({"observation": observation_space(core), "action_mask": mask})


def state_space(core: EnvCore) -> Box:
    """Space of the state of a town: the features of all slots, (slots, features)."""
    features = core.sim.observation().features
    low, high = _feature_range(core.sim.features(), features.dtype)
    return _box(low, high, features.shape, features.dtype)


def _box(low: Any, high: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Box:
    least, most = (np.broadcast_to(bound, shape).astype(dtype) for bound in (low, high))
    return spaces.Box(least, most, shape, dtype=dtype)


def _feature_range(
    schema: FeatureSchema, dtype: np.dtype[Any]
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    low = np.array([feature.low for feature in schema.features], dtype)
    high = np.array([feature.high for feature in schema.features], dtype)
    return low, high


def _map_range(core: EnvCore) -> tuple[int, int]:
    """Cells are 0 or 1; directions -1 to 1; counts, and bytes of eight cells, 0 to 255."""
    array, channels = core.buffer["map"], core.sim.features().channels
    section = core.sim.config.observations_config.compact
    counts = core.sim.features().variant == "compact" and not section.normalize_counts
    if array.dtype == np.uint8 or counts:
        return 0, _MOST
    return (-1 if "path_dx" in channels else 0), 1
