"""Positions: where a town's jobs are done, how many there are of each, and when (SPEC §8).

Where the positions of a town come from:

- every workplace has as many as the plan gives it, jobs and shifts by its kind (*generated*);
- a named job that a town generates anyway (``grocer``) changes their numbers and their shift;
- a named job with a ``location`` or a ``place`` has positions there, beside the generated ones; in
  an open district, which has no workplaces of its own, instead of them;
- a named job without takes over generated positions: its share of them, or as many as it says.

A job with a workplace of its own and no ``positions`` has one for each agent of the scenario that
asks for it, and at least one; if it is a generated job that moves there, as many as were generated;
in an open district, as in the prototype, as many more as it takes for every agent to have a job.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from townlet.config import SimulationConfig
from townlet.config.sections.jobs import GENERATED_JOBS, SHIFT_MINUTES, Job
from townlet.errors import UserError
from townlet.maps import PLACE_KINDS, TownPlan
from townlet.maps.extras import place_beside

_OPEN = PLACE_KINDS.index("open")
#: Start of a shift where neither the file nor the kind of place says: 09:00.
_ELSEWHERE = ("", (540,))


@dataclass
class Draft:
    """Positions in the making: a row each, columns as in ``PositionPlan``."""

    plan: TownPlan
    names: tuple[str, ...]
    place: npt.NDArray[np.int32]
    job: npt.NDArray[np.int16]
    start: npt.NDArray[np.int16]
    length: npt.NDArray[np.int16]
    target: npt.NDArray[np.int16]
    spot: npt.NDArray[np.bool_]

    def keep(self, which: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> None:
        """Only these positions, in this order."""
        for name in ("place", "job", "start", "length", "target", "spot"):
            setattr(self, name, getattr(self, name)[which])

    def set_shift(self, where: npt.NDArray[np.int64], named: Job | None) -> None:
        """Shifts of some positions: what the file gives, else in turn as the kind of place says."""
        shift = None if named is None else named.shift()
        if shift is not None:
            self.start[where], self.length[where] = shift
            return
        kinds = self.plan.place_kind[self.place[where]]
        for kind in np.unique(kinds):
            _, starts = GENERATED_JOBS.get(PLACE_KINDS[kind], _ELSEWHERE)
            here = where[kinds == kind]
            self.start[here] = np.array(starts, np.int16)[_rank(self.place[here]) % len(starts)]
            self.length[here] = SHIFT_MINUTES

    def add(
        self, number: int, named: Job, places: list[int], target: list[int], spot: bool
    ) -> None:
        """Further positions of a job, one per entry of ``places``."""
        count, first = len(places), len(self.place)
        self.place = np.append(self.place, np.array(places, np.int32))
        self.job = np.append(self.job, np.full(count, number, np.int16))
        self.start = np.append(self.start, np.zeros(count, np.int16))
        self.length = np.append(self.length, np.zeros(count, np.int16))
        self.target = np.append(self.target, np.array(target, np.int16))
        self.spot = np.append(self.spot, np.full(count, spot, np.bool_))
        self.set_shift(np.arange(first, first + count), named)


def draft_positions(config: SimulationConfig, plan: TownPlan, names: tuple[str, ...]) -> Draft:
    """All positions of a town, by place.

    Args:
        config: the config.
        plan: the map.
        names: every job, generated and named.

    Raises:
        UserError: a workplace that cannot be, or more positions than there are.
    """
    draft = _generated(plan, names)
    generated = Counter(draft.job.tolist())
    placed = [name for name, job in config.jobs.items() if job.placed()]
    usual = {name for name, _ in GENERATED_JOBS.values()}
    floating = [name for name in config.jobs if name not in usual and name not in placed]
    open_ground = bool((plan.place_kind == _OPEN).all())
    if placed and open_ground and not floating:
        draft.keep(np.zeros(len(draft.place), np.bool_))
    draft.keep(~np.isin(draft.job, [names.index(name) for name in placed]))
    for name in usual & config.jobs.keys():
        where = np.flatnonzero(draft.job == names.index(name))
        if config.jobs[name].shift() is not None:
            draft.set_shift(where, config.jobs[name])
    _take_over(draft, config, floating)
    asked = asked_for(config)
    counts = {name: config.jobs[name].positions for name in placed}
    least = {name: max(asked[name], generated[names.index(name)], 1) for name in placed}
    if open_ground:
        least = _everybody(plan, len(draft.place), counts, asked)
    for name in placed:
        given = counts[name]
        _settle(draft, name, config.jobs[name], least[name] if given is None else given)
    draft.keep(np.argsort(draft.place, kind="stable"))
    return draft


def asked_for(config: SimulationConfig) -> Counter[str]:
    """How many agents of the scenario ask for each job."""
    agents = (config.scenario or {}).get("agents", ())
    return Counter(agent["job"] for agent in agents if agent["job"] is not None)


def _generated(plan: TownPlan, names: tuple[str, ...]) -> Draft:
    """As many positions per place as the plan has jobs, shifts in turn."""
    place = np.repeat(np.arange(plan.places, dtype=np.int32), plan.place_jobs)
    draft = Draft(
        plan,
        names,
        place=place,
        job=np.zeros(len(place), np.int16),
        start=np.zeros(len(place), np.int16),
        length=np.zeros(len(place), np.int16),
        target=plan.place_target[place],
        spot=np.zeros(len(place), np.bool_),
    )
    for kind, (name, _) in GENERATED_JOBS.items():
        draft.job[plan.place_kind[place] == PLACE_KINDS.index(kind)] = names.index(name)
    draft.set_shift(np.arange(len(place)), None)
    return draft


def _rank(place: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Number of each position among those of its place, in order."""
    order = np.argsort(place, kind="stable")
    ascending = place[order]
    rank = np.zeros(len(place), np.int64)
    rank[order] = np.arange(len(place)) - np.searchsorted(ascending, ascending, side="left")
    return rank


