"""Needs drain with time; one that becomes critical breaks a commitment that does not serve it."""

import numpy as np

from townlet.ecs import F32, I8, I16, I32, I64, Bool, Phase, Read, Write, kernel, system
from townlet_components.affordances import OptionPlan
from townlet_components.clock import Clock
from townlet_components.episode import Episode
from townlet_components.identity import Identity
from townlet_components.intent import Intent
from townlet_components.needs import CRITICAL, NeedRules, Needs
from townlet_components.personality import Personality
from townlet_components.rows import Rows

_ZERO = np.float32(0)
_CRITICAL = np.float32(CRITICAL)
#: Every need above this counts as a content minute (SPEC §11, self_sufficiency).
_CONTENT = np.float32(0.3)
#: A need below this counts as a neglected minute (SPEC §9, neglect).
_NEGLECTED = np.float32(0.1)
#: Ticks in a row with hunger at or below this lead to a collapse (SPEC §9).
_STARVING = np.float32(0.03)


@kernel(over="agent")
def drain(
    level: F32,
    starving: I16,
    content: I16,
    neglected: I16,
    episode: I32,
    reset: Bool,
    wake: I32,
    option: I8,
    alive: Bool,
    town: I32,
    profile: I8,
    decay: F32,
    served: I16,
    tick: I64,
) -> None:
    """Take ``decay[town, profile, need]`` from the living, floor at 0, and keep the counters.

    Args:
        level: satisfaction, (agent, need), changed in place.
        starving, content, neglected: counters, (agent,).
        episode: episode tick, (agent,).
        reset: the context was reset in this tick, (agent,).
        wake: first tick at which the option may change, (agent,).
        option: current option, (agent,).
        alive, town, profile: (agent,).
        decay: loss per tick, (town, profile, need).
        served: need each option serves, -1 none, (option,).
        tick: (1,).
    """
    now = tick[0]
    for a in range(level.shape[0]):
        if not alive[a]:
            continue
        lowest = np.float32(1)
        for n in range(level.shape[1]):
            before = level[a, n]
            after = max(_ZERO, before - decay[town[a], profile[a], n])
            level[a, n] = after
            lowest = min(lowest, after)
            if after < _CRITICAL and before >= _CRITICAL and served[option[a]] != n:
                wake[a] = min(wake[a], now + 1)
        if lowest > _CONTENT:
            content[a] += 1
        if lowest < _NEGLECTED:
            neglected[a] += 1
        reset[a] = episode[a] == 0
        episode[a] += 1
        if level[a, 0] <= _STARVING:
            starving[a] = min(starving[a] + 1, 30_000)
        else:
            starving[a] = 0


@system(phase=Phase.LIVE)
def drain_needs(
    needs: Write[Needs],
    episode: Write[Episode],
    intent: Write[Intent],
    identity: Read[Identity],
    rows: Read[Rows],
    personality: Read[Personality],
    rules: Read[NeedRules],
    menu: Read[OptionPlan],
    clock: Read[Clock],
) -> None:
    """Needs drain; one that becomes critical opens the next decision."""
    drain(
        needs.level,
        needs.starving,
        needs.content,
        needs.neglected,
        episode.tick,
        episode.context_reset,
        intent.wake,
        intent.option,
        identity.alive,
        rows.town,
        personality.profile,
        rules.decay,
        menu.need,
        clock.tick,
    )
