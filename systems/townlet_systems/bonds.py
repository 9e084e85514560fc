"""Bonds: reading ties. Values decay lazily; what is read is what a tick-by-tick decay would give.

``value = sign(v) * max(0, |v| - rate * elapsed)``, in float64, rounded once to float32 (SPEC §7).
"""

from typing import NamedTuple

import numpy as np

from townlet.ecs import F32, I8, I32, Bool, device
from townlet_components.personality import FORGIVENESS, Personality
from townlet_components.ties import AVOID_FROM, AVOID_UNTIL, TieRules, Ties


class Bonds(NamedTuple):
    """Ties by row, and the rules by town they are read with."""

    other: I32
    trust: F32
    familiarity: F32
    rivalry: F32
    at: I32
    avoid: Bool
    trait: F32
    profile: I8
    rivalry_decay: F32
    tie_decay: F32
    weak: F32
    avoid_at: F32
    tolerance: F32
    modifiers: Bool


def bonds_of(ties: Ties, rules: TieRules, personality: Personality) -> Bonds:
    """Bundle the columns."""
    return Bonds(
        other=ties.other,
        trust=ties.trust,
        familiarity=ties.familiarity,
        rivalry=ties.rivalry,
        at=ties.at,
        avoid=ties.avoid,
        trait=personality.trait,
        profile=personality.profile,
        rivalry_decay=rules.rivalry_decay,
        tie_decay=rules.tie_decay,
        weak=rules.weak,
        avoid_at=rules.avoid_at,
        tolerance=rules.tolerance,
        modifiers=rules.modifiers,
    )


@device
def left_of(value: np.float32, rate: float, elapsed: int) -> float:
    """A value ``elapsed`` ticks later, ``rate`` nearer to 0 with each; not rounded."""
    left = max(0.0, abs(float(value)) - rate * elapsed)
    return -left if value < 0 else left


@device
def faded(value: np.float32, rate: float, elapsed: int) -> np.float32:
    """A value ``elapsed`` ticks later, as readers see it."""
    return np.float32(left_of(value, rate, elapsed))


@device
def rivalry_rate(bonds: Bonds, row: int, town: int) -> float:
    """Rivalry lost per tick: the forgiving lose it up to half again as fast."""
    rate = float(bonds.rivalry_decay[town])
    if bonds.modifiers[town]:
        rate *= 1.0 + 0.5 * max(0.0, float(bonds.trait[row, FORGIVENESS]))
    return rate


@device
def bond_values(
    bonds: Bonds, row: int, k: int, town: int, tick: int
) -> tuple[np.float32, np.float32, np.float32]:
    """Trust, familiarity and rivalry of a tie now."""
    elapsed = tick - bonds.at[row, k]
    slow = float(bonds.tie_decay[town])
    return (
        faded(bonds.trust[row, k], slow, elapsed),
        faded(bonds.familiarity[row, k], slow, elapsed),
        faded(bonds.rivalry[row, k], rivalry_rate(bonds, row, town), elapsed),
    )


@device
def bond_place(bonds: Bonds, row: int, slot: int) -> int:
    """Place of the tie to ``slot`` in the agent's table, weak ties too; -1 none."""
    for k in range(bonds.other.shape[1]):
        if bonds.other[row, k] == slot:
            return k
    return -1


@device
def strength(trust: np.float32, familiarity: np.float32, rivalry: np.float32) -> np.float32:
    """The largest of |trust|, |familiarity| and rivalry."""
    return max(abs(trust), abs(familiarity), rivalry)


@device
def liking(bonds: Bonds, row: int, slot: int, town: int, tick: int) -> np.float32:
    """Trust + familiarity - rivalry toward ``slot``; 0 without a tie, or with one too weak."""
    k = bond_place(bonds, row, slot)
    if k < 0:
        return np.float32(0)
    trust, familiarity, rivalry = bond_values(bonds, row, k, town, tick)
    if strength(trust, familiarity, rivalry) < bonds.weak[town]:
        return np.float32(0)
    return trust + familiarity - rivalry


@device
def tie_strength(bonds: Bonds, row: int, slot: int, town: int, tick: int) -> np.float32:
    """Strength of the tie to ``slot``; 0 without one, or with one too weak."""
    k = bond_place(bonds, row, slot)
    if k < 0:
        return np.float32(0)
    trust, familiarity, rivalry = bond_values(bonds, row, k, town, tick)
    found = strength(trust, familiarity, rivalry)
    return found if found >= bonds.weak[town] else np.float32(0)


@device
def avoided_from(bonds: Bonds, row: int, town: int) -> np.float32:
    """Rivalry from which on the agent avoids somebody; the tolerant have more patience."""
    level = bonds.avoid_at[town] / bonds.tolerance[town, bonds.profile[row]]
    return min(np.float32(1), max(np.float32(0), level))


@device
def avoided_until(bonds: Bonds, row: int, town: int) -> np.float32:
    """Rivalry below which an avoided rival is avoided no longer."""
    level = avoided_from(bonds, row, town)
    if level >= np.float32(AVOID_FROM):
        return np.float32(AVOID_UNTIL)
    return level - np.float32(AVOID_FROM - AVOID_UNTIL)


@device
def avoids(bonds: Bonds, row: int, slot: int, town: int, tick: int) -> bool:
    """The agent keeps away from ``slot``: rivalry reached the threshold and is still high."""
    for k in range(bonds.other.shape[1]):
        if bonds.avoid[row, k] and bonds.other[row, k] == slot:
            elapsed = tick - bonds.at[row, k]
            left = faded(bonds.rivalry[row, k], rivalry_rate(bonds, row, town), elapsed)
            return bool(left >= avoided_until(bonds, row, town))
    return False
