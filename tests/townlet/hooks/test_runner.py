"""Hooks in a town that runs: when they are called, what they change, and what they cannot break."""

import logging
from collections import Counter
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from tests.townlet.hooks.conftest import Cafe, Module

from townlet import Simulation
from townlet.config import SimulationConfig
from townlet.ecs import F32, I32, column, component
from townlet.errors import UserError
from townlet.hooks import HookRegistry, Starts, World
from townlet_components.events import REASONS

CANCELLED = REASONS.index("cancelled_by_hook")
WASH = {"wash": {"before": ["wash"], "after": ["wash"], "fail": ["wash"]}}


def town(config: SimulationConfig, **options: Any) -> Simulation:
    """The café on its first morning, everybody in need of a wash."""
    sim = Simulation.from_config(config, **options).run(1)
    sim.column("Needs.level")[:] = (0.9, 0.1, 0.9)
    return sim


def happened(sim: Simulation, kind: str) -> list[tuple[int, ...]]:
    """Events of the last tick: (town, agent, other, object, value)."""
    frame = sim.events()
    return frame.filter(frame["kind"] == kind).drop("tick", "kind").rows()


# -- before ---------------------------------------------------------------------------------


def test_before_hooks_are_asked_before_anything_is_paid(cafe: Cafe, module: Module) -> None:
    asked: list[tuple[int, list[int], list[int]]] = []

    def ask(batch: Starts, world: World) -> None:
        assert set(batch.affordance.tolist()) == {world.affordance("wash")}
        money = world.get("Wallet.money", batch.town, batch.agent)
        asked.append((world.tick, batch.agent.tolist(), money.tolist()))

    sim = town(cafe(module(lambda hooks: hooks.before("wash", ask)), hooks=WASH))
    plain = town(cafe())
    starts = 0
    for _ in range(120):
        sim.run(1)
        plain.run(1)
        began = [e for e in happened(sim, "affordance_start") if e[4] == 0]
        if began:
            tick, agents, money = asked.pop()
            assert (tick, agents) == (sim.tick, [e[1] for e in began])
            wallets = sim.column("Wallet.money")[agents]
            assert (np.array(money) - wallets).tolist() == [500] * len(agents)
            starts += len(began)
        assert not asked, "whoever is asked about starts"
        assert sim.hash() == plain.hash(), "asking changes nothing"
    assert starts > 6
    assert "hooks_before" in sim.timings()["system"].to_list()


def test_a_cancelled_use_is_not_paid_and_its_object_is_free_at_once(
    cafe: Cafe, module: Module
) -> None:
    def refuse(batch: Starts, world: World) -> None:
        batch.cancel(batch.agent == batch.agent[0])

    sim = town(cafe(module(lambda hooks: hooks.before("wash", refuse)), hooks=WASH))
    failed = 0
    for _ in range(60):
        before = sim.column("Wallet.money").copy()
        sim.run(1)
        for _, agent, use, thing, reason in happened(sim, "affordance_fail"):
            assert (use, reason) == (0, CANCELLED)
            assert sim.column("Wallet.money")[agent] == before[agent]
            assert sim.column("Objects.holder")[thing] != agent
            assert (
                not sim.column("Objects.using")[thing] or sim.column("Objects.holder")[thing] >= 0
            )
            assert sim.column("QueuePlace.object")[agent] == -1
            assert sim.column("Activity.affordance")[agent] == -1
            failed += 1
        assert sim.money().tolist() == [0]
    assert failed > 5


def test_a_cancelled_meal_from_the_bag_is_not_taken(cafe: Cafe, module: Module) -> None:
    def refuse(batch: Starts, world: World) -> bool:
        assert batch.object.tolist() == [-1]
        return False

    config = cafe(
        module(lambda hooks: hooks.before("eat", refuse)), hooks={"eat_meal": {"before": ["eat"]}}
    )
    sim = Simulation.from_config(config).run(1)
    sim.column("Inventory.count")[2, 1] = 3
    actions = np.full(6, -1, np.int32)
    actions[2] = sim.blueprint.primitive_names.index("use_item")
    sim.step(actions, level="primitive")
    assert happened(sim, "affordance_fail") == [(0, 2, 1, -1, CANCELLED)]
    assert sim.column("Inventory.count")[2, 1] == 3
    assert sim.column("Activity.affordance")[2] == -1
    assert not sim.column("LastAction.success")[2]


