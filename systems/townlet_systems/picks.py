"""Picks: which ties an observation shows, kept for as long as no other can take their place.

Ranking six ties takes longer than reading the few that are shown. Between two events of an agent's
ties their values only fade, at known rates, so for some time it is certain that the order stays
(:func:`picks_last`). Until then, and while the ties are the same, the places found last are used;
what is shown of them is read anew in every tick. Nothing that is shown depends on when ties were
ranked last.
"""

from typing import NamedTuple

import numpy as np

from townlet.ecs import F32, I16, I32, I64, U64, Bool, device, rare
from townlet_components.observation import FAMILIARITY, FRIEND, RIVAL, RIVALRY, TRUST
from townlet_systems.bonds import Bonds, avoided_until, rivalry_rate, strength
from townlet_systems.ranking import EIGHT, Pairs, next_rank, rank_eight

#: Higher than any rank.
_HIGHEST = (1 << 63) - 1
#: Values nearer to each other than this may change places by rounding alone.
NEAR = 2e-6
#: Picks are looked at again after so many ticks at the latest.
LONGEST = 1 << 20


#: Bytes of a word of what stands for somebody.
BYTES = 8


class Picked(NamedTuple):
    """Picks by row; see ``Picks``."""

    stirred: I32
    until: I32
    filled: I16
    avoided: F32
    fiercest: F32
    fierce_at: I32
    bond: F32
    since: I32
    code: U64


class Ranked(NamedTuple):
    """A lane's notes: ties as they are now, and how they rank; see ``Drafts``."""

    bond: F32
    rank: I64


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
def show_tie(
    picked: Picked, snippet: Snippet, bonds: Bonds, row: int, base: int, n: int, k: int
) -> int:
    """Keep what slot ``n`` shows of an agent's tie ``k``; -1: of nobody. Returns how many it is."""
    words = (int(snippet.width[0]) + BYTES - 1) // BYTES
    for part in range(picked.bond.shape[1]):
        picked.bond[row, part, n] = np.float32(0)
    for w in range(n * words, (n + 1) * words):
        picked.code[row, w] = np.uint64(0)
    picked.since[row, n] = -1
    if k < 0:
        return 0
    picked.bond[row, TRUST, n] = bonds.trust[row, k]
    picked.bond[row, FAMILIARITY, n] = bonds.familiarity[row, k]
    picked.bond[row, RIVALRY, n] = bonds.rivalry[row, k]
    picked.since[row, n] = bonds.at[row, k]
    somebody = snippet.embedding[snippet.row_of[base + bonds.other[row, k]]]
    for w in range(words):
        picked.code[row, n * words + w] = embedding_bits(somebody, w)
    return 1


@device
def ticks_until(gap: float, rate: float) -> int:
    """Ticks for which a gap that closes by at most ``rate`` per tick certainly stays one."""
    if gap <= NEAR:
        return 0
    if rate <= 0.0:
        return LONGEST
    return int(min(float(LONGEST), (gap - NEAR) / rate))


@device
def are_alike(bonds: Bonds, row: int, a: int, b: int) -> bool:
    """Two ties fade alike: neither ever passes the other."""
    return bool(
        bonds.at[row, a] == bonds.at[row, b]
        and bonds.trust[row, a] == bonds.trust[row, b]
        and bonds.familiarity[row, a] == bonds.familiarity[row, b]
        and bonds.rivalry[row, a] == bonds.rivalry[row, b]
    )


@device
def tie_lasts(bond: F32, k: int, weak: float, limit: float, slow: float, fast: float) -> int:
    """Ticks for which a tie certainly counts, ranks where it does, and is avoided if it is.

    Args:
        bond: ties as they are now, (1, part, tie); k: one that counts.
        weak: strength from which on ties count; limit: rivalry down to which rivals are avoided,
            more than 1 for one that is not.
        slow, fast: what trust and familiarity lose per tick, and rivalry.
    """
    trust, familiarity = float(bond[0, TRUST, k]), float(bond[0, FAMILIARITY, k])
    rivalry = float(bond[0, RIVALRY, k])
    lasts = max(
        ticks_until(abs(trust) - weak, slow), ticks_until(abs(familiarity) - weak, slow),
        ticks_until(rivalry - weak, fast),
    )  # fmt: skip
    more = trust + familiarity - rivalry
    if more > 0:
        # Rivalry only falls, so a friend's lead shrinks by what the friendship loses at most.
        lasts = min(lasts, ticks_until(more, 2.0 * slow))
    else:
        lasts = min(lasts, ticks_until(-more, 2.0 * slow + fast))
        if rivalry > 0:
            lasts = min(lasts, ticks_until(rivalry, fast))
    if rivalry >= limit:
        lasts = min(lasts, ticks_until(rivalry - limit, fast))
    return lasts


@device
def sign(value: np.float32) -> int:
    """1, 0 or -1."""
    return int(value > 0) - int(value < 0)


@device
def until_zero(value: np.float32, slow: float) -> int:
    """Ticks for which a value that is not 0 certainly keeps its sign; 0 keeps its own for ever."""
    return LONGEST if value == 0 else ticks_until(abs(float(value)), slow)


