"""Shifts against their slow twin, and the edges of SPEC §8 one by one."""

from __future__ import annotations

import functools
import random
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracle import work as slow
from tests.systems.work_world import WORK_EVENTS, WorkWorld, scatter, seen

from townlet_components.work import SHIFT_STATES, Employment
from townlet_systems.posts import attendance, record_of
from townlet_systems.records import close_records
from townlet_systems.shifts import run_shifts

NAMED = {
    "jobs.sweeper": {"start": "23:50", "end": "00:20", "place": "park", "positions": 3},
    "jobs.porter": {"start": "00:05", "end": "00:25", "place": "office", "positions": 3},
    "jobs.cook": {
        "start": "00:00",
        "end": "00:00",
        "place": "cafe",
        "positions": 2,
        "grace_ticks": 1,
        "absent_cutoff": 3,
        "absence_slack": 2,
        "absence_penalty": 0.7,
    },
}


def furnish(world: WorkWorld, luck: random.Random, town: int) -> None:
    """Everybody gets a position, some money, and a few ties to others."""
    positions = list(range(world.blue.jobs.count))
    luck.shuffle(positions)
    named = [p for p in positions if world.blue.jobs.length[p] != 480]
    order = named + [p for p in positions if p not in named]
    for slot in range(world.blue.capacity):
        world.seat(slot, order[slot], town)
        row = world.row(slot, town)
        money = luck.choice([0, 3, 104, 900, 5000])
        world.column("Wallet.money")[row] = money
        world.column("Treasury.money")[town] -= money
        world.column("Personality.trait")[row] = luck.uniform(-1, 1)
        others = luck.sample([s for s in range(world.blue.capacity) if s != slot], 6)
        for k, other in enumerate(others):
            world.column("Ties.other")[row, k] = other if luck.random() < 0.8 else -1
            for name in ("trust", "familiarity"):
                world.column(f"Ties.{name}")[row, k] = luck.choice([0, luck.uniform(-1, 1)])
            world.column("Ties.rivalry")[row, k] = luck.choice([0, luck.random()])
            for name in ("helped", "took"):
                world.column(f"Ties.{name}")[row, k] = luck.choice([-1000, 1, 4, 9])
    for place in range(world.plan.places):
        money = luck.choice([0, -50, 200, 700, 50_000])
        world.column("Till.money")[town * world.plan.places + place] = money
        world.column("Treasury.money")[town] -= money


@pytest.mark.parametrize(
    ("seed", "tick", "minute", "ticks"),
    [(0, 1, 1425, 110), (1, 1, 1, 90), (2, 1440, 1431, 110), (3, 9000, 0, 1500)],
)
def test_shifts_equal_the_slow_twin(seed: int, tick: int, minute: int, ticks: int) -> None:
    """Two towns with different rules, rows shuffled, short shifts around midnight, a week on."""
    luck, kinds = random.Random(seed), Counter[str]()
    overrides: list[dict[str, Any]] = [
        {"economy.wage_income": 0.031, "employment.max_absent_shifts": 2},
        {"employment.grace_ticks": 0, "employment.attendance_window": 5},
    ]
    world = WorkWorld(
        agents=16, towns=2, seed=seed, overrides=overrides, row_order="shuffled", **NAMED
    )
    world.set_clock(tick, minute, 3)
    for town in (0, 1):
        furnish(world, luck, town)
    offices = [world.office(town) for town in (0, 1)]
    for _ in range(ticks):
        for town, office in enumerate(offices):
            scatter(world, luck, town)
            for slot, worker in office.workers.items():
                worker.spot = world.spot(slot, town)
            office.tick, office.minute, office.day = (
                int(world.column(f"Clock.{name}")[0]) for name in ("tick", "minute", "day")
            )
            slow.run_shifts(office)
            if office.minute == 0:
                slow.close_day(office)
        world.play(run_shifts)
        world.play(close_records)
        for town, office in enumerate(offices):
            assert seen(office) == world.look(town)
            assert world.money(town) == 0
            kinds.update(event[0] for event in office.events)
        world.advance()
    assert {"shift_on_time", "shift_late_start", "shift_ended"} <= set(kinds)
    if ticks > 1000:
        assert set(kinds) == set(WORK_EVENTS) - {"hired"}


