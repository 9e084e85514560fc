"""The world handle: what hooks can read, and what their orders do."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.townlet.hooks.conftest import Cafe, Module

from townlet import Simulation
from townlet.ecs import F32, I8, I32, U64, Bool, column, component
from townlet.ecs.rng import EVENTS_STREAM, draw_bits
from townlet.hooks import World

Act = Callable[[World], Any]


@component
class Notes:
    """A module's own columns."""

    number: I8 = column("agent", doc="a small number")
    share: F32 = column("agent", "need", doc="a table")
    flag: Bool = column("agent", fill=False, doc="a truth")
    wear: I32 = column("object", doc="of objects")
    town: I32 = column("town", doc="of towns")
    big: U64 = column("town", doc="a large number")


class Stage:
    """A town where a test can act as a hook."""

    def __init__(self, sim: Simulation, acts: list[Act], answers: list[Any]) -> None:
        self.sim, self._acts, self._answers = sim, acts, answers

    def act(self, act: Act) -> Any:
        """Run a tick in which a hook does this; raises what it raised."""
        self._acts.append(act)
        self.sim.run(1)
        answer = self._answers.pop()
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(params=["in order", "permuted"])
def stage(cafe: Cafe, module: Module, request: pytest.FixtureRequest) -> Stage:
    """Two towns of six at tick 1."""
    acts: list[Act] = []
    answers: list[Any] = []

    def on_tick(batch: Any, world: World) -> None:
        for act in acts[:]:
            acts.clear()
            try:
                answers.append(act(world))
            except Exception as error:
                answers.append(error)
                raise

    order = (
        None if request.param == "in order" else np.array([7, 0, 3, 11, 5, 1, 2, 9, 8, 4, 10, 6])
    )
    name = module(lambda hooks: hooks.on("on_tick", on_tick), Notes)
    sim = Simulation.from_config(cafe(name), towns=2, seed=3, row_order=order).run(1)
    return Stage(sim, acts, answers)


def by_slot(sim: Simulation, name: str) -> Any:
    return sim.column(name)[sim.column("Rows.row_of")].reshape(2, 6, -1).squeeze()


# -- reading --------------------------------------------------------------------------------


def test_columns_come_in_order_of_slots_and_cannot_be_written(stage: Stage) -> None:
    level = stage.act(lambda world: world.column("Needs.level"))
    assert level.tolist() == by_slot(stage.sim, "Needs.level").tolist()
    with pytest.raises(ValueError, match="read-only"):
        level[0, 0, 0] = 1
    assert stage.act(lambda world: world.column("Objects.holder")).shape == (2, 6)
    assert stage.act(lambda world: world.column("Treasury.money")).shape == (2,)
    assert stage.act(lambda world: world.column("NeedRules.weight")).shape == (2, 3)
    assert stage.act(lambda world: world.column("ObjectPlan.type")).shape == (6,)


def test_values_of_some(stage: Stage) -> None:
    got = stage.act(lambda world: world.get("Needs.level", [0, 1, 1], [5, 0, 5]))
    expected = by_slot(stage.sim, "Needs.level")
    assert got.tolist() == [
        expected[0, 5].tolist(),
        expected[1, 0].tolist(),
        expected[1, 5].tolist(),
    ]
    one = stage.act(lambda world: world.get("Wallet.money", 1, np.arange(6)))
    assert one.tolist() == by_slot(stage.sim, "Wallet.money")[1].tolist()
    assert stage.act(lambda world: world.get("Treasury.money", [1, 0], 0)).shape == (2,)


