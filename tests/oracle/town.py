"""A town as plain Python: what the other twins read and change, and how a test drives a tick.

``look(sim)`` copies the columns of a small town into dictionaries of names and numbers. A twin
changes the copy as the rule says; ``differences`` compares it with a later look.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from tests.oracle.affordances import AFFORDANCES, OPEN_OBJECTS, Rules
from tests.oracle.controllers import Ground
from tests.oracle.society import Society

from townlet.config import SimulationConfig
from townlet.simulation import Simulation
from townlet_components.events import EVENTS
from townlet_components.inventory import ITEMS
from townlet_components.personality import TRAITS
from townlet_components.town_state import WEATHERS
from townlet_components.wallet import FLOWS
from townlet_systems.preconditions import PRICE_KEYS

AFFORDANCE_EVENTS = ("affordance_start", "affordance_finish", "affordance_fail")
#: Events of money, goods and weather.
TOWN_EVENTS = (
    "rent_arrears",
    "weather_change",
    "economy_price_update",
    "purchase",
    "stock_replenish",
)


@dataclass
class Agent:
    slot: int
    alive: bool
    generation: int
    district: int
    tile: int
    home: int | None
    money: int
    carried: dict[str, int]
    needs: dict[str, np.float32]
    traits: dict[str, float]
    profile: str
    shift: tuple[int, int] | None
    queue: int | None
    joined: int
    holding: bool
    complained: bool
    cool_object: int | None
    cool_until: int
    running: str | None
    using: int | None
    until: int
    paid: int
    option: str
    target: int | str | None
    plan: str | None
    wake: int
    primitive: str
    wish: int | None
    person: int | None
    given_option: str | None
    given_primitive: str | None
    possessed: bool
    guard: int
    masked: int
    guarded: int
    last: tuple[str, bool, int]
    starving: int
    content: int
    neglected: int
    episode: int
    context_reset: bool
    arrears: int
    arrears_days: int


@dataclass
class Thing:
    number: int
    type: str
    place: int
    district: int
    tile: int
    private: bool
    pantry: int
    room: int
    holder: int | None
    in_use: bool
    idle: int
    free_until: int
    closed: int
    ring: list[int]
    stock: dict[str, int]


@dataclass
class Town:
    """Everything the twins of this folder look at; ``rules`` is shared, the rest is a copy."""

    rules: Rules = field(compare=False, repr=False)
    society: Society = field(compare=False, repr=False)
    tick: int
    minute: int
    day: int
    agents: list[Agent]
    things: list[Thing]
    tills: list[int]
    treasury: int
    flow: dict[str, int]
    prices: dict[str, int]
    spikes: dict[str, int]
    factors: list[int]
    out: set[str]
    weather: str
    events: list[tuple[Any, ...]]
    news: list[tuple[Any, ...]]

    def copy(self) -> Town:
        twin = copy.copy(self)
        for name in ("agents", "things", "tills", "flow", "prices", "events", "news"):
            setattr(twin, name, copy.deepcopy(getattr(self, name)))
        return twin


def rules_of(sim: Simulation, town: int = 0) -> Rules:
    """The town's rules; made once per simulation."""
    known: dict[int, Rules] = vars(sim).setdefault("_oracle_rules", {})
    if town not in known:
        known[town] = Rules(sim, town)
    return known[town]


def look(sim: Simulation, town: int = 0) -> Town:
    """Copy a town's columns into plain Python."""
    rules = rules_of(sim, town)
    places, districts = sim.plan.places, sim.plan.districts
    tills = sim.column("Till.money")[town * places : (town + 1) * places].tolist()
    ledger = sim.column("Ledger.flow")[town * districts : (town + 1) * districts].sum(axis=0)
    flow = sim.column("Treasury.flow")[town] + ledger
    power = sim.column("Utilities.power")[town] > 0
    water = sim.column("Utilities.water")[town] > 0
    return Town(
        rules,
        Society(sim, town),
        tick=int(sim.column("Clock.tick")[0]),
        minute=int(sim.column("Clock.minute")[0]),
        day=int(sim.column("Clock.day")[0]),
        agents=_agents(sim, rules, town),
        things=_things(sim, rules, town),
        tills=tills,
        treasury=int(sim.column("Treasury.money")[town]),
        flow=dict(zip(FLOWS, flow.tolist(), strict=True)),
        prices=dict(zip(PRICE_KEYS, sim.column("Prices.base")[town].tolist(), strict=True)),
        spikes=dict(zip(PRICE_KEYS, sim.column("Prices.spike")[town].tolist(), strict=True)),
        factors=sim.column("Prices.factor")[town * places : (town + 1) * places].tolist(),
        out={name for name, is_out in (("power", power), ("water", water)) if is_out},
        weather=WEATHERS[sim.column("Weather.kind")[town]],
        events=events_of(sim, AFFORDANCE_EVENTS, town),
        news=events_of(sim, TOWN_EVENTS, town),
    )


