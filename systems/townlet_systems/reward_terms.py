"""Terms of rewards: each a short pass over some rows of one town (SPEC §13).

A pass touches few arrays, so that compilers see that they do not overlap and work on several rows
at a time; rows come in stretches that fit a core's cache. All arrays of a pass are the stretch's.
"""

from typing import NamedTuple

import numpy as np

from townlet.ecs import F32, I8, I16, I32, U8, Bool, device
from townlet_components.lifecycle import COLLAPSE, EVICTION, STAYS
from townlet_components.needs import NeedRules
from townlet_components.rewards import PUNCTUAL_MINUTES, RewardRules, Rewards

_ZERO, _ONE = np.float32(0), np.float32(1)
_SPAN = np.float32(PUNCTUAL_MINUTES)
#: Bits of ``Memory.dirty``: terms that are mostly 0, and survival, which mostly stays as it is.
PUNCTUAL, GUARDED, CLIPPED, ENDED, STEADY = 1, 2, 4, 8, 16


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
    """What is remembered from tick to tick, by row; ``work`` is this tick's note.

    The bits of ``dirty`` say which of the terms that are seldom anything have to be cleared.
    """

    potential: F32
    episode: F32
    today: F32
    early: U8
    seen: I32
    work: U8
    dirty: U8


class Scored(NamedTuple):
    """Who is scored, and by what; by row."""

    alive: Bool
    reason: I8
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
def stretch_of_terms(terms: Terms, low: int, high: int) -> Terms:
    """The rows from ``low`` to ``high``."""
    return Terms(
        terms.homeostasis[low:high], terms.shaping[low:high], terms.survival[low:high],
        terms.wage[low:high], terms.punctuality[low:high], terms.social_bonus[low:high],
        terms.social_penalty[low:high], terms.social_avoidance[low:high],
        terms.personality_bias[low:high], terms.guard[low:high], terms.clip_adjustment[low:high],
        terms.episode_adjustment[low:high], terms.terminal[low:high], terms.total[low:high],
    )  # fmt: skip


@device
def stretch_of_memory(memory: Memory, low: int, high: int) -> Memory:
    """The rows from ``low`` to ``high``."""
    return Memory(
        memory.potential[low:high], memory.episode[low:high], memory.today[low:high],
        memory.early[low:high], memory.seen[low:high], memory.work[low:high],
        memory.dirty[low:high],
    )  # fmt: skip


@device
def stretch_of_scored(scored: Scored, low: int, high: int) -> Scored:
    """The rows from ``low`` to ``high``."""
    return Scored(
        scored.alive[low:high], scored.reason[low:high], scored.profile[low:high],
        scored.level[low:high], scored.starving[low:high], scored.episode[low:high],
    )  # fmt: skip


@device
def add_deficits(level: F32, weight: F32, squares: F32, plain: F32) -> None:
    """Sums of ``weight * deficit ** 2`` and of ``weight * deficit`` over all needs.

    Args:
        level: satisfaction, (agent, need).
        weight: (need,).
        squares, plain: written, by row.
    """
    for i in range(level.shape[0]):
        squared, simple = _ZERO, _ZERO
        for n in range(level.shape[1]):
            deficit = _ONE - level[i, n]
            weighed = weight[n] * deficit
            simple += weighed
            squared += weighed * deficit
        squares[i], plain[i] = squared, simple


@device
def homeostasis(squares: F32, scale: np.float32) -> None:
    """``-scale`` times what was added up."""
    for i in range(squares.shape[0]):
        squares[i] = _ZERO - scale * squares[i]


@device
def shaping(plain: F32, known: F32, reason: I8, scale: np.float32, gamma: np.float32) -> None:
    """``gamma * potential - known``; the potential is ``-scale * plain``, 0 for who leaves.

    Args:
        plain: weighted deficits, becomes the term.
        known: potential of the tick before, becomes this tick's.
        reason: why an agent leaves.
        scale, gamma: of the potential.
    """
    for i in range(plain.shape[0]):
        potential = _ZERO if reason[i] != STAYS else _ZERO - scale * plain[i]
        plain[i] = gamma * potential - known[i]
        known[i] = potential


@device
def wages(wage: F32, work: U8, rate: np.float32) -> None:
    """``rate`` for who has worked."""
    for i in range(wage.shape[0]):
        wage[i] = rate if work[i] > 0 else _ZERO


@device
def punctuality(term: F32, memory: Memory, bonus: np.float32, tick: int) -> None:
    """A share of ``bonus`` for the first tick worked in a shift.

    It falls from all of it for who comes on the minute to nothing for who comes 30 minutes early or
    late. Who is there when the shift begins came when it began to wait for it.
    """
    for i in range(term.shape[0]):
        if memory.work[i] > 1:
            apart = np.float32(memory.work[i]) - np.float32(2)
            if memory.work[i] == 2 and memory.seen[i] == tick - 1:
                apart = np.float32(memory.early[i])
            term[i] = bonus * max(_ZERO, _ONE - apart / _SPAN)