@pytest.mark.parametrize(
    "way", ["mask", "indices", "all", "false", "truths", "scalar truth", "numpy truth"]
)
def test_ways_to_cancel(cafe: Cafe, module: Module, way: str) -> None:
    def refuse(batch: Starts, world: World) -> Any:
        odd = batch.agent % 2 == 1
        if way == "mask":
            batch.cancel(odd)
        if way == "indices":
            batch.cancel(np.flatnonzero(odd))
        if way == "all":
            batch.cancel()
        if way == "scalar truth":
            batch.cancel(True)
        return {"false": False, "truths": ~odd, "numpy truth": np.False_}.get(way)

    sim = town(cafe(module(lambda hooks: hooks.before("wash", refuse)), hooks=WASH))
    began, failed = Counter[int](), Counter[int]()
    for _ in range(60):
        sim.run(1)
        began.update(e[1] for e in happened(sim, "affordance_start") if e[4] == 0)
        failed.update(e[1] for e in happened(sim, "affordance_fail") if e[4] == CANCELLED)
    everybody = way in ("all", "false", "scalar truth", "numpy truth")
    assert any(agent % 2 for agent in failed)
    assert any(agent % 2 == 0 for agent in failed) == everybody
    assert all(agent % 2 == 0 for agent in began)
    assert bool(began) != everybody
    assert sim.hooks.error_count == 0


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda b: b.cancel([True] * (len(b) + 1)), "the batch has 1 uses"),
        (lambda b: b.cancel([len(b)]), "are no indices of a batch of 1 uses"),
        (lambda b: b.cancel([0.5]), "are no indices"),
        (lambda b: 3, "returns None or truths, not 3"),
        (lambda b: [True, False, True, True, True, True, True], "the mask has shape (7,)"),
    ],
)
def test_a_wrong_answer_cancels_nothing(
    cafe: Cafe, module: Module, wrong: Any, sentence: str
) -> None:
    def refuse(batch: Starts, world: World) -> Any:
        batch.cancel()
        return wrong(batch)

    config = cafe(module(lambda h: h.before("wash", refuse)), hooks=WASH, world__agents=1)
    sim, plain = town(config), town(cafe(world__agents=1))
    sim.run(60)
    assert sim.hash() == plain.run(60).hash()
    (error,) = sim.hooks.errors.values()
    assert sentence in error.error
    assert error.count > 0


