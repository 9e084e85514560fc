"""SPEC §6's guarantees, tick by tick in whole towns, and queues mirrored by their slow twin."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from tests.oracle.movement import world_bits
from tests.oracle.queues import Fairness, Person, Queues, Thing
from tests.systems.conftest import OpenTown
from tests.systems.queue_mirror import Mirror

from townlet.config import SimulationConfig
from townlet.simulation import Simulation
from townlet.testing import check_invariants, check_queues
from townlet_components import draws
from townlet_components.intent import GET_CLEAN, INTERACT, LEAVE_QUEUE, WAIT
from townlet_components.personality import PATIENCE
from townlet_systems.rings import Fairness as FairRules
from townlet_systems.rings import Rings, Waiters, find, forget, leave, next_in_line, remove

SWIM = 4  # ticks


def contested(open_town: OpenTown, **keys: object) -> SimulationConfig:
    """Two showers and a bench for a crowd."""
    things: list[str | tuple[str, int, int]] = [("shower", 1, 1), ("shower", 4, 1), ("bench", 2, 3)]
    return open_town((7, 5), things, {"shower": SWIM, "bench": 3}, **keys)


# -- a crowd in which people come and go ----------------------------------------------------------


def storm(sim: Simulation, luck: np.random.Generator) -> None:
    """Somebody may be removed, somebody may arrive; busy agents are hit most often."""
    alive = sim.column("Identity.alive")[sim.column("Rows.row_of")].reshape(sim.towns, -1)
    for town in range(sim.towns):
        living = np.flatnonzero(alive[town])
        for slot in luck.permutation(living)[: luck.integers(0, 3)]:
            if luck.random() < 0.5:
                sim.kill(int(slot), town)
        if luck.random() < 0.4:
            sim.spawn(town)


@pytest.mark.parametrize("policy", ["scripted", "random"])
@pytest.mark.parametrize("open_ground", [True, False])
def test_no_path_leaves_an_object_with_nobody(
    open_town: OpenTown, policy: str, open_ground: bool
) -> None:
    config = SimulationConfig().with_overrides({"world.agents": 20, "world.capacity": 24})
    if open_ground:
        config = contested(
            open_town, world__agents=20, world__capacity=24, queue_fairness__ring_capacity=3
        )
    sim = Simulation.from_config(config, towns=2, seed=11, agents=20, policy=policy)
    luck, kinds = np.random.default_rng(5), Counter[str]()
    for tick in range(500):
        if tick % 7 == 3:
            storm(sim, luck)
        sim.step(*some_orders(sim, luck))
        check_invariants(sim)
        kinds.update(sim.events()["kind"].to_list())
    assert kinds["affordance_start"] > 0
    assert kinds["affordance_fail"] > 0
    if open_ground:
        assert min(kinds[kind] for kind in ("queue_conflict", "queue_interaction")) > 0


def some_orders(
    sim: Simulation, luck: np.random.Generator
) -> tuple[np.ndarray[Any, np.dtype[np.int32]], str]:
    """A crowd for the showers, in which some leave, some do anything and some just stand there."""
    slots = sim.towns * sim.capacity
    orders = np.full(slots, -1, np.int32)
    if sim.tick % 12 < 4:
        orders[luck.random(slots) < 0.5] = GET_CLEAN
        return orders, "option"
    some = luck.random(slots) < 0.05
    count = len(sim.blueprint.primitive_names)
    orders[some] = luck.choice([LEAVE_QUEUE, *range(count)], some.sum())
    orders[dawdlers(sim.tick, slots)] = WAIT
    return orders, "primitive"


def dawdlers(tick: int, slots: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """A quarter of the town just stands there, now these, now those."""
    return np.asarray((tick // 12 + np.arange(slots)) % 4 == 0)


# -- fairness ------------------------------------------------------------------------------------


def bathers(open_town: OpenTown, agents: int, **keys: object) -> Simulation:
    """One shower, and a crowd that wants it over and over."""
    config = open_town((5, 5), [("shower", 2, 2)], {"shower": SWIM}, **keys)
    sim = Simulation.from_config(config, seed=4, agents=agents)
    wish = np.full(agents, GET_CLEAN, np.int32)
    for _ in range(60):  # until all stand around it
        sim.step(wish)
    return sim


def test_service_is_fair_under_symmetric_load(open_town: OpenTown) -> None:
    sim, served = bathers(open_town, 6), Counter[int]()
    wish = np.full(6, GET_CLEAN, np.int32)
    for _ in range(60 * SWIM * 6):
        sim.step(wish)
        events = sim.events()
        served.update(events.filter(events["kind"] == "affordance_finish")["agent"].to_list())
    counts = np.array([served[slot] for slot in range(6)], np.float64)
    assert counts.sum() ** 2 / (6 * (counts**2).sum()) >= 0.99
    assert counts.sum() >= 60 * 6 * 0.75  # and the shower is hardly ever idle


def test_the_wait_in_a_fixed_queue_is_bounded(open_town: OpenTown) -> None:
    agents, handover = 8, 1
    sim = bathers(open_town, agents)
    row_of, longest = sim.column("Rows.row_of"), 0
    wish = np.full(agents, GET_CLEAN, np.int32)
    for _ in range(1000):
        joined = sim.column("QueuePlace.joined")[row_of].copy()
        queued = sim.column("QueuePlace.object")[row_of] >= 0
        sim.step(wish)
        events = sim.events()
        for slot in events.filter(events["kind"] == "affordance_start")["agent"].to_list():
            if queued[slot]:
                longest = max(longest, sim.tick - int(joined[slot]))
    assert 0 < longest <= agents * (SWIM + handover)


def test_a_dawdler_is_rotated_and_keeps_its_place_in_the_queue(open_town: OpenTown) -> None:
    sim = bathers(open_town, 3, queue_fairness__ghost_step_after=2)
    for _ in range(3 * SWIM):  # the user finishes, the next one holds and only stands there
        sim.step(np.full(3, WAIT, np.int32), level="primitive")
        if sim.column("Objects.holder")[0] >= 0 and not sim.column("Objects.using")[0]:
            break
    holder = int(sim.column("Objects.holder")[0])
    assert sim.column("Objects.waiting")[0] > 0
    for _ in range(5):
        sim.step(np.where(np.arange(3) == holder, WAIT, INTERACT).astype(np.int32), "primitive")
        events = sim.events()
        conflict = events.filter(events["kind"] == "queue_conflict")
        if len(conflict):
            break
    assert conflict["agent"].to_list() == [holder]
    assert sim.column("Objects.holder")[0] == conflict["other"][0] != holder
    assert sim.column("QueueRing.slot")[sim.column("Objects.waiting")[0] - 1] == holder
    check_queues(sim)


def test_removing_a_holder_moves_the_queue_in_the_same_tick(open_town: OpenTown) -> None:
    sim = bathers(open_town, 4)
    for _ in range(3 * SWIM):
        sim.step(np.full(4, GET_CLEAN, np.int32))
        if sim.column("Objects.using")[0] and sim.column("Objects.waiting")[0] > 1:
            break
    holder, heir = int(sim.column("Objects.holder")[0]), int(sim.column("QueueRing.slot")[0])
    sim.kill(holder)
    sim.run(1)
    assert not sim.column("Identity.alive")[sim.column("Rows.row_of")[holder]]
    assert sim.column("Objects.holder")[0] not in (-1, holder)
    assert sim.column("Objects.holder")[0] == heir
    check_queues(sim)


def test_events_do_not_depend_on_the_order_of_rows(open_town: OpenTown) -> None:
    config = contested(open_town, world__agents=16, world__capacity=20)

    def history(order: Any) -> list[Any]:
        sim = Simulation.from_config(
            config, towns=2, seed=9, agents=16, policy="random", row_order=order
        )
        past = []
        for tick in range(200):
            if tick in (50, 90):
                sim.kill(tick // 10, town=1)
            sim.run(1)
            past.append(sim.events().rows())
        check_queues(sim)
        return [past, sim.hash()]

    order = np.random.default_rng(2).permutation(40)
    first, second = history(None), history(order)
    assert first == second
    assert sum(map(len, first[0])) > 100


# -- a real town and its twin --------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_a_whole_town_queues_as_its_slow_twin(open_town: OpenTown, seed: int) -> None:
    config = contested(
        open_town, world__agents=12, world__capacity=14, queue_fairness__cooldown_ticks=6,
        queue_fairness__ghost_step_after=[2, 0, 1, 3][seed], queue_fairness__patience_ticks=5,
        queue_fairness__reservation_timeout=2, queue_fairness__ring_capacity=2 + seed,
    )  # fmt: skip
    sim = Simulation.from_config(config, seed=seed, agents=12, policy="random")
    mirror, luck, kinds = Mirror(sim), np.random.default_rng(seed), Counter[str]()
    tables = ("queue_conflict", "queue_interaction", "blocked", "queue_full")
    for tick in range(400):
        orders, level = some_orders(sim, luck)
        killed: list[int] = []
        alive = np.flatnonzero(sim.column("Identity.alive"))
        if tick % 12 == 8:
            killed = luck.permutation(alive)[:2].tolist()
            orders[killed] = WAIT  # what the dead did is not readable afterwards
            sim.spawn()
            sim.spawn()
        expected = mirror.tick(orders, level, killed)
        mirror.compare()
        rows = sim.events().rows()
        assert sorted(row[2:] for row in rows if row[2] in tables) == expected
        kinds.update(event[0] for event in expected)
    assert kinds["queue_interaction"] > 0
    assert kinds["blocked"] > 0
    assert (kinds["queue_conflict"] > 0) == (seed != 1)  # ghost steps are off in town 1


# -- the helpers alone ---------------------------------------------------------------------------


@pytest.fixture
def pieces(plain_python: None) -> tuple[Rings, Waiters, FairRules]:
    """Two towns, two things with room for three; in town 1 thing 1 is held by 0, 2 and 1 wait."""
    ring = np.array([-1] * 9 + [2, 1, -1], np.int32)
    nobody = np.full(4, -1, np.int32)
    rings = Rings(
        np.array([0, 3], np.int32), np.array([3, 3], np.int16), np.zeros(2, np.int32),
        np.array([4, 5], np.int16), ring, np.where(np.arange(4) == 3, 0, nobody).astype(np.int32),
        np.arange(4) == 3, np.array([0, 0, 0, 2], np.int8), np.ones(4, np.int8),
        np.full(4, 7, np.int32),
    )  # fmt: skip
    queued = np.array([-1, -1, -1, 1, 1, 1], np.int32)
    waiters = Waiters(
        queued, np.full(6, 5, np.int32), np.arange(6) == 3, np.ones(6, np.bool_),
        np.full(6, -1, np.int32), np.zeros(6, np.int32), np.zeros(6, np.int32),
        np.zeros(6, np.int32), np.zeros(6, np.int16), np.zeros((6, 5), np.float32),
    )  # fmt: skip
    fair = FairRules(np.zeros(2, np.float32), np.zeros(2, np.uint64), np.arange(6, dtype=np.int32))
    return rings, waiters, fair


def plain(function: Any) -> Any:
    return function.py_func


def test_who_leaves_a_line_closes_the_gap(pieces: tuple[Rings, Waiters, FairRules]) -> None:
    rings, waiters, _ = pieces
    plain(leave)(rings, waiters, 1, 1, 5, 2)
    assert rings.slot[9:].tolist() == [1, -1, -1]
    assert rings.waiting.tolist() == [0, 0, 0, 1]
    assert (waiters.object[5], waiters.joined[5], waiters.complained[5]) == (-1, 0, False)
    assert rings.holder[3] == 0


def test_who_leaves_what_it_holds_frees_it(pieces: tuple[Rings, Waiters, FairRules]) -> None:
    rings, waiters, _ = pieces
    plain(leave)(rings, waiters, 1, 1, 3, 0)
    freed = (rings.holder[3], rings.using[3], rings.idle[3], rings.free_until[3])
    assert freed == (-1, False, 0, 0)
    assert rings.slot[9:].tolist() == [2, 1, -1]
    assert not waiters.holding[3]


def test_find_remove_and_forget(pieces: tuple[Rings, Waiters, FairRules]) -> None:
    rings, waiters, _ = pieces
    assert [plain(find)(rings, 9, 2, slot) for slot in (2, 1, 0)] == [0, 1, -1]
    plain(remove)(rings, 3, 9, 0)
    assert rings.slot[9:].tolist() == [1, -1, -1]
    plain(forget)(waiters, 4)
    assert waiters.object.tolist() == [-1, -1, -1, 1, -1, 1]


@pytest.mark.parametrize("seed", range(60))
def test_ties_go_to_the_least_patient_and_then_to_a_draw(
    pieces: tuple[Rings, Waiters, FairRules], seed: int
) -> None:
    rings, waiters, fair = pieces
    luck, now = np.random.default_rng(seed), 9
    slots = luck.permutation(3)
    rings.slot[9:], rings.waiting[3] = slots, 3
    fair.age_weight[:], fair.seed[:] = 1.0, seed
    waiters.joined[3 + slots] = np.array([5, 4, 3]) + (luck.random(3) < 0.2)  # mostly a tie
    waiters.trait[3:, PATIENCE] = luck.choice([0.0, 0.5], 3)
    people = {
        slot: Person(
            slot, float(waiters.trait[3 + slot, PATIENCE]), 1, int(waiters.joined[3 + slot])
        )
        for slot in range(3)
    }
    twin = Queues(
        Fairness(60, 3, 1.0, 60, 10), people, {1: Thing(1, 3, slots.tolist())}, no_draw,
        lambda slot, thing, tick: world_bits(seed, tick, slot, 0, draws.QUEUE_NEXT, thing),
        lambda slot, thing: 0,
    )  # fmt: skip
    place = plain(next_in_line)(rings, waiters, fair, 1, 1, now)
    assert slots[place] == twin.next_in_line(1, now)


def no_draw(slot: int, thing: int, tick: int) -> int:
    raise AssertionError("nobody joins here")
