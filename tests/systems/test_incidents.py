"""Perturbations against their slow twin, and rule by rule (SPEC §10)."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from typing import Any

import numpy as np
import pytest
from tests.oracle.incidents import Person, Rules, SlowTown, Spec, Tie
from tests.systems.incident_world import World

from townlet.config import SimulationConfig
from townlet.errors import UserError
from townlet.maps import PLACE_KINDS
from townlet_components.incidents import KINDS
from townlet_systems.preconditions import PRICE_KEYS

pytestmark = pytest.mark.usefixtures("plain_python")


def config_of(events: dict[str, dict[str, Any]], **section: Any) -> SimulationConfig:
    keys: dict[str, Any] = {
        "world.agents": 8, "perturbations.max_concurrent_events": 16,
        "perturbations.max_events_per_window": 0, "conflict.rivalry.decay_per_tick": 0.0,
    }  # fmt: skip
    keys |= {f"perturbations.{name}": value for name, value in section.items()}
    return SimulationConfig().with_overrides(keys | {"perturbations.events": events})


def event(kind: str, **keys: Any) -> dict[str, Any]:
    return {"kind": kind, **keys}


def kinds(found: list[tuple[Any, ...]]) -> list[str]:
    return [str(kind).removeprefix("perturbation_") for kind, *_ in found]


# -- the twin ----------------------------------------------------------------------------------


def places_of(world: World, word: str) -> frozenset[int]:
    kind = PLACE_KINDS.index(word)
    return frozenset(np.flatnonzero(world.plan.place_kind == kind).tolist())


def things_of(world: World, word: str) -> frozenset[int]:
    kind = world.plan.object_types.index(word)
    return frozenset(np.flatnonzero(world.plan.object_type == kind).tolist())


#: Targets of spikes and what they mean, spelt out.
SPIKES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "grocer": (("grocer",), ()),
    "cafe": (("cafe",), ()),
    "meal": ((), ("meal_cost",)),
    "coffee": ((), ("coffee",)),
    "till": ((), ("ingredients_cost",)),
    "market": ((), tuple(key for key in PRICE_KEYS if key != "rent")),
    "global": ((), PRICE_KEYS),
}
CLOSURES = ("shower", "till", "bench")


def random_events(luck: random.Random) -> dict[str, dict[str, Any]]:
    events = {}
    for number in range(luck.randrange(1, 9)):
        kind = luck.choice(KINDS)
        low = luck.choice([0, 1, 7, 20])
        keys: dict[str, Any] = {
            "probability_per_day": luck.choice([0.0, 5.0, 30.0, 150.0, 2000.0]),
            "cooldown_ticks": luck.choice([0, 0, 30, 200]),
            "duration": [low, low + luck.choice([0, 5, 60])],
        }
        if kind == "price_spike":
            low_factor = luck.choice([0.333, 1.0, 1.1])
            keys["magnitude"] = [low_factor, low_factor + luck.choice([0.0, 0.001, 0.9])]
            keys["targets"] = luck.sample(sorted(SPIKES), luck.randrange(3))
        elif kind == "queue_closure":
            keys["targets"] = luck.sample(CLOSURES, luck.randrange(1, 3))
        elif kind == "arranged_meet":
            keys["target"] = luck.choice(["top_rivals", "top_friends", ["ada"], ["alba", "bea"]])
            keys["location"] = luck.choice(["cafe", "park", "till", "cafe_1"])
            keys["max_participants"] = luck.choice([2, 2, 4])
        events[f"{kind}_{number}"] = event(kind, **keys)
    return events


def spec_of(world: World, config: SimulationConfig, name: str) -> Spec:
    """What a config's entry means, by reading it once more."""
    entry: Any = config.perturbations.events[name]
    found: dict[str, Any] = {"kind": entry.kind, "cooldown": entry.cooldown_ticks}
    found |= {"probability": entry.probability_per_day, "duration": entry.duration}
    if entry.kind == "price_spike":
        meant = [SPIKES[word] for word in entry.targets or ("global",)]
        found["places"] = frozenset[int]().union(
            *(places_of(world, word) for words, _ in meant for word in words)
        )
        found["keys"] = frozenset(key for _, keys in meant for key in keys)
        found["magnitude"] = tuple(round(1000 * factor) for factor in entry.magnitude)
    elif entry.kind == "queue_closure":
        found["things"] = frozenset[int]().union(
            *(things_of(world, word) for word in entry.targets)
        )
    elif entry.kind == "arranged_meet":
        found["spot"] = spot_of(world, entry.location)
        found["people"] = entry.max_participants
        found["who"] = entry.target[0] if entry.target[0].startswith("top") else "named"
        if found["who"] == "named":
            found["named"] = tuple(["ada", "alba", "amir", "anna", "arlo", "asha", "aziz",
                                    "bea"].index(name) for name in entry.target)  # fmt: skip
    return Spec(**found)