def test_later_hooks_see_what_earlier_ones_have_cancelled(cafe: Cafe, module: Module) -> None:
    calls: list[tuple[str, list[bool]]] = []

    def hook(name: str, cancels: int) -> Any:
        def ask(batch: Starts, world: World) -> None:
            calls.append((name, batch.cancelled.tolist()))
            batch.cancel(batch.agent == cancels)
            assert batch.cancelled.tolist() == calls[-1][1], "its own cancel counts afterwards"

        return ask

    second = module(lambda h: h.before("wash", hook("second", 99)), name="second")

    def both(hooks: HookRegistry) -> None:
        hooks.before("wash", hook("first", 1))
        hooks.before("wash", hook("also first", 99))

    first = module(both, name="first")
    sim = town(cafe(first, second, hooks=WASH)).run(60)
    assert [name for name, _ in calls] == ["first", "also first", "second"] * (len(calls) // 3)
    assert not any(any(seen) for name, seen in calls if name == "first")
    seen = [(a, b) for (_, a), (_, b) in zip(calls[1::3], calls[2::3], strict=True)]
    assert all(a == b for a, b in seen)
    assert any(any(a) for a, _ in seen)
    assert sim.hooks.modules == ("first", "second")


def test_nothing_starts_that_no_hook_has_been_asked_about(cafe: Cafe, module: Module) -> None:
    """A hook that makes the impossible possible is too late for this tick."""

    def ask(batch: Starts, world: World) -> None:
        asked.update((world.tick, agent) for agent in batch.agent.tolist())
        world.pay(0, np.arange(6), 500)

    asked = set[tuple[int, int]]()
    sim = town(cafe(module(lambda hooks: hooks.before("wash", ask)), hooks=WASH))
    sim.column("Treasury.money")[0] += sim.column("Wallet.money").sum() - 500
    sim.column("Wallet.money")[:] = [500, 0, 0, 0, 0, 0]
    for _ in range(200):
        sim.run(1)
        for _, agent, _, _, use in happened(sim, "affordance_start"):
            assert use != 0 or (sim.tick, agent) in asked
    assert len({agent for _, agent in asked}) == 6
    assert sim.money().tolist() == [0]


def test_hooks_of_other_affordances_are_not_asked(cafe: Cafe, module: Module) -> None:
    def ask(batch: Starts, world: World) -> None:
        raise AssertionError("nobody asked")

    name = module(lambda hooks: hooks.before("wash", ask))
    for hooks in ({"eat_meal": {"before": ["eat"]}}, {"wash": {"after": ["wash"]}}, None):
        sim = town(cafe(name, hooks=hooks)).run(40)
        assert sim.hooks.error_count == 0


# -- isolation ------------------------------------------------------------------------------


@component
class Mood:
    """How hook modules feel about somebody."""

    washes: I32 = column("agent", doc="washes")
    wish: F32 = column("agent", "need", fill=0.5, doc="a table")
    tally: I32 = column("town", doc="of the town")
    wear: I32 = column("object", doc="of objects")


def test_a_hook_that_raises_is_reported_counted_and_skipped(
    cafe: Cafe, module: Module, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(batch: Any, world: World) -> None:
        world.pay(0, 0, 1000)
        world.add_need(0, 0, "hunger", 0.5)
        world.add("Mood.tally", 0, 0, 1)
        world.set("Mood.washes", 0, 0, 7)
        raise ZeroDivisionError("a\nb")

    def go_on(batch: Any, world: World) -> None:
        world.add("Mood.tally", 0, 0, 10)

    def quit_everything(batch: Any, world: World) -> None:
        raise SystemExit

    def register(hooks: HookRegistry) -> None:
        for hook in (break_down, go_on, quit_everything, break_down):
            hooks.on("on_tick", hook)

    sim = Simulation.from_config(cafe(module(register, Mood)))
    with caplog.at_level(logging.WARNING, "townlet.hooks"):
        sim.run(3)
    plain = Simulation.from_config(cafe()).run(3)
    ours = sim.hash_columns()
    assert {k: v for k, v in ours.items() if k in plain.hash_columns()} == plain.hash_columns()
    assert sim.column("Mood.tally").tolist() == [30]
    assert sim.column("Mood.washes").tolist() == [0] * 6
    first, second = sim.hooks.errors.values()
    label = f"mine.{break_down.__qualname__} (on_tick)"
    assert (first.hook, first.tick, first.error, first.count) == (
        label, 1, "ZeroDivisionError: a b", 6
    )  # fmt: skip
    assert second.count == 3
    assert len(caplog.records) == 2, "once per hook"
    assert f"hook {label} raised ZeroDivisionError: a b in tick 1" in caplog.text
    assert sim.dropped()["hook_calls"] == 9
    assert sim.hooks.warnings[0] == f"{first.sentence}; 6 times so far"


def test_orders_outside_a_call_are_refused(cafe: Cafe, module: Module) -> None:
    worlds: list[World] = []
    sim = Simulation.from_config(
        cafe(module(lambda h: h.on("on_tick", lambda batch, world: worlds.append(world))))
    ).run(1)
    with pytest.raises(RuntimeError, match="only while a hook is called"):
        worlds[0].pay(0, 0, 1)
    assert sim.hooks.error_count == 0


def test_a_hook_that_raises_for_one_town_is_skipped_in_that_town_alone(
    cafe: Cafe, module: Module
) -> None:
    def picky(batch: Any, world: World) -> None:
        world.add("Mood.washes", batch.town, batch.agent, 1)
        world.add("Mood.wear", batch.town, batch.object, 1)
        world.add("Mood.tally", np.unique(batch.town), 0, 1)
        if ((batch.agent == 3) & (batch.affordance == 0)).any():
            raise ValueError("not him")

    def choosy(batch: Starts, world: World) -> None:
        batch.cancel(batch.agent == 1)
        if (batch.agent == 2).any():
            raise ValueError("nor her")

    def wear_off(batch: Any, world: World) -> None:
        world.assign("Mood.wear", world.column("Mood.wear") + 1)
        washed = (world.column("Mood.washes")[batch.town] > 0).sum(axis=1)
        if washed.max() > 2 and world.tick % 2:
            raise ValueError("nobody")

    def register(hooks: HookRegistry) -> None:
        hooks.after("wash", picky)
        hooks.on("on_tick", wear_off)
        hooks.before("wash", choosy)

    config = cafe(module(register, Mood), hooks=WASH)
    batch = town(config, towns=4, seed=5).run(200)
    errors = 0
    for k in range(4):
        alone = town(config, seed=5 + k).run(200)
        assert alone.hash_columns() == batch.hash_columns(k)
        errors += alone.hooks.error_count
        assert alone.column("Mood.wear").max() < 250
    assert batch.hooks.error_count == errors > 4


# -- state ----------------------------------------------------------------------------------


def test_a_modules_columns_are_hashed_framed_and_vacated(cafe: Cafe, module: Module) -> None:
    def count(batch: Any, world: World) -> None:
        world.add("Mood.washes", batch.town, batch.agent, 1)
        world.set("Mood.wish", batch.town, batch.agent, [[0.1, 0.2, 0.3]])

    sim = town(cafe(module(lambda h: h.after("wash", count), Mood), hooks=WASH)).run(120)
    washes = sim.column("Mood.washes")
    assert washes.min() > 0
    assert sim.frame("agent")["Mood.washes"].to_list() == washes.tolist()
    assert sim.frame("agent")["Mood.wish.energy"].to_list() == pytest.approx([0.3] * 6)
    hashed = sim.hash_columns()
    assert {"Mood.washes", "Mood.wish", "Mood.tally", "Mood.wear"} <= set(hashed)
    washes[2] += 1
    changed = sim.hash_columns()
    assert [name for name in hashed if hashed[name] != changed[name]] == ["Mood.washes"]
    sim.kill(2)
    sim.run(1)
    assert sim.column("Mood.washes")[2] == 0
    assert sim.column("Mood.wish")[2].tolist() == [0.5] * 3


def test_towns_without_hooks_have_none_of_their_parts(cafe: Cafe, module: Module) -> None:
    def parts(sim: Simulation) -> set[str]:
        names = {*sim.timings()["system"], *sim.store.components}
        ours = ("Asked", "NeedsTold", "NeedsFallen", "TownTold", "list_starts", "note_thresholds")
        return {n for n in names if n in ours or n.startswith("hooks_")}

    def of(*events: str) -> set[str]:
        def register(hooks: HookRegistry) -> None:
            for name in events:
                add = {"before": hooks.before, "after": hooks.after}.get(name)
                if add is None:
                    hooks.on(name, print)
                else:
                    add("wash", print)

        return parts(Simulation.from_config(cafe(module(register))))

    assert parts(Simulation.from_config(cafe())) == set()
    assert of() == set()
    assert of("on_tick") == of("on_spawn") == of("on_exit") == {"hooks_tell"}
    assert of("before") == {"hooks_before", "list_starts", "Asked"}
    assert of("after") == of("on_conflict") == {"hooks_begin", "hooks_tell"}
    assert of("on_need_threshold") == {
        "hooks_tell", "note_thresholds", "NeedsTold", "NeedsFallen"
    }  # fmt: skip
    assert of("on_outage") == of("on_weather_change") == of("on_price_change") == {
        "hooks_tell", "TownTold"
    }  # fmt: skip


def test_a_town_without_hooks_calls_no_python_for_them(cafe: Cafe) -> None:
    sim = Simulation.from_config(cafe())
    assert list(sim.hooks.steps()) == []
    assert sim.dropped().keys() == {"events", "queue_joins", "arrivals"} | (
        sim.dropped().keys() - {"hook_calls"}
    )
    assert "hook_calls" not in sim.dropped()


def test_a_reloaded_manifest_brings_other_hooks(cafe: Cafe, module: Module) -> None:
    calls = Counter[str]()

    def note(name: str, batch: Starts, world: World) -> None:
        calls.update([name])

    def register(hooks: HookRegistry) -> None:
        for name in ("old", "new"):
            hooks.before(name, partial(note, name))

    name = module(register)
    config = cafe(name, hooks={"wash": {"before": ["old"]}})
    sim = town(config).run(60)
    assert set(calls) == {"old"}
    calls.clear()
    cafe(name, hooks={"wash": {"before": ["new", "newer"]}})
    assert sim.reload()
    assert "no loaded module has a hook 'newer' for hooks.before; did you" in sim.hooks.warnings[0]
    sim.column("Needs.level")[:, 1] = 0.1
    sim.run(60)
    assert set(calls) == {"new"}


def test_what_is_not_loaded_is_shown(cafe: Cafe, module: Module) -> None:
    sim = Simulation.from_config(cafe(module(lambda h: None), "nowhere", hooks=WASH))
    assert sim.hooks.modules == ("mine",)
    assert [r.module for r in sim.hooks.rejected] == ["nowhere"]
    assert len(sim.hooks.warnings) == 4
    assert isinstance(sim.hooks.warnings[0], str)


# -- one hash -------------------------------------------------------------------------------


def meddle(hooks: HookRegistry) -> None:
    """Hooks that touch all that can be touched, with luck and state of their own."""

    def order(batch: Starts, world: World) -> None:
        batch.cancel(world.draw("refuse", batch.town, batch.agent) < 0.2)
        world.add("Mood.wear", batch.town, np.maximum(batch.object, 0), 1)

    def finish(batch: Any, world: World) -> None:
        world.add("Mood.washes", batch.town, batch.agent, 1)
        world.pay(batch.town, batch.agent, 30 * batch.agent.astype(np.int64) - 60)
        world.give(batch.town, batch.agent, "meals", 1)

    def fall(batch: Any, world: World) -> None:
        tired = world.get("Mood.washes", batch.town, batch.agent) > 1
        world.add_need(batch.town, batch.agent, batch.need, np.where(tired, 0.01, 0.07))

    def pass_by(batch: Any, world: World) -> None:
        busy = world.column("Objects.using").sum(axis=1)
        world.add("Mood.tally", batch.town, 0, busy)
        closing = batch.town[busy > 1]
        thing = (world.tick + world.column("Mood.tally")[closing]) % 6
        (world.close if world.tick % 3 else world.open)(closing, thing)
        grown = world.column("Mood.wish") * np.float32(0.99)
        world.assign("Mood.wish", grown + world.column("Needs.level") * np.float32(0.01))

    def greet(batch: Any, world: World) -> None:
        world.set("Mood.wish", batch.town, batch.agent, batch.generation[:, None] / 4)

    hooks.before("wash", order)
    hooks.after("wash", finish)
    hooks.fail("wash", finish)
    hooks.on("on_need_threshold", fall)
    hooks.on("on_tick", pass_by)
    hooks.on("on_spawn", greet)


def live(config: SimulationConfig, **options: Any) -> Simulation:
    """Five hours in which somebody leaves and comes."""
    sim = Simulation.from_config(config, policy="random", **options).run(1)
    for k in range(sim.towns):
        sim.kill(3, k)
    sim.run(40)
    for k in range(sim.towns):
        if not sim.column("Identity.alive").reshape(sim.towns, -1)[k].all():
            sim.spawn(k)
    return sim.run(260)


def permuted(rows: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng(3).permutation(rows)


def test_it_does_not_matter_how_towns_with_hooks_are_run(cafe: Cafe, module: Module) -> None:
    plain = live(cafe(), seed=8).hash()
    config = cafe(module(meddle, Mood), hooks=WASH)
    reference = live(config, seed=8, threads=1)
    assert reference.hooks.errors == {}
    assert reference.column("Mood.washes").sum() > 5
    assert reference.money().tolist() == [0]
    assert reference.hash() != plain
    for way in ({"row_order": permuted(6)}, {"lanes": 3}, {"threads": 2}, {"shuffle": 3}):
        assert live(config, seed=8, **way).hash_columns() == reference.hash_columns(), way
    batch = live(config, seed=6, towns=4, row_order=permuted(24))
    assert batch.hash_columns(2) == reference.hash_columns()
    assert batch.money().tolist() == [0] * 4


def test_a_users_mistake_elsewhere_is_still_an_error(cafe: Cafe, module: Module) -> None:
    with pytest.raises(UserError, match="unknown policy"):
        Simulation.from_config(cafe(module(meddle, Mood)), policy="nobody")
