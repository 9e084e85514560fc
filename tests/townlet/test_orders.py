"""The order desk: given actions, spawn, kill, possession, guardrails, and what it refuses."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from townlet import Simulation, load_config
from townlet.errors import UserError
from townlet.names import name_of
from townlet_components.intent import GUARD_INTERACT, GUARD_MOVE, IDLE, LEAVE_QUEUE, SLEEP, WAIT

CONFIG = Path(__file__).parents[2] / "configs" / "small.yaml"
CAPACITY = 9


def build(ticks: int = 1, **options: Any) -> Simulation:
    small = load_config(CONFIG).with_overrides({"world.capacity": CAPACITY})
    return Simulation.from_config(small, agents=8, towns=2, seed=5, **options).run(ticks)


def row(sim: Simulation, slot: int, town: int = 0) -> int:
    return int(sim.column("Rows.row_of")[town * CAPACITY + slot])


def nothing(value: int = -1) -> Any:
    return np.full(2 * CAPACITY, value, np.int32)


@pytest.mark.parametrize("permuted", [False, True])
def test_given_options_go_to_their_slots_for_one_tick(permuted: bool) -> None:
    order = np.random.default_rng(0).permutation(2 * CAPACITY) if permuted else None
    free, sim = build(0), build(0, row_order=order)
    free.step(nothing())
    actions = nothing()
    actions[CAPACITY + 2] = SLEEP
    sim.step(actions)
    expected = free.frame()["Intent.option"].to_list()
    assert expected[CAPACITY + 2] != SLEEP
    expected[CAPACITY + 2] = SLEEP
    assert sim.frame()["Intent.option"].to_list() == expected
    assert (sim.column("Orders.option") == -1).all(), "orders hold for one tick"
    assert sim.tick == 1


def test_no_actions_let_the_policy_decide() -> None:
    one, two, three = build(), build(), build()
    one.step()
    two.step(nothing())
    three.run(1)
    assert one.hash() == two.hash() == three.hash()


def test_primitives_are_given_at_their_own_level() -> None:
    sim = build().run(100)
    tiles = sim.column("Position.tile").copy()
    for _ in range(5):
        sim.step(nothing(WAIT), level="primitive")
    assert sim.column("Position.tile").tolist() == tiles.tolist(), "nobody moved"


def test_a_masked_action_changes_nothing_and_is_counted() -> None:
    sim = build()
    closed = np.argwhere(~sim.masks().primitive[: CAPACITY - 1])[0]
    actions = nothing()
    actions[closed[0]] = closed[1]
    before = int(sim.column("Orders.masked")[row(sim, int(closed[0]))])
    sim.step(actions, level="primitive")
    assert sim.column("Orders.masked")[row(sim, int(closed[0]))] == before + 1


@pytest.mark.parametrize(
    ("actions", "level", "sentence"),
    [
        (nothing()[:-1], "option", "actions have shape (17,); they must have (18,)"),
        (nothing().astype(float), "option", "actions are float64; they must be int32"),
        (nothing(-2), "option", "action -2 at index 0 is not an option; it must be between -1 and"),
        (nothing(99), "primitive", "action 99 at index 0 is not a primitive; it must be between"),
        (nothing(), "optoin", "unknown action level 'optoin'; did you mean 'option'?"),
    ],
)
def test_wrong_actions_get_a_sentence_and_change_nothing(
    actions: Any, level: str, sentence: str
) -> None:
    sim = build()
    before = sim.hash()
    with pytest.raises(UserError, match=re.escape(sentence)):
        sim.step(actions, level)
    assert sim.hash() == before


def test_the_index_of_a_wrong_action_is_named() -> None:
    actions = nothing()
    actions[13] = 77
    with pytest.raises(UserError, match="action 77 at index 13 is not an option"):
        build().step(actions)


def test_spawn_fills_the_lowest_vacant_slot_with_what_was_asked_for() -> None:
    sim = build()
    sim.desk.kill(3)
    sim.run(1)
    treasury = int(sim.column("Treasury.money")[0])
    assert sim.desk.spawn(wallet=2.5, needs={"hunger": 0.25}) == 3
    assert sim.desk.spawn() == 8
    assert not sim.column("Identity.alive")[row(sim, 3)], "it enters in the next tick"
    sim.run(1)
    here = row(sim, 3)
    assert sim.column("Identity.alive")[here]
    assert sim.column("Identity.generation")[here] == 1
    assert sim.column("Identity.arrived_at")[here] == sim.tick
    assert sim.column("Wallet.money")[here] == 2500
    assert sim.column("Needs.level")[here, 0] == pytest.approx(0.25, abs=0.01)
    assert sim.column("Treasury.money")[0] == treasury - 2500 - 7500, "the other: 1.5 rents"
    assert sim.frame()["name"][3] == name_of(3, 1, CAPACITY)
    assert sim.money().tolist() == [0, 0]


def test_a_full_town_refuses_and_counts() -> None:
    sim = build()
    assert [sim.desk.spawn(1), sim.desk.spawn(1), sim.desk.spawn(1)] == [8, None, None]
    assert sim.dropped()["arrivals"] == 2
    assert sim.column("Arrivals.refused").tolist() == [0, 2]


def test_spawn_can_choose_the_profile() -> None:
    sim = build()
    names = list(sim.blueprint.profiles)
    sim.desk.spawn(profile=names[-1])
    sim.run(1)
    assert sim.column("Personality.profile")[row(sim, 8)] == len(names) - 1


def test_whoever_leaves_lets_go_of_everything() -> None:
    sim = build().run(600)
    slots = [s for s in range(8) if sim.column("Activity.affordance")[row(sim, s)] >= 0]
    wealth = int(sim.column("Wallet.money")[[row(sim, s) for s in range(8)]].sum())
    assert wealth > 0
    for slot in range(8):
        sim.desk.kill(slot)
    sim.run(1)
    assert slots, "somebody was busy"
    rows = [row(sim, s) for s in range(CAPACITY)]
    assert not sim.column("Identity.alive")[rows].any()
    assert sim.column("Wallet.money")[rows].sum() == 0
    assert (sim.column("QueuePlace.object")[rows] == -1).all()
    objects = len(sim.column("Objects.holder")) // 2
    assert (sim.column("Objects.holder")[:objects] == -1).all()
    assert (sim.column("Embedding.slot")[rows] == -1).all()
    assert sim.money().tolist() == [0, 0]
    assert sim.column("Departures.count").tolist() == [8, 0]


def test_a_row_is_readable_until_the_tick_ends_and_then_like_one_never_used() -> None:
    sim = build()
    fresh = {n: sim.column(n)[row(sim, 8)].tolist() for n in ("Needs.level", "Home.place")}
    sim.desk.kill(0)
    sim.run(1)
    assert {n: sim.column(n)[row(sim, 0)].tolist() for n in fresh} == fresh
    assert sim.column("Identity.generation")[row(sim, 0)] == 0


def test_agents_are_found_by_name() -> None:
    sim = build()
    name = name_of(4, 0, CAPACITY)
    sim.desk.kill(name, town=1)
    sim.run(1)
    assert not sim.column("Identity.alive")[row(sim, 4, town=1)]
    assert sim.column("Identity.alive")[row(sim, 4)]


def test_killing_twice_is_one_departure() -> None:
    sim = build()
    sim.desk.kill(0)
    sim.desk.kill(0)
    sim.run(1)
    assert sim.column("Departures.count")[0] == 1


def test_the_possessed_act_on_orders_only() -> None:
    sim = build()
    sim.desk.possess(2)
    held = row(sim, 2)
    option = int(sim.column("Intent.option")[held])
    sim.column("Needs.level")[held] = 0.08
    sim.run(60)
    assert sim.column("Intent.option")[held] == option
    actions = nothing()
    actions[2] = SLEEP if option != SLEEP else IDLE
    sim.step(actions)
    assert sim.column("Intent.option")[held] == actions[2]
    sim.desk.possess(2, release=True)
    sim.column("Needs.level")[held] = [0.05, 1, 1]
    sim.run(120)
    assert sim.column("Intent.option")[held] != actions[2]


def test_guardrails_turn_primitives_into_wait() -> None:
    sim = build().run(20)
    for slot in range(8):
        sim.desk.guard(slot, GUARD_MOVE | GUARD_INTERACT)
    tiles = sim.column("Position.tile").copy()
    guarded = sim.column("Orders.guarded").copy()
    sim.run(60)
    rows = [row(sim, s) for s in range(8)]
    assert sim.column("Position.tile")[rows].tolist() == tiles[rows].tolist()
    assert (sim.column("Orders.guarded")[rows] > guarded[rows]).any()
    others = [row(sim, s, town=1) for s in range(8)]
    assert (sim.column("Position.tile")[others] != tiles[others]).any()
    assert set(sim.column("Intent.primitive")[rows].tolist()) <= {WAIT, LEAVE_QUEUE}


def test_closing_an_object_lets_its_user_go() -> None:
    sim = build()
    for _ in range(1500):
        used = np.flatnonzero(sim.column("Objects.using"))
        if len(used):
            break
        sim.run(1)
    town, thing = divmod(int(used[0]), sim.plan.objects)
    sim.desk.close(sim.plan.object_id(thing), town)
    sim.run(1)
    assert not sim.column("Objects.using")[used[0]]
    assert sim.column("Objects.holder")[used[0]] == -1
    sim.desk.close(sim.plan.object_id(thing), town, reopen=True)
    assert not sim.column("Objects.closed").any()


REFUSED: dict[str, tuple[Callable[[Simulation], object], str]] = {
    "town": (lambda s: s.desk.spawn(2), "town is 2; it must be between 0 and 1"),
    "town of kill": (lambda s: s.desk.kill(0, -1), "town is -1; it must be between 0 and 1"),
    "profile": (lambda s: s.desk.spawn(profile="balancd"), "unknown profile 'balancd'; did you"),
    "need": (lambda s: s.desk.spawn(needs={"hungr": 1}), "unknown need 'hungr'; did you mean"),
    "level": (
        lambda s: s.desk.spawn(needs={"hunger": 1.5}),
        "need hunger is 1.5; it must be between 0 and 1",
    ),
    "wallet": (lambda s: s.desk.spawn(wallet=-1), "wallet is -1; it must be at least 0"),
    "slot": (lambda s: s.desk.kill(9), "agent is 9; it must be between 0 and 8"),
    "vacant": (lambda s: s.desk.kill(8), "nobody lives in slot 8 of town 0"),
    "name": (lambda s: s.desk.possess("adaa"), "no agent is called 'adaa'; did you mean 'ada'?"),
    "guard": (lambda s: s.desk.guard(0, 32), "guard is 32; it must be between 0 and 31"),
    "object": (lambda s: s.desk.close("bed_999"), "bed_999"),
    "town of object": (lambda s: s.desk.close("bed_1", 2), "town is 2; it must be between"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_wrong_order_gets_a_sentence_and_changes_nothing(what: str) -> None:
    sim = build()
    before = sim.hash()
    order, sentence = REFUSED[what]
    with pytest.raises(UserError, match=re.escape(sentence)) as caught:
        order(sim)
    assert caught.value.exit_code == 2
    assert sim.hash() == before


def test_who_is_told_to_wait_waits_and_nothing_else_changes_for_it() -> None:
    """Whatever its action, its plan or the town's policy."""
    sim = Simulation.from_config(CONFIG, seed=4).run(120)
    waits = np.arange(sim.capacity) % 2 == 0
    for actions in (None, np.full(sim.capacity, 3, np.int32)):
        option, masked = sim.column("Intent.option").copy(), sim.column("Orders.masked").copy()
        sim.step(actions, waits=waits)
        assert (sim.column("Intent.primitive")[waits] == 0).all()
        assert (sim.column("Intent.option") == option)[waits].all()
        assert (sim.column("Orders.masked") == masked)[waits].all()
    assert (sim.column("Orders.primitive") == -1).all(), "for this tick alone"


def test_waits_that_are_none_get_a_sentence() -> None:
    sim = Simulation.from_config(CONFIG)
    wrong: list[Any] = [np.zeros(3, bool), np.zeros(sim.capacity, np.int32)]
    for waits in wrong:
        with pytest.raises(UserError, match=r"waits are (bool|int32) of shape"):
            sim.step(None, waits=waits)
