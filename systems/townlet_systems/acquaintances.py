"""Acquaintances: what an agent observes of its ties. Friends and rivals have slots of their own."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import F32, I32, I64, Bool, device
from townlet_components.observation import (
    FAMILIARITY,
    FRIEND,
    RIVAL,
    RIVALRY,
    TRUST,
)
from townlet_systems.bonds import Bonds, avoided_until, rivalry_rate
from townlet_systems.lines import put_bytes, put_number
from townlet_systems.ranking import EIGHT, Pairs, next_rank, rank_eight

_ZERO, _ONE = np.float32(0), np.float32(1)
#: Higher than any rank.
_HIGHEST = (1 << 63) - 1


class Snippet(NamedTuple):
    """How ties are observed; see ``FeaturePlan`` and ``ObservationRules``."""

    friends: I32
    rivals: I32
    width: I32
    aggregates: Bool
    social: Bool
    embedding: I32
    row_of: I32


class Draft(NamedTuple):
    """A lane's notes: features, ties as they are now, and how they rank; see ``Drafts``."""

    features: F32
    bond: F32
    rank: I64


@device
def embedding_bits(slot: int, word: int) -> np.uint64:
    """Eight bytes that stand for an embedding slot: splitmix64's output number ``word + 1``.

    Args:
        slot: the embedding slot, which is the seed.
        word: which eight bytes.
    """
    z = np.uint64(slot) + np.uint64(0x9E3779B97F4A7C15) * np.uint64(word + 1)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@device
def read_bonds(draft: Draft, bonds: Bonds, row: int, town: int, tick: int) -> int:
    """Read an agent's ties as they are now, and rank them; see :mod:`townlet_systems.ranking`.

    Args:
        draft: result, (1, part, tie) and (1, list, tie).
        bonds: ties by row.
        row, town, tick: whose, by whose rules, and now.

    Returns:
        How many ties there are that are not too weak to count.
    """
    known, ties = 0, bonds.other.shape[1]
    pairs = Pairs(bonds.other, bonds.at, bonds.trust, bonds.familiarity, bonds.rivalry)
    slow, fast = float(bonds.tie_decay[town]), rivalry_rate(bonds, row, town)
    for first in range(0, ties, EIGHT):
        count = min(ties - first, EIGHT)
        known += rank_eight(
            draft.bond, draft.rank, pairs, row, first, count, slow, fast, bonds.weak[town], tick
        )
    return known


@device
def write_rivalry(draft: Draft, at: int, bonds: Bonds, row: int, town: int) -> None:
    """Write ``rivalry_max`` and ``rivalry_avoid_count`` at ``at``."""
    most, avoided, ties = _ZERO, _ZERO, bonds.other.shape[1]
    limit = avoided_until(bonds, row, town)
    for k in range(ties):
        rivalry = draft.bond[0, RIVALRY, k]
        most = max(most, rivalry)
        avoided += _ONE if bonds.avoid[row, k] & (rivalry > 0) & (rivalry >= limit) else _ZERO
    put_number(draft.features, at, most)
    put_number(draft.features, at + 1, avoided / np.float32(ties))


@device
def write_embedding(numbers: F32, at: int, width: int, somebody: int) -> None:
    """Write ``width`` bytes that stand for somebody, as numbers up to 1."""
    for word in range((width + 7) // 8):
        put_bytes(numbers, at + 8 * word, embedding_bits(somebody, word), width - 8 * word)


@device
def write_acquaintances(
    draft: Draft, at: int, snippet: Snippet, bonds: Bonds, row: int, base: int
) -> None:
    """Write the slots of friends, then those of rivals, then means and maxima over filled ones.

    Args:
        draft: features are the result, zeros where nothing is written;
        at: where to begin.
        snippet, bonds: see there.
        row: whose; base: its town's first slot of all.
    """
    friends, width = int(snippet.friends[0]), int(snippet.width[0])
    slots = friends + int(snippet.rivals[0])
    filled, trust_sum, rivalry_sum = _ZERO, _ZERO, _ZERO
    trust_most, rivalry_most = np.float32(-2), _ZERO
    rank = int(_HIGHEST)
    for n in range(slots):
        if n == friends:
            rank = int(_HIGHEST)
        rank = next_rank(draft.rank, FRIEND if n < friends else RIVAL, rank)
        if rank >= 0:
            k = rank & 0xFF
            somebody = snippet.embedding[snippet.row_of[base + bonds.other[row, k]]]
            write_embedding(draft.features, at, width, somebody)
            trust, rivalry = draft.bond[0, TRUST, k], draft.bond[0, RIVALRY, k]
            put_number(draft.features, at + width, trust)
            put_number(draft.features, at + width + 1, draft.bond[0, FAMILIARITY, k])
            put_number(draft.features, at + width + 2, rivalry)
            filled += _ONE
            trust_sum += trust
            rivalry_sum += rivalry
            trust_most, rivalry_most = max(trust_most, trust), max(rivalry_most, rivalry)
        at += width + 3
    if snippet.aggregates[0] and filled > 0:
        put_number(draft.features, at, trust_sum / filled)
        put_number(draft.features, at + 1, trust_most)
        put_number(draft.features, at + 2, rivalry_sum / filled)
        put_number(draft.features, at + 3, rivalry_most)