def one_job(**keys: Any) -> WorkWorld:
    """A town in which slot 0 and slot 1 do one job in one cafe from 10:00 to 11:00."""
    job = {"start": "10:00", "end": "11:00", "place": "cafe", "positions": 2, **keys.pop("job", {})}
    world = WorkWorld(agents=8, **{"jobs.cook": job, "economy.wage_income": 0.1, **keys})
    number = world.blue.jobs.number("cook")
    mine = np.flatnonzero(world.blue.jobs.job == number).tolist()
    first, second = mine[0], mine[1]
    if world.blue.jobs.place[first] != world.blue.jobs.place[second]:
        world.column("PositionPlan.place")[second] = world.blue.jobs.place[first]
    world.seat(0, first)
    world.seat(1, second)
    world.column("Wallet.money")[:] = 1000
    return world


def inside(world: WorkWorld, slot: int = 0) -> tuple[int, int]:
    """Inside an agent's workplace."""
    return min(world.inside(int(world.column("Employment.position")[world.row(slot)])))


def outside(world: WorkWorld) -> tuple[int, int]:
    """On no workplace at all."""
    here = {spot for p in range(world.blue.jobs.count) for spot in world.inside(p)}
    return next((0, tile) for tile in range(world.plan.tiles) if (0, tile) not in here)


def live(world: WorkWorld, presence: dict[int, bool], minutes: int, first: int = 600) -> list[Any]:
    """Run a shift from ``first`` on; slot 0 comes and goes at the minutes of ``presence``."""
    found = []
    world.set_clock(5000, first, 3)
    spot = outside(world)
    for minute in range(minutes):
        if minute in presence:
            spot = inside(world) if presence[minute] else outside(world)
        world.stand(0, spot)
        world.play(run_shifts)
        found += [(minute, *event[:3], event[4]) for event in world.events() if event[1] == 0]
        world.advance()
    return found


def state(world: WorkWorld, slot: int = 0) -> str:
    """State of a slot's shift."""
    position = world.column("Employment.position")[world.row(slot)]
    return SHIFT_STATES[world.column("Shifts.state")[position]]


def test_late_begins_after_the_grace() -> None:
    world = one_job()
    cook = world.blue.jobs.number("cook")
    world.stand(1, outside(world))
    assert live(world, {}, 6) == [], "in the grace nobody is late"
    assert state(world) == "await_start"
    assert world.column("Wallet.money")[world.row(0)] == 1000
    world = one_job(job={"lateness_penalty": 0.1})
    world.stand(1, outside(world))
    assert live(world, {}, 7) == [(6, "shift_late_start", 0, cook, 6)]
    assert state(world) == "late"
    assert world.column("Wallet.money")[world.row(0)] == 1000 - 100 - 5
    assert world.column("Employment.withheld")[world.row(0)] == 100
    assert world.flows()["penalty"] > 0


def test_who_comes_in_the_grace_is_in_time() -> None:
    world = one_job()
    cook = world.blue.jobs.number("cook")
    world.stand(1, outside(world))
    found = live(world, {5: True}, 61)
    assert found == [(5, "shift_on_time", 0, cook, 5), (60, "shift_ended", 0, cook, 5500)]
    row = world.row(0)
    assert world.column("Employment.sample")[row, 0] == 55 * 1000 // 60
    assert (world.column("Employment.shifts")[row], world.column("Employment.punctual")[row]) == (
        1,
        1,
    )
    assert world.column("Wallet.money")[row] == 1000 + 55 * 100


def test_who_is_never_seen_is_absent_after_the_cutoff() -> None:
    world = one_job()
    world.stand(1, outside(world))
    found = live(world, {}, 32)
    assert [(m, kind) for m, kind, *_ in found] == [(6, "shift_late_start"), (31, "shift_absent")]
    row = world.row(0)
    assert world.column("Wallet.money")[row] == 1000 - 0 - 25 * 5 - 200
    assert world.column("Employment.absences")[row] == 1
    assert world.column("Employment.withheld")[row] == 26 * 100


