"""Thresholds: which needs have become low, for hooks that want to know (SPEC §5)."""

import numpy as np

from townlet.ecs import F32, I8, I32, Bool, Phase, Read, Write, kernel, system
from townlet_components.identity import Identity
from townlet_components.needs import CRITICAL, NeedRules, Needs
from townlet_components.personality import Personality
from townlet_components.rows import Rows
from townlet_components.vetoes import NeedsFallen, NeedsTold

#: Bits of ``NeedsTold.low``.
BELOW, GRAVE = 1, 2
_CRITICAL = np.float32(CRITICAL)


@kernel(over="agent", local=True)
def compare(
    level: F32, alive: Bool, town: I32, profile: I8, threshold: F32, low: I8, fallen: I8
) -> None:
    """Write which needs are low, and which were not when this was last asked.

    Args:
        level: needs, (agent, need).
        alive, town, profile: (agent,).
        threshold: level below which a need is pursued, (town, profile, need).
        low: bits per need, (agent, need), changed in place.
        fallen: bits that were not set before, (agent, need).
    """
    for a in range(level.shape[0]):
        for n in range(level.shape[1]):
            now = 0
            if alive[a]:
                if level[a, n] < threshold[town[a], profile[a], n]:
                    now += BELOW
                if level[a, n] < _CRITICAL:
                    now += GRAVE
            fallen[a, n] = now & ~low[a, n]
            low[a, n] = now


@system(phase=Phase.LEAVE, after=["let_departed_go"])
def note_thresholds(
    needs: Read[Needs],
    identity: Read[Identity],
    rows: Read[Rows],
    personality: Read[Personality],
    rules: Read[NeedRules],
    told: Write[NeedsTold],
    fallen: Write[NeedsFallen],
) -> None:
    """Needs that have fallen below their threshold, or become critical, are noted for hooks."""
    compare(
        needs.level, identity.alive, rows.town, personality.profile, rules.threshold, told.low,
        fallen.fallen,
    )  # fmt: skip