def _agents(sim: Simulation, rules: Rules, town: int) -> list[Agent]:
    at = sim.column("Rows.row_of")[town * sim.capacity : (town + 1) * sim.capacity]

    def read(name: str) -> list[Any]:
        found: list[Any] = sim.column(name)[at].tolist()
        return found

    def names(name: str, vocabulary: Iterable[str]) -> list[str | None]:
        words = tuple(vocabulary)
        return [words[k] if k >= 0 else None for k in read(name)]

    def known(name: str) -> list[int | None]:
        return [k if k >= 0 else None for k in read(name)]

    def spread(name: str, keys: Iterable[str]) -> list[dict[str, Any]]:
        labels = tuple(keys)
        return [dict(zip(labels, row, strict=True)) for row in sim.column(name)[at]]

    uses = [use.id for use in rules.uses]
    targets = {-1: None, -2: "bag", -3: "nowhere"}
    jobs = sim.blueprint.jobs
    shifts = list(zip(jobs.start.tolist(), jobs.length.tolist(), strict=True))
    done = zip(
        names("LastAction.primitive", rules.primitives),
        read("LastAction.success"),
        read("LastAction.duration"),
        strict=True,
    )
    table: dict[str, Iterable[Any]] = {
        "slot": range(sim.capacity),
        "alive": read("Identity.alive"),
        "generation": read("Identity.generation"),
        "district": read("Position.district"),
        "tile": read("Position.tile"),
        "home": known("Home.place"),
        "money": read("Wallet.money"),
        "carried": [dict(zip(ITEMS, row, strict=True)) for row in read("Inventory.count")],
        "needs": spread("Needs.level", rules.need_names),
        "traits": [dict(zip(TRAITS, row, strict=True)) for row in read("Personality.trait")],
        "profile": names("Personality.profile", rules.profiles),
        "shift": [shifts[k] if k >= 0 else None for k in read("Employment.position")],
        "queue": known("QueuePlace.object"),
        "joined": read("QueuePlace.joined"),
        "holding": read("QueuePlace.holding"),
        "complained": read("QueuePlace.complained"),
        "cool_object": known("QueuePlace.cool_object"),
        "cool_until": read("QueuePlace.cool_until"),
        "running": names("Activity.affordance", uses),
        "using": known("Activity.object"),
        "until": read("Activity.until"),
        "paid": read("Activity.paid"),
        "option": names("Intent.option", rules.options),
        "target": [targets.get(k, k) for k in read("Intent.target")],
        "plan": names("Intent.affordance", uses),
        "wake": read("Intent.wake"),
        "primitive": names("Intent.primitive", rules.primitives),
        "wish": known("Intent.object"),
        "person": known("Intent.person"),
        "given_option": names("Orders.option", rules.options),
        "given_primitive": names("Orders.primitive", rules.primitives),
        "possessed": read("Orders.possessed"),
        "guard": read("Orders.guard"),
        "masked": read("Orders.masked"),
        "guarded": read("Orders.guarded"),
        "last": list(done),
        "starving": read("Needs.starving"),
        "content": read("Needs.content"),
        "neglected": read("Needs.neglected"),
        "episode": read("Episode.tick"),
        "context_reset": read("Episode.context_reset"),
        "arrears": read("Debt.arrears"),
        "arrears_days": read("Debt.days"),
    }
    return [Agent(*row) for row in zip(*(table[f.name] for f in fields(Agent)), strict=True)]


