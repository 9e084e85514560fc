"""Rewards: what a tick was worth to each agent, term by term (SPEC §13). No world system reads it.

The terms are added in the order of :class:`townlet_components.rewards.Rewards`, in float32:
everything that is earned; what the profile makes of it; nothing gained while a collapse counter
runs; the limits of a tick and of an episode; and, beyond all limits, the terminal.
"""

import numpy as np

from townlet.ecs import F32, I32, I64, U8, Phase, Read, Write, device, kernel, system
from townlet_components.clock import Clock
from townlet_components.episode import Episode
from townlet_components.identity import Departures, Identity, Newcomers
from townlet_components.lifecycle import STAYS
from townlet_components.needs import NeedRules, Needs
from townlet_components.personality import Personality
from townlet_components.rewards import RewardMemory, RewardNotes, RewardRules, Rewards
from townlet_components.rows import Rows
from townlet_systems.reward_terms import (
    CLIPPED,
    ENDED,
    GUARDED,
    PUNCTUAL,
    STEADY,
    Memory,
    Numbers,
    Scored,
    Terms,
    add,
    add_deficits,
    add_first,
    add_social,
    add_social_bias,
    any_beyond,
    any_of,
    any_starves,
    biases,
    clear_vacant,
    clip_episodes,
    clips,
    fill,
    guards,
    homeostasis,
    numbers_of,
    punctuality,
    renew,
    shaping,
    stretch_of_memory,
    stretch_of_scored,
    stretch_of_terms,
    sum_episodes,
    terminals,
    terms_of,
    wages,
)

_ONE = np.float32(1)
_ZERO = np.float32(0)
#: Rows scored in one go: what passes read and write of them fits a core's cache.
STRETCH = 512


@device
def potential_of(level: F32, weight: F32, row: int, town: int, scale: np.float32) -> np.float32:
    """The potential of a state: ``-scale * sum(weight * deficit)``."""
    total = _ZERO
    for n in range(level.shape[1]):
        total += weight[town, n] * (_ONE - level[row, n])
    return np.float32(_ZERO - scale * total)


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
def end_of_stretch(town: I32, low: int) -> int:
    """End of the rows from ``low`` on that are of one town, and not too many."""
    high, last = low + 1, min(low + STRETCH, town.shape[0])
    while high < last and town[high] == town[low]:
        high += 1
    return high


@device
def look_over(scored: Scored, work: U8) -> tuple[bool, bool, bool]:
    """Whether somebody has come to work, leaves, or does not live here."""
    came, leaves, vacant = False, False, False
    for i in range(work.shape[0]):
        came |= work[i] > 1
        leaves |= scored.reason[i] != STAYS
        vacant |= not scored.alive[i]
    return came, leaves, vacant


@device
def earn(
    terms: Terms, memory: Memory, scored: Scored, numbers: Numbers, town: int, came: bool, tick: int
) -> None:
    """Write what the tick has brought, but for survival, and its sum."""
    add_deficits(scored.level, numbers.weight[town], terms.homeostasis, terms.shaping)
    homeostasis(terms.homeostasis, numbers.homeostasis[town])
    shaping(
        terms.shaping, memory.potential, scored.reason, numbers.potential[town],
        numbers.gamma[town],
    )  # fmt: skip
    wages(terms.wage, memory.work, numbers.wage[town])
    add_first(
        terms.total, terms.homeostasis, terms.shaping, numbers.survival[town], terms.wage
    )  # fmt: skip
    renew(terms.punctuality, memory.dirty[0], PUNCTUAL, came)
    if came:
        punctuality(terms.punctuality, memory, numbers.punctuality[town], tick)
        add(terms.total, terms.punctuality)
    for i in range(memory.work.shape[0]):
        memory.work[i] = 0


@device
def bias(terms: Terms, scored: Scored, numbers: Numbers, town: int, social: bool) -> None:
    """Write what profiles make of it."""
    biases(terms, scored.profile, numbers.survival_bias[town], numbers.work_bias[town])
    if social:
        term, factor = terms.personality_bias, numbers.social_bias[town]
        add_social_bias(term, terms.social_bonus, scored.profile, factor)
        add_social_bias(term, terms.social_penalty, scored.profile, factor)
        add_social_bias(term, terms.social_avoidance, scored.profile, factor)
    add(terms.total, terms.personality_bias)


@device
def limit(terms: Terms, memory: Memory, scored: Scored, numbers: Numbers, town: int) -> int:
    """Write what guard and limits take back; returns the bits of terms that are not 0 now."""
    dirty, now = memory.dirty[0], 0
    if numbers.guarded[town] and any_starves(scored.starving):
        guards(terms.total, terms.guard, scored.starving)
        now |= GUARDED
    else:
        renew(terms.guard, dirty, GUARDED, False)
    if any_beyond(terms.total, numbers.clip[town]):
        clips(terms.total, terms.clip_adjustment, numbers.clip[town])
        now |= CLIPPED
    else:
        renew(terms.clip_adjustment, dirty, CLIPPED, False)
    if numbers.episode_clip[town] < np.inf:
        sum_episodes(terms.total, memory.episode, scored.episode)
        clip_episodes(
            terms.total, terms.episode_adjustment, memory.episode, numbers.episode_clip[town]
        )
    return now


@device
def score_stretch(
    terms: Terms, memory: Memory, scored: Scored, numbers: Numbers, town: int, tick: int
) -> None:
    """Write the rewards of some rows of one town; columns that stay as they are are left alone."""
    came, leaves, vacant = look_over(scored, memory.work)
    earn(terms, memory, scored, numbers, town, came, tick)
    social = any_of(terms.social_bonus, terms.social_penalty, terms.social_avoidance)
    if social:
        add_social(terms.total, terms.social_bonus, terms.social_penalty, terms.social_avoidance)
    if numbers.biased[town]:
        bias(terms, scored, numbers, town, social)
    dirty = limit(terms, memory, scored, numbers, town)
    renew(terms.terminal, memory.dirty[0], ENDED, leaves)
    if leaves:
        terminals(terms, scored.reason, numbers.faint[town], numbers.eviction[town])
        dirty |= ENDED
    add(memory.today, terms.total)
    if vacant:
        clear_vacant(terms, memory, scored)
    memory.dirty[0] = dirty | (PUNCTUAL if came else 0) | (0 if vacant else STEADY)


@kernel(over="agent", local=True)
def score_all(
    town: I32, terms: Terms, memory: Memory, scored: Scored, numbers: Numbers, tick: I64
) -> None:
    """Write the reward of everybody who has lived through this tick; see :func:`score_agents`.

    Args:
        town: by row.
        terms: written but for the social ones, which are given.
        memory, scored: by row.
        numbers: by town.
        tick: (1,).
    """
    low = 0
    while low < town.shape[0]:
        high, t = end_of_stretch(town, low), town[low]
        some, mind = stretch_of_terms(terms, low, high), stretch_of_memory(memory, low, high)
        if not mind.dirty[0] & STEADY:
            fill(some.survival, numbers.survival[t])
        score_stretch(some, mind, stretch_of_scored(scored, low, high), numbers, t, tick[0])
        low = high


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
        rows.town, terms_of(rewards),
        Memory(
            memory.potential, memory.episode, memory.today, memory.early, memory.seen, notes.work,
            notes.dirty,
        ),
        Scored(
            identity.alive, departures.reason, personality.profile, needs.level, needs.starving,
            episode.tick,
        ),
        numbers_of(rules, need_rules), clock.tick,
    )  # fmt: skip