@pytest.mark.parametrize(
    ("act", "error", "sentence"),
    [
        (lambda w: w.column("Neds.level"), KeyError, "no component 'Neds'"),
        (lambda w: w.column("Needs.lvel"), KeyError, "Needs has no column 'lvel'"),
        (lambda w: w.column("Actors.row"), KeyError, "hooks read state, rules and map"),
        (lambda w: w.column("Rows.row_of"), KeyError, "hooks read state, rules and map"),
        (lambda w: w.get("ObjectPlan.type", 0, 0), KeyError, "is not of one town"),
        (lambda w: w.get("Needs.level", 2, 0), ValueError, "town is 2; it must be between 0 and 1"),
        (lambda w: w.get("Needs.level", 0, 6), ValueError, "agent is 6; it must be between 0 and"),
        (lambda w: w.get("Needs.level", 0, -1), ValueError, "agent is -1; it must be between"),
        (lambda w: w.get("Needs.level", 0, 0.5), ValueError, "agent is float64; it must be whole"),
        (lambda w: w.get("Needs.level", [0, 1], [0, 1, 2]), ValueError, "shape mismatch"),
        (lambda w: w.need("fun"), KeyError, "no need is called 'fun'; valid are hunger"),
        (lambda w: w.item("meal"), KeyError, "no item is called 'meal'; did you mean 'meals'"),
        (lambda w: w.affordance("wsh"), KeyError, "no affordance is called 'wsh'; did you mean"),
        (lambda w: w.object("counter_9"), KeyError, "no object 'counter_9'"),
        (
            lambda w: w.draw("x", 0, 0, -1),
            ValueError,
            "index is -1; it must be between 0 and 65535",
        ),
        (lambda w: w.set("Needs.level", 0, 0, 1), KeyError, "no column this module has declared"),
        (lambda w: w.set("Notes.number", 0, 0, 128), ValueError, "whole numbers from -128 to 127"),
        (lambda w: w.set("Notes.number", 0, 0, 0.5), ValueError, "whole numbers from -128 to 127"),
        (lambda w: w.set("Notes.number", 0, 0, "x"), ValueError, "'x' are no numbers"),
        (lambda w: w.set("Notes.share", 0, 0, [1, 2]), ValueError, "(1, 3) is wanted"),
        (lambda w: w.set("Notes.share", 0, 0, np.nan), ValueError, "values must be finite"),
        (lambda w: w.set("Notes.flag", 0, 0, 1), ValueError, "values must be truths"),
        (lambda w: w.add("Notes.flag", 0, 0, 1), ValueError, "use world.set"),
        (lambda w: w.add("Notes.big", 0, 0, 1), ValueError, "use world.set"),
        (lambda w: w.assign("Notes.number", np.zeros((2, 5))), ValueError, "(2, 6) is wanted"),
        (lambda w: w.add_need(0, 0, "fun", 1), KeyError, "no need is called 'fun'"),
        (lambda w: w.add_need(0, 0, 3, 1), ValueError, "need is 3; it must be between 0 and 2"),
        (lambda w: w.add_need(0, 0, 0, np.inf), ValueError, "values must be finite"),
        (lambda w: w.add_need(0, [0, 1], [0, 1, 2], 1), ValueError, "need has 3 values for 2"),
        (lambda w: w.pay(0, 0, 1.5), ValueError, "amount is float64; it must be whole numbers"),
        (lambda w: w.pay(0, 0, 10**13), ValueError, "amount is 10000000000000; it must be between"),
        (lambda w: w.give(0, 0, "gold"), KeyError, "no item is called 'gold'"),
        (
            lambda w: w.give(0, 0, "meals", 10**6),
            ValueError,
            "count is 1000000; it must be between",
        ),
        (lambda w: w.close(0, 6), ValueError, "object is 6; it must be between 0 and 5"),
    ],
)
@pytest.mark.parametrize("stage", ["in order"], indirect=True)
def test_wrong_calls_get_a_sentence(
    stage: Stage, act: Act, error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error) as caught:
        stage.act(act)
    assert sentence in str(caught.value)
    assert stage.sim.hooks.error_count == 1, "it raised for all towns, then for none"


def test_time_and_names(stage: Stage) -> None:
    def look(world: World) -> list[Any]:
        return [
            (world.tick, world.day, world.minute, world.towns, world.capacity),
            world.names([0, 1], [2, 2]),
            (world.needs[1], world.items[1], world.affordances, world.reasons[9], world.causes[1]),
            world.object_name(world.object("fridge_2")),
            world.need("energy"),
        ]

    assert stage.act(look) == [
        (2, 0, 422, 2, 6),
        ["amir", "amir"],
        ("hygiene", "meals", ("wash", "eat_meal"), "cancelled_by_hook", "killed"),
        "fridge_2",
        2,
    ]


def test_luck_is_a_function_of_its_key(stage: Stage) -> None:
    drawn = stage.act(lambda w: [w.draw("a", [0, 1], [3, 3]), w.draw("a", 1, 3), w.draw("b", 1, 3)])
    assert drawn[0][1] == drawn[1][0]
    assert len({drawn[0][0], drawn[0][1], drawn[2][0]}) == 3
    again = stage.act(lambda w: w.draw("a", 1, np.arange(6)))
    assert len({*again.tolist(), drawn[1][0]}) == 7
    bits = {
        int(draw_bits(np.uint64(4), EVENTS_STREAM, 3, 5, 0, purpose, 0)) * 2.0**-32
        for purpose in range(8192, 16384)
    }
    assert again[5] in bits


# -- orders ---------------------------------------------------------------------------------


def test_orders_are_carried_out_when_the_hook_has_returned(stage: Stage) -> None:
    def order(world: World) -> Any:
        world.set("Notes.number", [0, 1], [4, 2], [5, -6])
        world.add("Notes.number", [0, 0], [4, 4], [3, 4])
        return world.column("Notes.number").copy()

    assert not stage.act(order).any()
    number = by_slot(stage.sim, "Notes.number")
    assert np.argwhere(number).tolist() == [[0, 4], [1, 2]]
    assert number[number != 0].tolist() == [12, -6]


