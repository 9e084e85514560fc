"""Slow twin of needs (SPEC §4, §9, §11, §12): one float32 subtraction per need and tick."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from tests.oracle.controllers import served_need

if TYPE_CHECKING:
    from tests.oracle.town import Town

CRITICAL = np.float32(0.15)
CONTENT = np.float32(0.3)
STARVING, NEGLECTED = np.float32(0.03), np.float32(0.1)


def drain(town: Town) -> None:
    """Every living agent loses its decay; a need that becomes critical ends a commitment."""
    for agent in town.agents:
        if not agent.alive:
            continue
        factors = town.rules.profiles[agent.profile].needs
        for name, need in town.rules.need_table.items():
            before = agent.needs[name]
            decay = np.float32(need.decay * factors.get(name, 1.0))
            after = max(np.float32(0), before - decay)
            agent.needs[name] = after
            if before >= CRITICAL > after and served_need(town, agent.option) != name:
                agent.wake = min(agent.wake, town.tick + 1)
        if all(level > CONTENT for level in agent.needs.values()):
            agent.content += 1
        if any(level < NEGLECTED for level in agent.needs.values()):
            agent.neglected += 1
        agent.context_reset = agent.episode == 0
        agent.episode += 1
        agent.starving = agent.starving + 1 if agent.needs["hunger"] <= STARVING else 0
