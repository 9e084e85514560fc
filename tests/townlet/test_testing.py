"""The conformance checks: all of Townlet's systems pass them, and each rule can be broken."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba.core.errors import TypingError

import townlet_systems
from townlet import Simulation, load_config, testing
from townlet.ecs import (
    F32,
    I16,
    I32,
    I64,
    Bool,
    Phase,
    Read,
    Write,
    column,
    component,
    kernel,
    system,
)
from townlet.ecs.schedule import ScheduleError, discover
from townlet.testing import (
    CheckFailed,
    check_books,
    check_needs,
    check_queues,
    check_simulation,
    check_system,
)
from townlet_components.identity import Identity
from townlet_components.needs import Needs
from townlet_components.wallet import Wallet

CONFIGS = Path(__file__).parents[2] / "configs"
SYSTEMS = {spec.name: spec for spec in discover(townlet_systems)}


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_system_of_townlet(name: str) -> None:
    check_system(SYSTEMS[name].function)


@pytest.mark.parametrize("policy", ["scripted", "random"])
@pytest.mark.parametrize("name", ["small.yaml", "town.yaml"])
def test_every_shipped_config(name: str, policy: str) -> None:
    found = check_simulation(CONFIGS / name, ticks=1500, policy=policy, towns=2)
    sim = Simulation.from_config(CONFIGS / name, policy=policy, towns=2)
    assert sim.run(1500).hash() == found


# -- systems that break a rule ---------------------------------------------------------------


@component
class Mood:
    """A component Townlet does not have."""

    level: F32 = column("agent", fill=1.0, doc="from 0 to 1")


@component
class Diary:
    """Half of it is derived."""

    pages: I32 = column("agent", doc="written")
    fame: I32 = column("agent", derived=True, doc="readers")


@kernel(over="agent")
def brood(level: F32, needs: F32, alive: Bool) -> None:
    """Mood follows the worst need."""
    for r in range(level.shape[0]):
        if alive[r]:
            level[r] = min(level[r], needs[r, 0])


@kernel(over="agent")
def divide(level: F32, alive: Bool) -> None:
    """Makes numbers that are none."""
    for r in range(level.shape[0]):
        if alive[r]:
            level[r] = np.float32(0) / np.float32(0)


@kernel(over="agent")
def count_per_lane(starving: I16) -> None:
    """What it leaves depends on how rows are cut."""
    starving[0] += 1


@kernel(over="agent")
def touch(level: F32) -> None:
    """Writes what is there."""
    for r in range(level.shape[0]):
        level[r] = level[r]


@system(phase=Phase.SCORE)
def follow_needs(mood: Write[Mood], needs: Read[Needs], identity: Read[Identity]) -> None:
    """A well-behaved system with a component of its own."""
    brood(mood.level, needs.level, identity.alive)


@system(phase=Phase.SCORE)
def despair(mood: Write[Mood], identity: Read[Identity]) -> None:
    """Leaves numbers that are none."""
    divide(mood.level, identity.alive)


@system(phase=Phase.SCORE)
def count_lanes(needs: Write[Needs]) -> None:
    """Is not the same for any number of lanes."""
    count_per_lane(needs.starving)


@system(phase=Phase.SCORE)
def claim_too_much(mood: Write[Mood], wallet: Write[Wallet]) -> None:
    """Declares a wallet it does not use."""
    touch(mood.level)


@kernel(over="agent")
def peek(fame: I32) -> None:
    """Reads."""
    for r in range(fame.shape[0]):
        if fame[r] < 0:
            return


@system(phase=Phase.USE)
def believe(diary: Read[Diary]) -> None:
    """Lets what is derived into the world."""
    peek(diary.fame)


@system(phase=Phase.LIVE)
def drain_twice(needs: Write[Needs]) -> None:
    """Shares needs with others, and says nothing about its order."""
    touch(needs.level)


@system(phase=Phase.SCORE)
def lie(needs: Read[Needs]) -> None:
    """Writes what it reads."""
    touch(needs.level)


def test_a_system_with_a_component_of_its_own_passes() -> None:
    check_system(follow_needs, agents=4)


BROKEN: dict[str, tuple[Callable[..., None], str]] = {
    "not finite": (despair, "'despair' left a number that is not finite in Mood.level in tick 991"),
    "lanes": (
        count_lanes,
        "'count_lanes': a run cut into 3 lanes ends with another Needs.starving",
    ),
    "unused": (claim_too_much, "'claim_too_much' declares Wallet but hands no column of it"),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_named(rule: str) -> None:
    function, sentence = BROKEN[rule]
    with pytest.raises(CheckFailed, match=sentence):
        check_system(function, agents=4)


def test_reading_what_is_derived_is_found_by_the_column() -> None:
    """The schedule refuses components that are derived; binding one derived column of one."""
    with pytest.raises(ScheduleError, match=r"'believe' reads Diary\.fame, which is derived"):
        check_system(believe, agents=4)


def test_an_undeclared_write_is_found_even_where_the_compiler_is_fooled() -> None:
    """A kernel that was handed a column behind the engine's back."""
    stolen: list[Any] = []

    @kernel(over="agent")
    def steal(level: F32, money: I64) -> None:
        for r in range(level.shape[0]):
            money[r] += 1

    @system(phase=Phase.SCORE)
    def pilfer(mood: Write[Mood]) -> None:
        """Writes wallets it does not declare."""
        steal(mood.level, stolen[-1])

    build = vars(testing)["build_store"]

    def build_and_leak(*args: Any) -> Any:
        store = build(*args)
        stolen.append(store.column("Wallet.money"))
        return store

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(testing, "build_store", build_and_leak)
        with pytest.raises(CheckFailed, match=r"'pilfer' changed Wallet\.money in tick 991, which"):
            check_system(pilfer, agents=4)


