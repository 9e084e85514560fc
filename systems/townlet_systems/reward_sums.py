"""Sums of rewards: running mean and deviation per town, and the return of a day. Derived."""

import numpy as np

from townlet.ecs import F32, F64, I8, I32, I64, Bool, Phase, Read, Write, device, kernel, system
from townlet_components.clock import Clock
from townlet_components.identity import Departures, Identity
from townlet_components.lifecycle import STAYS, Fitness
from townlet_components.needs import NeedRules
from townlet_components.rewards import (
    RewardBlocks,
    RewardMemory,
    RewardRules,
    Rewards,
    RewardStats,
)
from townlet_components.rows import Rows

_DAY = 1440
#: A full shift: what the best day that returns are measured by has of work (SPEC §4).
_SHIFT = 480
#: Weight of the normalised return in the fitness index (SPEC §9).
RETURN_WEIGHT = 0.25


@kernel(over="block")
def sum_blocks(
    first: I64, last: I64, count: I64, total: F64, square: F64, row_of: I32, alive: Bool,
    reason: I8, reward: F32,
) -> None:  # fmt: skip
    """Add up the totals of each block of slots, in the order of slots; see :func:`sum_rewards`.

    Args:
        first, last, count, total, square: of ``RewardBlocks``.
        row_of: row of each slot.
        alive, reason: by row; who lives, and who leaves in this tick.
        reward: totals, by row.
    """
    for b in range(first.shape[0]):
        n, plain, squares = 0, 0.0, 0.0
        for i in range(first[b], last[b]):
            r = row_of[i]
            if alive[r] or reason[r] != STAYS:
                value = float(reward[r])
                n += 1
                plain += value
                squares += value * value
        count[b], total[b], square[b] = n, plain, squares


@kernel
def merge_blocks(
    block_count: I64, block_total: F64, block_square: F64, count: I64, mean: F64, spread: F64,
    std: F64,
) -> None:  # fmt: skip
    """Add each town's blocks, in their order, to its running mean and deviation.

    Two sets of numbers are merged as by Chan, Golub and LeVeque (1983), "Algorithms for computing
    the sample variance", equation 1.5.

    Args:
        block_count, block_total, block_square: of this tick, by block.
        count, mean, spread, std: of ``RewardStats``, by town.
    """
    blocks = block_count.shape[0] // count.shape[0]
    for t in range(count.shape[0]):
        n, plain, squares = 0, 0.0, 0.0
        for b in range(t * blocks, (t + 1) * blocks):
            n += block_count[b]
            plain += block_total[b]
            squares += block_square[b]
        if n == 0:
            continue
        whole = count[t] + n
        apart = plain / n - mean[t]
        spread[t] += max(0.0, squares - plain * plain / n)
        spread[t] += apart * apart * (count[t] * (n / whole))
        mean[t] += apart * (n / whole)
        count[t] = whole
        std[t] = np.sqrt(spread[t] / whole)


@system(phase=Phase.REPORT)
def sum_rewards(
    stats: Write[RewardStats],
    blocks: Write[RewardBlocks],
    rewards: Read[Rewards],
    rows: Read[Rows],
    identity: Read[Identity],
    departures: Read[Departures],
) -> None:
    """The rewards of the tick enter each town's running mean and deviation."""
    sum_blocks(
        blocks.first, blocks.last, blocks.count, blocks.total, blocks.square, rows.row_of,
        identity.alive, departures.reason, rewards.total,
    )  # fmt: skip
    merge_blocks(
        blocks.count, blocks.total, blocks.square, stats.count, stats.mean, stats.spread, stats.std
    )


@device
def normalised(
    total: float, ticks: int, survival: float, wage: float, homeostasis: float, weights: float
) -> float:
    """A day's return between 0 and 1.

    0 is a mean tick with every need empty, 1 one without a deficit on a day with a full paid shift
    of 480 ticks; what lies beyond counts as 0 or 1.

    Args:
        total: sum of the rewards of the day.
        ticks: lived on that day, at least 1.
        survival, wage: reward per tick lived, and per tick worked.
        homeostasis: scale of weighted squared deficits.
        weights: sum of the weights of all needs.
    """
    worst = survival - homeostasis * weights
    best = survival + wage * _SHIFT / _DAY
    if best <= worst:
        return 1.0
    return min(1.0, max(0.0, (total / ticks - worst) / (best - worst)))


@kernel(over="agent", local=True)
def grade_all(
    afi: F32, today: F32, alive: Bool, arrived_at: I32, town: I32, weight: F32, homeostasis: F32,
    survival: F32, wage: F32, minute: I64, tick: I64,
) -> None:  # fmt: skip
    """At midnight add the return of the day to the fitness index; see :func:`grade_returns`.

    Args:
        afi: fitness of the day that ends, changed, by row.
        today: sum of the day's rewards, by row; starts anew.
        alive, arrived_at, town: by row.
        weight: of a need's deficit, (town, need).
        homeostasis, survival, wage: numbers of rewards, by town.
        minute: of the day; tick: now; (1,).
    """
    if minute[0] != 0:
        return
    for a in range(alive.shape[0]):
        if not alive[a]:
            continue
        t, weights = town[a], 0.0
        for n in range(weight.shape[1]):
            weights += weight[t, n]
        ticks = min(np.int64(_DAY), tick[0] - arrived_at[a] + 1)
        value = normalised(
            float(today[a]), ticks, float(survival[t]), float(wage[t]), float(homeostasis[t]),
            weights,
        )  # fmt: skip
        afi[a] = np.float32(afi[a] + RETURN_WEIGHT * value)
        today[a] = np.float32(0)


@system(phase=Phase.REPORT, after=["grade_agents"])
def grade_returns(
    fitness: Write[Fitness],
    memory: Write[RewardMemory],
    identity: Read[Identity],
    rows: Read[Rows],
    need_rules: Read[NeedRules],
    rules: Read[RewardRules],
    clock: Read[Clock],
) -> None:
    """At midnight the normalised return of the day becomes part of each agent's fitness."""
    grade_all(
        fitness.afi, memory.today, identity.alive, identity.arrived_at, rows.town,
        need_rules.weight, rules.homeostasis, rules.survival, rules.wage, clock.minute, clock.tick,
    )  # fmt: skip
