"""Guardrails: the last word on a primitive. They turn it into wait and never close an option."""

from townlet.ecs import I16, I32, U8, Phase, Write, device, kernel, system
from townlet_components.intent import (
    BUY,
    GUARD_BUY,
    GUARD_INTERACT,
    GUARD_MOVE,
    GUARD_TALK,
    GUARD_USE,
    INTERACT,
    TALK,
    USE_ITEM,
    WAIT,
    WEST,
    Intent,
    Orders,
)


@device
def kind_of(primitive: int) -> int:
    """Guard bit of a primitive; 0 for wait and leave, which are always allowed."""
    if primitive >= INTERACT:
        return GUARD_INTERACT
    if WAIT < primitive <= WEST:
        return GUARD_MOVE
    if primitive == TALK:
        return GUARD_TALK
    if primitive == BUY:
        return GUARD_BUY
    return GUARD_USE if primitive == USE_ITEM else 0


@kernel(over="agent", local=True)
def guard_all(guard: U8, primitive: I16, guarded: I32) -> None:
    """Turn forbidden primitives into wait and count them.

    Args:
        guard: forbidden kinds as bits, (agent,).
        primitive: emitted primitive, changed in place, (agent,).
        guarded: counter, (agent,).
    """
    for r in range(guard.shape[0]):
        if guard[r] != 0 and (guard[r] & kind_of(primitive[r])) != 0:
            primitive[r] = WAIT
            guarded[r] += 1


@system(phase=Phase.ACT, after=["pursue_options"])
def guard_primitives(orders: Write[Orders], intent: Write[Intent]) -> None:
    """Guardrails turn forbidden primitives into wait."""
    guard_all(orders.guard, intent.primitive, orders.guarded)
