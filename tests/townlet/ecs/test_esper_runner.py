"""esper as the runner: order, nanoseconds, and one context per simulation."""

from collections.abc import Callable, Iterator

import esper
import pytest

from townlet.ecs import esper_runner
from townlet.ecs.esper_runner import EsperRunner


class FakeTime:
    """A clock that moves when it is told to."""

    now = 1_000

    def perf_counter_ns(self) -> int:
        return self.now

    def spend(self, ns: int) -> Callable[[], None]:
        def step() -> None:
            self.now += ns

        return step


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr(esper_runner, "time", fake)
    return fake


@pytest.fixture(autouse=True)
def no_world_is_left_behind() -> Iterator[None]:
    before = esper.current_world
    yield
    assert esper.current_world == before


def nothing() -> None:
    """Nothing."""


def test_steps_run_in_the_given_order_every_tick() -> None:
    seen: list[str] = []
    names = ["c", "a", "b", "a2"]
    runner = EsperRunner([(name, lambda name=name: seen.append(name)) for name in names])  # type: ignore[misc]
    runner.run(2, lambda: seen.append("("), lambda: seen.append(")"))
    assert seen == ["(", "c", "a", "b", "a2", ")"] * 2
    runner.close()


def test_time_is_taken_in_nanoseconds_and_added_up(clock: FakeTime) -> None:
    runner = EsperRunner([("short", clock.spend(3)), ("long", clock.spend(1_000_000_007))])
    runner.run(5, clock.spend(50), clock.spend(70))
    assert runner.names == ("short", "long")
    assert runner.elapsed_ns.tolist() == [15, 5_000_000_035], "without what is around a tick"
    runner.close()


def test_two_runners_in_one_process_do_not_disturb_each_other(clock: FakeTime) -> None:
    seen: list[str] = []
    one = EsperRunner([("x", lambda: seen.append("one"))])
    two = EsperRunner([("x", lambda: seen.append("two")), ("y", clock.spend(9))])
    for _ in range(2):
        one.run(1, nothing, nothing)
        two.run(1, nothing, nothing)
    assert seen == ["one", "two", "one", "two"]
    assert (one.elapsed_ns.tolist(), two.elapsed_ns.tolist()) == ([0], [0, 18])
    one.close()
    two.run(1, nothing, nothing)
    assert seen[-1] == "two"
    two.close()


def test_one_runner_may_run_inside_another() -> None:
    seen: list[str] = []
    inner = EsperRunner([("x", lambda: seen.append("inner"))])
    outer = EsperRunner(
        [("x", lambda: inner.run(1, nothing, nothing)), ("y", lambda: seen.append("outer"))]
    )
    outer.run(2, nothing, nothing)
    assert seen == ["inner", "outer"] * 2
    outer.close()
    inner.close()


def test_a_users_own_esper_world_is_left_alone() -> None:
    class Mine(esper.Processor):
        def process(self, *args: object, **kwargs: object) -> None:
            raise AssertionError("not ours to run")

    esper.add_processor(Mine())
    try:
        runner = EsperRunner([("x", nothing)])
        runner.run(3, nothing, nothing)
        runner.close()
    finally:
        esper.remove_processor(Mine)


def test_an_exception_in_a_step_comes_through_and_the_runner_goes_on() -> None:
    seen: list[int] = []

    def fail_once() -> None:
        seen.append(len(seen))
        if len(seen) == 1:
            raise ZeroDivisionError

    runner = EsperRunner([("x", fail_once)])
    with pytest.raises(ZeroDivisionError):
        runner.run(3, nothing, nothing)
    runner.run(1, nothing, nothing)
    assert seen == [0, 1]
    runner.close()


def test_closing_forgets_the_context() -> None:
    before = set(esper.list_worlds())
    runner = EsperRunner([("x", nothing)])
    assert len(set(esper.list_worlds()) - before) == 1
    runner.close()
    runner.close()
    assert set(esper.list_worlds()) == before
