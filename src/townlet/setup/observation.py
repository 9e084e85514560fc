"""Observations: what never changes of them, from the shape and the plan."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from townlet.ecs import Store
from townlet.maps import TownPlan
from townlet.observe.features import OBSERVED_TRAITS
from townlet.observe.shape import ObservationShape, is_social
from townlet.setup.blueprint import Blueprint
from townlet_components.observation import (
    BOND_PARTS,
    LANDMARKS,
    OBJECTS,
    PLANES,
    RANKINGS,
    SURROUNDINGS,
    WALLS,
    FeaturePlan,
    MapPlan,
    ObservationRules,
    Sights,
)
from townlet_systems.fading import FOUR
from townlet_systems.picks import BYTES
from townlet_systems.ranking import EIGHT
from townlet_systems.sixteen import SIXTEEN

_WORD = 64
_MOST = 255
#: Slots of nobody are written too, up to three of them, beyond the row of features.
_SPILL = 128


def observation_sizes(blue: Blueprint, shape: ObservationShape) -> dict[str, int]:
    """Lengths of the dimensions that only observations have."""
    plan, reach, near = blue.plan, shape.side // 2, shape.near
    planes, ties = len(PLANES) + len(shape.types), blue.config.conflict.rivalry.max_edges
    picks = shape.choice.friends + shape.choice.rivals
    features = shape.feature_words * (2 if shape.half else 1)
    return {
        "map_word": shape.map_words,
        "feature_word": shape.feature_words,
        "bit_row": plan.height * -(-plan.width // _WORD),
        "sight_y": plan.height + 2 * reach if near else 1,
        "sight_x": plan.width + 2 * reach if near else 1,
        "inner_y": plan.height if near else 1,
        "plane": planes,
        "surrounding": len(SURROUNDINGS),
        "noted_word": shape.noted,
        "drafted_word": shape.drafted,
        "map_cell": shape.map_words * (2 if shape.half else 1),
        "feature_cell": SIXTEEN * (features + _SPILL),
        "column_cell": SIXTEEN * (features + EIGHT),
        "bond_part": len(BOND_PARTS),
        "ranking": len(RANKINGS),
        "place_of_tie": -(-ties // EIGHT) * EIGHT,
        "pick": -(-picks // FOUR) * FOUR,
        "pick_word": picks * -(-shape.choice.width // BYTES),
        "half": 2,
    }


def shared_sizes(blue: Blueprint, shape: ObservationShape) -> dict[str, int]:
    """Lengths of the static tables that only observations have."""
    return {
        "ring": len(_rings(shape.side)[1]) if shape.near else 1,
        "landmark": len(LANDMARKS),
    }


def thing_sizes(blue: Blueprint, shape: ObservationShape) -> dict[str, int]:
    """Lengths of the table of objects per tile, which only windows without bit rows need."""
    many = 1 if shape.near else 1 + len(shape.types)
    return {"thing_plane": many, "thing_tile": 1 if shape.near else blue.plan.tiles}


def fill_observation(store: Store, blue: Blueprint, shape: ObservationShape) -> None:
    """Fill plans and rules, and the planes of what stands still."""
    _fill_map_plan(store, blue, shape)
    _fill_feature_plan(store, blue, shape)
    rules = store.write(ObservationRules)
    for town, config in enumerate(blue.town_configs):
        rules.turn[town] = config.observations_config.hybrid.time_ticks_per_day
        rules.social[town] = is_social(config)
    if not shape.near:
        return
    plane, reach = store.write(Sights).plane, shape.side // 2
    by_town = plane.reshape(blue.towns, blue.plan.districts, *plane.shape[1:])
    by_town[..., WALLS] = _wide_rows(blue.plan, _walls(blue.plan), reach, True)
    by_town[..., OBJECTS] = _wide_rows(blue.plan, _standing(blue.plan, None) > 0, reach, False)
    for k, kind in enumerate(shape.types, len(PLANES)):
        by_town[..., k] = _wide_rows(blue.plan, _standing(blue.plan, kind) > 0, reach, False)


def _fill_map_plan(store: Store, blue: Blueprint, shape: ObservationShape) -> None:
    columns, plan = store.write(MapPlan), blue.plan
    columns.variant[:], columns.elements[:] = shape.variant, shape.elements
    columns.side[:], columns.reach[:] = shape.side, shape.side // 2
    columns.near[:], columns.counts[:] = shape.near, shape.counts
    columns.types[:], columns.cells[:] = len(shape.types), shape.cells
    columns.words[:] = shape.words
    columns.y[:], columns.x[:] = np.divmod(np.arange(plan.tiles), plan.width)
    if shape.near:
        columns.ring[:], columns.distance[:] = _rings(shape.side)
        return
    columns.things[:, 0] = _standing(plan, None)
    for k, kind in enumerate(shape.types, 1):
        columns.things[:, k] = _standing(plan, kind)


def _fill_feature_plan(store: Store, blue: Blueprint, shape: ObservationShape) -> None:
    columns, choice = store.write(FeaturePlan), shape.choice
    columns.half[:] = shape.half
    columns.embeddings[:] = store.sizes.length("embedding") // blue.towns
    known = blue.plan.object_types
    columns.landmarks[:] = len(LANDMARKS) if choice.targets else 0
    columns.landmark[:] = [known.index(k) if k in known else -1 for k in LANDMARKS]
    columns.primitives[:] = len(choice.primitives)
    columns.traits[:] = len(OBSERVED_TRAITS) if choice.personality else 0
    columns.friends[:], columns.rivals[:] = choice.friends, choice.rivals
    columns.width[:], columns.aggregates[:] = choice.width, choice.aggregates


def _walls(plan: TownPlan) -> npt.NDArray[np.bool_]:
    """Tiles that cannot be stood on, bool (districts, tiles)."""
    return np.asarray(~plan.walkable[plan.district_layout], np.bool_)


def _standing(plan: TownPlan, kind: int | None) -> npt.NDArray[np.uint8]:
    """Objects on each tile, of one type or of all, uint8 (districts, tiles)."""
    count = np.zeros((plan.districts, plan.tiles), np.int64)
    mine = slice(None) if kind is None else plan.object_type == kind
    np.add.at(count, (plan.object_district[mine], plan.object_tile[mine]), 1)
    return np.minimum(count, _MOST).astype(np.uint8)


def _wide_rows(
    plan: TownPlan, cells: npt.NDArray[np.bool_], reach: int, beyond: bool
) -> npt.NDArray[np.uint64]:
    """Rows of bits of each district and of what lies ``reach`` tiles beyond its borders.

    Args:
        plan: the town.
        cells: bool (districts, tiles).
        reach: tiles.
        beyond: what is off the map.

    Returns:
        uint64 (districts, height + 2 reach); bit x is the tile ``reach`` tiles to the left of x.
    """
    height, width = plan.height, plan.width
    town = cells.reshape(plan.grid_h, plan.grid_w, height, width).transpose(0, 2, 1, 3)
    whole = town.reshape(plan.grid_h * height, plan.grid_w * width)
    padded = np.pad(whole, reach, constant_values=beyond)
    found = np.zeros((plan.grid_h, plan.grid_w, height + 2 * reach), np.uint64)
    for row in range(plan.grid_h):
        strip = padded[row * height : (row + 1) * height + 2 * reach]
        wide = np.lib.stride_tricks.sliding_window_view(strip, width + 2 * reach, axis=1)
        packed = np.packbits(wide[:, ::width], axis=-1, bitorder="little")
        word = np.zeros((*packed.shape[:2], 8), np.uint8)
        word[..., : packed.shape[-1]] = packed
        found[row] = word.view("<u8")[..., 0].T
    return found.reshape(plan.districts, -1)


def _rings(side: int) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.float32]]:
    """Cells of a window by distance from its middle, nearest first.

    Returns:
        Bits of each ring, uint64 (rings, 2), and its distance in reaches, at most 1, float32.
    """
    reach = side // 2
    y, x = np.divmod(np.arange(side * side), side)
    squared = np.minimum((x - reach) ** 2 + (y - reach) ** 2, reach * reach)
    steps = np.unique(squared[squared > 0])
    bits = np.zeros((len(steps), 2), np.uint64)
    for cell, value in enumerate(squared.tolist()):
        if value > 0:
            ring = int(np.searchsorted(steps, value))
            bits[ring, cell // _WORD] |= np.uint64(1 << cell % _WORD)
    return bits, np.asarray(np.sqrt(steps) / reach, np.float32)