@device
def lead_lasts(bond: F32, a: int, b: int, slow: float) -> int:
    """Ticks for which friend ``a``, who is ahead, certainly stays ahead of friend ``b``.

    Two friendships mostly lose the same per tick, so that the lead stays, until one of their parts
    has faded altogether; whatever they do, it shrinks by no more than all four parts can change.
    """
    trust_a, known_a = bond[0, TRUST, a], bond[0, FAMILIARITY, a]
    trust_b, known_b = bond[0, TRUST, b], bond[0, FAMILIARITY, b]
    lead = float(trust_a) + float(known_a) - float(trust_b) - float(known_b)
    closing = max(0, sign(trust_a) + sign(known_a) - sign(trust_b) - sign(known_b))
    steady = min(
        until_zero(trust_a, slow), until_zero(known_a, slow), until_zero(trust_b, slow),
        until_zero(known_b, slow), ticks_until(lead, closing * slow),
    )  # fmt: skip
    return max(steady, ticks_until(lead, 4.0 * slow))


@device
def show_list(
    picked: Picked, ranked: Ranked, snippet: Snippet, bonds: Bonds, row: int, base: int,
    which: int, slow: float,
) -> tuple[int, int]:  # fmt: skip
    """Show the highest of a list in its slots.

    Args:
        picked: result.
        ranked: ties as they are now.
        snippet, bonds: see there.
        row: whose; base: its town's first slot of all.
        which: list.
        slow: what trust and familiarity lose per tick.

    Returns:
        How many slots are filled, and for how many ticks the same ties certainly fill them.
    """
    low, high = 0, int(snippet.friends[0])
    if which == RIVAL:
        low, high = high, high + int(snippet.rivals[0])
    rank, before, lasts, filled = _HIGHEST, -1, LONGEST, 0
    for n in range(low, max(high, low + bonds.other.shape[1])):
        rank = next_rank(ranked.rank, which, rank)
        if rank < 0 and n >= high:
            break
        k = int(rank & 0xFF) if rank >= 0 else -1
        if before >= 0 and k >= 0 and not are_alike(bonds, row, before, k):
            if which == FRIEND:
                lasts = min(lasts, lead_lasts(ranked.bond, before, k, slow))
            else:
                # Rivalries lose the same per tick: what is apart stays apart until one is gone.
                lead = ranked.bond[0, RIVALRY, before] - ranked.bond[0, RIVALRY, k]
                lasts = min(lasts, ticks_until(float(lead), 0.0))
        if n < high:
            filled += show_tie(picked, snippet, bonds, row, base, n, k)
            before = k  # the last one shown must stay ahead of all that are not
    return filled, lasts


@device
def find_fiercest(ranked: Ranked, picked: Picked, bonds: Bonds, row: int) -> int:
    """Pick the tie with the largest rivalry; returns for how many ticks it certainly is."""
    best, most, second = -1, np.float32(0), np.float32(0)
    for k in range(bonds.other.shape[1]):
        rivalry = ranked.bond[0, RIVALRY, k]
        if rivalry > most:
            best, most, second = k, rivalry, most
        elif rivalry > second and not (best >= 0 and are_alike(bonds, row, best, k)):
            second = rivalry
    picked.fiercest[row], picked.fierce_at[row] = np.float32(0), 0
    if best >= 0:
        picked.fiercest[row], picked.fierce_at[row] = bonds.rivalry[row, best], bonds.at[row, best]
    # Both lose the same per tick: what is apart by more than rounding stays so.
    return LONGEST if best < 0 or float(most) - float(second) > NEAR else 0


@rare
def pick(
    picked: Picked, ranked: Ranked, snippet: Snippet, bonds: Bonds, row: int, town: int,
    base: int, stirred: int, tick: int,
) -> None:  # fmt: skip
    """Rank an agent's ties, keep what is shown of them, and until when that is certain.

    Args:
        picked: result.
        ranked: a lane's notes.
        snippet, bonds: see there.
        row, town: whose, and by whose rules; base: the town's first slot of all.
        stirred: how often its ties have changed.
        tick: now.
    """
    ties = bonds.other.shape[1]
    pairs = Pairs(bonds.other, bonds.at, bonds.trust, bonds.familiarity, bonds.rivalry)
    slow, fast = float(bonds.tie_decay[town]), rivalry_rate(bonds, row, town)
    weak, limit = bonds.weak[town], avoided_until(bonds, row, town)
    known = avoided = 0
    for first in range(0, ties, EIGHT):
        count = min(ties - first, EIGHT)
        known += rank_eight(
            ranked.bond, ranked.rank, pairs, row, first, count, slow, fast, weak, tick
        )
    lasts = LONGEST
    for k in range(ties):
        rivalry = ranked.bond[0, RIVALRY, k]
        size = strength(ranked.bond[0, TRUST, k], ranked.bond[0, FAMILIARITY, k], rivalry)
        if bonds.other[row, k] < 0 or size < weak:
            continue
        heeded = bool(bonds.avoid[row, k] and rivalry > 0 and rivalry >= limit)
        avoided += 1 if heeded else 0
        bound = max(0.0, float(limit)) if heeded else 2.0
        lasts = min(lasts, tie_lasts(ranked.bond, k, float(weak), bound, slow, fast))
    friends, certain = show_list(
        picked, ranked, snippet, bonds, row, base, FRIEND, slow
    )  # fmt: skip
    rivals, sure = show_list(picked, ranked, snippet, bonds, row, base, RIVAL, slow)
    lasts = min(lasts, certain, sure, find_fiercest(ranked, picked, bonds, row))
    picked.filled[row] = friends + rivals if known > 0 else -1
    picked.avoided[row] = np.float32(avoided) / np.float32(ties)
    picked.until[row], picked.stirred[row] = tick + lasts, stirred


@device
def are_good(picked: Picked, row: int, stirred: int, tick: int) -> bool:
    """The picks of a row are good: its ties are the same, and no order can have changed."""
    return bool(tick <= picked.until[row] and stirred == picked.stirred[row])
