"""Slow twins of the selectors (SPEC §12): scripted and random, and the draws they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from tests.oracle.controllers import choose_target, served_need, take_option

if TYPE_CHECKING:
    from tests.oracle.town import Agent, Town

POLICY_STREAM = 2
LEISURE, RANDOM_OPTION = 5, 6
CRITICAL, RESTED, TIRED_AT_NIGHT = np.float32(0.15), np.float32(0.95), np.float32(0.8)
WORD = 0xFFFFFFFF


def philox(counter: list[int], key: list[int]) -> list[int]:
    """Philox4x32-10 (Salmon et al., SC'11) in integers of any size."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        a, b = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (b >> 32) ^ c1 ^ k0, b & WORD, (a >> 32) ^ c3 ^ k1, a & WORD
        k0, k1 = (k0 + 0x9E3779B9) & WORD, (k1 + 0xBB67AE85) & WORD
    return [c0, c1, c2, c3]


def policy_draw(town: Town, agent: Agent, purpose: int) -> float:
    """A number in [0, 1) that belongs to this agent, tick and decision."""
    last = POLICY_STREAM << 30 | purpose << 16
    counter = [town.tick, agent.slot, agent.generation, last]
    key = [town.rules.seed & WORD, town.rules.seed >> 32]
    return float(philox(counter, key)[0] / 2**32)


def decides(town: Town, agent: Agent) -> bool:
    """A policy decides for the living who are not possessed, have no orders and are not bound."""
    ordered = agent.given_option is not None or agent.given_primitive is not None
    return agent.alive and not agent.possessed and not ordered and town.tick >= agent.wake


def urgency(town: Town, agent: Agent, option: str) -> np.float32:
    """How much an option's need calls for it; 0: not at all. Sleep lasts until one is rested."""
    name = served_need(town, option)
    if name is None:
        return np.float32(0)
    need = town.rules.need_table[name]
    factor = town.rules.profiles[agent.profile].needs.get(name, 1.0)
    threshold = np.float32(min(need.threshold * factor, 1.0))
    level, pull = agent.needs[name], np.float32(need.weight) * (np.float32(1) - agent.needs[name])
    if level < CRITICAL:
        return np.float32(np.float32(100) + pull)
    if level < threshold:
        return pull
    night = town.minute >= 22 * 60 or town.minute < 6 * 60
    tired = night and level < TIRED_AT_NIGHT
    goes_on = agent.option == "sleep" and level < RESTED
    if option == "sleep" and (tired or goes_on):
        return pull * np.float32(0.1)
    return np.float32(0)


def scripted(town: Town) -> None:
    """The most urgent need that can be served, else what is running, else leisure or idleness."""
    for agent in town.agents:
        if not decides(town, agent):
            continue
        calls = {option: urgency(town, agent, option) for option in town.rules.options}
        wanted = sorted(
            (option for option, call in calls.items() if call > 0),
            key=lambda option: (-calls[option], town.rules.options.index(option)),
        )
        for option in wanted:
            found = choose_target(town, agent, option)
            if found is not None:
                take_option(town, agent, option, found)
                break
        else:
            if agent.running is not None:
                take_option(town, agent, agent.option, ("nowhere", None))
                continue
            wish = 0.4 + 0.3 * agent.traits["extroversion"]
            relaxes = policy_draw(town, agent, LEISURE) < wish
            found = choose_target(town, agent, "relax") if relaxes else None
            if found is not None:
                take_option(town, agent, "relax", found)
            else:
                take_option(town, agent, "idle", ("nowhere", None))


def random_policy(town: Town) -> None:
    """One of the open options, each as likely; what is running goes on."""
    for agent in town.agents:
        if not decides(town, agent):
            continue
        if agent.running is not None:
            take_option(town, agent, agent.option, ("nowhere", None))
            continue
        found = {option: choose_target(town, agent, option) for option in town.rules.options}
        choices = [(option, target) for option, target in found.items() if target is not None]
        option, target = choices[int(policy_draw(town, agent, RANDOM_OPTION) * len(choices))]
        assert target is not None
        take_option(town, agent, option, target)