def test_own_columns(stage: Stage) -> None:
    def order(world: World) -> None:
        world.add("Notes.number", 0, [0, 0, 1], [100, 100, -200])
        world.set("Notes.share", 0, [2, 2], [[1, 2, 3], [4, 5, 6]])
        world.add("Notes.share", 0, 2, 0.5)
        world.set("Notes.flag", 1, np.arange(6), np.arange(6) > 3)
        world.add("Notes.wear", 1, [5, 5], 2)
        world.assign("Notes.town", [7, 8])
        world.set("Notes.big", 1, 0, 2**63)

    stage.act(order)
    sim = stage.sim
    assert by_slot(sim, "Notes.number")[0].tolist() == [127, -128, 0, 0, 0, 0]
    assert by_slot(sim, "Notes.share")[0, 2].tolist() == [4.5, 5.5, 6.5]
    assert by_slot(sim, "Notes.flag")[1].tolist() == [False] * 4 + [True] * 2
    assert sim.column("Notes.wear").reshape(2, 6)[1].tolist() == [0, 0, 0, 0, 0, 4]
    assert sim.column("Notes.town").tolist() == [7, 8]
    assert sim.column("Notes.big").tolist() == [0, 2**63]
    doubled = np.arange(12).reshape(2, 6)
    stage.act(lambda world: world.assign("Notes.number", doubled))
    assert by_slot(sim, "Notes.number").tolist() == doubled.tolist()


def test_needs_stay_needs(stage: Stage) -> None:
    stage.sim.column("Needs.level")[:] = 0.5
    stage.act(lambda w: w.add_need(0, [1, 1, 2, 3], "hygiene", [0.1, 0.2, 5, -5]))
    level = by_slot(stage.sim, "Needs.level")
    decay = np.float32(0.0004)
    assert level[0, :4, 1].tolist() == pytest.approx([0.5 - decay, 0.8 - decay, 1, 0])
    stage.act(lambda w: w.add_need(1, [0, 0], [0, 2], 0.25))
    level = by_slot(stage.sim, "Needs.level")
    assert level[1, 0].tolist() == pytest.approx([0.75, 0.5, 0.75], abs=0.01)


def test_money_is_moved_and_booked(stage: Stage) -> None:
    sim = stage.sim
    rows = sim.column("Rows.row_of").reshape(2, 6)
    before = sim.column("Wallet.money").copy()
    treasury = sim.column("Treasury.money").copy()
    stage.act(lambda w: w.pay([0, 0, 1, 1], [1, 1, 2, 3], [300, 200, -100, -(10**9)]))
    moved = (sim.column("Wallet.money") - before)[rows]
    assert moved[0].tolist() == [0, 500, 0, 0, 0, 0]
    assert moved[1].tolist() == [0, 0, -100, -before[rows[1, 3]], 0, 0]
    assert (sim.column("Treasury.money") - treasury).tolist() == (-moved.sum(axis=1)).tolist()
    booked = sim.column("Treasury.flow")[:, sim.store.sizes.labels("flow").index("operator")]
    assert booked.tolist() == moved.sum(axis=1).tolist()
    assert sim.money().tolist() == [0, 0]


def test_goods(stage: Stage) -> None:
    sim = stage.sim
    before = by_slot(sim, "Inventory.count").copy()
    stage.act(lambda w: w.give([0, 0, 1], [1, 1, 4], "meals", [2, 3, -30_000]))
    after = by_slot(sim, "Inventory.count")
    assert after[0, 1, 1] == before[0, 1, 1] + 5
    assert after[1, 4, 1] == 0
    assert (after != before).sum() <= 2
    for _ in range(2):
        stage.act(lambda w: w.give(0, 0, "clean_clothes", 30_000))
    assert by_slot(sim, "Inventory.count")[0, 0, 2] == 32_767


def test_closing_and_opening(stage: Stage) -> None:
    closed = stage.sim.column("Objects.closed").reshape(2, 6)
    closed[1, 3] = 2
    stage.act(lambda w: w.close([0, 1], w.object("fridge_2")))
    assert closed.tolist() == [[0, 0, 0, 1, 0, 0], [0, 0, 0, 3, 0, 0]]
    stage.act(lambda w: w.open(np.arange(2), 3))
    assert closed[:, 3].tolist() == [0, 2]


def test_orders_to_the_dead_are_left_out(stage: Stage) -> None:
    def order(world: World) -> None:
        assert not world.column("Identity.alive")[0, 2]
        world.set("Notes.number", 0, np.arange(6), np.arange(6))
        world.assign("Notes.share", np.ones((2, 6, 3)))
        world.pay(0, 2, 100)
        world.give(0, 2, "meals", 5)
        world.add_need(0, 2, 0, -0.3)

    sim = stage.sim
    sim.kill(2, 0)
    stage.act(order)
    assert by_slot(sim, "Notes.number")[0].tolist() == [0, 1, 0, 3, 4, 5]
    assert by_slot(sim, "Notes.share")[0, :, 0].tolist() == [1, 1, 0, 1, 1, 1]
    assert by_slot(sim, "Wallet.money")[0, 2] == 0
    assert by_slot(sim, "Inventory.count")[0, 2, 1] == 0
    assert by_slot(sim, "Needs.level")[0, 2].tolist() == [1, 1, 1]
    assert sim.money().tolist() == [0, 0]