def test_lunch_is_allowed_and_longer_is_an_absence() -> None:
    """Slack minutes away in a row are not; one more is, and has left early, once."""
    jobs = {"job": {"absence_slack": 10}}
    for away, kinds in ((10, []), (11, ["shift_absent", "shift_departed_early"])):
        world = one_job(**jobs)
        world.stand(1, outside(world))
        found = live(world, {0: True, 20: False, 20 + away: True}, 61)
        middle = [kind for minute, kind, *_ in found if 0 < minute < 60]
        assert sorted(middle) == kinds
        assert state(world) == "post_shift"
        assert world.column("Employment.lateness")[world.row(0)] == 0, "it came in time"
        assert found[-1][4] == (60 - away) * 100
        assert found[-1][1] == "shift_ended"


def test_an_absence_counts_once_and_who_comes_back_works() -> None:
    world = one_job(job={"absence_slack": 3})
    world.stand(1, outside(world))
    found = live(world, {0: True, 10: False, 20: True, 30: False, 40: True, 58: False}, 61)
    kinds = Counter(kind for _, kind, *_ in found)
    assert kinds == {
        "shift_on_time": 1,
        "shift_absent": 1,
        "shift_departed_early": 1,
        "shift_ended": 1,
    }
    assert found[-1][4] == (10 + 10 + 18) * 100
    assert world.column("Wallet.money")[world.row(0)] == 1000 - 200 - 3 * 5 * 2 - 2 * 5 + 3800


def test_gone_before_the_end_has_departed_early() -> None:
    world = one_job()
    world.stand(1, outside(world))
    found = live(world, {0: True, 59: False}, 61)
    assert [kind for _, kind, *_ in found] == [
        "shift_on_time",
        "shift_departed_early",
        "shift_ended",
    ]
    world = one_job()
    world.stand(1, outside(world))
    assert "shift_departed_early" not in str(live(world, {0: True}, 61))


def test_a_workplace_that_cannot_pay_leaves_it_to_the_treasury() -> None:
    for till, flow in ((6000, "wage"), (5999, "wage_treasury")):
        world = one_job()
        world.stand(1, outside(world))
        place = world.blue.jobs.place[world.column("Employment.position")[world.row(0)]]
        keep = int(world.column("PricePlan.keep")[place])
        assert keep > 0
        world.column("Till.money")[place] = till + keep
        world.column("Wallet.money")[world.row(1)] = 0
        before = world.money()
        live(world, {0: True}, 61)
        flows = world.flows()
        assert flows[flow] == 6000
        assert flows["wage"] + flows["wage_treasury"] == 6000
        assert world.money() == before
        assert world.column("Till.money")[place] == keep + (0 if flow == "wage" else till)


def test_a_penalty_takes_what_there_is() -> None:
    world = one_job(job={"lateness_penalty": 0.7, "absence_penalty": 2.0})
    world.stand(1, inside(world, 1))
    world.column("Wallet.money")[:] = 900
    before = world.money()
    live(world, {}, 60)
    assert world.column("Wallet.money")[world.row(0)] == 0
    assert world.flows()["penalty"] == 900
    assert world.money() == before


def test_a_shift_passes_midnight() -> None:
    world = one_job(job={"start": "23:30", "end": "00:30"})
    world.stand(1, outside(world))
    found = live(world, {0: True}, 61, first=23 * 60 + 30)
    assert [(m, kind) for m, kind, *_ in found] == [(0, "shift_on_time"), (60, "shift_ended")]
    assert world.column("Clock.day")[0] == 4


def test_states_between_shifts() -> None:
    """Idle from midnight on, awaiting the start from the buffer on, post_shift until midnight."""
    world = one_job()
    world.stand(1, outside(world))
    world.stand(0, outside(world))
    states = []
    world.set_clock(5000, 1438, 2)
    for _ in range(1440 + 4):
        world.play(run_shifts)
        states.append((int(world.column("Clock.minute")[0]), state(world)))
        world.advance()
    order = [states[0]]
    for minute, now in states[1:]:
        if now != order[-1][1]:
            order.append((minute, now))
    assert order == [
        (1438, "pre_shift"),
        (0, "idle"),
        (580, "await_start"),
        (606, "late"),
        (631, "absent"),
        (660, "post_shift"),
        (0, "idle"),
    ]