def _things(sim: Simulation, rules: Rules, town: int) -> list[Thing]:
    plan, base = sim.plan, town * sim.plan.objects
    entries = len(sim.column("QueueRing.slot")) // sim.towns
    starts = sim.column("ObjectPlan.ring_start")
    columns = {
        name: sim.column(f"Objects.{name}")[base : base + plan.objects].tolist()
        for name in ("holder", "using", "idle", "free_until", "closed", "waiting", "stock")
    }
    things = []
    for n in range(plan.objects):
        place, private = int(plan.object_place[n]), bool(plan.object_private[n])
        first = town * entries + int(starts[n])
        holder = columns["holder"][n]
        things.append(
            Thing(
                number=n,
                type=plan.object_types[plan.object_type[n]],
                place=place,
                district=int(plan.object_district[n]),
                tile=int(plan.object_tile[n]),
                private=private,
                pantry=rules.ground.pantry(n) if private else n,
                room=rules.ground.room(n, rules.config.queue_fairness.ring_capacity),
                holder=holder if holder >= 0 else None,
                in_use=columns["using"][n],
                idle=columns["idle"][n],
                free_until=columns["free_until"][n],
                closed=columns["closed"][n],
                ring=sim.column("QueueRing.slot")[first : first + columns["waiting"][n]].tolist(),
                stock=dict(zip(ITEMS, columns["stock"][n], strict=True)),
            )
        )
    return things


def affordance_events(sim: Simulation, town: int = 0) -> list[tuple[Any, ...]]:
    """Starts, finishes and failures of this tick: (kind, agent, other, object, value), sorted."""
    return events_of(sim, AFFORDANCE_EVENTS, town)


def events_of(sim: Simulation, kinds: Iterable[str], town: int = 0) -> list[tuple[Any, ...]]:
    """Events of some kinds of this tick: (kind, agent, other, object, value), sorted."""
    found, wanted = [], set(kinds)
    columns = [sim.column(f"Events.{name}") for name in ("agent", "other", "object", "value")]
    numbers, counts = sim.column("Events.kind"), sim.column("Events.count")
    for d in range(town * sim.plan.districts, (town + 1) * sim.plan.districts):
        for k in range(counts[d]):
            kind = EVENTS[numbers[d, k]]
            if kind in wanted:
                found.append((kind, *(int(column[d, k]) for column in columns)))
    return sorted(found)


def differences(expected: Any, actual: Any, path: str = "town") -> list[str]:
    """Every place where two looks differ, as readable lines."""
    if expected == actual:
        return []
    if isinstance(expected, Town | Agent | Thing):
        return [
            line
            for f in fields(expected)
            if f.compare
            for line in differences(
                getattr(expected, f.name), getattr(actual, f.name), f"{path}.{f.name}"
            )
        ]
    if isinstance(expected, dict):
        keys = sorted(expected.keys() | actual.keys())
        pairs = [(f"{path}[{k}]", expected.get(k), actual.get(k)) for k in keys]
    elif isinstance(expected, list) and len(expected) == len(actual):
        pairs = [
            (f"{path}[{k}]", *pair) for k, pair in enumerate(zip(expected, actual, strict=True))
        ]
    else:
        return [f"{path}: expected {expected}, found {actual}"]
    return [line for name, a, b in pairs for line in differences(a, b, name)]


#: The kinds of ground a twin is tried on: homes, several districts, an open district.
KINDS = ("homes", "districts", "open")


