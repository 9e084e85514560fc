"""Exits against their slow twin, each cause at its edge, the caps, and whole towns."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.oracle.lifecycle import DAY, Limits, Person, TownExits
from tests.systems.exit_world import DISTRICTS, run_both, town_of

TICK = 9_000
NOON, MIDNIGHT = 720, 0
pytestmark = pytest.mark.usefixtures("plain_python")


@st.composite
def people(draw: Callable[..., Any], limits: Limits, on: bool, tick: int) -> Person:
    if draw(st.integers(0, 9)) == 0:
        return Person(-1, alive=False)
    near = st.integers(-1, 1)
    person = Person(
        -1,
        district=draw(st.integers(0, DISTRICTS - 1)),
        generation=draw(st.integers(0, 3)),
        arrived_at=tick - draw(st.sampled_from([5, 2, 3])) * DAY + draw(near),
        starving=draw(st.sampled_from([0, 0, 0, limits.collapse_ticks + draw(near)])),
        neglected=draw(st.sampled_from([0, 0, 0, 360 + draw(near)])),
        arrears=draw(st.sampled_from([0, 0, 700])),
        arrears_days=draw(st.integers(0, 4)),
        has_job=draw(st.sampled_from([True, True, False])),
        since=tick - draw(st.sampled_from([1, 2, 3])) * DAY + draw(near),
        absent_days=draw(st.integers(0, 5)),
    )
    if on and draw(st.booleans()):
        person.cause = draw(
            st.sampled_from(["eviction", "unemployment", "neglect", "employment", "employment"])
        )
        ago = draw(st.sampled_from([0, 100, 100, limits.review_window])) + draw(near)
        person.due = tick - max(ago, 0)
        if person.cause == "employment":
            person.review = draw(st.sampled_from(["none", "none", "approved", "requested"]))
    elif on and draw(st.booleans()):
        person.excused_until = tick + draw(near)
    if on:
        person.order = draw(st.sampled_from([None, None, None, "request", "approve", "defer"]))
    person.leaves = draw(st.sampled_from([None] * 9 + ["killed"]))
    return person


@st.composite
def batches(draw: Callable[..., Any]) -> tuple[list[TownExits], int, list[int]]:
    towns, capacity = draw(st.integers(1, 2)), draw(st.integers(1, 9))
    found = []
    for t in range(towns):
        limits = Limits(
            on=draw(st.sampled_from([True, True, True, False])),
            cap=draw(st.sampled_from([0, 1, 2, 99, 0.02, 0.5])),
            cooldown=draw(st.sampled_from([0, 120])),
            grace=draw(st.sampled_from([0, 60])),
            unemployment_days=draw(st.sampled_from([0, 2])),
            neglect_share=draw(st.sampled_from([0.0, 0.25])),
            age_days=draw(st.sampled_from([0, 0, 3])),
            enforce=draw(st.sampled_from([True, True, False])),
            max_absent=draw(st.sampled_from([0, 3])),
            daily_cap=draw(st.sampled_from([0, 1, 2])),
            queue_limit=draw(st.sampled_from([0, 1, 8])),
        )
        town = town_of(*[draw(people(limits, limits.on, TICK)) for _ in range(capacity)])
        town.limits, town.seed = limits, draw(st.integers(0, 2**64 - 1))
        town.event_on = draw(st.sampled_from([False, False, False, True]))
        town.quiet_until = TICK + draw(st.sampled_from([-9, -9, 0, 1]))
        town.today = draw(st.integers(0, 2))
        town.employment_today = draw(st.integers(0, 2))
        town.last = TICK - draw(st.sampled_from([119, 120, 500]))
        town.allowance = draw(st.sampled_from([None, 1, 3])) if t == 0 else None
        found.append(town)
    rows = draw(st.permutations(range(towns * capacity)))
    return found, draw(st.sampled_from([NOON, MIDNIGHT])), rows


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches())
def test_exits_equal_the_slow_twin(batch: tuple[list[TownExits], int, list[int]]) -> None:
    towns, minute, rows = batch
    run_both(towns, TICK, minute, rows)


def test_weeks_of_trouble_equal_the_slow_twin() -> None:
    """The line grows and shrinks over days; every cause lets somebody go."""
    luck, causes = random.Random(4), set()
    for limits in (Limits(), Limits(cap=0.2, cooldown=0, age_days=6), Limits(daily_cap=0, cap=5)):
        town = town_of(*[Person(-1, district=k % 2) for k in range(8)])
        town.limits = limits
        for step in range(1, 12 * 8):
            tick = step * 180
            for person in town.people:
                if not person.alive or luck.random() < 0.8:
                    continue
                person.arrears = luck.choice([0, 500])
                person.arrears_days = luck.randrange(5)
                person.has_job, person.since = luck.random() < 0.6, tick - luck.randrange(4) * DAY
                person.absent_days = luck.randrange(5)
                person.neglected = luck.choice([0, 400])
                person.starving = 30 if luck.random() < 0.02 else 0
                person.order = luck.choice([None] * 9 + ["request", "approve", "defer"])
            town.event_on = step % 40 in (3, 4)
            run_both([town], tick, tick % DAY)
            for k, person in enumerate(town.people):
                if person.leaves:
                    causes.add(person.leaves)
                    town.people[k] = Person(
                        k, generation=person.generation + 1, arrived_at=tick, since=tick
                    )
    assert causes == {"collapse", "eviction", "unemployment", "neglect", "employment", "age"}


# -- causes at their edges -------------------------------------------------------------------

EDGES: list[tuple[str, dict[str, Any], dict[str, Any], int]] = [
    ("collapse", {"starving": 29}, {"starving": 30}, NOON),
    ("eviction", {"arrears": 1, "arrears_days": 2}, {"arrears": 1, "arrears_days": 3}, MIDNIGHT),
    ("eviction", {"arrears": 0, "arrears_days": 3}, {"arrears": 1, "arrears_days": 3}, MIDNIGHT),
    (
        "unemployment",
        {"has_job": False, "since": TICK - 2 * DAY + 1},
        {"has_job": False, "since": TICK - 2 * DAY},
        MIDNIGHT,
    ),
    (
        "unemployment",
        {"has_job": False, "arrived_at": TICK - 2 * DAY + 1},
        {"has_job": False, "arrived_at": TICK - 2 * DAY},
        MIDNIGHT,
    ),
    ("neglect", {"neglected": 359}, {"neglected": 360}, MIDNIGHT),
    ("employment", {"absent_days": 2}, {"absent_days": 3}, MIDNIGHT),
    ("age", {"arrived_at": TICK - 3 * DAY + 1}, {"arrived_at": TICK - 3 * DAY}, MIDNIGHT),
]


@pytest.mark.parametrize(("cause", "before", "at", "minute"), EDGES)
def test_each_cause_at_its_edge(
    cause: str, before: dict[str, Any], at: dict[str, Any], minute: int
) -> None:
    limits = {"age_days": 3} if cause == "age" else {}
    stays = town_of(Person(0, **before), **limits)
    assert run_both([stays], TICK, minute) == [[]]
    leaves = town_of(Person(0, **at), **limits)
    assert run_both([leaves], TICK, minute) == [[0]]
    assert leaves.people[0].leaves == cause


@pytest.mark.parametrize(("cause", "_before", "at", "minute"), EDGES)
def test_with_the_lifecycle_off_only_operators_remove(
    cause: str, _before: dict[str, Any], at: dict[str, Any], minute: int
) -> None:
    limits = {"on": False, "age_days": 3 if cause == "age" else 0}
    town = town_of(Person(0, **at), Person(1, leaves="killed", **at), **limits)
    assert run_both([town], TICK, minute) == [[1]]


def test_days_are_judged_at_midnight_only() -> None:
    for _, _, at, _ in EDGES[1:]:
        assert run_both([town_of(Person(0, **at), age_days=3)], TICK, NOON) == [[]]


@pytest.mark.parametrize(
    ("cause", "trouble", "relief"),
    [
        ("eviction", {"arrears": 1, "arrears_days": 3}, {"arrears": 0}),
        ("unemployment", {"has_job": False}, {"has_job": True}),
        ("employment", {"absent_days": 3}, {"absent_days": 2}),
    ],
)
def test_whose_cause_has_gone_may_stay(
    cause: str, trouble: dict[str, Any], relief: dict[str, Any]
) -> None:
    town = town_of(Person(0, **trouble), cap=0)
    assert run_both([town], TICK, MIDNIGHT) == [[]]
    assert (town.people[0].due, town.people[0].cause) == (TICK, cause)
    town.people[0] = replace(town.people[0], **relief)
    town.limits = replace(town.limits, cap=5)
    assert run_both([town], TICK + 1, NOON) == [[]]
    assert town.people[0].due is None


def test_a_neglected_agent_stands_until_the_next_day_is_judged() -> None:
    town = town_of(Person(0, neglected=400), cap=0)
    run_both([town], TICK, MIDNIGHT)
    town.people[0].neglected = 0
    run_both([town], TICK + 1, NOON)
    assert town.people[0].due == TICK
    run_both([town], TICK + DAY, MIDNIGHT)
    assert town.people[0].due is None


# -- caps ------------------------------------------------------------------------------------


def evicted(count: int) -> list[Person]:
    return [Person(-1, arrears=1, arrears_days=3) for _ in range(count)]


def leave_times(town: TownExits, ticks: range) -> list[int]:
    """Ticks at which somebody leaves, one per person; ``TICK`` is a midnight."""
    found = []
    for tick in ticks:
        gone = run_both([town], tick, (tick - TICK) % DAY)[0]
        found += [tick - TICK] * len(gone)
        for slot in gone:
            town.people[slot].alive, town.people[slot].leaves = False, None
    return found


def test_under_a_count_exits_keep_their_distance() -> None:
    town = town_of(*evicted(4), cap=2)
    ticks = range(TICK, TICK + DAY + 130, 5)
    assert leave_times(town, ticks) == [0, 120, DAY, DAY + 120]


def test_the_cooldown_ends_at_its_tick() -> None:
    town = town_of(*evicted(2), cap=2)
    assert leave_times(town, range(TICK, TICK + 122)) == [0, 120]


def test_without_a_cooldown_all_leave_at_once() -> None:
    assert leave_times(town_of(*evicted(4), cap=3, cooldown=0), range(TICK, TICK + 3)) == [0, 0, 0]


@pytest.mark.parametrize(
    ("people", "share", "leave"), [(10, 0.02, 1), (10, 0.3, 3), (100, 0.29, 29)]
)
def test_a_fraction_lets_at_least_one_go_without_a_cooldown(
    people: int, share: float, leave: int
) -> None:
    town = town_of(*evicted(people), cap=share)
    assert leave_times(town, range(TICK, TICK + 2)) == [0] * leave


def test_collapse_and_operators_are_never_capped() -> None:
    town = town_of(
        Person(-1, starving=30), Person(-1, starving=99), Person(-1, leaves="killed"), *evicted(2),
        cap=0,
    )  # fmt: skip
    town.event_on = True
    assert run_both([town], TICK, MIDNIGHT) == [[0, 1, 2]]
    assert town.today == 0


def test_who_waits_longer_goes_first_then_the_draw_decides() -> None:
    late = [Person(-1, arrears=1, arrears_days=3, cause="eviction", due=TICK - k) for k in range(5)]
    town = town_of(*late, cap=9, cooldown=10)
    order = []
    for tick in range(TICK + 10, TICK + 70, 10):
        order += run_both([town], tick, NOON)[0]
        for slot in order:
            town.people[slot].alive, town.people[slot].leaves = False, None
    assert order == [4, 3, 2, 1, 0]
    firsts = set()
    for seed in range(20):
        equals = town_of(*evicted(3), cap=1)
        equals.seed = seed
        firsts.update(run_both([equals], TICK, MIDNIGHT)[0])
    assert firsts == {0, 1, 2}


def test_employment_exits_pass_both_caps() -> None:
    """One a day for employment; who waits behind it does not stop the others."""

    def absent() -> list[Person]:
        return [Person(-1, absent_days=3) for _ in range(3)]

    town = town_of(*absent(), *evicted(2), cap=9, cooldown=0, daily_cap=1)
    gone = run_both([town], TICK, MIDNIGHT)[0]
    assert len(gone) == 3
    assert {3, 4} < set(gone)
    for caps, leave in (({"cap": 1, "daily_cap": 0}, 1), ({"cap": 9, "daily_cap": 0}, 3)):
        unlimited = town_of(*absent(), cooldown=0, **caps)
        assert len(run_both([unlimited], TICK, MIDNIGHT)[0]) == leave


def test_review_and_approval_bypass_neither_cap() -> None:
    sure = [
        Person(-1, absent_days=3, cause="employment", due=TICK - DAY - 1),
        Person(-1, absent_days=3, cause="employment", due=TICK - 5, review="approved"),
    ]
    assert run_both([town_of(*sure, cap=0)], TICK, NOON) == [[]]
    town = town_of(*sure, cap=9, cooldown=0, daily_cap=1)
    town.employment_today = 1
    assert run_both([town], TICK, NOON) == [[]]
    town.employment_today = 0
    assert run_both([town], TICK, NOON) == [[0]]
    assert ("employment_exit_processed", 0, 0, 1) in town.events


def test_a_decided_exit_stands_though_its_cause_has_gone() -> None:
    for due, review, leaves in (
        (TICK - DAY, "none", []),
        (TICK - DAY - 1, "none", [0]),
        (TICK - 5, "approved", [0]),
        (TICK - 5, "requested", [0]),
    ):
        person = Person(-1, cause="employment", due=due, review=review)
        assert run_both([town_of(person)], TICK, NOON) == [leaves]


def test_a_crowded_queue_is_told() -> None:
    town = town_of(*[Person(-1, absent_days=3) for _ in range(3)], cap=0, queue_limit=2)
    run_both([town], TICK, MIDNIGHT)
    assert sorted(town.events) == [
        ("employment_exit_pending", 0, 0, 1),
        ("employment_exit_pending", 0, 1, 2),
        ("employment_exit_queue_overflow", 0, 2, 3),
    ]


def test_a_deferred_exit_comes_again_after_the_review_window() -> None:
    town = town_of(Person(-1, absent_days=3), cap=0)
    run_both([town], TICK, MIDNIGHT)
    town.people[0].order = "defer"
    run_both([town], TICK + 1, NOON)
    run_both([town], TICK + DAY, MIDNIGHT)
    assert town.people[0].due is None, "a day and a tick have not passed"
    run_both([town], TICK + 2 * DAY, MIDNIGHT)
    assert town.people[0].due == TICK + 2 * DAY


def test_a_deferred_agent_may_still_be_evicted() -> None:
    person = Person(-1, absent_days=3, arrears=1, arrears_days=3, excused_until=TICK + 9)
    town = town_of(person)
    assert run_both([town], TICK, MIDNIGHT) == [[0]]
    assert town.people[0].leaves == "eviction"


def test_nobody_leaves_during_events_and_the_grace_after() -> None:
    town = town_of(*evicted(1), grace=60)
    town.event_on = True
    assert run_both([town], TICK, MIDNIGHT) == [[]]
    assert run_both([town], TICK + 5, NOON) == [[]]
    town.event_on = False
    for tick in (TICK + 6, TICK + 65):
        assert run_both([town], tick, NOON) == [[]]
    assert run_both([town], TICK + 66, NOON) == [[0]], "60 ticks after the last tick of the event"
