"""A schedule bound to a store: recorded once, launched every tick."""

from typing import Any

import numba
import numpy as np
import pytest
from numba.core.errors import TypingError
from tests.townlet.ecs.tiny import (
    Age,
    Weight,
    celebrate,
    lie_about_age,
    pass_time,
    put_on_weight,
    run,
    spec_of_system,
    tiny_runtime,
    tiny_store,
)

from townlet.ecs import I64, Phase, Read, Store, Write, kernel, system, warmup
from townlet.ecs.runtime import PARALLEL_FROM_ROWS, Runtime, Step, Threading
from townlet.ecs.schedule import Schedule, ScheduleError

calls: list[str] = []


@system(phase=Phase.ORDERS)
def take_note(age: Read[Age]) -> None:
    """Says that Python was here."""
    calls.append("called")


def test_systems_run_in_order_and_change_the_columns() -> None:
    store = tiny_store()
    runtime = tiny_runtime(store, celebrate, pass_time, put_on_weight)
    assert store.column("Age.ticks").tolist() == [0] * 10, "binding runs nothing"
    run(runtime, 3)
    assert store.column("Age.ticks").tolist() == [14] * 10, "older first, then doubled"
    kilo = np.float32(2)
    for _ in range(3):
        kilo += np.float32(0.5) + np.float32(10) / np.float32(100)
    assert store.column("Weight.kilo").tolist() == pytest.approx([kilo] * 10)
    assert runtime.ticks == 3


def test_a_system_is_called_once_however_many_ticks_run() -> None:
    calls.clear()
    runtime = tiny_runtime(tiny_store(), take_note)
    assert calls == ["called"]
    run(runtime, 5)
    assert calls == ["called"]


def test_a_system_that_writes_what_it_declared_to_read_does_not_compile() -> None:
    store = tiny_store()
    with pytest.raises(TypingError, match="readonly array"):
        tiny_runtime(store, lie_about_age)
    assert store.column("Age.ticks").tolist() == [0] * 10


