"""What hooks are told of, against what a slow look at the town finds."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.townlet.hooks.conftest import Cafe, Module

from townlet import Simulation
from townlet.hooks import POWER, QUEUE_CONFLICT, WAITED_TOO_LONG, WATER, HookRegistry
from townlet_components import events as ev
from townlet_components.town_state import COLD, RAIN

Told = dict[str, list[tuple[Any, ...]]]
EVERYTHING = (
    "on_tick", "on_spawn", "on_exit", "on_conflict", "on_need_threshold", "on_price_change",
    "on_weather_change", "on_outage",
)  # fmt: skip
HOOKS = {name: {"after": ["done"], "fail": ["undone"]} for name in ("wash", "eat_meal")}


@pytest.fixture
def listen(cafe: Cafe, module: Module) -> Callable[..., tuple[Simulation, Told]]:
    """A town, and what its hooks were told in the last tick: rows of each batch."""

    def make(patience: int = 60, **options: Any) -> tuple[Simulation, Told]:
        told: Told = {}

        def note(what: str) -> Any:
            def hook(batch: Any, world: Any) -> None:
                fields = {k: v for k, v in vars(batch).items() if k != "dropped"}
                told[what] = list(zip(*(v.tolist() for v in fields.values()), strict=True))
                if hasattr(batch, "dropped"):
                    told[f"{what} dropped"] = [tuple(batch.dropped.tolist())]
                for array in vars(batch).values():
                    with pytest.raises(ValueError, match="read-only"):
                        array[:] = 0

            return hook

        def register(hooks: HookRegistry) -> None:
            hooks.after("done", note("after"))
            hooks.fail("undone", note("fail"))
            for event in EVERYTHING:
                hooks.on(event, note(event))

        sim = Simulation.from_config(
            cafe(module(register), hooks=HOOKS, queue_fairness__patience_ticks=patience), **options
        )
        return sim, told

    return make


def tick(sim: Simulation, told: Told) -> Told:
    told.clear()
    sim.run(1)
    assert sim.hooks.errors == {}
    return told


def channel(sim: Simulation, *kinds: str) -> list[tuple[Any, ...]]:
    frame = sim.events()
    return [row for kind in kinds for row in frame.filter(frame["kind"] == kind).rows()]


def test_a_day_in_two_towns(listen: Callable[..., tuple[Simulation, Told]]) -> None:
    order = np.random.default_rng(1).permutation(12)
    sim, told = listen(towns=2, seed=4, row_order=order)
    row_of = sim.column("Rows.row_of").reshape(2, 6)
    low = np.zeros((2, 6, 3), bool)
    grave = low.copy()
    seen: set[str] = set()
    for k in range(700):
        if k == 300:
            sim.column("Needs.level")[:] = (0.45, 0.2, 0.45)
        if k in (100, 500):
            sim.kill(k // 100, 0)
            sim.kill(5, 1)
        alive, generation = (sim.column(f"Identity.{n}") for n in ("alive", "generation"))
        was, who = alive[row_of].copy(), generation[row_of].copy()
        tick(sim, told)
        assert told["on_tick"] == [(0,), (1,)]
        now = alive[row_of]
        came = now & (~was | (generation[row_of] != who))
        left = was & (~now | came)
        spawned = [(t, s, int(generation[row_of][t, s])) for t, s in np.argwhere(came).tolist()]
        assert told.get("on_spawn", []) == spawned
        assert [row[:2] for row in told.get("on_exit", [])] == [
            (t, s) for t, s in np.argwhere(left).tolist()
        ]
        level = sim.column("Needs.level")[row_of]
        limits = sim.column("NeedRules.threshold")[0][sim.column("Personality.profile")[row_of]]
        below = (level < limits) & now[:, :, None]
        critical = (level < np.float32(0.15)) & now[:, :, None]
        fallen = (below & ~low) | (critical & ~grave)
        assert told.get("on_need_threshold", []) == [
            (t, s, n, float(level[t, s, n]), bool(below[t, s, n] & ~low[t, s, n]),
             bool(critical[t, s, n] & ~grave[t, s, n]))
            for t, s, n in np.argwhere(fallen).tolist()
        ]  # fmt: skip
        low, grave = below, critical
        finished = [(t, a, o, v) for _, t, _, a, _, o, v in channel(sim, "affordance_finish")]
        assert told.get("after", []) == sorted(finished)
        failed = [(t, a, o, u, r) for _, t, _, a, u, o, r in channel(sim, "affordance_fail")]
        assert told.get("fail", []) == sorted(failed)
        seen |= set(told)
    assert {"on_spawn", "on_exit", "on_need_threshold", "after"} <= seen


def test_causes_of_exits(listen: Callable[..., tuple[Simulation, Told]]) -> None:
    sim, told = listen(towns=2)
    sim.run(5)
    sim.kill(3, 1)
    sim.kill(0, 0)
    sim.kill(5, 1)
    assert tick(sim, told)["on_exit"] == [(0, 0, 1), (1, 3, 1), (1, 5, 1)]
    assert "on_exit" not in tick(sim, told)


def test_outages_weather_and_prices_are_told_when_they_change(
    listen: Callable[..., tuple[Simulation, Told]],
) -> None:
    sim, told = listen(towns=2)
    kinds = {"on_price_change", "on_weather_change", "on_outage"}
    assert not kinds & set(tick(sim, told)), "what holds from the start is no change"
    power, water = sim.column("Utilities.power"), sim.column("Utilities.water")
    power[1], water[:] = 1, (1, 2)
    assert tick(sim, told)["on_outage"] == [
        (0, WATER, True), (1, POWER, True), (1, WATER, True)
    ]  # fmt: skip
    power[1], water[:] = 2, (0, 1)
    assert tick(sim, told)["on_outage"] == [(0, WATER, False)]
    weather = sim.column("Weather.kind")
    weather[1] = COLD
    assert tick(sim, told)["on_weather_change"] == [(1, 0, COLD)]
    weather[:] = RAIN
    assert tick(sim, told)["on_weather_change"] == [(0, 0, RAIN), (1, COLD, RAIN)]
    places = len(sim.column("Prices.factor")) // 2
    meal = sim.store.sizes.labels("price_key").index("meal_cost")
    sim.column("Prices.factor")[places] = 1500
    sim.column("Prices.spike")[0, meal] = 1333
    price = int(sim.column("Prices.base")[0, meal])
    assert tick(sim, told)["on_price_change"] == [
        (0, -1, meal, price, round(price * 1.333)), (1, 0, -1, 1000, 1500)
    ]  # fmt: skip
    assert not kinds & set(tick(sim, told))


def test_conflicts_come_from_the_tick_s_events(
    listen: Callable[..., tuple[Simulation, Told]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the channel holds is put in by hand: real conflicts are rare in small towns."""
    sim, told = listen(towns=2)
    sim.run(3)
    gatherer = sim.hooks._gatherer
    assert gatherer is not None
    begin = gatherer.events.begin
    rows = [
        (1, ev.BLOCKED, 4, 2, 1, 60),
        (0, ev.CONFLICT, 3, 1, 0, 2),
        (1, ev.CONFLICT, 4, 2, 1, 1),
    ]

    def emit_after(step: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            count, totals = sim.column("Events.count"), sim.column("EventTotals.total")
            for d, *values in rows:
                for name, value in zip(
                    ("kind", "agent", "other", "object", "value"), values, strict=True
                ):
                    sim.column(f"Events.{name}")[d, count[d]] = value
                count[d] += 1
                totals[d, values[0]] += 1
            totals[1, ev.BLOCKED] += 3
            step()

        return run

    assert begin is not None
    tell = sim.hooks.tell
    told.clear()
    gatherer.events.begin()
    emit_after(tell)()
    assert told["on_conflict"] == [
        (0, 3, 1, 0, QUEUE_CONFLICT, 2),
        (1, 4, 2, 1, QUEUE_CONFLICT, 1),
        (1, 4, 2, 1, WAITED_TOO_LONG, 60),
    ]
    assert told["on_conflict dropped"] == [(0, 3)]


def test_real_conflicts_are_told(listen: Callable[..., tuple[Simulation, Told]]) -> None:
    sim, told = listen(towns=2, agents=24, patience=3)
    sim.run(1)
    found = 0
    for k in range(400):
        if k % 100 == 0:
            sim.column("Needs.level")[:] = (0.9, 0.1, 0.9)
        tick(sim, told)
        rows = [
            (t, a, other, o, int(kind == "blocked"), v)
            for kind in ("queue_conflict", "blocked")
            for _, t, _, a, other, o, v in channel(sim, kind)
        ]
        assert sorted(told.get("on_conflict", [])) == sorted(rows)
        found += len(rows)
    assert found > 3
