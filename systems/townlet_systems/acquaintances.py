"""Acquaintances: what an agent observes of its ties. Friends and rivals have places of their own."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import F32, I32, Bool, device
from townlet_components.observation import FAMILIARITY, FRIEND, RIVAL, RIVALRY, TRUST
from townlet_systems.bonds import Bonds, avoided_until, bond_values, strength

_NOBODY = np.float32(-1)
_ZERO = np.float32(0)
_BYTE = np.uint64(0xFF)


class Snippet(NamedTuple):
    """How ties are observed; see ``FeaturePlan`` and ``ObservationRules``."""

    friends: I32
    rivals: I32
    width: I32
    aggregates: Bool
    social: Bool
    embedding: I32
    row_of: I32


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
def read_bonds(part: F32, bonds: Bonds, row: int, town: int, tick: int) -> int:
    """Read an agent's ties as they are now.

    Who is liked more than rivalled, trust + familiarity > rivalry, is a friend, any other with
    rivalry a rival; the score of each is trust + familiarity, or rivalry, and -1 for neither.

    Args:
        part: result, (1, tie, part), see ``BOND_PARTS``.
        bonds: ties by row.
        row, town, tick: whose, by whose rules, and now.

    Returns:
        How many ties there are that are not too weak to count.
    """
    known = 0
    for k in range(part.shape[1]):
        part[0, k, RIVALRY] = _ZERO
        part[0, k, FRIEND] = part[0, k, RIVAL] = _NOBODY
        if bonds.other[row, k] < 0:
            continue
        trust, familiarity, rivalry = bond_values(bonds, row, k, town, tick)
        if strength(trust, familiarity, rivalry) < bonds.weak[town]:
            continue
        known += 1
        part[0, k, TRUST], part[0, k, FAMILIARITY] = trust, familiarity
        part[0, k, RIVALRY] = rivalry
        liked = trust + familiarity
        if liked > rivalry:
            part[0, k, FRIEND] = liked
        elif rivalry > 0:
            part[0, k, RIVAL] = rivalry
    return known


@device
def best_of(part: F32, other: I32, row: int, score: int) -> int:
    """Tie with the highest score, of equals that to the lower slot; -1 none. It is taken out."""
    best = -1
    for k in range(part.shape[1]):
        value = part[0, k, score]
        if value < 0:
            continue
        if best < 0 or value > part[0, best, score] or (
            value == part[0, best, score] and other[row, k] < other[row, best]
        ):  # fmt: skip
            best = k
    if best >= 0:
        part[0, best, score] = _NOBODY
    return best


@device
def write_rivalry(
    draft: F32, at: int, part: F32, bonds: Bonds, row: int, town: int, known: int
) -> int:
    """Write ``rivalry_max`` and ``rivalry_avoid_count``; returns where to go on."""
    most, avoided, ties = _ZERO, 0, part.shape[1]
    if known > 0:
        limit = avoided_until(bonds, row, town)
        for k in range(ties):
            most = max(most, part[0, k, RIVALRY])
            counts = bonds.avoid[row, k] and bonds.other[row, k] >= 0
            avoided += 1 if counts and part[0, k, RIVALRY] >= limit else 0
    draft[0, at] = most
    draft[0, at + 1] = np.float32(avoided / float(ties))
    return at + 2


@device
def write_acquaintances(
    draft: F32, at: int, part: F32, snippet: Snippet, bonds: Bonds, row: int, base: int,
    known: int,
) -> int:  # fmt: skip
    """Write the slots of friends, then those of rivals, then means and maxima over filled ones.

    Args:
        draft: result, (1, features); at: where to begin.
        part: what :func:`read_bonds` wrote; scores are used up.
        snippet, bonds: see there.
        row: whose; base: its town's first slot of all; known: its ties.

    Returns:
        Where to go on.
    """
    friends, width = np.int64(snippet.friends[0]), np.int64(snippet.width[0])
    slots = friends + snippet.rivals[0]
    filled, trust_sum, rivalry_sum = 0, 0.0, 0.0
    trust_most, rivalry_most = np.float32(-2), _NOBODY
    for n in range(slots):
        k = -1
        if known > 0:
            k = best_of(part, bonds.other, row, FRIEND if n < friends else RIVAL)
        if k < 0:
            for i in range(width + 3):
                draft[0, at + i] = _ZERO
            at += width + 3
            continue
        somebody = snippet.embedding[snippet.row_of[base + bonds.other[row, k]]]
        word = np.uint64(0)
        for i in range(width):
            if i % 8 == 0:
                word = embedding_bits(somebody, i // 8)
            draft[0, at + i] = np.float32(np.int64(word & _BYTE) / 255.0)
            word >>= np.uint64(8)
        at += width
        trust, rivalry = part[0, k, TRUST], part[0, k, RIVALRY]
        draft[0, at] = trust
        draft[0, at + 1] = part[0, k, FAMILIARITY]
        draft[0, at + 2] = rivalry
        at += 3
        filled += 1
        trust_sum += float(trust)
        rivalry_sum += float(rivalry)
        trust_most, rivalry_most = max(trust_most, trust), max(rivalry_most, rivalry)
    if snippet.aggregates[0]:
        draft[0, at] = np.float32(trust_sum / filled) if filled > 0 else _ZERO
        draft[0, at + 1] = trust_most if filled > 0 else _ZERO
        draft[0, at + 2] = np.float32(rivalry_sum / filled) if filled > 0 else _ZERO
        draft[0, at + 3] = rivalry_most if filled > 0 else _ZERO
        at += 4
    return at