def test_a_refused_system_leaves_the_next_one_unharmed() -> None:
    with pytest.raises(TypingError):
        tiny_runtime(tiny_store(), lie_about_age)
    store = tiny_store()
    run(tiny_runtime(store, pass_time))
    assert store.column("Age.ticks").tolist() == [1] * 10


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("lanes", [1, 3, 10, 16])
def test_lanes_and_threads_change_nothing_but_the_lanes_own_notes(lanes: int, threads: int) -> None:
    store = tiny_store(lanes)
    run(tiny_runtime(store, pass_time, put_on_weight, lanes=lanes, threads=threads), 2)
    reference = tiny_store()
    run(tiny_runtime(reference, pass_time, put_on_weight), 2)
    for name in ("Age.ticks", "Weight.kilo"):
        assert store.column(name).tobytes() == reference.column(name).tobytes()
    share = [2 * (10 * (k + 1) // lanes - 10 * k // lanes) for k in range(lanes)]
    assert store.column("Tally.rows")[:, 0].tolist() == share, "every row in one lane"


def test_timings_are_per_system_under_the_schedules_names() -> None:
    runtime = tiny_runtime(tiny_store(), put_on_weight, celebrate, pass_time)
    run(runtime, 50)
    elapsed = runtime.elapsed_ns
    assert list(elapsed) == ["pass_time", "put_on_weight", "celebrate"]
    assert all(ns > 0 for ns in elapsed.values())
    runtime.reset_timings()
    assert (set(runtime.elapsed_ns.values()), runtime.ticks) == ({0}, 0)


def test_before_and_after_frame_each_tick() -> None:
    store = tiny_store()
    ticks = store.read(Age).ticks
    seen: list[int] = []
    runtime = tiny_runtime(store, pass_time)
    runtime.run(2, lambda: seen.append(int(ticks[0])), lambda: seen.append(int(ticks[0])))
    assert seen == [0, 1, 1, 2]


def test_a_system_outside_the_schedule_runs_on_request() -> None:
    store = tiny_store()
    runtime = tiny_runtime(store, pass_time)
    for _ in range(2):
        runtime.launch_once(spec_of_system(put_on_weight))
    assert store.column("Weight.kilo")[0] == pytest.approx(3.2)
    run(runtime)
    assert store.column("Weight.kilo")[0] == pytest.approx(3.2)
    assert "put_on_weight" not in runtime.elapsed_ns


def test_progress_counts_kernels() -> None:
    store, seen = tiny_store(), list[tuple[int, int, str]]()
    schedule = tiny_runtime(store, pass_time, put_on_weight).schedule
    Runtime(schedule, store, Threading(1, 1), lambda *step: seen.append(step))
    assert seen == [(0, 3, "get_older"), (1, 3, "count_rows"), (2, 3, "grow"), (3, 3, "")]


def test_a_writer_gets_the_array_and_a_reader_a_view() -> None:
    found: list[bool] = []

    @system(phase=Phase.LIVE)
    def look(weight: Read[Weight], age: Write[Age]) -> None:
        """Looks at the flags."""
        found.extend([weight.kilo.flags.writeable, age.ticks.flags.writeable])

    tiny_runtime(tiny_store(), look)
    assert found == [False, True]


def test_threads_are_chosen_by_size() -> None:
    most: int = vars(numba.config)["NUMBA_NUM_THREADS"]
    assert Threading.choose(PARALLEL_FROM_ROWS - 1) == Threading(1, 1, chained=True)
    assert Threading.choose(PARALLEL_FROM_ROWS).threads == most
    assert Threading.choose(10, threads=2).lanes >= 2
    assert Threading.choose(10, threads=1, lanes=5) == Threading(1, 5, chained=True)


@pytest.mark.parametrize(
    ("threads", "lanes", "sentence"),
    [
        (0, None, r"threads is 0; it must be between 1 and \d+ here"),
        (10_000, None, r"threads is 10000; it must be between 1 and \d+ here"),
        (1, 0, "lanes is 0; it must be between 1 and 4096"),
        (1, 5000, "lanes is 5000; it must be between 1 and 4096"),
    ],
)
def test_impossible_threads_and_lanes_get_a_sentence(
    threads: int, lanes: int | None, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        Threading.choose(10, threads, lanes)


def test_two_threads_really_ask_for_a_threading_layer() -> None:
    run(tiny_runtime(tiny_store(4), pass_time, lanes=4, threads=2))
    assert Runtime.threading_layer() in {"omp", "tbb", "workqueue"}


@kernel(over="being", local=True)
def grow_up(ticks: I64) -> None:
    """A year in a tick."""
    for b in range(ticks.shape[0]):
        ticks[b] += 365


@system(phase=Phase.ACT)
def skip_school(age: Write[Age]) -> None:
    """Beings age."""
    grow_up(age.ticks)


@system(phase=Phase.ACT, after=["skip_school"])
def skip_work(age: Write[Age]) -> None:
    """Beings age again."""
    grow_up(age.ticks)


def steps_of(store: Store, *steps: Step) -> Runtime:
    """Age, then weight, then a celebration, with Python between."""
    systems = [spec_of_system(f) for f in (pass_time, put_on_weight, celebrate)]
    return Runtime(Schedule(systems), store, Threading(1, 1), steps=steps)


def test_fused_systems_part_where_a_step_stands() -> None:
    store, seen = tiny_store(2), list[int]()
    ages = store.column("Age.ticks")
    schedule = Schedule([spec_of_system(f) for f in (skip_school, skip_work)])
    between = Step("between", lambda: seen.append(int(ages[0])), Phase.ACT, "skip_school")
    for steps in ([], [between]):
        run(Runtime(schedule, store, Threading(2, 2, True), steps=steps), 2)
    assert seen == [1460 + 365, 1460 + 3 * 365]
    assert ages.tolist() == [8 * 365] * 10


def test_steps_stand_where_they_say() -> None:
    store = tiny_store()
    ages, seen = store.column("Age.ticks"), list[tuple[str, int]]()

    def note(name: str) -> Step:
        at = {
            "begin": Step("begin", lambda: seen.append(("begin", ages[0])), Phase.LIVE, first=True),
            "aged": Step("aged", lambda: seen.append(("aged", ages[0])), Phase.LIVE, "pass_time"),
            "end": Step("end", lambda: seen.append(("end", ages[0])), Phase.LIVE),
            "last": Step("last", lambda: seen.append(("last", ages[0])), Phase.REPORT),
        }
        return at[name]

    runtime = steps_of(store, *map(note, ("last", "end", "aged", "begin")))
    run(runtime, 2)
    one = [("begin", 0), ("aged", 1), ("end", 1), ("last", 2)]
    two = [("begin", 2), ("aged", 3), ("end", 3), ("last", 6)]
    assert seen == one + two
    assert list(runtime.elapsed_ns) == [
        "begin", "pass_time", "aged", "put_on_weight", "end", "celebrate", "last"
    ]  # fmt: skip
    assert all(ns > 0 for ns in runtime.elapsed_ns.values())


def test_a_step_can_change_what_systems_read() -> None:
    store = tiny_store()
    ages = store.column("Age.ticks")

    def rejuvenate() -> None:
        ages[:] = 100

    run(steps_of(store, Step("spa", rejuvenate, Phase.LEAVE, first=True)))
    assert ages.tolist() == [200] * 10


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (Step("pass_time", lambda: None, Phase.LIVE), "a step and a system are called 'pass_time'"),
        (Step("spa", lambda: None, Phase.LIVE, "nap"), "'spa' follows 'nap', which is no system"),
        (Step("spa", lambda: None, Phase.USE, "pass_time"), "which is no system of phase USE"),
    ],
)
def test_a_step_that_cannot_stand_is_refused(step: Step, sentence: str) -> None:
    with pytest.raises(ScheduleError, match=sentence):
        steps_of(tiny_store(), step)


@pytest.mark.parametrize("cores", [1, 2, 3, 4, 64])
def test_copies_that_compile_each_come_by_every_launch(
    cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    launches: list[Any] = list(range(7))
    orders: list[list[Any]] = list(warmup._beside(launches))
    assert len(orders) == min(cores - 1, 3)
    assert len({order[0] for order in orders} | {0}) == min(len(orders), 2) + 1
    for order in orders[:2]:
        assert sorted(order) == launches