def test_what_the_engine_refuses_is_refused_here_too() -> None:
    with pytest.raises(ScheduleError, match="'chill_agents' and 'drain_twice' both touch Needs"):
        check_system(drain_twice)
    with pytest.raises(TypingError, match="readonly array"):
        check_system(lie)
    with pytest.raises(CheckFailed, match="is not a system; decorate it with @system"):
        check_system(print)


def test_the_store_can_be_arranged_before_the_system_is_watched() -> None:
    seen: list[float] = []
    check_system(
        follow_needs,
        agents=4,
        ticks=1,
        arrange=lambda store: seen.append(float(store.column("Mood.level").min())),
    )
    assert len(seen) == 3
    assert 0 < seen[0] < 1, "it has lived through the ticks before"


# -- simulations that break a rule -----------------------------------------------------------


@pytest.fixture
def sim() -> Simulation:
    found = Simulation.from_config(load_config(CONFIGS / "small.yaml"), seed=1)
    for _ in range(2000):
        found.run(1)
        if found.column("Objects.using").any():
            return found
    raise AssertionError("nobody uses anything")


def used_object(sim: Simulation) -> int:
    return int(np.flatnonzero(sim.column("Objects.using"))[0])


def test_books_that_do_not_add_up(sim: Simulation) -> None:
    check_books(sim)
    sim.column("Till.money")[0] += 1
    with pytest.raises(CheckFailed, match="the money of town 0 adds up to 1"):
        check_books(sim)


def test_a_negative_wallet(sim: Simulation) -> None:
    money = sim.column("Wallet.money")
    debt = int(money[3]) + 5
    money[3] -= debt
    sim.column("Treasury.money")[0] += debt
    with pytest.raises(CheckFailed, match="agent 3 of town 0 has a negative wallet"):
        check_books(sim)


@pytest.mark.parametrize("value", [float("nan"), 1.01, -0.01])
def test_needs_that_are_none(sim: Simulation, value: float) -> None:
    check_needs(sim)
    sim.column("Needs.level")[2, 1] = value
    with pytest.raises(CheckFailed, match=r"agent 2 of town 0 has hygiene (nan|1\.0|-0\.0)"):
        check_needs(sim)


def forget_place(sim: Simulation) -> None:
    sim.column("QueuePlace.object")[sim.column("QueuePlace.object") >= 0] = -1


def reserve_for_nobody(sim: Simulation) -> None:
    sim.column("Objects.holder")[used_object(sim)] = -1


def stop_using(sim: Simulation) -> None:
    sim.column("Objects.using")[used_object(sim)] = False


def miscount(sim: Simulation) -> None:
    sim.column("Objects.waiting")[used_object(sim)] += 1


def bury(sim: Simulation) -> None:
    sim.column("Identity.alive")[:] = False


def hold_two(sim: Simulation) -> None:
    free = np.flatnonzero(sim.column("Objects.holder") < 0)
    sim.column("Objects.holder")[free[0]] = sim.column("Objects.holder")[used_object(sim)]


def queue_unknown(sim: Simulation) -> None:
    row = np.flatnonzero(sim.column("QueuePlace.object") < 0)[0]
    sim.column("QueuePlace.object")[row] = 0


MESSES: dict[str, tuple[Callable[[Simulation], None], str]] = {
    "place forgotten": (forget_place, "do not agree on the agent's place"),
    "reserved for nobody": (reserve_for_nobody, "is in use by nobody"),
    "not used": (stop_using, "do not agree on who is using it"),
    "miscounted": (miscount, "counts 1 waiting, but its ring is"),
    "dead": (bury, "who has left"),
    "two objects": (hold_two, "do not agree on the agent's place"),
    "unknown": (queue_unknown, "queues where nobody knows it"),
}


@pytest.mark.parametrize("mess", MESSES)
def test_sides_of_a_queue_that_do_not_agree(sim: Simulation, mess: str) -> None:
    check_queues(sim)
    make, sentence = MESSES[mess]
    make(sim)
    with pytest.raises(CheckFailed, match=sentence):
        check_queues(sim)


def test_another_hash_names_the_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Simulation.run

    def run_and_err(self: Simulation, ticks: int) -> Simulation:
        if self.threading.lanes == 7:
            self.column("Orders.guarded")[0] += 1
        return run(self, ticks)

    monkeypatch.setattr(Simulation, "run", run_and_err)
    with pytest.raises(
        CheckFailed, match=r"cut into 7 lanes the run ends with another Orders\.gua"
    ):
        check_simulation(CONFIGS / "small.yaml", ticks=10)
