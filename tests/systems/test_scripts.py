"""Schedules against their slow twin, and what each kind of entry comes to."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from tests.oracle import scripts as slow
from tests.oracle.town import KINDS, look, make, rules_of, scramble, tick
from tests.systems.conftest import OpenTown

from townlet import Simulation
from townlet.testing import check_system
from townlet_components.events import BLOCKED
from townlet_components.script import ENTRY_KINDS
from townlet_systems.scripts import blame_holders, follow_scripts

CAST = ("ann", "bert", "cleo", "dirk", "edna", "fred")


def random_schedules(sim: Simulation, luck: random.Random) -> list[dict[str, Any]]:
    """Agents of a scenario with schedules of every kind, for the town of ``sim``."""
    ground, plan, uses = rules_of(sim).ground, sim.plan, rules_of(sim).uses
    public = [n for n in range(plan.objects) if not plan.object_private[n]]
    busy = luck.sample(public, min(3, len(public)))
    spots = [
        plan.position(d, t)
        for d in range(plan.districts)
        for t in range(plan.tiles)
        if ground.walkable(d, t)
    ]

    def entry(me: str) -> dict[str, Any]:
        kind = luck.choice(ENTRY_KINDS)
        thing = luck.choice(busy)
        fitting = [
            use.id for use in uses if use.object_type == plan.object_types[plan.object_type[thing]]
        ]
        found: dict[str, Any] = {"kind": kind, "blocked": luck.random() < 0.6}
        if kind == "move":
            found["position"] = list(luck.choice(spots))
        if kind in ("request", "start", "blocked"):
            if not fitting:
                return {"kind": "wait", "duration": 2}
            found |= {"object": plan.object_id(thing), "affordance": luck.choice(fitting)}
        if kind == "chat" and luck.random() < 0.9:
            found["target_agent"] = luck.choice([name for name in CAST if name != me])
        if kind in ("wait", "noop"):
            found["duration"] = luck.choice([1, 1, 3, 7])
        return found

    return [
        {
            "id": name,
            "position": list(luck.choice(spots)),
            "wallet": 50.0,
            "schedule": [entry(name) for _ in range(luck.choice([0, 1, 3, 6, 9]))],
        }
        for name in CAST
    ]


def parts_of(sim: Simulation) -> dict[int, slow.Part]:
    """The twin's own copy of every schedule, by slot; names turned into numbers."""
    parts = {}
    for slot, agent in enumerate(sim.blueprint.cast.agents):
        schedule = []
        for given in agent["schedule"]:
            entry = dict(given, duration=given["duration"] or 1, other=None, tile=None)
            if given["object"] is not None:
                entry["object"] = sim.plan.object_index(given["object"])
            if given["target_agent"] is not None:
                entry["other"] = CAST.index(given["target_agent"])
            if given["kind"] == "move":
                entry["tile"] = sim.plan.locate(*given["position"])
            schedule.append(entry)
        if schedule:
            parts[slot] = slow.Part(schedule)
    return parts


Watcher = Callable[[], Callable[[], None]]


def mirror(sim: Simulation, parts: dict[int, slow.Part], seen: Counter[str]) -> Watcher:
    """Before the system the twin acts on what it sees; after it the columns say the same."""

    def before() -> Callable[[], None]:
        town = look(sim)
        rows = sim.column("Rows.row_of")
        talks = [int(p) if p >= 0 else None for p in sim.column("Talk.partner")[rows]]
        company = slow.Company(talks)
        acted = {}
        for slot, part in list(parts.items()):
            agent = town.agents[slot]
            if agent.generation > 0:
                del parts[slot]
            elif agent.alive:
                acted[slot] = slow.act(town, part, agent, company)

        def after() -> None:
            now = look(sim)
            names = ("acts", "hold", "refused_at", "refused_by", "at")
            script = {name: sim.column(f"Script.{name}")[rows].tolist() for name in names}
            only = sim.column("Talk.only")[rows].tolist()
            for slot, acts in acted.items():
                part, agent = parts[slot], now.agents[slot]
                assert script["acts"][slot] == acts
                blamed = part.blamed or (-1, -1)
                assert (script["refused_by"][slot], script["refused_at"][slot]) == blamed
                assert script["hold"][slot] == part.hold
                if not acts:
                    continue
                assert (slot, agent.primitive) == (slot, part.primitive)
                assert agent.wish == part.wish
                assert agent.wake == now.tick + 1
                assert script["at"][slot] == sim.blueprint.cast.first[slot] + part.entry
                if part.only is not None:
                    assert only[slot] in (part.only, -1)
                seen[part.primitive.partition(":")[0]] += 1
                seen[part.schedule[part.entry]["kind"]] += 1
                seen["blamed"] += part.blamed is not None

        return after

    return before


