"""Rewards: what a tick was worth to each agent, term by term (SPEC §13). No world system reads it.

The terms are added in the order of :class:`townlet_components.rewards.Rewards`, in float32:
everything that is earned; what the profile makes of it; nothing gained while a collapse counter
runs; the limits of a tick and of an episode; and, beyond all limits, the terminal.
"""

from typing import NamedTuple

import numpy as np

from townlet.ecs import F32, I8, I16, I32, I64, U8, Bool, Phase, Read, Write, device, kernel, system
from townlet_components.clock import Clock
from townlet_components.episode import Episode
from townlet_components.identity import Departures, Identity, Newcomers
from townlet_components.lifecycle import COLLAPSE, EVICTION, STAYS
from townlet_components.needs import NeedRules, Needs
from townlet_components.personality import Personality
from townlet_components.rewards import (
    PUNCTUAL_MINUTES,
    RewardMemory,
    RewardNotes,
    RewardRules,
    Rewards,
)
from townlet_components.rows import Rows

_ZERO, _ONE = np.float32(0), np.float32(1)
_SPAN = np.float32(PUNCTUAL_MINUTES)


class Terms(NamedTuple):
    """The reward of the tick, by row; see ``Rewards``. Social terms are given."""

    homeostasis: F32
    shaping: F32
    survival: F32
    wage: F32
    punctuality: F32
    social_bonus: F32
    social_penalty: F32
    social_avoidance: F32
    personality_bias: F32
    guard: F32
    clip_adjustment: F32
    episode_adjustment: F32
    terminal: F32
    total: F32


class Memory(NamedTuple):
    """What is remembered from tick to tick, by row; ``work`` is this tick's note."""

    potential: F32
    episode: F32
    today: F32
    early: U8
    seen: I32
    work: U8


class Scored(NamedTuple):
    """Who is scored, and by what; by row."""

    alive: Bool
    reason: I8
    town: I32
    profile: I8
    level: F32
    starving: I16
    episode: I32


class Numbers(NamedTuple):
    """See ``RewardRules``; by town, biases by town and profile, ``weight`` by town and need."""

    weight: F32
    homeostasis: F32
    potential: F32
    gamma: F32
    survival: F32
    wage: F32
    punctuality: F32
    faint: F32
    eviction: F32
    clip: F32
    episode_clip: F32
    guarded: Bool
    biased: Bool
    social_bias: F32
    work_bias: F32
    survival_bias: F32


def terms_of(rewards: Rewards) -> Terms:
    """Bundle the columns."""
    return Terms(
        rewards.homeostasis, rewards.shaping, rewards.survival, rewards.wage, rewards.punctuality,
        rewards.social_bonus, rewards.social_penalty, rewards.social_avoidance,
        rewards.personality_bias, rewards.guard, rewards.clip_adjustment,
        rewards.episode_adjustment, rewards.terminal, rewards.total,
    )  # fmt: skip


def numbers_of(rules: RewardRules, needs: NeedRules) -> Numbers:
    """Bundle the columns."""
    return Numbers(
        needs.weight, rules.homeostasis, rules.potential, rules.gamma, rules.survival, rules.wage,
        rules.punctuality, rules.faint, rules.eviction, rules.clip, rules.episode_clip,
        rules.guarded, rules.biased, rules.social_bias, rules.work_bias, rules.survival_bias,
    )  # fmt: skip


@device
def potential_of(level: F32, weight: F32, row: int, town: int, scale: np.float32) -> np.float32:
    """The potential of a state: ``-scale * sum(weight * deficit)``."""
    total = _ZERO
    for n in range(level.shape[1]):
        total += weight[town, n] * (_ONE - level[row, n])
    return _ZERO - scale * total


@kernel
def note_all(
    count: I32, slot: I32, row_of: I32, level: F32, weight: F32, scale: F32, potential: F32
) -> None:
    """Note the potential newcomers enter with; see :func:`note_entrances`.

    Args:
        count, slot: who enters in this tick, see ``Newcomers``.
        row_of: row of each slot.
        level: satisfaction, (agent, need).
        weight: of a need's deficit, (town, need).
        scale: of the potential, (town,).
        potential: written, by row.
    """
    towns = count.shape[0]
    capacity = row_of.shape[0] // towns
    for t in range(towns):
        for k in range(t * capacity, t * capacity + count[t]):
            r = row_of[t * capacity + slot[k]]
            potential[r] = potential_of(level, weight, r, t, scale[t])


@system(phase=Phase.ARRIVE, after=["settle_newcomers"])
def note_entrances(
    newcomers: Read[Newcomers],
    rows: Read[Rows],
    needs: Read[Needs],
    need_rules: Read[NeedRules],
    rules: Read[RewardRules],
    memory: Write[RewardMemory],
) -> None:
    """The state newcomers enter in is where the shaping of their first tick begins."""
    note_all(
        newcomers.count, newcomers.slot, rows.row_of, needs.level, need_rules.weight,
        rules.potential, memory.potential,
    )  # fmt: skip


@device
def punctuality_of(memory: Memory, row: int, work: int, tick: int) -> np.float32:
    """Share of the punctuality bonus for the first tick worked in a shift, 0 to 1.

    It falls from 1 for who comes on the minute to 0 for who comes 30 minutes early or late. Who is
    there when the shift begins came when it began to wait for it.
    """
    apart = np.float32(work - 2)
    if work == 2 and memory.seen[row] == tick - 1:
        apart = np.float32(memory.early[row])
    return max(_ZERO, _ONE - apart / _SPAN)