def spot_of(world: World, word: str) -> tuple[int, int]:
    plan = world.plan
    if word == "till":
        thing = min(things_of(world, word))
        return int(plan.object_district[thing]), int(plan.object_target[thing])
    place = min(places_of(world, word.removesuffix("_1")))
    return int(plan.place_district[place]), int(plan.place_target[place])


def random_ties(world: World, luck: random.Random) -> list[Person]:
    """Everybody alive, with a few ties, written into both towns."""
    people = [Person(slot) for slot in range(world.blue.capacity)]
    world["Ties.at"][:] = 0
    for person in people:
        others = [p.slot for p in people if p is not person]
        row = int(world["Rows.row_of"][person.slot])
        person.busy = luck.random() < 0.2
        world["Activity.affordance"][row] = 0 if person.busy else -1
        for k, other in enumerate(luck.sample(others, luck.randrange(5))):
            levels = [luck.choice([-0.5, 0.01, 0.3, 0.8, luck.random()]) for _ in range(3)]
            tie = Tie(other, levels[0], levels[1], abs(levels[2]))
            person.ties.append(tie)
            world["Ties.other"][row, k] = other
            world["Ties.trust"][row, k] = tie.trust
            world["Ties.familiarity"][row, k] = tie.familiarity
            world["Ties.rivalry"][row, k] = tie.rivalry
    return people


def twin_of(world: World, config: SimulationConfig, people: list[Person]) -> SlowTown:
    section = config.perturbations
    world.store.column("TieRules.tie_decay")[:] = 0.0
    return SlowTown(
        seed=world.blue.seed,
        specs=[spec_of(world, config, name) for name in section.events],
        rules=Rules(
            section.max_concurrent_events, section.global_cooldown_ticks,
            section.per_agent_cooldown_ticks, section.window_ticks, section.max_events_per_window,
        ),
        base=world["PricePlan.factor"][0, world.plan.place_kind].tolist(),
        price_keys=list(PRICE_KEYS),
        things=world.plan.objects,
        people=people,
    )  # fmt: skip


