"""Duty and posts: when a shift is on, who is present, and what a departure is paid."""

from __future__ import annotations

import numpy as np
import pytest
from tests.systems.work_world import WorkWorld

from townlet_components.citymap import DistrictPlan, Layouts
from townlet_components.town_state import PricePlan
from townlet_components.wallet import Till, Treasury, Wallet
from townlet_components.work import (
    LATE_STATE,
    ON_TIME_STATE,
    Employment,
    EmploymentRules,
    JobRules,
    PositionPlan,
    Shifts,
)
from townlet_systems import posts as desk
from townlet_systems import preconditions as pre
from townlet_systems.duty import Duty, at_work, duty_of, minutes_to_shift, on_duty, works
from townlet_systems.scene import city_of


def duty(world: WorkWorld) -> Duty:
    """The bundle of a world."""
    read = world.store.write
    return duty_of(read(PositionPlan), read(Layouts), read(Employment), read(JobRules))


@pytest.mark.parametrize(("start", "end"), [("08:00", "16:00"), ("22:00", "06:00"), (0, 0)])
def test_minutes_of_a_day_on_and_off_duty(start: str | int, end: str | int) -> None:
    job = {"start": start, "end": end, "place": "cafe"}
    world = WorkWorld(agents=4, jobs__cook=job)
    p = int(np.flatnonzero(world.blue.jobs.job == world.blue.jobs.number("cook"))[0])
    first = int(start[:2]) * 60 if isinstance(start, str) else start
    length = 480 if isinstance(start, str) else 1440
    on = {(first + k) % 1440 for k in range(length)}
    bundle = duty(world)
    world.seat(2, p)
    for minute in range(1440):
        assert on_duty(bundle, p, minute) == (minute in on)
        wait = next(k for k in range(1441) if (minute + k) % 1440 in on)
        assert minutes_to_shift(bundle, p, minute) == wait
        assert works(bundle, world.row(2), minute) == (minute in on)
        assert not works(bundle, world.row(1), minute)


def test_present_is_inside_the_workplace_or_in_its_door() -> None:
    world = WorkWorld(agents=130)
    bundle, city = duty(world), city_of(world.store.read(Layouts), world.store.read(DistrictPlan))
    for p in range(0, world.blue.jobs.count, 7):
        inside = world.inside(p)
        for district in range(world.plan.districts):
            for tile in range(world.plan.tiles):
                here = (district, tile) in inside
                assert at_work(bundle, city, p, district, tile) == here


def test_on_open_ground_present_is_on_the_spot_or_next_to_it() -> None:
    job = {"start_tick": 10, "end_tick": 30, "location": [3, 0]}
    world = WorkWorld(agents=4, world__grid_size=[6, 5], jobs__cafe_shift=job)
    bundle, city = duty(world), city_of(world.store.read(Layouts), world.store.read(DistrictPlan))
    here = {tile for tile in range(30) if at_work(bundle, city, 0, 0, tile)}
    assert here == {3, 2, 4, 9}
    assert bundle.length[0] == 21, "the last tick is part of it"


def quit_post(world: WorkWorld, town: int, row: int, tick: int) -> int:
    """Leave a post, with the town's accounts."""
    write = world.store.write
    accounts = desk.Accounts(
        money=write(Wallet).money,
        till=write(Till).money,
        keep=write(PricePlan).keep,
        reserve=write(Treasury).money,
        flow=write(Treasury).flow,
    )
    return desk.leave_post(
        desk.posts_of(write(Shifts)),
        desk.record_of(write(Employment)),
        duty(world),
        write(Shifts).vacant,
        desk.rates_of(write(JobRules), write(EmploymentRules)),
        accounts,
        town,
        row,
        tick,
    )


def test_who_leaves_is_paid_and_its_position_is_vacant() -> None:
    world = WorkWorld(agents=8, towns=2, row_order="shuffled")
    world.seat(3, 2, town=1)
    row, g = world.row(3, 1), world.blue.jobs.count + 2
    place = world.plan.places + int(world.blue.jobs.place[2])
    for till, flow in ((2000, "wage"), (1999, "wage_treasury")):
        if world.column("Employment.position")[row] < 0:
            world.seat(3, 2, town=1)
        world.column("Shifts.paid")[g] = 100
        world.column("Shifts.flags")[g] = 63
        world.column("Till.money")[place] = till + world.column("PricePlan.keep")[place]
        before = world.money(1)
        assert quit_post(world, 1, row, 777) == 2000
        assert world.flows(1)[flow] == 2000
        assert world.money(1) == before
        assert world.column("Employment.position")[row] == -1
        assert world.column("Employment.since")[row] == 777
        assert world.column("Shifts.holder")[g] == -1
        assert world.column("Shifts.flags")[g] == 0
        assert world.column("Shifts.vacant").sum() == 2 * world.blue.jobs.count
    assert world.column("Wallet.money")[row] == 4000
    assert quit_post(world, 1, row, 800) == 0
    assert world.column("Employment.since")[row] == 777, "who has no position cannot leave one"


def test_what_preconditions_know_of_work() -> None:
    world = WorkWorld(agents=8)
    p = 2
    world.seat(4, p)
    read = world.store.read
    posts, record = desk.posts_of(read(Shifts)), desk.record_of(read(Employment))
    bundle = duty(world)
    city = city_of(world.store.read(Layouts), world.store.read(DistrictPlan))
    values = np.zeros(pre.value_count(3))
    row = world.row(4)
    world.column("Employment.lateness")[row] = 3
    world.column("Employment.withheld")[row] = 1250
    world.column("Employment.samples")[row] = 2
    world.column("Employment.sample")[row, :2] = (1000, 500)
    inside = min(world.inside(p))
    career = desk.Career(posts, record, bundle, city)

    def tell(state: int, spot: tuple[int, int]) -> list[float]:
        world.column("Shifts.state")[p] = state
        desk.fill_work_values(values, career, 0, row, *spot)
        return [float(values[k]) for k in (pre.JOB_ID, pre.ON_SHIFT, pre.SHIFT_STATE)]

    job = float(world.blue.jobs.job[p])
    assert tell(ON_TIME_STATE, inside) == [job, 1, ON_TIME_STATE]
    assert tell(LATE_STATE, inside) == [job, 1, LATE_STATE]
    assert tell(LATE_STATE, (inside[0], 0)) == [job, 0, LATE_STATE]
    assert tell(5, inside) == [job, 0, 5]
    found = [values[k] for k in (pre.LATENESS_COUNTER, pre.ATTENDANCE_RATIO, pre.WAGES_WITHHELD)]
    assert found == [3, 0.75, 1.25]
    desk.fill_work_values(values, career, 0, world.row(5), *inside)
    assert np.isnan(values[pre.JOB_ID])
    assert values[pre.ON_SHIFT] == 0
