"""Hiring against its slow twin: who gets a vacant position, and which."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from tests.oracle import work as slow
from tests.systems.work_world import WorkWorld, seen

from townlet_systems.hiring import Market, fill_positions, hire_agents, sort_applicants

#: Districts of a few homes each, so that distance matters.
SMALL = {"world.residents_per_district": 4}


def newcomers(world: WorkWorld, wishes: list[tuple[int, int]], town: int = 0) -> None:
    """Who enters in this tick, with the job wanted; by slot."""
    first = town * world.blue.capacity
    for k, (slot, job) in enumerate(sorted(wishes)):
        world.column("Newcomers.slot")[first + k] = slot
        world.column("Newcomers.job")[first + k] = job
    world.column("Newcomers.count")[town] = len(wishes)


def vacancies(world: WorkWorld) -> list[int]:
    """Vacant positions by district row, counted."""
    positions, result = world.blue.jobs.count, []
    for d in range(world.towns * world.plan.districts):
        town, district = divmod(d, world.plan.districts)
        mine = np.flatnonzero(world.column("PositionPlan.district")[:positions] == district)
        result.append(int((world.column("Shifts.holder")[town * positions + mine] < 0).sum()))
    return result


def positions(world: WorkWorld, town: int = 0) -> list[int]:
    """Position of each slot."""
    rows = [world.row(slot, town) for slot in range(world.blue.capacity)]
    found: list[int] = world.column("Employment.position")[rows].tolist()
    return found


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("radius", [0, 1, 9])
def test_hiring_equals_the_slow_twin(seed: int, radius: int) -> None:
    """Some work, some are dead, some have waited; two towns, one hires at another minute."""
    luck = random.Random(seed)
    world = WorkWorld(
        agents=26,
        towns=2,
        seed=seed,
        row_order="shuffled",
        overrides=[{}, {"employment.hire_minute": 361}],
        world__commute_radius=radius,
        **SMALL,
    )
    for town in (0, 1):
        free = luck.sample(range(world.blue.jobs.count), world.blue.jobs.count)
        for slot in range(26):
            row = world.row(slot, town)
            world.column("Identity.alive")[row] = luck.random() < 0.9
            world.column("Identity.generation")[row] = luck.randrange(4)
            world.column("Employment.since")[row] = luck.choice([0, 70, 70, 900])
            if world.column("Identity.alive")[row] and luck.random() < 0.5 and free:
                world.seat(slot, free.pop(), town, since=5)
    world.set_clock(4000, 360)
    before = positions(world, 1)
    office = world.office(0)
    hired = slow.hire(office)
    world.play(hire_agents)
    assert seen(office)["agents"] == world.look(0)["agents"]
    assert seen(office)["posts"] == world.look(0)["posts"]
    found = [(event[1], event[4]) for event in world.events(0)]
    assert sorted(found) == sorted(hired)
    assert hired
    assert positions(world, 1) == before, "its hour has not come"
    assert world.column("Shifts.vacant").tolist() == vacancies(world)


def test_whoever_waited_longest_chooses_first() -> None:
    """Of many without work and one vacancy; equal waits are settled by a draw, not by number."""
    winners = set()
    for seed in range(8):
        world = WorkWorld(agents=12, seed=seed)
        world.column("Employment.since")[:] = 900
        for slot in (3, 4, 7, 9):
            world.column("Employment.since")[world.row(slot)] = 100
        vacant = [p for p in range(world.blue.jobs.count) if p != 5]
        world.column("Shifts.holder")[vacant] = 11
        world.column("Shifts.vacant")[0] = 1
        world.set_clock(4000, 360)
        world.play(hire_agents)
        winner = int(world.column("Shifts.holder")[5])
        assert winner in {3, 4, 7, 9}
        winners.add(winner)
    assert len(winners) > 1


def test_nobody_is_hired_at_another_minute_nor_beyond_the_radius() -> None:
    world = WorkWorld(agents=26, world__commute_radius=0, **SMALL)
    for minute in (359, 361):
        world.set_clock(4000, minute)
        world.play(hire_agents)
        assert set(positions(world)) == {-1}
    world.set_clock(4000, 360)
    world.play(hire_agents)
    for slot, position in enumerate(positions(world)):
        if position >= 0:
            home = world.plan.home_district[slot]
            assert world.column("PositionPlan.district")[position] == home


@pytest.mark.parametrize("seed", range(4))
def test_the_first_population_is_employed_in_its_district(seed: int) -> None:
    """As the twin says; 95 of 100 have a job, and nobody works farther away than it must."""
    world = WorkWorld(agents=26, seed=seed, row_order="shuffled", **SMALL)
    luck = random.Random(seed)
    wishes = [(slot, luck.choice([-1] * 8 + [-2, 3, 0])) for slot in range(26)]
    newcomers(world, wishes)
    world.set_clock(1, 421)
    office = world.office()
    slow.fill(office, wishes, first=True)
    world.play(fill_positions)
    assert seen(office)["agents"] == world.look()["agents"]
    assert seen(office)["posts"] == world.look()["posts"]
    assert world.events() == [], "that the first have a job is no news"
    assert world.column("Shifts.vacant").tolist() == vacancies(world)
    for slot, job in wishes:
        position = positions(world)[slot]
        if job == -2:
            assert position == -1
        elif job >= 0 and position >= 0:
            assert world.blue.jobs.job[position] == job


def test_nearly_everybody_of_the_first_has_a_job() -> None:
    world = WorkWorld(agents=200)
    newcomers(world, [(slot, -1) for slot in range(200)])
    world.play(fill_positions)
    assert sum(p >= 0 for p in positions(world)) == 190
    home = world.plan.home_district
    away = sum(
        world.column("PositionPlan.district")[p] != home[slot]
        for slot, p in enumerate(positions(world))
        if p >= 0
    )
    assert away <= 4


def test_later_newcomers_get_what_is_vacant_and_that_is_news() -> None:
    world = WorkWorld(agents=26, towns=2, row_order="shuffled", **SMALL)
    for position in range(0, world.blue.jobs.count, 2):
        world.seat(position % 20, position, town=1)
    wishes = [(20, -1), (21, -2), (23, 2), (25, -1)]
    newcomers(world, wishes, town=1)
    for slot, _ in wishes:
        world.column("Employment.position")[world.row(slot, 1)] = -1
    world.set_clock(700, 1120)
    office = world.office(1)
    got = slow.fill(office, wishes, first=False)
    world.play(fill_positions)
    assert seen(office)["agents"] == world.look(1)["agents"]
    told = sorted((event[1], event[4]) for event in world.events(1))
    assert told == [pair for pair in got if pair[0] != 23 or pair in told]
    assert {slot for slot, _ in told} >= {20, 25}
    assert world.events(0) == []
    assert set(positions(world, 0)) == {-1}


def test_a_town_of_its_own_hires_as_in_a_batch() -> None:
    """Seeds, not numbers of towns, decide."""

    def hire(towns: int, seed: int, town: int) -> list[int]:
        world = WorkWorld(agents=26, towns=towns, seed=seed, **SMALL)
        world.set_clock(4000, 360)
        world.play(hire_agents)
        return positions(world, town)

    assert hire(3, 5, 2) == hire(1, 7, 0)
    assert hire(3, 5, 2) != hire(1, 5, 0)


def test_many_applicants_are_sorted() -> None:
    """The sort itself, on more than a few."""
    luck = np.random.default_rng(1)
    for count in (0, 1, 2, 3, 10, 57, 256):
        since = luck.integers(0, 9, count + 6).astype(np.int32)
        order = luck.permutation(count + 6).astype(np.int64)
        empty: Any = np.zeros(1, np.int64)
        market = Market._make([*[empty] * (len(Market._fields) - 3), since, order, empty])
        expected = sorted(zip(since[4:-2].tolist(), order[4:-2].tolist(), strict=True))
        edges = since[[0, 1, 2, 3, -2, -1]].tolist()
        sort_applicants(market, 4, 4 + count)
        assert list(zip(since[4:-2].tolist(), order[4:-2].tolist(), strict=True)) == expected
        assert since[[0, 1, 2, 3, -2, -1]].tolist() == edges