def test_who_is_hired_during_a_shift_waits_for_the_next() -> None:
    world = one_job()
    world.stand(1, outside(world))
    assert live(world, {0: True}, 40, first=603) == []
    assert state(world) == "pre_shift"


def test_one_coworker_is_credited_once_a_week() -> None:
    world = one_job()
    world.stand(1, inside(world, 1))
    row, tie = world.row(0), ("employment_helped_when_late", "employment_took_my_shift")
    found = live(world, {}, 32)
    assert [event[1:4] for event in found if event[1] in tie] == [(tie[0], 0, 1), (tie[1], 0, 1)]
    for name, kind in zip(("helped", "took"), tie, strict=True):
        for day, told in ((3, False), (-3, False), (-4, True)):
            world = one_job()
            world.stand(1, inside(world, 1))
            world.column("Ties.other")[row, 2] = 1
            world.column("Ties.trust")[row, 2] = 0.5
            world.column(f"Ties.{name}")[row, 2] = day
            assert (kind in [event[1] for event in live(world, {}, 32)]) == told


def test_nobody_is_credited_who_is_not_there() -> None:
    world = one_job()
    world.stand(1, outside(world))
    assert {event[1] for event in live(world, {}, 32)} == {"shift_late_start", "shift_absent"}


def test_a_warning_comes_one_absence_before_the_exit() -> None:
    """Absences on days in a row; after a better week the agent can be warned again."""
    world = one_job()
    world.stand(1, outside(world))
    row, warned = world.row(0), []
    for day in range(30):
        if day < 3 or day in (12, 13):
            world.set_clock(5000 + 1440 * day, 600, day)
            for _ in range(61):
                world.stand(0, outside(world))
                world.play(run_shifts)
                warned += [day for e in world.events() if e[:2] == ("employment_warning", 0)]
                world.advance()
        world.set_clock(5900 + 1440 * day, 0, day + 1)
        world.play(close_records)
        days = bin(int(world.column("Employment.absences")[row])).count("1")
        assert days == sum(d > day - 6 for d in (0, 1, 2, 12, 13) if d <= day)
    assert warned == [1, 13]


def test_attendance_is_the_mean_of_the_last_shifts() -> None:
    world = one_job(**{"employment.attendance_window": 2})
    world.stand(1, outside(world))
    record = record_of(world.store.read(Employment))
    assert attendance(record, world.row(0)) == 0
    means = []
    for come in (0, 3, 30):
        live(world, {0: False, come: True}, 61)
        means.append(attendance(record, world.row(0)))
    assert means == [1000, (1000 + 950) // 2, 950 // 2]


@functools.cache
def kept_world() -> WorkWorld:
    """One world for all examples; building one takes longer than a shift."""
    return one_job(job={"absence_slack": 4, "absent_cutoff": 9, "grace_ticks": 2})


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_each_thing_happens_once_in_a_shift(data: st.DataObject) -> None:
    """Whatever the pattern of coming and going, no event and no penalty comes twice."""
    world = kept_world()
    changes = data.draw(st.dictionaries(st.integers(0, 59), st.booleans(), max_size=12))
    world.stand(1, outside(world))
    world.column("Employment.lateness")[:] = 0
    found = live(world, changes, 61)
    kinds = Counter(kind for _, kind, *_ in found)
    assert all(count == 1 for count in kinds.values())
    assert kinds["shift_ended"] == 1
    minutes, here = [], False
    for minute in range(60):
        here = changes.get(minute, here)
        minutes.append(here)
    assert found[-1][4] == sum(minutes) * 100
    assert bool(kinds["shift_on_time"]) == any(minutes[:3])
    assert world.column("Employment.lateness")[world.row(0)] == kinds["shift_late_start"]