@device
def fill(term: F32, value: np.float32) -> None:
    """The same for everybody."""
    for i in range(term.shape[0]):
        term[i] = value


@device
def renew(term: F32, dirty: int, bit: int, needed: bool) -> None:
    """A term that is mostly 0 is cleared where the last tick has left something, or this will."""
    if needed or dirty & bit:
        fill(term, _ZERO)


@device
def add_first(total: F32, a: F32, b: F32, survival: np.float32, d: F32) -> None:
    """The sum of the first four terms, from left to right; the third is everybody's."""
    for i in range(total.shape[0]):
        total[i] = a[i] + b[i] + survival + d[i]


@device
def add_social(total: F32, a: F32, b: F32, c: F32) -> None:
    """Three more, from left to right."""
    for i in range(total.shape[0]):
        total[i] = total[i] + a[i] + b[i] + c[i]


@device
def add(total: F32, term: F32) -> None:
    """One more."""
    for i in range(total.shape[0]):
        total[i] += term[i]


@device
def biases(terms: Terms, profile: I8, survival: F32, work: F32) -> None:
    """What profiles add to survival, wage and punctuality: never losses, so a factor less 1.

    Args:
        terms: read, but for ``personality_bias``.
        profile: by row.
        survival, work: factors, (profile,).
    """
    bias, lived, paid, met = (
        terms.personality_bias, terms.survival, terms.wage, terms.punctuality
    )  # fmt: skip
    for i in range(bias.shape[0]):
        p = np.int64(profile[i])
        bias[i] = lived[i] * (survival[p] - _ONE) + (paid[i] + met[i]) * (work[p] - _ONE)


@device
def any_of(a: F32, b: F32, c: F32) -> bool:
    """Somebody has a social term in this tick."""
    found = False
    for i in range(a.shape[0]):
        found |= (a[i] != _ZERO) | (b[i] != _ZERO) | (c[i] != _ZERO)
    return found


@device
def add_social_bias(bias: F32, term: F32, profile: I8, factor: F32) -> None:
    """What profiles add to a social term: a gain times the factor, a loss divided by it."""
    for i in range(bias.shape[0]):
        f, value = factor[np.int64(profile[i])], term[i]
        bias[i] += value * (f - _ONE) if value > _ZERO else value / f - value


@device
def any_starves(starving: I16) -> bool:
    """A collapse counter runs."""
    found = False
    for i in range(starving.shape[0]):
        found |= starving[i] > 0
    return found


@device
def any_beyond(total: F32, limit: np.float32) -> bool:
    """Some total is beyond the limit of a tick."""
    found = False
    for i in range(total.shape[0]):
        found |= abs(total[i]) > limit
    return found


@device
def guards(total: F32, guard: F32, starving: I16) -> None:
    """Nothing is gained while a collapse counter runs."""
    for i in range(total.shape[0]):
        guard[i] = min(_ZERO, _ZERO - total[i]) if starving[i] > 0 else _ZERO
        total[i] += guard[i]


@device
def clips(total: F32, clip: F32, limit: np.float32) -> None:
    """The total of a tick stays within ``limit`` on both sides."""
    for i in range(total.shape[0]):
        clip[i] = min(limit, max(-limit, total[i])) - total[i]
        total[i] += clip[i]


@device
def sum_episodes(total: F32, episode: F32, ticks: I32) -> None:
    """Totals are added up over an episode, which begins with its first tick."""
    for i in range(total.shape[0]):
        episode[i] = total[i] + (episode[i] if ticks[i] > 1 else _ZERO)


@device
def clip_episodes(total: F32, adjustment: F32, episode: F32, limit: np.float32) -> None:
    """The sum of an episode, which has this tick's total already, stays within ``limit``."""
    for i in range(total.shape[0]):
        adjustment[i] = min(limit, max(-limit, episode[i])) - episode[i]
        total[i] += adjustment[i]
        episode[i] += adjustment[i]


@device
def terminals(terms: Terms, reason: I8, faint: np.float32, eviction: np.float32) -> None:
    """Whoever collapses or is evicted loses that much, beyond all limits."""
    for i in range(reason.shape[0]):
        if reason[i] == COLLAPSE:
            terms.terminal[i] = faint
        elif reason[i] == EVICTION:
            terms.terminal[i] = eviction
        terms.total[i] += terms.terminal[i]


@device
def clear_vacant(terms: Terms, memory: Memory, scored: Scored) -> None:
    """Where nobody lives nothing is earned, and nothing remembered.

    Social terms are cleared where they are written.
    """
    for i in range(scored.alive.shape[0]):
        if scored.alive[i] or scored.reason[i] != STAYS:
            continue
        terms.homeostasis[i] = terms.shaping[i] = terms.survival[i] = _ZERO
        terms.wage[i] = terms.punctuality[i] = terms.personality_bias[i] = _ZERO
        terms.guard[i] = terms.clip_adjustment[i] = terms.episode_adjustment[i] = _ZERO
        terms.terminal[i] = terms.total[i] = _ZERO
        memory.potential[i] = memory.episode[i] = memory.today[i] = _ZERO