def test_schedules_equal_the_slow_twin(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    for kind in (*KINDS, *KINDS):
        luck = random.Random(f"{kind} {len(seen)}")
        plain = make(kind, tmp_path, agents=9, seed=3)
        agents = random_schedules(plain, luck)
        config = plain.config.with_overrides({"scenario.agents": agents})
        sim = Simulation.from_config(config, agents=9, seed=3)
        watch = {"follow_scripts": mirror(sim, parts_of(sim), seen)}
        for k in range(160):
            if k % 40 == 20:
                scramble(sim, luck)
                whom = luck.choice([slot for slot in range(9) if look(sim).agents[slot].alive])
                sim.desk.possess(whom, release=luck.random() < 0.5)
            actions = np.full(sim.capacity, -1, np.int32)
            if k % 9 == 4:
                actions[luck.randrange(9)] = luck.randrange(3)
            sim.desk.give(actions, luck.choice(["option", "primitive"]))
            if k == 120 and look(sim).agents[1].alive:
                sim.desk.kill(1)
            tick(sim, watch)
            sim.desk.take_back()
    assert {"wait", "interact", "leave", "talk"} <= seen.keys()
    assert {kind for kind in ENTRY_KINDS if seen[kind] == 0} == set()
    assert seen["blamed"] > 0


def test_they_do_what_they_declare(tmp_path: Path) -> None:
    plain = make("open", tmp_path, agents=9, seed=3)
    agents = random_schedules(plain, random.Random(1))
    config = plain.config.with_overrides({"scenario.agents": agents})
    for system in (follow_scripts, blame_holders):
        check_system(system, config, agents=9, warmup=20, ticks=60)


def scene(open_town: OpenTown, *agents: dict[str, Any], **keys: object) -> Simulation:
    """An open field of 9 by 9 with a shower in its middle and these agents."""
    cast = [{"position": [1, 4], "wallet": 9.0} | agent for agent in agents]
    config = open_town((9, 9), [("shower", 4, 4)], {"shower": 6}, **keys)
    return Simulation.from_config(config.with_overrides({"scenario.agents": cast}))


def told(sim: Simulation, ticks: int) -> list[tuple[int, str, int, int]]:
    """Events of so many ticks: tick, kind, agent, other."""
    found = []
    for _ in range(ticks):
        sim.run(1)
        rows = sim.events().select("tick", "kind", "agent", "other").rows()
        found += [(tick, kind, agent, other) for tick, kind, agent, other in rows]
    return found


USE = {"object": "shower_1", "affordance": "use_shower"}


def test_a_request_reserves_and_does_not_start(open_town: OpenTown) -> None:
    sim = scene(
        open_town,
        {"id": "a", "schedule": [{"kind": "request", **USE}, {"kind": "wait", "duration": 5}]},
    )
    sim.run(6)
    assert sim.column("QueuePlace.holding")[0]
    assert sim.column("Activity.affordance")[0] == -1
    assert sim.column("Objects.holder")[0] == 0


def test_a_start_is_held_until_it_has_finished(open_town: OpenTown) -> None:
    rest = {"kind": "wait", "duration": 99}
    schedule = [{"kind": "start", **USE}, {"kind": "move", "position": [8, 8]}, rest]
    sim = scene(open_town, {"id": "a", "schedule": schedule})
    events = told(sim, 22)
    started, finished = (
        next(tick for tick, kind, *_ in events if kind == f"affordance_{what}")
        for what in ("start", "finish")
    )
    assert finished - started == 6
    assert sim.frame().select("x", "y").row(0) == (8, 8)
    assert started == 3  # two steps to the tile beside it, and a tick to ask


def test_a_failed_start_is_not_tried_again(open_town: OpenTown) -> None:
    schedule = [{"kind": "start", **USE}, {"kind": "wait", "duration": 50}]
    sim = scene(open_town, {"id": "a", "schedule": schedule})
    sim.desk.close("shower_1")
    told(sim, 10)
    assert sim.column("Script.at")[0] == 1


def test_a_refusal_counts_as_being_blocked_where_the_entry_says_so(open_town: OpenTown) -> None:
    holds = [{"kind": "request", **USE}, {"kind": "wait", "duration": 90}]
    asks = [{"kind": "wait", "duration": 9}, {"kind": "request", **USE, "blocked": True}]
    kind = [{"kind": "wait", "duration": 9}, {"kind": "request", **USE}]
    says = [{"kind": "wait", "duration": 9}, {"kind": "blocked", "object": "shower_1"}]
    sim = scene(
        open_town,
        {"id": "a", "schedule": holds},
        {"id": "b", "position": [4, 3], "schedule": [*asks, *holds[1:]]},
        {"id": "c", "position": [5, 4], "schedule": [*kind, *holds[1:]]},
        {"id": "d", "position": [8, 8], "schedule": [*says, *holds[1:]]},
        queue_fairness__ghost_step_after=0,
    )
    blocked = [event for event in told(sim, 20) if event[1] == "blocked"]
    assert [(agent, other) for _, _, agent, other in blocked] == [(0, 1), (0, 3)]
    assert sim.column("EventTotals.total")[:, BLOCKED].sum() == 2


def test_a_schedule_goes_round_and_round_and_a_newcomer_has_none(open_town: OpenTown) -> None:
    schedule = [{"kind": "move", "position": [2, 4]}, {"kind": "move", "position": [1, 4]}]
    sim = scene(open_town, {"id": "a", "schedule": schedule}, lifecycle__respawn_delay_ticks=1)
    spots = []
    for _ in range(8):
        sim.run(1)
        spots.append(int(sim.frame()["x"][0]))
    assert spots == [2, 1, 2, 1, 2, 1, 2, 1]
    sim.kill("a")
    sim.run(5)
    assert sim.column("Identity.generation")[0] == 1
    assert sim.column("Script.at")[0] == -1
    assert sim.frame()["name"][0] != "a"


def test_what_cannot_be_reached_is_left_out(open_town: OpenTown) -> None:
    """An agent whose way is barred goes on with its schedule."""
    schedule = [{"kind": "release", "object": "shower_1"}, {"kind": "noop"}]
    sim = scene(open_town, {"id": "a", "schedule": schedule})
    sim.run(1)
    assert sim.column("Script.at")[0] == 0
    sim.run(1)
    assert sim.column("Script.at")[0] == 1
