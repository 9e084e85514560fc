"""Chains: the staged order, started by one compiled call."""

from typing import Any

import pytest
from tests.townlet.ecs.tiny import (
    Age,
    Fame,
    celebrate,
    pass_time,
    put_on_weight,
    run,
    spec_of_system,
    tiny_store,
)

from townlet.ecs import I64, Phase, Read, Write, kernel, system
from townlet.ecs.chain import Chain
from townlet.ecs.launch import Launch
from townlet.ecs.runtime import Runtime, Step, Threading
from townlet.ecs.schedule import Schedule


@kernel(over="being", whole=("ages",))
def look_up(score: I64, ages: I64, ticks: I64) -> None:
    """Beings note the age of the one that is last; a lane alone would see it too young."""
    for b in range(ticks.shape[0]):
        score[b] = 10 * score[b] + ages[ages.shape[0] - 1]


@system(phase=Phase.SCORE)
def admire(fame: Write[Fame], age: Read[Age]) -> None:
    """Fame is how old the others were."""
    look_up(fame.score, age.ticks, age.ticks)


@kernel
def pass_a_year(ticks: I64) -> None:
    """365 days."""
    for b in range(ticks.shape[0]):
        ticks[b] += 365


@system(phase=Phase.ACT)
def skip(age: Write[Age]) -> None:
    """Two years pass, by two launches."""
    pass_a_year(age.ticks)
    pass_a_year(age.ticks)


@system(phase=Phase.ACT, after=["skip"])
def idle(age: Read[Age]) -> None:
    """Calls no kernel."""


SYSTEMS = (skip, pass_time, put_on_weight, celebrate, admire)
COLUMNS = ("Age.ticks", "Weight.kilo", "Fame.score", "Tally.rows")
WAYS = [(1, 1), (1, 3), (2, 1), (2, 4), (2, 16)]


def bind(threads: int, lanes: int, chained: bool, systems: Any = SYSTEMS, **more: Any) -> Runtime:
    schedule = Schedule([spec_of_system(f) for f in systems])
    return Runtime(schedule, tiny_store(lanes), Threading(threads, lanes, False, chained), **more)


def columns(bound: Runtime) -> dict[str, bytes]:
    return {name: bound._store.column(name).tobytes() for name in COLUMNS}


@pytest.mark.parametrize(("threads", "lanes"), WAYS)
def test_a_chain_does_what_its_systems_do_one_by_one(threads: int, lanes: int) -> None:
    chained, staged = bind(threads, lanes, True), bind(threads, lanes, False)
    assert (len(chained._groups), len(staged._groups)) == (1, 5)
    run(chained, 4)
    run(staged, 4)
    assert columns(chained) == columns(staged)
    assert chained._store.column("Fame.score")[0] > 0


@pytest.mark.parametrize("chained", [True, False])
@pytest.mark.parametrize("name", ["skip", "celebrate", "admire"])
def test_who_sleeps_is_passed_over_and_not_compiled(name: str, chained: bool) -> None:
    others = [f for f in SYSTEMS if f.__name__ != name]
    sleeper, without = bind(1, 2, chained, asleep=[name]), bind(1, 2, chained, others)
    assert all(launch.address == 0 for launch in sleeper.launches[name])
    run(sleeper)
    run(without)
    assert columns(sleeper) == columns(without)
    sleeper.wake(name)
    run(sleeper)
    awake = bind(1, 2, chained)
    for column in COLUMNS:
        awake._store.column(column)[:] = without._store.column(column)
    run(awake)
    assert columns(sleeper) == columns(awake)
    sleeper.sleep(name)
    for column in COLUMNS:
        without._store.column(column)[:] = sleeper._store.column(column)
    run(sleeper)
    run(without)
    assert columns(sleeper) == columns(without) != columns(awake)


def test_to_wake_or_to_lull_what_never_sleeps_is_no_trouble() -> None:
    bound = bind(1, 1, True)
    bound.wake("skip")
    bound.sleep("skip")
    run(bound)
    assert bound._store.column("Age.ticks").tolist() == [2 * 731] * 10


def test_steps_and_what_launches_nothing_part_a_chain() -> None:
    seen = list[int]()
    bound: Runtime
    between = Step(
        "between",
        lambda: seen.append(int(bound._store.column("Age.ticks")[0])),
        Phase.LIVE,
        "pass_time",
    )
    bound = bind(1, 1, True, (idle, *SYSTEMS), steps=[between])
    run(bound, 2)
    assert bound._groups == [
        ("skip",), ("idle",), ("pass_time",), ("between",),
        ("put_on_weight", "celebrate", "admire"),
    ]  # fmt: skip
    assert seen == [731, 3 * 731]


def test_time_is_kept_by_system() -> None:
    bound = bind(1, 1, True, asleep=["celebrate"])
    run(bound, 50)
    elapsed, (total,) = bound.elapsed_ns, bound._runner.elapsed_ns.tolist()
    assert list(elapsed) == [f.__name__ for f in SYSTEMS]
    assert all(elapsed[f.__name__] > 0 for f in SYSTEMS if f is not celebrate)
    assert total - len(SYSTEMS) <= sum(elapsed.values()) <= total
    cycles = bound._fused[bound._groups[0]].cycles
    ends = [1, 3, 4, 5, 6]  # celebrate's takes the time it takes to pass it over
    assert cycles.shape == (1, 7)
    assert set(cycles[0].nonzero()[0].tolist()) - {5} == set(ends) - {5}
    bound.reset_timings()
    assert set(bound.elapsed_ns.values()) == {0}


def test_a_processor_whose_counter_cannot_be_read_runs_staged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    bound = bind(1, 1, True)
    assert len(bound._groups) == len(SYSTEMS)
    run(bound)
    assert bound._store.column("Age.ticks").tolist() == [2 * 731] * 10


def test_a_system_may_be_woken_from_within_a_tick() -> None:
    bound: Runtime
    alarm = Step("alarm", lambda: bound.wake("celebrate"), Phase.ORDERS)
    bound = bind(1, 1, True, steps=[alarm], asleep=["celebrate"])
    run(bound)
    assert bound._store.column("Age.ticks").tolist() == [2 * 731] * 10


def test_a_chain_alone_runs_what_is_awake() -> None:
    store = tiny_store()
    ages = store.column("Age.ticks")
    launch = Launch(pass_a_year, (ages,), store.table_of)  # type: ignore[arg-type]
    chain = Chain({"one": [launch], "two": [launch, launch]}, 1, asleep=["one", "two"])
    for awake, years in (("", 0), ("one", 1), ("two", 3)):
        before = ages[0]
        if awake:
            chain.wake(awake)
        chain.run()
        assert ages[0] - before == 365 * years
    chain.sleep("two")
    chain.run()
    assert ages.tolist() == [365 * 5] * 10