@device
def biased_by(value: np.float32, factor: np.float32) -> np.float32:
    """What a profile adds to a term: a gain times its factor, a loss divided by it."""
    return value * (factor - _ONE) if value > _ZERO else value / factor - value


@device
def bias_of(terms: Terms, numbers: Numbers, row: int, town: int, profile: int) -> np.float32:
    """What the profile adds to survival, work and social terms."""
    work, social = numbers.work_bias[town, profile], numbers.social_bias[town, profile]
    found = biased_by(terms.survival[row], numbers.survival_bias[town, profile])
    found += biased_by(terms.wage[row], work) + biased_by(terms.punctuality[row], work)
    found += biased_by(terms.social_bonus[row], social)
    found += biased_by(terms.social_penalty[row], social)
    return found + biased_by(terms.social_avoidance[row], social)


@device
def terminal_of(numbers: Numbers, town: int, reason: int) -> np.float32:
    """What leaving for that reason is worth."""
    if reason == COLLAPSE:
        return numbers.faint[town]
    return numbers.eviction[town] if reason == EVICTION else _ZERO


@device
def clear_row(terms: Terms, row: int) -> None:
    """Nobody lives there: nothing is earned. Social terms are cleared where they are written."""
    terms.homeostasis[row] = terms.shaping[row] = terms.survival[row] = _ZERO
    terms.wage[row] = terms.punctuality[row] = terms.personality_bias[row] = _ZERO
    terms.guard[row] = terms.clip_adjustment[row] = terms.episode_adjustment[row] = _ZERO
    terms.terminal[row] = terms.total[row] = _ZERO


@device
def earn(
    terms: Terms, memory: Memory, scored: Scored, numbers: Numbers, row: int, town: int, tick: int
) -> np.float32:
    """Write what the tick has brought before biases and limits; returns the sum."""
    squares, plain = _ZERO, _ZERO
    for n in range(scored.level.shape[1]):
        deficit = _ONE - scored.level[row, n]
        weighed = numbers.weight[town, n] * deficit
        plain += weighed
        squares += weighed * deficit
    potential = _ZERO - numbers.potential[town] * plain
    if scored.reason[row] != STAYS:
        potential = _ZERO
    homeostasis = _ZERO - numbers.homeostasis[town] * squares
    shaping = numbers.gamma[town] * potential - memory.potential[row]
    work = np.int64(memory.work[row])
    wage = numbers.wage[town] if work > 0 else _ZERO
    punctuality = _ZERO
    if work > 1:
        punctuality = numbers.punctuality[town] * punctuality_of(memory, row, work, tick)
    memory.potential[row], memory.work[row] = potential, np.uint8(0)
    terms.homeostasis[row], terms.shaping[row] = homeostasis, shaping
    terms.survival[row] = numbers.survival[town]
    terms.wage[row], terms.punctuality[row] = wage, punctuality
    found = homeostasis + shaping + numbers.survival[town] + wage + punctuality
    found += terms.social_bonus[row]
    found += terms.social_penalty[row]
    return found + terms.social_avoidance[row]


@kernel(over="agent", local=True)
def score_all(terms: Terms, memory: Memory, scored: Scored, numbers: Numbers, tick: I64) -> None:
    """Write the reward of everybody who has lived through this tick; see :func:`score_agents`.

    Args:
        terms: written but for the social ones, which are given.
        memory, scored: by row.
        numbers: by town.
        tick: (1,).
    """
    now = tick[0]
    for a in range(scored.alive.shape[0]):
        t = scored.town[a]
        if not scored.alive[a] and scored.reason[a] == STAYS:
            clear_row(terms, a)
            continue
        found = earn(terms, memory, scored, numbers, a, t, now)
        bias = _ZERO
        if numbers.biased[t]:
            bias = bias_of(terms, numbers, a, t, scored.profile[a])
        found += bias
        guard = _ZERO
        if numbers.guarded[t] and scored.starving[a] > 0:
            guard = min(_ZERO, _ZERO - found)
        found += guard
        clip = min(numbers.clip[t], max(-numbers.clip[t], found)) - found
        found += clip
        before = memory.episode[a] if scored.episode[a] > 1 else _ZERO
        limit = numbers.episode_clip[t]
        after = min(limit, max(-limit, before + found))
        rest = after - before - found if limit < np.inf else _ZERO
        found += rest
        terminal = terminal_of(numbers, t, scored.reason[a])
        memory.episode[a] = after
        memory.today[a] += found + terminal
        terms.personality_bias[a], terms.guard[a] = bias, guard
        terms.clip_adjustment[a], terms.episode_adjustment[a] = clip, rest
        terms.terminal[a], terms.total[a] = terminal, found + terminal


@system(phase=Phase.SCORE)
def score_agents(
    rewards: Write[Rewards],
    memory: Write[RewardMemory],
    notes: Write[RewardNotes],
    rules: Read[RewardRules],
    need_rules: Read[NeedRules],
    identity: Read[Identity],
    departures: Read[Departures],
    rows: Read[Rows],
    personality: Read[Personality],
    needs: Read[Needs],
    episode: Read[Episode],
    clock: Read[Clock],
) -> None:
    """Everybody who has lived through the tick gets its reward; the others have none."""
    score_all(
        terms_of(rewards),
        Memory(
            memory.potential, memory.episode, memory.today, memory.early, memory.seen, notes.work
        ),
        Scored(
            identity.alive, departures.reason, rows.town, personality.profile, needs.level,
            needs.starving, episode.tick,
        ),
        numbers_of(rules, need_rules), clock.tick,
    )  # fmt: skip
