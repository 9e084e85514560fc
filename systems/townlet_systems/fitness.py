"""Fitness: how well each agent has done on the last finished day. Derived: no system reads it."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import F32, I8, I16, I32, I64, U8, Bool, Phase, Read, Write, kernel, system
from townlet_components.clock import Clock
from townlet_components.events import ABSENT, CONFLICT, LATE_START, Events
from townlet_components.identity import Identity
from townlet_components.lifecycle import Fitness
from townlet_components.needs import Needs
from townlet_components.rows import DistrictRows, Rows
from townlet_components.work import Employment

#: Weights of the index (SPEC §9). Where rewards are written ``grade_returns`` adds the return.
DEFICIT_WEIGHT, ATTENDANCE_WEIGHT, VIOLATION_WEIGHT = 0.35, 0.25, 0.15
#: So many late starts, absences and conflicts a day, and more, count as 1.
MOST_VIOLATIONS = 3


class Sums(NamedTuple):
    """The running day, and the index of the last; see ``Fitness``."""

    deficit: F32
    hours: U8
    violations: I16
    afi: F32


@kernel
def count_violations(
    used: I32, kind: I8, agent: I32, town: I32, row_of: I32, violations: I16
) -> None:
    """Count late starts, absences and reservations lost by dawdling, from the tick's events.

    Args:
        used, kind, agent: the events, by district.
        town: town of each district.
        row_of: row of each slot.
        violations: counted up, by row.
    """
    districts = used.shape[0]
    capacity = row_of.shape[0] // (town[districts - 1] + 1)
    for d in range(districts):
        for k in range(used[d]):
            if kind[d, k] in (CONFLICT, LATE_START, ABSENT):
                r = row_of[town[d] * capacity + agent[d, k]]
                violations[r] = min(violations[r] + 1, 30_000)


@kernel(over="agent", local=True)
def grade(
    level: F32, alive: Bool, position: I32, sample: I16, samples: U8, sums: Sums, minute: I64
) -> None:
    """Sample deficits every full hour; at midnight write the index and start anew.

    The index is 0.35 (1 - mean deficit) + 0.25 attendance - 0.15 violations. The mean deficit is
    that of all needs at the full hours of the day, attendance the mean of the last shifts (1 before
    the first has ended, 0 for who has neither job nor record), violations the day's late starts,
    absences and lost reservations, in thirds, at most 1.

    Args:
        level: satisfaction, (agent, need).
        alive, position, samples: by row.
        sample: share of the last shifts on time, thousandths, (agent, attendance).
        sums: by row.
        minute: (1,).
    """
    if minute[0] % 60 != 0:
        return
    needs = level.shape[1]
    for a in range(level.shape[0]):
        if not alive[a]:
            continue
        total = 0.0
        for n in range(needs):
            total += 1.0 - level[a, n]
        sums.deficit[a] += np.float32(total / needs)
        sums.hours[a] += np.uint8(1)
        if minute[0] != 0:
            continue
        attendance = 1.0 if position[a] >= 0 else 0.0
        count = np.int64(samples[a])
        if count > 0:
            attendance = 0.0
            for k in range(count):
                attendance += sample[a, k] / 1000.0 / count
        violations = min(1.0, sums.violations[a] / MOST_VIOLATIONS)
        content = 1.0 - sums.deficit[a] / np.int64(sums.hours[a])
        sums.afi[a] = np.float32(
            DEFICIT_WEIGHT * content
            + ATTENDANCE_WEIGHT * attendance
            - VIOLATION_WEIGHT * violations
        )
        sums.deficit[a] = np.float32(0)
        sums.hours[a] = np.uint8(0)
        sums.violations[a] = 0


@system(phase=Phase.REPORT, after=["measure_town"])
def grade_agents(
    fitness: Write[Fitness],
    needs: Read[Needs],
    identity: Read[Identity],
    employment: Read[Employment],
    rows: Read[Rows],
    districts: Read[DistrictRows],
    events: Read[Events],
    clock: Read[Clock],
) -> None:
    """Deficits are sampled every hour; at midnight each agent's fitness is written."""
    sums = Sums(fitness.deficit, fitness.hours, fitness.violations, fitness.afi)
    count_violations(
        events.count, events.kind, events.agent, districts.town, rows.row_of, fitness.violations
    )
    grade(
        needs.level, identity.alive, employment.position, employment.sample, employment.samples,
        sums, clock.minute,
    )  # fmt: skip