def make(kind: str, folder: Path, /, **options: Any) -> Simulation:
    """A small town of a kind, a tick old; options go to ``from_config``, dotted keys to config."""
    agents: int = options.pop("agents", 12)
    manifest = folder / "manifest.yaml"
    objects = OPEN_OBJECTS if kind == "open" else ""
    manifest.write_text(AFFORDANCES + objects, encoding="utf-8")
    keys: dict[str, Any] = {"affordances.affordances_file": str(manifest)}
    keys["world.agents"] = agents
    keys["personalities.distribution"] = {"balanced": 1.0, "stoic": 1.0, "socialite": 1.0}
    if kind == "districts":
        keys["world.residents_per_district"] = max(agents // 3, 1)
    if kind == "open":
        keys["world.grid_size"] = [11, 9]
    keys |= {name: options.pop(name) for name in list(options) if "." in name}
    config = SimulationConfig().with_overrides(keys)
    return Simulation.from_config(config, agents=agents, **options).run(1)


Watcher = Callable[[], Callable[[], None]]


def tick(sim: Simulation, watch: Mapping[str, Watcher] | None = None) -> None:
    """Run one tick system by system.

    ``watch`` has a function per system name: it is called just before the system runs, and what
    it returns is called just after.
    """
    watch = watch or {}
    sim._before()
    for name, launches in list(sim._runtime.launches.items()):
        if name in ("write_option_masks", "write_primitive_masks"):
            continue
        after = watch[name]() if name in watch else None
        sim._runtime._step(launches)()
        if after is not None:
            after()
    sim._after()


def twin(sim: Simulation, rule: Callable[[Town], None], seen: list[Town] | None = None) -> Watcher:
    """A watcher: after the system the town looks as ``rule`` left the look before it.

    ``seen`` collects the expected looks, for tests to see that something happened.
    """

    def before() -> Callable[[], None]:
        expected = look(sim)
        rule(expected)

        def after() -> None:
            assert differences(expected, look(sim)) == []
            if seen is not None:
                seen.append(expected)

        return after

    return before


def scramble(sim: Simulation, luck: random.Random) -> None:
    """Put a town of one batch row into an unlikely state: needs, money, goods, closures, places.

    What hangs together (occupancy, the total of money) is kept together.
    """
    living = np.flatnonzero(sim.column("Identity.alive")).tolist()
    purse, treasury = sim.column("Wallet.money"), sim.column("Treasury.money")
    ground = rules_of(sim).ground
    for row in living:
        for need in range(sim.column("Needs.level").shape[1]):
            level = luck.choice([0.0, 0.1501, 0.16, 0.39, 0.5, 0.79, 1.0, luck.random()])
            sim.column("Needs.level")[row, need] = level
        for trait in range(len(TRAITS)):
            sim.column("Personality.trait")[row, trait] = luck.uniform(-1, 1)
        for item in range(len(ITEMS)):
            sim.column("Inventory.count")[row, item] = luck.choice([0, 0, 1, 2])
        money = luck.choice([0, 399, 400, 1000, 9000, 30_000])
        treasury[0] += int(purse[row]) - money
        purse[row] = money
        if sim.column("QueuePlace.object")[row] < 0 and luck.random() < 0.6:
            _set_down(sim, row, ground, luck)
    stock = sim.column("Objects.stock")
    for thing in range(len(stock)):
        if luck.random() < 0.5:
            stock[thing] = [luck.choice([0, 0, 1, 2, 9]) for _ in ITEMS]
        sim.column("Objects.closed")[thing] = luck.choice([0] * 8 + [1, 2])
    for utility in ("power", "water"):
        sim.column(f"Utilities.{utility}")[0] = luck.choice([0, 0, 0, 1, 2])
    for key in range(len(PRICE_KEYS)):
        sim.column("Prices.spike")[0, key] = luck.choice([1000, 1000, 333, 1255, 2000])
    factors = sim.column("Prices.factor")
    factors[:] = [luck.choice([1000, 1000, 1001, 800]) for _ in factors]


def _set_down(sim: Simulation, row: int, ground: Ground, luck: random.Random) -> None:
    """Put an agent next to some object, and count who stands where anew."""
    thing = luck.randrange(sim.plan.objects)
    district = int(sim.plan.object_district[thing])
    sim.column("Position.district")[row] = district
    sim.column("Position.tile")[row] = luck.choice(sorted(ground.reach(thing)))
    sim.column("Position.tries")[row] = 0
    count = sim.column("Occupancy.count")
    count[:] = 0
    for other in np.flatnonzero(sim.column("Identity.alive")):
        where = int(sim.column("Position.district")[other])
        tile = int(sim.column("Position.tile")[other])
        if sim.plan.single[sim.plan.district_layout[where], tile]:
            count[where, tile] += 1
