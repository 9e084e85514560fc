"""Deltas: what an event is worth between two agents, and how each of them takes it (SPEC §7)."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import F32, device
from townlet_components.events import (
    BLOCKED,
    CHAT_FAILURE,
    CHAT_SUCCESS,
    CONFLICT,
    HANDOVER,
    HELPED,
    SHARED_MEAL,
    TIE_EVENTS,
    TOOK_SHIFT,
)

#: Trust, familiarity and rivalry by kind of event; a conflict counts ``increment`` times its
#: intensity, a good chat its quality.
DELTAS = np.zeros((TIE_EVENTS, 3))
DELTAS[CONFLICT] = 0.0, 0.0, 1.0
DELTAS[BLOCKED] = 0.0, -0.05, 0.15
DELTAS[HANDOVER] = 0.05, 0.05, -0.05
DELTAS[CHAT_SUCCESS] = 0.05, 0.10, 0.0
DELTAS[CHAT_FAILURE] = 0.0, -0.05, 0.05
DELTAS[SHARED_MEAL] = 0.10, 0.25, 0.0
DELTAS[HELPED] = 0.20, 0.10, -0.10
DELTAS[TOOK_SHIFT] = -0.10, 0.0, 0.30


class Rates(NamedTuple):
    """What a conflict is worth, by town."""

    increment: F32
    low: F32
    high: F32
    ghost_boost: F32
    length_boost: F32


@device
def event_deltas(rates: Rates, kind: int, value: int, town: int) -> tuple[float, float, float]:
    """What an event adds to trust, familiarity and rivalry (*world §7.2*).

    Args:
        rates: worth of conflicts.
        kind: of the event.
        value: agents that waited at a conflict; quality of a chat, in thousandths.
        town: rules of this town.
    """
    scale = 1.0
    if kind == CONFLICT:
        waiting = max(value - 1, 0)
        intensity = float(rates.ghost_boost[town]) + float(rates.length_boost[town]) * waiting
        scale = float(rates.increment[town]) * min(5.0, max(0.1, intensity))
    elif kind == CHAT_SUCCESS:
        scale = min(1.0, max(0.0, value / 1000.0))
    return DELTAS[kind, 0] * scale, DELTAS[kind, 1] * scale, DELTAS[kind, 2] * scale


@device
def personal(
    deltas: tuple[float, float, float], kind: int, forgiveness: float, ambition: float,
    extroversion: float,
) -> tuple[float, float, float]:  # fmt: skip
    """Deltas as somebody takes them: forgiveness shrinks harm, ambition makes rivals at work.

    Args:
        deltas: trust, familiarity, rivalry.
        kind: of the event.
        forgiveness, ambition, extroversion: the owner's traits.
    """
    trust, familiarity, rivalry = deltas
    shield = 1.0 - 0.5 * forgiveness
    if trust < 0:
        trust *= shield
    if familiarity < 0:
        familiarity *= shield
    if rivalry > 0:
        rivalry *= shield
    if kind == TOOK_SHIFT:
        rivalry *= 1.0 + 0.3 * ambition
    if kind == CHAT_SUCCESS:
        familiarity += 0.02 * extroversion
    return trust, familiarity, rivalry
