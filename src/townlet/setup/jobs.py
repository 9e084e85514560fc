"""Jobs: the positions of a town and their rules, into columns (SPEC §8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.config import SimulationConfig, money
from townlet.config.sections.jobs import GENERATED_JOBS, LATENESS_PENALTY, Job
from townlet.ecs import Store
from townlet.errors import UserError
from townlet.maps import TownPlan
from townlet.setup.positions import asked_for, draft_positions
from townlet.suggest import nearest
from townlet_components.work import EmploymentRules, JobRules, PositionPlan, Shifts

_GENERATED = tuple(name for name, _ in GENERATED_JOBS.values())
#: Keys of a job that decide where its positions are and when; towns of a batch share them.
_SHARED = ("start_tick", "end_tick", "start", "end", "location", "place", "positions")


@dataclass(frozen=True, eq=False)
class JobTable:
    """Positions by place.

    Attributes:
        names: the jobs, generated ones first.
        place, job, start, length, target, spot: (positions,), see ``PositionPlan``.
        named: the config's jobs, which all towns share but for their numbers.
    """

    names: tuple[str, ...]
    place: npt.NDArray[np.int32]
    job: npt.NDArray[np.int16]
    start: npt.NDArray[np.int16]
    length: npt.NDArray[np.int16]
    target: npt.NDArray[np.int16]
    spot: npt.NDArray[np.bool_]
    named: dict[str, Job]

    @property
    def count(self) -> int:
        """Number of positions of a town."""
        return len(self.place)

    def number(self, name: str) -> int:
        """Number of a job, as ``Newcomers.job`` wants it.

        Raises:
            UserError: no such job; the nearest is named.
        """
        if name not in self.names:
            raise UserError(f"no job is called {name!r}{nearest(name, self.names)}")
        return self.names.index(name)

    def positions_of(self, name: str) -> int:
        """How many positions a job has.

        Raises:
            UserError: no such job.
        """
        return int((self.job == self.number(name)).sum())


def job_table(config: SimulationConfig, plan: TownPlan) -> JobTable:
    """Positions of a town; see :mod:`townlet.setup.positions`.

    Raises:
        UserError: a workplace that cannot be, or fewer positions than the scenario asks for.
    """
    names = tuple(dict.fromkeys([*_GENERATED, *config.jobs]))
    draft = draft_positions(config, plan, names)
    table = JobTable(
        names,
        draft.place,
        draft.job,
        draft.start,
        draft.length,
        draft.target,
        draft.spot,
        dict(config.jobs),
    )
    for name, agents in asked_for(config).items():
        there = table.positions_of(name)
        if agents > there:
            raise UserError(
                f"scenario.agents: {agents} ask for the job {name!r}, which has {there} positions"
            )
    return table


def fill_jobs(store: Store, table: JobTable, plan: TownPlan) -> None:
    """Fill the positions; all are vacant."""
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
    vacant = store.write(Shifts).vacant
    vacant.reshape(-1, plan.districts)[:] = np.diff(columns.district_first)


def fill_job_rules(store: Store, table: JobTable, town: int, config: SimulationConfig) -> None:
    """Fill one town's wages, penalties and employment rules.

    Raises:
        UserError: the town's jobs differ from the others' in more than numbers.
    """
    _check_shared(table, config)
    rules, work = store.write(JobRules), config.employment
    for number, name in enumerate(table.names):
        job = config.jobs.get(name, Job())
        late = job.lateness_penalty
        if late is None:
            late = LATENESS_PENALTY if name in _GENERATED else 0.0
        rules.wage[town, number] = money(job.wage_rate or config.economy.wage_income)
        rules.lateness_penalty[town, number] = money(late)
        rules.late_tick_penalty[town, number] = money(
            _own(job.late_tick_penalty, work.late_tick_penalty)
        )
        rules.absence_penalty[town, number] = money(_own(job.absence_penalty, work.absence_penalty))
        rules.grace[town, number] = _own(job.grace_ticks, work.grace_ticks)
        rules.absent_cutoff[town, number] = _own(job.absent_cutoff, work.absent_cutoff)
        rules.absence_slack[town, number] = _own(job.absence_slack, work.absence_slack)
    rules.window[town] = work.attendance_window
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
    exits.hire_minute[town] = work.hire_minute
    exits.radius[town] = config.world.commute_radius


def _own(mine: float | None, everybodys: float) -> Any:
    """A job's own number, else employment's."""
    return everybodys if mine is None else mine


def _check_shared(table: JobTable, config: SimulationConfig) -> None:
    """Workplaces and shifts are part of the plan, which a batch has once."""
    if config.jobs == table.named:
        return
    for name in [*table.named, *config.jobs]:
        ours, theirs = table.named.get(name), config.jobs.get(name)
        if ours is None or theirs is None:
            raise UserError(f"overrides: jobs.{name} is not in all towns; a batch shares its jobs")
        for key in _SHARED:
            if getattr(ours, key) != getattr(theirs, key):
                raise UserError(
                    f"overrides: jobs.{name}.{key} differs; towns of a batch share workplaces and"
                    " shifts, only numbers can differ"
                )
