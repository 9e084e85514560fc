"""The schedule: phases, then ``after``; an undecided order is an error with names."""

from collections.abc import Sequence
from typing import Any

import pytest
from tests.townlet.ecs.tiny import Age, Fame, Weight, celebrate, pass_time, put_on_weight
from tests.townlet.ecs.tiny import spec_of_system as spec

import townlet_systems
from townlet.ecs import Emit, Phase, Read, Write, system
from townlet.ecs.schedule import Schedule, ScheduleError, discover, discover_module
from townlet.ecs.system import SystemSpec


def make(
    name: str,
    phase: Phase = Phase.LIVE,
    after: Sequence[str] = (),
    before: Sequence[str] = (),
    **access: Any,
) -> SystemSpec:
    """A system with the given access, such as ``age=Write[Age]``."""

    parameters = ", ".join(access)
    names: dict[str, Any] = {}
    exec(f"def {name}({parameters}):\n    'Does nothing.'", names)
    function = names[name]
    function.__annotations__ = dict(access)
    return spec(system(phase=phase, after=list(after), before=list(before))(function))


def order(*systems: SystemSpec, shuffle: int | None = None) -> list[str]:
    return [s.name for s in Schedule(systems, shuffle).systems]


def test_phases_first_then_after_then_names() -> None:
    a = make("a", Phase.REPORT)
    b, c = make("b", after=["c"]), make("c")
    d, e = make("d", Phase.ORDERS), make("e")
    assert order(a, b, c, d, e) == ["d", "c", "b", "e", "a"]
    assert order(e, d, c, b, a) == ["d", "c", "b", "e", "a"]


def test_the_order_of_real_systems_is_stable() -> None:
    assert order(spec(celebrate), spec(put_on_weight), spec(pass_time)) == [
        "pass_time",
        "put_on_weight",
        "celebrate",
    ]


def test_after_must_exist() -> None:
    with pytest.raises(ScheduleError, match="system 'a' runs after unknown 'b'"):
        Schedule([make("a", after=["b"])])


def test_after_stays_within_a_phase() -> None:
    with pytest.raises(ScheduleError, match=r"'a' \(LIVE\) cannot run after 'b' \(ACT\)"):
        Schedule([make("a", after=["b"]), make("b", Phase.ACT)])


def test_before_puts_a_system_in_front_of_one_that_does_not_know_it() -> None:
    one, two = make("a", age=Write[Age]), make("b", before=["a"], age=Write[Age])
    assert order(one, two) == ["b", "a"]
    assert order(make("c", after=["a"]), one, two) == ["b", "a", "c"]


def test_before_must_exist_in_the_phase() -> None:
    with pytest.raises(ScheduleError, match="system 'a' runs before unknown 'b'"):
        Schedule([make("a", before=["b"])])
    with pytest.raises(ScheduleError, match=r"'a' \(LIVE\) cannot run before 'b' \(ACT\)"):
        Schedule([make("a", before=["b"]), make("b", Phase.ACT)])
    with pytest.raises(ScheduleError, match="wait for each other: a -> b -> a"):
        Schedule([make("a", before=["b"]), make("b", before=["a"])])


def test_a_circle_is_shown() -> None:
    with pytest.raises(ScheduleError, match="wait for each other: a -> c -> b -> a"):
        Schedule([make("a", after=["c"]), make("b", after=["a"]), make("c", after=["b"])])
    with pytest.raises(ScheduleError, match="wait for each other: a -> a"):
        Schedule([make("a", after=["a"])])


def test_two_systems_of_one_name_are_refused() -> None:
    with pytest.raises(ScheduleError, match="two systems are called 'a'"):
        Schedule([make("a"), make("a", Phase.ACT)])


def test_an_undecided_order_names_both_systems_and_what_they_share() -> None:
    one = make("one", age=Write[Age], weight=Write[Weight])
    two = make("two", age=Read[Age], weight=Write[Weight])
    with pytest.raises(ScheduleError) as caught:
        Schedule([one, two])
    assert str(caught.value) == (
        "'one' and 'two' both touch Age, Weight in phase LIVE; give one of them after={the other}"
    )


def test_further_undecided_pairs_are_counted() -> None:
    systems = [make(name, age=Write[Age]) for name in ("one", "two", "three")]
    with pytest.raises(ScheduleError, match=r"and 2 more pairs"):
        Schedule(systems)


def test_an_order_through_a_third_system_is_enough() -> None:
    one = make("one", age=Write[Age])
    two = make("two", after=["one"])
    three = make("three", after=["two"], age=Write[Age])
    assert order(three, two, one) == ["one", "two", "three"]
    assert Schedule([one, two, three]).ambiguities() == []


@pytest.mark.parametrize(
    ("first", "second"),
    [(Read[Age], Read[Age]), (Emit[Age], Emit[Age]), (Emit[Age], Read[Age])],
    ids=["two readers", "two emitters", "emitter and reader"],
)
def test_what_does_not_conflict_needs_no_order(first: Any, second: Any) -> None:
    assert order(make("one", age=first), make("two", age=second)) == ["one", "two"]


def test_systems_of_two_phases_need_no_order() -> None:
    one, two = make("one", Phase.ACT, age=Write[Age]), make("two", age=Write[Age])
    assert order(two, one) == ["one", "two"]


@pytest.mark.parametrize("phase", [Phase.ORDERS, Phase.LIVE, Phase.LEAVE])
def test_a_world_system_may_not_read_what_is_derived(phase: Phase) -> None:
    with pytest.raises(ScheduleError, match="world system 'gossip' reads Fame, which is derived"):
        Schedule([make("gossip", phase, fame=Read[Fame])])


@pytest.mark.parametrize("phase", [Phase.SCORE, Phase.OBSERVE, Phase.REPORT])
def test_a_report_may_read_what_is_derived(phase: Phase) -> None:
    assert order(make("gossip", phase, fame=Read[Fame])) == ["gossip"]


def test_shuffling_gives_every_legal_order_and_no_other() -> None:
    systems = [
        make("a"),
        make("b", after=["a"]),
        make("c"),
        make("d", Phase.ACT),
    ]
    seen = {tuple(order(*systems, shuffle=k)) for k in range(64)}
    assert seen == {("d", "a", "b", "c"), ("d", "a", "c", "b"), ("d", "c", "a", "b")}
    assert order(*systems, shuffle=5) == order(*systems, shuffle=5)


def test_the_schedule_reads_as_a_recipe() -> None:
    emitter = make("shout", Phase.USE, age=Emit[Age])
    rows = Schedule([spec(put_on_weight), emitter]).describe()
    assert rows == [
        {
            "phase": "USE", "system": "shout", "doc": "Does nothing.",
            "reads": [], "writes": [], "emits": ["Age"],
        },
        {
            "phase": "LIVE", "system": "put_on_weight", "doc": "Beings grow.",
            "reads": ["Gravity"], "writes": ["Weight"], "emits": [],
        },
    ]  # fmt: skip


def test_discovery_finds_what_a_package_defines_and_nothing_it_imports() -> None:
    found = discover(townlet_systems)
    names = [s.name for s in found]
    assert len(set(names)) == len(names)
    assert {"drain_needs", "move_agents", "write_option_masks"} <= set(names)
    assert all(s.function.__module__.startswith("townlet_systems.") for s in found)
    from townlet_systems import needs

    assert [s.name for s in discover_module(needs)] == ["drain_needs"]