def _take_over(draft: Draft, config: SimulationConfig, floating: list[str]) -> None:
    """Jobs without a workplace get generated positions, spread evenly over them.

    Those that say how many come first; the others share what is left, in turn.
    """
    free = np.arange(len(draft.place))
    for name in floating:
        wanted = config.jobs[name].positions
        if wanted is None:
            continue
        if wanted > len(free):
            raise UserError(
                f"jobs.{name}.positions is {wanted}; the town's workplaces have {len(free)} left"
            )
        mine = free[np.arange(wanted) * len(free) // max(wanted, 1)]
        _rename(draft, mine, name, config.jobs[name])
        free = np.setdiff1d(free, mine)
    rest = [name for name in floating if config.jobs[name].positions is None]
    for number, name in enumerate(rest):
        _rename(draft, free[number :: len(rest)], name, config.jobs[name])


def _rename(draft: Draft, where: npt.NDArray[np.int64], name: str, job: Job) -> None:
    draft.job[where] = draft.names.index(name)
    if job.shift() is not None:
        draft.set_shift(where, job)


def _everybody(
    plan: TownPlan, so_far: int, given: dict[str, int | None], asked: Counter[str]
) -> dict[str, int]:
    """Positions of the jobs of an open district that do not say how many: all agents find one."""
    unsaid = [name for name, count in given.items() if count is None]
    taken = so_far + sum(count or 0 for count in given.values())
    taken += sum(asked[name] for name in unsaid)
    left = max(len(plan.home_district) - taken, 0)
    share = -(-left // max(len(unsaid), 1))
    return {name: max(asked[name] + share, 1) for name in given}


def _settle(draft: Draft, name: str, job: Job, count: int) -> None:
    """Positions at a tile, or in turn at the places of a kind."""
    plan, number = draft.plan, draft.names.index(name)
    if job.location is not None:
        place, target, spot = _workplace(plan, name, job.location)
        draft.add(number, job, [place] * count, [target] * count, spot)
        return
    places = np.flatnonzero(plan.place_kind == PLACE_KINDS.index(job.place or "open"))
    if not len(places):
        raise UserError(f"jobs.{name}.place is '{job.place}'; this town has none")
    mine = places[np.arange(count) % len(places)]
    draft.add(number, job, mine.tolist(), plan.place_target[mine].tolist(), spot=False)


def _workplace(plan: TownPlan, name: str, at: tuple[int, int]) -> tuple[int, int, bool]:
    """Place, routing target and spot of a location.

    The target is the place the tile belongs to; on open ground and in the street, the tile.
    """
    x, y = at
    district, tile = plan.locate(x, y)
    layout = int(plan.district_layout[district])
    local = int(plan.place_of_tile[layout, tile])
    place = int(plan.place_first[district]) + local
    if local >= 0 and plan.place_kind[place] != _OPEN:
        return place, int(plan.place_target[place]), False
    target = plan.tile_targets[layout, tile]
    if not (plan.route[layout, target] >> 3 == 0).any():
        raise UserError(f"jobs.{name}.location is [{x}, {y}]; nobody can stand there or next to it")
    beside = place_beside(plan.layouts[layout], tile)
    return int(plan.place_first[district]) + beside, target, True