def look(world: World, twin: SlowTown) -> dict[str, object]:
    """The real town in the shape of the twin's ``state``."""
    incidents: list[object] = []
    for at, state in enumerate(world["Incidents.state"].tolist()):
        if state == 0:
            incidents.append(None)
            continue
        values = [int(world[f"Incidents.{name}"][at]) for name in ("number", "spec")]
        times = [int(world[f"Incidents.{name}"][at]) for name in ("starts", "ends", "magnitude")]
        people = zip(
            world["Incidents.people"][at].tolist(), world["Incidents.generation"][at].tolist(),
            strict=True,
        )  # fmt: skip
        incidents.append(
            (*values, state == 2, *times, bool(world["Incidents.cancel"][at]),
             [person for person in people if person[0] >= 0])
        )  # fmt: skip
    rows = world["Rows.row_of"]
    errands = zip(
        *(world[f"Errand.{name}"][rows].tolist() for name in ("district", "target", "until")),
        strict=True,
    )
    return {
        "incidents": incidents,
        "number": int(world["IncidentLog.number"][0]),
        "refused": int(world["IncidentLog.refused"][0]),
        "power": int(world["Utilities.power"][0]),
        "water": int(world["Utilities.water"][0]),
        "closures": (world["Objects.closed"] // 2).tolist(),
        "factors": world["Prices.factor"].tolist(),
        "spikes": dict(zip(PRICE_KEYS, world["Prices.spike"][0].tolist(), strict=True)),
        "quiet_until": int(world["IncidentLog.quiet_until"][0]),
        "cooled": world["IncidentLog.cooled_until"][0, : len(twin.specs)].tolist(),
        "errands": [errand if errand[1] >= 0 else None for errand in errands],
        "rested_at": world["Errand.cooled_until"][rows].tolist(),
        "wake": world["Intent.wake"][rows].tolist(),
        "events": world.events(),
    }


def order(world: World, twin: SlowTown, names: list[str], luck: random.Random) -> None:
    """The same wish to both towns."""
    spec = luck.randrange(len(names))
    what, start = twin.specs[spec], luck.randrange(40)
    wishes: dict[str, Any] = {}
    meant: dict[str, Any] = {}
    if luck.random() < 0.5:
        wishes["duration"] = meant["duration"] = luck.choice([0, 1, 90])
    if what.kind == "price_spike" and luck.random() < 0.5:
        wishes["magnitude"], meant["magnitude"] = 1.2345, 1235
        words = luck.sample(sorted(SPIKES), 2)
        wishes["targets"] = words
        places = [places_of(world, place) for word in words for place in SPIKES[word][0]]
        meant["places"] = frozenset[int]().union(*places)
        meant["keys"] = frozenset(key for word in words for key in SPIKES[word][1])
    if what.kind == "queue_closure" and luck.random() < 0.5:
        wishes["targets"], meant["things"] = ["bed"], things_of(world, "bed")
    if what.kind == "arranged_meet" and luck.random() < 0.5:
        people = luck.sample(range(len(twin.people)), 3)
        wishes["participants"] = people
        meant["people"] = [(slot, twin.people[slot].generation) for slot in people]
        wishes["targets"], meant["spot"] = "park", spot_of(world, "park")
    incident = twin.draft(spec, world.now + 1 + start, **meant)
    if incident is None:
        with pytest.raises(UserError, match="that is the most"):
            world.trigger(names[spec], starts_in=start, **wishes)
    else:
        assert world.trigger(names[spec], starts_in=start, **wishes) == f"evt_{incident.number}"


def replace(world: World, twin: SlowTown, slot: int) -> None:
    """Somebody leaves and somebody else lives in the slot, with none of what was."""
    person, row = twin.people[slot], int(world["Rows.row_of"][slot])
    person.generation += 1
    person.errand, person.rested_at, person.wake = None, 0, 0
    world["Identity.generation"][row] += 1
    for name in ("district", "until", "cooled_until"):
        world[f"Errand.{name}"][row] = 0
    world["Errand.target"][row], world["Intent.wake"][row] = -1, 0


@pytest.mark.parametrize("attempt", range(12))
def test_incidents_equal_the_slow_twin(attempt: int) -> None:
    luck = random.Random(attempt)
    section = {
        "max_concurrent_events": luck.choice([1, 2, 5, 20]),
        "global_cooldown_ticks": luck.choice([0, 0, 15, 100]),
        "per_agent_cooldown_ticks": luck.choice([0, 300]),
        "window_ticks": luck.choice([50, 400]),
        "max_events_per_window": luck.choice([0, 1, 3]),
    }
    config = config_of(random_events(luck), **section)
    order_of_rows = np.random.default_rng(attempt).permutation(8)
    world = World(config, seed=luck.choice([0, 7, 2**40 + 3]), row_order=order_of_rows)
    world["PricePlan.factor"][0, PLACE_KINDS.index("cafe")] = 1100
    world["Prices.factor"][:] = world["PricePlan.factor"][0, world.plan.place_kind]
    twin = twin_of(world, config, random_ties(world, luck))
    names = list(config.perturbations.events)
    seen = Counter[str]()
    for _ in range(1500):
        if luck.random() < 0.03:
            order(world, twin, names, luck)
        if luck.random() < 0.02:
            number = luck.randrange(max(twin.count - 5, 0), twin.count + 2)
            assert world.cancel(f"evt_{number}") == twin.cancel(number)
        if luck.random() < 0.01:
            replace(world, twin, luck.randrange(8))
        world.tick()
        twin.tick(world.now)
        found = look(world, twin)
        for key, value in twin.state().items():
            assert found[key] == value, (key, world.now)
        seen.update(kinds(twin.events))
    assert seen["started"] > 10
    assert seen["ended"] >= seen["started"] - 16


# -- rule by rule ------------------------------------------------------------------------------


def test_spikes_stack_and_round_half_up() -> None:
    world = World(
        config_of(
            {
                "cafes": event("price_spike", targets=["cafe"]),
                "all": event("price_spike"),
                "one": event("price_spike", targets=["cafe_1"]),
            }
        )
    )
    cafe = min(places_of(world, "cafe"))
    world.trigger("cafes", magnitude=1.25, duration=10)
    world.trigger("cafes", magnitude=1.333, duration=5)
    world.trigger("one", magnitude=1.5, duration=7)
    world.trigger("all", magnitude=2, duration=3)
    world.tick()
    factor = {1: 2499, 4: 2499, 6: 1875, 8: 1250, 11: 1000}  # 1666.25 -> 1666, x 1.5; 1.25 x 1.5
    rent = world["Prices.spike"][0, PRICE_KEYS.index("rent")]
    for now in range(1, 13):
        if now in factor:
            assert world["Prices.factor"][cafe] == factor[now], now
        if now in (3, 4):
            assert world["Prices.spike"][0].tolist() == [2000 if now == 3 else 1000] * 6
        others = sorted(set(range(world.plan.places)) - {cafe})
        assert (world["Prices.factor"][others] == 1000).all() == (
            now >= 11 or len(places_of(world, "cafe")) == 1
        )
        world.tick()
    assert rent == 2000


def test_a_factor_has_an_upper_end() -> None:
    world = World(config_of({"all": event("price_spike")}))
    for _ in range(5):
        world.trigger("all", magnitude=1000, duration=2)
    world.tick()
    assert world["Prices.spike"].tolist() == [[1_000_000] * 6]


def test_blackouts_that_overlap_are_counted() -> None:
    world = World(config_of({"dark": event("blackout"), "dry": event("outage")}))
    world.trigger("dark", duration=5)
    world.trigger("dark", duration=5, starts_in=3)
    world.trigger("dry", duration=1)
    power, water = [], []
    for _ in range(10):
        world.tick()
        power.append(int(world["Utilities.power"][0]))
        water.append(int(world["Utilities.water"][0]))
    assert power == [1, 1, 1, 2, 2, 1, 1, 1, 0, 0]
    assert water == [1, *[0] * 9]


def test_a_duration_of_0_is_one_tick() -> None:
    world = World(config_of({"dark": event("blackout", duration=0)}))
    world.trigger("dark")
    assert kinds(world.tick()) == ["blackout", "started"]
    assert kinds(world.tick()) == ["ended"]


def test_concurrency_holds_for_what_comes_by_itself() -> None:
    events = {f"dark_{k}": event("blackout", probability_per_day=1e9, duration=9) for k in range(4)}
    world = World(config_of(events, max_concurrent_events=2))
    world.tick()
    assert [entry["spec"] for entry in world.incidents()] == ["dark_0", "dark_1"]
    world.trigger("dark_3")
    world.tick()
    assert world["Utilities.power"][0] == 3, "what is ordered comes all the same"
    world.tick(40)
    assert world["Utilities.power"][0] == 2


def test_the_global_cooldown_is_shared() -> None:
    """From any start and any end so many ticks to the next start of any spec."""
    events = {
        "dark": event("blackout", probability_per_day=1e9, duration=[3, 30]),
        "dry": event("outage", probability_per_day=1e9, duration=[3, 30]),
    }
    world = World(config_of(events, global_cooldown_ticks=12))
    starts, marks = [], [-12]
    for now in range(1, 600):
        for kind in kinds(world.tick()):
            if kind == "started":
                assert now - max(mark for mark in marks if mark < now) >= 12
                starts.append(now)
            if kind in ("started", "ended"):
                marks.append(now)
    assert len(starts) > 20
    assert min(b - a for a, b in itertools.pairwise(starts)) >= 12
    seen = {int(spec) for spec in world["IncidentLog.recent"][0].argmax(axis=1)}
    assert seen == {0}


@pytest.mark.parametrize("limit", [1, 3, 32])
def test_a_window_limits_each_spec(limit: int) -> None:
    events = {
        "dark": event("blackout", probability_per_day=1e9, duration=1),
        "dry": event("outage", probability_per_day=1e9, duration=1),
    }
    world = World(config_of(events, window_ticks=100, max_events_per_window=limit))
    starts: dict[int, list[int]] = {0: [], 1: []}
    for now in range(1, 301):
        for kind, _, spec, *_ in world.tick():
            if kind == "perturbation_started":
                starts[spec].append(now)
    for times in starts.values():
        assert len(times) == 3 * limit
        windows = [sum(start <= t < start + 100 for t in times) for start in times]
        assert max(windows) == limit


def test_orders_count_for_cooldown_and_window() -> None:
    config = config_of(
        {"dark": event("blackout", probability_per_day=1e9, duration=1, cooldown_ticks=50)},
        window_ticks=200,
        max_events_per_window=2,
    )
    world = World(config)
    world.trigger("dark")
    world.trigger("dark")
    starts = []
    for now in range(1, 300):
        starts += [now] * kinds(world.tick()).count("started")
    assert starts == [1, 1, 201, 252]


def test_cancelling() -> None:
    world = World(config_of({"dark": event("blackout", duration=50), "all": event("price_spike")}))
    world.trigger("dark")
    world.trigger("dark", starts_in=10)
    world.trigger("all", magnitude=3, duration=20)
    world.tick(2)
    assert world.cancel("evt_2")
    assert not world.cancel("evt_2"), "it is cancelled already"
    assert kinds(world.tick()) == ["cancelled"]
    assert world.cancel("evt_1")
    assert world.cancel("evt_3")
    assert kinds(world.tick()) == ["cancelled", "cancelled", "ended", "ended"]
    assert world["Utilities.power"][0] == 0
    assert (world["Prices.spike"] == 1000).all()
    assert world.incidents() == []
    assert not world.cancel("evt_1")
    assert not world.cancel("nonsense")
    assert kinds(world.tick(20)) == []


def test_chance_is_the_daily_probability() -> None:
    """Twenty towns for a day each: as many blackouts as expected, within four deviations."""
    config = config_of({"dark": event("blackout", probability_per_day=3.0, duration=1)})
    world = World(config, towns=20, agents=1)
    for _ in range(1440):
        world.tick()
    counts = world["IncidentLog.number"]
    assert abs(int(counts.sum()) - 60) < 4 * 60**0.5
    assert len(set(counts.tolist())) > 1


def test_a_town_of_a_batch_is_the_town_alone() -> None:
    odds = "perturbations.events.dark.probability_per_day"
    events = {
        "dark": event("blackout", probability_per_day=20.0, duration=[5, 60]),
        "all": event("price_spike", probability_per_day=20.0, duration=9, magnitude=[1, 2]),
        "shut": event("queue_closure", probability_per_day=20.0, duration=9, targets=["till"]),
    }
    config = config_of(events, max_concurrent_events=3)
    batch = World(config, towns=3, seed=5, overrides={odds: [20.0, 0.0, 90.0]})
    batch.tick(400)
    for town, value in enumerate([20.0, 0.0, 90.0]):
        alone = World(config.with_overrides({odds: value}), seed=5 + town)
        alone.tick(400)
        assert alone.hash() == batch.hash(town)
    assert batch["IncidentLog.number"].min() > 3


def test_what_finds_no_room_is_counted() -> None:
    dark = event("blackout", probability_per_day=1e9, duration=99)
    world = World(config_of({f"dark_{k}": dark for k in range(20)}, max_concurrent_events=40))
    world.tick()
    assert world["Utilities.power"][0] == 16
    assert world["IncidentLog.refused"][0] == 4
    with pytest.raises(UserError, match="town 0 has 16 perturbations already"):
        world.trigger("dark_0")
    assert world["IncidentLog.refused"][0] == 5


# -- closures ----------------------------------------------------------------------------------


def test_closures_overlap_and_leave_an_operators_alone() -> None:
    world = World(
        config_of(
            {
                "a": event("queue_closure", targets=["shower"], duration=3),
                "b": event("queue_closure", targets=["shower_1", "gym"], duration=6),
            }
        )
    )
    showers = sorted(things_of(world, "shower"))
    one = world.plan.object_index("shower_1")
    world["Objects.closed"][one] = 1
    world.trigger("a")
    world.trigger("b")
    closed = []
    for _ in range(8):
        world.tick()
        closed.append(int(world["Objects.closed"][one]))
    assert closed == [5, 5, 5, 3, 3, 3, 1, 1]
    assert set(world["Objects.closed"][showers].tolist()) == {0, 1}


# -- meetings ----------------------------------------------------------------------------------


def tie(world: World, owner: int, other: int, **values: float) -> None:
    row = int(world["Rows.row_of"][owner])
    k = int(np.flatnonzero(world["Ties.other"][row] < 0)[0])
    world["Ties.other"][row, k] = other
    for name, value in values.items():
        world[f"Ties.{name}"][row, k] = value


def meeting(**keys: Any) -> dict[str, dict[str, Any]]:
    return {"meet": event("arranged_meet", duration=30, **keys)}


def sent(world: World) -> list[int]:
    return sorted(agent for kind, agent, *_ in world.events() if kind.endswith("arranged_meet"))


def test_the_worst_rivals_meet() -> None:
    world = World(config_of(meeting(location="park")))
    tie(world, 1, 2, rivalry=0.6)
    tie(world, 4, 3, rivalry=0.8)
    tie(world, 5, 6, trust=0.9, familiarity=0.9)
    world.trigger("meet")
    world.tick()
    assert sent(world) == [3, 4]
    assert world.incidents()[0]["people"] == ["arlo", "anna"]
    place = min(places_of(world, "park"))
    rows = world["Rows.row_of"][[3, 4]]
    assert (world["Errand.district"][rows] == world.plan.place_district[place]).all()
    assert (world["Errand.target"][rows] == world.plan.place_target[place]).all()
    assert (world["Errand.until"][rows] == 31).all()
    assert (world["Intent.wake"][rows] == 1).all()
    world.tick(30)
    assert (world["Errand.target"] == -1).all()


def test_friends_meet_and_a_friend_of_theirs_comes_along() -> None:
    world = World(config_of(meeting(target="top_friends", max_participants=3)))
    tie(world, 1, 2, rivalry=0.99)
    tie(world, 5, 6, trust=0.9, familiarity=0.2)
    tie(world, 7, 5, trust=0.1, familiarity=0.1)
    tie(world, 0, 3, trust=0.5, familiarity=0.4)
    world.trigger("meet")
    world.tick()
    assert sent(world) == [5, 6, 7]


def test_one_named_agent_meets_who_matters_most_to_it() -> None:
    world = World(config_of(meeting(target="ada")))
    tie(world, 0, 2, rivalry=0.3)
    tie(world, 4, 0, trust=-0.8)
    world.trigger("meet")
    world.tick()
    assert sent(world) == [0, 4]


def test_nobody_meets_where_there_are_no_rivals() -> None:
    config = config_of(meeting(probability_per_day=1e9), global_cooldown_ticks=5)
    world = World(config)
    tie(world, 0, 1, rivalry=0.01)  # too weak to count
    assert world.tick(3) == []
    assert world["IncidentLog.number"][0] == 0
    world.trigger("meet")
    assert kinds(world.tick()) == ["cancelled"], "an order is answered"
    assert world.incidents() == []


def test_an_agent_is_not_sent_twice_in_a_row() -> None:
    config = config_of(meeting(probability_per_day=1e9), per_agent_cooldown_ticks=100)
    world = World(config)
    tie(world, 0, 1, rivalry=0.9)
    tie(world, 2, 1, rivalry=0.5)
    tie(world, 3, 4, rivalry=0.4)
    pairs = {}
    for now in range(1, 200):
        world.tick()
        if sent(world):
            pairs[now] = sent(world)
    assert pairs == {1: [0, 1], 31: [3, 4], 131: [0, 1], 161: [3, 4]}


def test_the_busy_finish_first_and_the_dead_stay_away() -> None:
    world = World(config_of(meeting()))
    row = int(world["Rows.row_of"][2])
    world["Activity.affordance"][row], world["Intent.wake"][row] = 1, 40
    world.trigger("meet", participants=[1, 2, "ada"])
    world["Identity.alive"][world["Rows.row_of"][1]] = False
    world.tick()
    assert sent(world) == [0, 2]
    assert world["Intent.wake"][row] == 40


def test_a_newcomer_does_not_inherit_an_invitation() -> None:
    world = World(config_of(meeting()))
    world.trigger("meet", participants=[1, 2], starts_in=5)
    world["Identity.generation"][world["Rows.row_of"][1]] += 1
    world.tick(5)
    assert kinds(world.tick()) == ["cancelled"]
