"""Views of the buffers: what a learner reads is the engine's memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.ecs import Store
from townlet.observe.features import Feature
from townlet.observe.shape import ObservationShape
from townlet_components.observation import BITS, VARIANTS, Observation


@dataclass(frozen=True)
class ObservationView:
    """Observations by slot, ``town * capacity + slot``; read-only, and always of the last tick.

    The arrays never move: look at them again after each tick, or copy what is to last. Rows of
    vacant slots are what they were when somebody lived there.

    Attributes:
        map: (slots, channels, side, side) float32 or float16; or, packed, (slots, bytes) uint8:
            cell k of the flattened map is bit ``k % 8`` of byte ``k // 8``, so that
            ``np.unpackbits(map, axis=1, count=cells, bitorder="little")`` unpacks it.
        features: (slots, features) float32 or float16.
        live: somebody lives in the slot, bool (slots,). Who has left in this tick does not, but
            its last observation has been written.
    """

    map: npt.NDArray[Any]
    features: npt.NDArray[Any]
    live: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class FeatureSchema:
    """What the numbers mean.

    Attributes:
        variant: full, hybrid or compact.
        channels: of the map, in order.
        side: of the window, in tiles.
        features: the table of features, in order.
        version: of the observations' meaning.
        schema_hash: SHA-256 of all that, part of a policy's identity.
    """

    variant: str
    channels: tuple[str, ...]
    side: int
    features: tuple[Feature, ...]
    version: int
    schema_hash: str

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features, in order."""
        return tuple(feature.name for feature in self.features)


def schema_of(shape: ObservationShape) -> FeatureSchema:
    """The schema of a shape."""
    from townlet.observe.shape import SCHEMA_VERSION  # noqa: PLC0415

    return FeatureSchema(
        VARIANTS[shape.variant],
        shape.channels,
        shape.side,
        shape.features,
        SCHEMA_VERSION,
        shape.schema_hash,
    )


def view_of(store: Store, shape: ObservationShape) -> ObservationView:
    """Views of the buffers of a store, of the shapes and types that the words in them have."""
    buffers = store.read(Observation)
    number = np.dtype(np.float16 if shape.half else np.float32)
    features = buffers.features.view(number)[:, : len(shape.features)]
    if shape.elements == BITS:
        packed = buffers.map.view(np.uint8)[:, : -(-shape.cells // 8)]
        return ObservationView(packed, features, buffers.live)
    cells = buffers.map.view(number)
    size = number.itemsize
    strides = (cells.strides[0], shape.side * shape.side * size, shape.side * size, size)
    form = (len(cells), len(shape.channels), shape.side, shape.side)
    maps = np.lib.stride_tricks.as_strided(cells, form, strides, writeable=False)
    return ObservationView(maps, features, buffers.live)
