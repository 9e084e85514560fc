"""Ticks of work that rewards count: who has worked, who has just come, who waits for its shift."""

import numpy as np

from townlet.ecs import I16, I32, I64, U8, Phase, Read, Write, device, kernel, system
from townlet_components.citymap import DistrictPlan, Layouts
from townlet_components.clock import Clock
from townlet_components.position import Position
from townlet_components.rewards import PUNCTUAL_MINUTES, RewardMemory, RewardNotes
from townlet_components.rows import DistrictRows, Rows
from townlet_components.work import OPEN, Employment, JobRules, PositionPlan, Shifts
from townlet_systems.bundles import City
from townlet_systems.duty import Duty, at_work, duty_of
from townlet_systems.scene import city_of

_DAY = 1440
#: A first tick is noted as 2 + minutes late, which fits a byte; nobody this late gets anything.
_LATEST = 100


@device
def minutes_since(start: I16, position: int, minute: int) -> int:
    """Minutes since a shift last began, 0 to 1439."""
    passed = minute - np.int64(start[position])
    return int(passed + _DAY if passed < 0 else passed)


@kernel(over="district", local=True)
def note_districts(
    town: I32, number: I32, district_first: I32, start: I16, holder: I32, flags: U8, paid: I16,
    away: I16, row_of: I32, work: U8, minute: I64,
) -> None:  # fmt: skip
    """Note who has worked in this tick, and whose first tick it was; see :func:`note_work`.

    Args:
        town, number: of each district row.
        district_first: first position of each district of a town.
        start: minute a shift begins, by position of a town.
        holder, flags, paid, away: of ``Shifts``.
        row_of: row of each slot.
        work: written, by row; see ``RewardNotes``.
        minute: of the day, (1,).
    """
    positions = start.shape[0]
    capacity = row_of.shape[0] // (holder.shape[0] // positions)
    for d in range(town.shape[0]):
        for p in range(district_first[number[d]], district_first[number[d] + 1]):
            g = town[d] * positions + p
            if not flags[g] & OPEN or away[g] != 0:
                continue
            r = row_of[town[d] * capacity + holder[g]]
            work[r] = 1
            if paid[g] == 1:
                work[r] = 2 + min(minutes_since(start, p, minute[0]), _LATEST)


@system(phase=Phase.LIVE, after=["run_shifts"], before=["hire_agents"])
def note_work(
    districts: Read[DistrictRows],
    plan: Read[PositionPlan],
    shifts: Read[Shifts],
    rows: Read[Rows],
    notes: Write[RewardNotes],
    clock: Read[Clock],
) -> None:
    """Who is at work is noted for its reward, before whoever leaves loses its position."""
    note_districts(
        districts.town, districts.number, plan.district_first, plan.start, shifts.holder,
        shifts.flags, shifts.paid, shifts.away, rows.row_of, notes.work, clock.minute,
    )  # fmt: skip


@kernel(over="district", local=True)
def watch_districts(
    town: I32, number: I32, district_first: I32, duty: Duty, city: City, holder: I32, flags: U8,
    row_of: I32, district: I32, tile: I16, early: U8, seen: I32, minute: I64, tick: I64,
) -> None:  # fmt: skip
    """Count how long those whose shift begins soon are there; see :func:`watch_doors`.

    Args:
        town, number: of each district row.
        district_first: first position of each district of a town.
        duty, city: positions and map.
        holder, flags: of ``Shifts``.
        row_of: row of each slot.
        district, tile: where everybody is, by row.
        early, seen: written, by row; see ``RewardMemory``.
        minute: of the day; tick: now; (1,).
    """
    now, positions = tick[0], duty.start.shape[0]
    capacity = row_of.shape[0] // (holder.shape[0] // positions)
    for d in range(town.shape[0]):
        for p in range(district_first[number[d]], district_first[number[d] + 1]):
            if minutes_since(duty.start, p, minute[0]) < _DAY - PUNCTUAL_MINUTES:
                continue
            g = town[d] * positions + p
            if holder[g] < 0 or flags[g] & OPEN:
                continue
            r = row_of[town[d] * capacity + holder[g]]
            if at_work(duty, city, p, district[r], tile[r]):
                early[r] = early[r] + 1 if seen[r] == now - 1 else 1
                seen[r] = now


@system(phase=Phase.SCORE)
def watch_doors(
    districts: Read[DistrictRows],
    plan: Read[PositionPlan],
    layouts: Read[Layouts],
    city: Read[DistrictPlan],
    employment: Read[Employment],
    jobs: Read[JobRules],
    shifts: Read[Shifts],
    rows: Read[Rows],
    position: Read[Position],
    memory: Write[RewardMemory],
    clock: Read[Clock],
) -> None:
    """Who comes before its shift begins is seen coming, for the bonus of punctuality."""
    watch_districts(
        districts.town, districts.number, plan.district_first,
        duty_of(plan, layouts, employment, jobs), city_of(layouts, city), shifts.holder,
        shifts.flags, rows.row_of, position.district, position.tile, memory.early, memory.seen,
        clock.minute, clock.tick,
    )  # fmt: skip
