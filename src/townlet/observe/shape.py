"""The shape of observations: windows, channels, features, and how long rows of buffers are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from townlet.config import SimulationConfig
from townlet.errors import UserError
from townlet.observe.features import Feature, FeatureChoice, feature_table
from townlet.suggest import nearest
from townlet_components.observation import (
    BITS,
    COMPACT,
    FLOATS,
    FULL,
    HALVES,
    LINE,
    VARIANTS,
)

if TYPE_CHECKING:
    from townlet.learner import Learner
    from townlet.setup.blueprint import Blueprint

#: Version of the observations' meaning; it grows when the meaning of a place changes.
SCHEMA_VERSION = 1
#: Largest side of a window that fits two words of 64 bits.
NEAR_SIDE = 11
_WORD = 64
_OBSERVED_STAGES = ("B", "C1", "C2", "C3")


def _rounded(count: int, step: int) -> int:
    """The next multiple of ``step``."""
    return -(-count // step) * step


@dataclass(frozen=True)
class ObservationShape:
    """What one learner's observations are like.

    Attributes:
        variant, elements: numbers of ``townlet_components.observation``.
        half: features are float16.
        side: of the window, in tiles.
        channels: names of the map's channels, in order.
        types: object types with a channel, -1 where the town has no such type.
        counts: the map shows counts.
        near: windows are cut from bit rows.
        choice: which features there are.
    """

    variant: int
    elements: int
    half: bool
    side: int
    channels: tuple[str, ...]
    types: tuple[int, ...]
    counts: bool
    near: bool
    choice: FeatureChoice

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """The table of features."""
        return feature_table(self.choice)

    @property
    def cells(self) -> int:
        """Cells of a map, all channels."""
        return len(self.channels) * self.side * self.side

    @property
    def words(self) -> int:
        """Words of 64 bits that a map's cells fit in, a multiple of four: they are compared so."""
        return _rounded(-(-self.cells // _WORD), 4)

    @property
    def signed(self) -> bool:
        """Cells may be -1."""
        return self.variant == FULL and self.elements != BITS

    @property
    def noted(self) -> int:
        """Words of 64 bits in which a map is remembered."""
        return self.words * (2 if self.signed else 1)

    @property
    def drafted(self) -> int:
        """Words of 64 bits in which a map is drawn: four more, for windows to spill into."""
        count = (self.words + 4) * (2 if self.signed else 1)
        return _rounded(max(count, self.map_words // 2 if self.elements == BITS else 0), 8)

    @property
    def map_words(self) -> int:
        """Words of 32 bits of a row of maps, padded to whole lines."""
        per_word = {FLOATS: 1, HALVES: 2, BITS: 32}[self.elements]
        return _rounded(-(-self.cells // per_word), LINE)

    @property
    def feature_words(self) -> int:
        """Words of 32 bits of a row of features, padded to whole lines."""
        count = len(self.features)
        return _rounded(-(-count // 2) if self.half else count, LINE)

    @property
    def schema_hash(self) -> str:
        """SHA-256 of version, channels, window, and names, ranges and formulas of all features."""
        lines = [f"townlet observations {SCHEMA_VERSION}", VARIANTS[self.variant]]
        lines += [str(self.side), str(self.counts), *self.channels]
        lines += [f"{f.index} {f.name} {f.low} {f.high} {f.formula}" for f in self.features]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def shape_of(blue: Blueprint, learner: Learner | None) -> ObservationShape:
    """The shape of what a learner observes; of the config's variant where it does not say.

    Raises:
        UserError: towns of the batch would have different shapes, a channel is asked for of an
            object type the town has not, or counts as bits.
    """
    shapes = [
        _shape(blue, config, learner)
        for config in {id(config): config for config in blue.town_configs}.values()
    ]
    if any(shape != shapes[0] for shape in shapes):
        raise UserError(
            "overrides: observations have another shape in one town than in another; towns of a "
            "batch may differ in observations_config.hybrid.time_ticks_per_day only"
        )
    return shapes[0]


def is_social(config: SimulationConfig) -> bool:
    """Ties are observed: from stage B on (SPEC §16)."""
    return config.features.stages.relationships in _OBSERVED_STAGES


def _shape(blue: Blueprint, config: SimulationConfig, learner: Learner | None) -> ObservationShape:
    asked = learner.observations if learner else None
    variant = VARIANTS.index(asked or config.features.systems.observations)
    half = learner is not None and learner.precision == "float16"
    elements = HALVES if half else FLOATS
    if learner is not None and learner.maps == "bits":
        elements = BITS
    section = config.observations_config
    compact = variant == COMPACT
    side = section.compact.map_window if compact else section.hybrid.local_window
    names = _object_channels(section.compact.object_channels) if compact else ()
    types = tuple(_type_number(name, blue.plan.object_types) for name in names)
    counts = compact and not section.compact.normalize_counts
    if counts and elements == BITS:
        raise UserError(
            "maps are bits, and observations_config.compact.normalize_counts is off: bits hold no "
            "counts; turn it on, or write maps as floats"
        )
    social = section.social_snippet
    return ObservationShape(
        variant=variant,
        elements=elements,
        half=half,
        side=side,
        channels=channel_names(variant, elements, names),
        types=types,
        counts=counts,
        near=not counts and _is_near(blue, side),
        choice=FeatureChoice(
            needs=blue.need_names,
            primitives=blue.primitive_names,
            targets=section.compact.include_targets if compact else section.hybrid.include_targets,
            personality=config.features.observations.personality_channels,
            friends=social.top_friends,
            rivals=social.top_rivals,
            width=social.embed_dim,
            aggregates=social.include_aggregates and social.top_friends + social.top_rivals > 0,
        ),
    )


def channel_names(variant: int, elements: int, types: Sequence[str]) -> tuple[str, ...]:
    """Names of a map's channels, in order (*learning §1.1*); ``blocked`` comes last."""
    names = ["self", "agents", "objects", "reservations", *(f"object:{name}" for name in types)]
    if variant == COMPACT:
        names.append("walkable")
    elif variant == FULL and elements == BITS:
        names += ["path_north", "path_south", "path_east", "path_west"]
    elif variant == FULL:
        names += ["path_dx", "path_dy"]
    return (*names, "blocked")


def _object_channels(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.lower() for name in names))


def _type_number(name: str, known: Sequence[str]) -> int:
    if name not in known:
        raise UserError(
            "observations_config.compact.object_channels: the town has no object type "
            f"{name!r}{nearest(name, known)}"
        )
    return list(known).index(name)


def _is_near(blue: Blueprint, side: int) -> bool:
    """Windows fit two words, wide rows one, and reach no further than the next district."""
    plan, reach = blue.plan, side // 2
    if side > NEAR_SIDE or plan.width + 2 * reach > _WORD:
        return False
    across = plan.grid_w == 1 or plan.width >= reach
    return across and (plan.grid_h == 1 or plan.height >= reach)
