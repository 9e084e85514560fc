"""Jobs: the positions of every workplace, generated or named by the config (SPEC §8)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from townlet.config import SimulationConfig, money
from townlet.ecs import Store
from townlet.maps import PLACE_KINDS, TownPlan
from townlet_components.work import EmploymentRules, JobRules, PositionPlan

#: Generated jobs by kind of workplace: name, and the minutes of the day its shifts start at.
#: Workshops work around the clock; shops and cafes have an early and a late shift.
GENERATED = {
    "grocer": ("grocer", (420, 780)),
    "cafe": ("barista", (390, 810)),
    "office": ("clerk", (480, 540, 600)),
    "workshop": ("maker", (360, 840, 1320)),
    "gym": ("trainer", (420, 840)),
    "park": ("gardener", (480,)),
    "open": ("hand", (480,)),
}
SHIFT_MINUTES = 480


@dataclass(frozen=True)
class JobTable:
    """Positions by place.

    Attributes:
        names: the jobs.
        place, job, start, length, target, spot: (positions,), see ``PositionPlan``.
    """

    names: tuple[str, ...]
    place: npt.NDArray[np.int32]
    job: npt.NDArray[np.int16]
    start: npt.NDArray[np.int16]
    length: npt.NDArray[np.int16]
    target: npt.NDArray[np.int16]
    spot: npt.NDArray[np.bool_]

    @property
    def count(self) -> int:
        """Number of positions of a town."""
        return len(self.place)


def job_table(config: SimulationConfig, plan: TownPlan) -> JobTable:
    """Positions of a town: as many per place as the plan has jobs, shifts in turn."""
    names = tuple(dict.fromkeys(name for name, _ in GENERATED.values()))
    place = np.repeat(np.arange(plan.places, dtype=np.int32), plan.place_jobs)
    first = np.concatenate([[0], np.cumsum(plan.place_jobs, dtype=np.int64)])
    rank = np.arange(len(place)) - first[place]
    job = np.zeros(len(place), np.int16)
    start = np.zeros(len(place), np.int16)
    for kind, (name, starts) in GENERATED.items():
        here = plan.place_kind[place] == PLACE_KINDS.index(kind)
        job[here] = names.index(name)
        start[here] = np.array(starts, np.int16)[rank[here] % len(starts)]
    return JobTable(
        names=names,
        place=place,
        job=job,
        start=start,
        length=np.full(len(place), SHIFT_MINUTES, np.int16),
        target=plan.place_target[place],
        spot=np.zeros(len(place), np.bool_),
    )


def fill_jobs(store: Store, table: JobTable, plan: TownPlan) -> None:
    """Fill the positions."""
    columns, count = store.write(PositionPlan), table.count
    columns.place[:count] = table.place
    columns.district[:count] = plan.place_district[table.place]
    columns.target[:count] = table.target
    columns.inside[:count] = table.place - plan.place_first[columns.district[:count]]
    columns.spot[:count] = table.spot
    columns.job[:count] = table.job
    columns.start[:count] = table.start
    columns.length[:count] = table.length
    counts = np.bincount(table.place, minlength=plan.places)
    columns.place_first[:] = np.concatenate([[0], np.cumsum(counts)])
    columns.district_first[:] = columns.place_first[plan.place_first]


def fill_job_rules(store: Store, table: JobTable, town: int, config: SimulationConfig) -> None:
    """Fill one town's wages, penalties and employment rules."""
    rules, work = store.write(JobRules), config.employment
    for number, name in enumerate(table.names):
        job = config.jobs.get(name)
        wage = job.wage_rate if job is not None and job.wage_rate else config.economy.wage_income
        rules.wage[town, number] = money(wage)
        rules.lateness_penalty[town, number] = money(job.lateness_penalty if job else 0.1)
        rules.late_tick_penalty[town, number] = money(work.late_tick_penalty)
        rules.absence_penalty[town, number] = money(work.absence_penalty)
        rules.grace[town, number] = work.grace_ticks
        rules.absent_cutoff[town, number] = work.absent_cutoff
        rules.absence_slack[town, number] = work.absence_slack
    rules.buffer[town] = config.behavior.job_arrival_buffer
    for p, profile in enumerate(config.personalities.table().values()):
        affinity = profile.behavior.work_affinity
        if not config.features.behavior.personality_profiles:
            affinity = 1.0
        wanted = round(config.behavior.job_arrival_buffer * affinity)
        rules.affinity[town, p] = min(max(wanted, 0), 240)
    exits = store.write(EmploymentRules)
    exits.enforce[town] = work.enforce_job_loop
    exits.max_absent[town] = work.max_absent_shifts
    exits.daily_cap[town] = work.daily_exit_cap
    exits.queue_limit[town] = work.exit_queue_limit
    exits.review[town] = work.exit_review_window
    exits.hire_minute[town] = 360
