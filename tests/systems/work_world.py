"""A town at work for tests: columns without a simulation, kernels as plain Python, and its twin."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import numpy as np
from tests.oracle.work import Office, Post, Worker

import townlet_components
from townlet.config import SimulationConfig
from townlet.ecs import Store
from townlet.ecs.kernel import recording
from townlet.maps import TownPlan
from townlet.setup.blueprint import draw_blueprint
from townlet.setup.build import build_store
from townlet.systems import discover_components
from townlet_components.events import EVENTS
from townlet_components.personality import FORGIVENESS
from townlet_components.wallet import FLOWS
from townlet_components.work import SHIFT_STATES

#: Events of work.
WORK_EVENTS = (
    "employment_helped_when_late",
    "employment_took_my_shift",
    "employment_warning",
    "hired",
    "shift_on_time",
    "shift_late_start",
    "shift_absent",
    "shift_departed_early",
    "shift_ended",
)


class WorkWorld:
    """Columns of a batch of towns whose agents live, and nothing else."""

    def __init__(
        self,
        agents: int = 14,
        towns: int = 1,
        seed: int = 5,
        overrides: Any = None,
        row_order: Any = None,
        **keys: Any,
    ) -> None:
        dotted = {key.replace("__", "."): value for key, value in keys.items()}
        config = SimulationConfig().with_overrides(dotted)
        self.blue = draw_blueprint(config, towns, seed, agents, overrides)
        if row_order == "shuffled":
            row_order = np.random.default_rng(seed).permutation(towns * self.blue.capacity)
        components = discover_components(townlet_components)
        self.store: Store = build_store(self.blue, components, 1, row_order)
        self.towns, self.plan = towns, self.blue.plan
        self.column("Identity.alive")[:] = True
        self.column("Identity.generation")[:] = 0
        self.set_clock(1, 421)

    def column(self, name: str) -> Any:
        """A live array."""
        return self.store.column(name)

    def set_clock(self, tick: int, minute: int, day: int = 0) -> None:
        """The tick to come."""
        self.column("Clock.tick")[0] = tick
        self.column("Clock.minute")[0] = minute
        self.column("Clock.day")[0] = day

    def advance(self) -> None:
        """The next minute; its events begin empty."""
        minute = int(self.column("Clock.minute")[0]) + 1
        self.column("Clock.day")[0] += minute // 1440
        self.column("Clock.minute")[0] = minute % 1440
        self.column("Clock.tick")[0] += 1
        self.column("Events.count")[:] = 0

    def play(self, system: Any) -> None:
        """Run a system's kernels as plain Python, with the access it declares."""
        calls: list[Any] = []
        spec = system.__system__
        views = {
            a.parameter: (self.store.read if a.mode == "read" else self.store.write)(a.component)
            for a in spec.access
        }
        with recording(lambda kernel, args: calls.append((kernel, args))):
            spec.function(**views)
        for kernel, args in calls:
            kernel.py_func(*args)

    def row(self, slot: int, town: int = 0) -> int:
        """Row of a slot."""
        return int(self.column("Rows.row_of")[town * self.blue.capacity + slot])

    def seat(self, slot: int, position: int, town: int = 0, since: int = 0) -> None:
        """Give an agent a position."""
        self.column("Employment.position")[self.row(slot, town)] = position
        self.column("Employment.since")[self.row(slot, town)] = since
        self.column("Shifts.holder")[town * self.blue.jobs.count + position] = slot
        district = int(self.column("PositionPlan.district")[position])
        self.column("Shifts.vacant")[town * self.plan.districts + district] -= 1

    def stand(self, slot: int, spot: tuple[int, int], town: int = 0) -> None:
        """Put an agent on a tile of a district."""
        row = self.row(slot, town)
        self.column("Position.district")[row], self.column("Position.tile")[row] = spot

    def money(self, town: int = 0) -> int:
        """All money of a town that has moved since there was none."""
        places, rows = self.plan.places, [self.row(s, town) for s in range(self.blue.capacity)]
        tills = self.column("Till.money")[town * places : (town + 1) * places].sum()
        wallets = self.column("Wallet.money")[rows].sum()
        return int(tills + wallets + self.column("Treasury.money")[town])

    def flows(self, town: int = 0) -> dict[str, int]:
        """What has been booked, by flow."""
        districts = self.plan.districts
        ledger = self.column("Ledger.flow")[town * districts : (town + 1) * districts].sum(axis=0)
        total = ledger + self.column("Treasury.flow")[town]
        return dict(zip(FLOWS, total.tolist(), strict=True))

    def events(self, town: int = 0) -> list[tuple[Any, ...]]:
        """Events of work of this tick, sorted."""
        names = ("agent", "other", "object", "value")
        columns = [self.column(f"Events.{name}") for name in names]
        found = []
        for d in range(town * self.plan.districts, (town + 1) * self.plan.districts):
            for k in range(self.column("Events.count")[d]):
                kind = EVENTS[self.column("Events.kind")[d, k]]
                if kind in WORK_EVENTS:
                    found.append((kind, *(int(column[d, k]) for column in columns)))
        return sorted(found)

    # -- the twin --------------------------------------------------------------------------------

    def office(self, town: int = 0) -> Office:
        """A copy of the town as its twin knows it."""
        config = self.blue.town_configs[town]
        rivalry = config.conflict.rivalry
        rules = {
            "max_absent": config.employment.max_absent_shifts,
            "window": config.employment.attendance_window,
            "buffer": config.behavior.job_arrival_buffer,
            "radius": config.world.commute_radius,
            "grid": (self.plan.grid_w, self.plan.grid_h),
            "tie_decay": float(np.float32(0.00002)),
            "rivalry_decay": float(np.float32(rivalry.decay_per_tick)),
            "weak": np.float32(rivalry.eviction_threshold),
        }
        places = self.plan.places
        return Office(
            seed=self.blue.seed + town,
            tick=int(self.column("Clock.tick")[0]),
            minute=int(self.column("Clock.minute")[0]),
            day=int(self.column("Clock.day")[0]),
            workers={slot: self._worker(slot, town) for slot in range(self.blue.capacity)},
            posts=[self._post(p, town) for p in range(self.blue.jobs.count)],
            tills=self.column("Till.money")[town * places : (town + 1) * places].tolist(),
            keep=self.column("PricePlan.keep")[town * places : (town + 1) * places].tolist(),
            rules=[self._rates(town, job) for job in range(len(self.blue.jobs.names))],
            town_rules=rules,
            treasury=int(self.column("Treasury.money")[town]),
        )

    def _rates(self, town: int, job: int) -> dict[str, int]:
        names = (
            "wage",
            "lateness_penalty",
            "late_tick_penalty",
            "absence_penalty",
            "grace",
            "absent_cutoff",
            "absence_slack",
        )
        return {name: int(self.column(f"JobRules.{name}")[town, job]) for name in names}

    def _worker(self, slot: int, town: int) -> Worker:
        row = self.row(slot, town)
        position = int(self.column("Employment.position")[row])
        ties = {}
        for k, other in enumerate(self.column("Ties.other")[row].tolist()):
            if other >= 0:
                names = ("trust", "familiarity", "rivalry", "at", "helped", "took")
                ties[other] = {name: self.column(f"Ties.{name}")[row, k] for name in names}
        return Worker(
            slot=slot,
            generation=int(self.column("Identity.generation")[row]),
            spot=self.spot(slot, town),
            money=int(self.column("Wallet.money")[row]),
            home=int(self.plan.home_district[slot]),
            alive=bool(self.column("Identity.alive")[row]),
            forgiveness=float(self.column("Personality.trait")[row, FORGIVENESS]),
            position=None if position < 0 else position,
            since=int(self.column("Employment.since")[row]),
            ties=ties,
        )

    def spot(self, slot: int, town: int = 0) -> tuple[int, int]:
        """Where an agent stands."""
        row = self.row(slot, town)
        district = int(self.column("Position.district")[row])
        return district, int(self.column("Position.tile")[row])

    def _post(self, p: int, town: int) -> Post:
        names = ("place", "district", "job", "start", "length")
        place, district, job, start, length = (
            int(self.column(f"PositionPlan.{name}")[p]) for name in names
        )
        holder = int(self.column("Shifts.holder")[town * self.blue.jobs.count + p])
        taken = None if holder < 0 else holder
        return Post(p, place, district, job, start, length, self.inside(p), taken)

    def inside(self, p: int) -> set[tuple[int, int]]:
        """Where one is present at a position."""
        place = int(self.blue.jobs.place[p])
        district = int(self.plan.place_district[place])
        if self.blue.jobs.spot[p]:
            target = self.plan.route[self.plan.district_layout[district], self.blue.jobs.target[p]]
            tile = int(np.flatnonzero(target == 4)[0])
            return {(district, t) for t in around(self.plan, tile)}
        layout = self.plan.layouts[int(self.plan.district_layout[district])]
        drawn = layout.places[place - int(self.plan.place_first[district])]
        return {(district, t) for t in (*drawn.tiles, drawn.door)}

    def look(self, town: int = 0) -> dict[str, Any]:
        """What the twin is compared with."""
        found: dict[str, Any] = {"flow": {}, "agents": [], "posts": []}
        positions, places = self.blue.jobs.count, self.plan.places
        for p in range(positions):
            g = town * positions + p
            holder = int(self.column("Shifts.holder")[g])
            state = SHIFT_STATES[self.column("Shifts.state")[g]]
            found["posts"].append((holder, state if holder >= 0 else None))
        for slot in range(self.blue.capacity):
            row = self.row(slot, town)
            names = ("position", "since", "lateness", "withheld", "shifts", "punctual", "warned")
            record = [int(self.column(f"Employment.{name}")[row]) for name in names]
            bits = bin(int(self.column("Employment.absences")[row])).count("1")
            count = int(self.column("Employment.samples")[row])
            sample = self.column("Employment.sample")[row, :count].tolist()
            money = int(self.column("Wallet.money")[row])
            found["agents"].append((*record, bits, sample, money))
        found["tills"] = self.column("Till.money")[town * places : (town + 1) * places].tolist()
        found["treasury"] = int(self.column("Treasury.money")[town])
        flows = self.flows(town)
        found["flow"] = {name: flows[name] for name in ("wage", "wage_treasury", "penalty")}
        found["events"] = self.events(town)
        return found


def seen(office: Office) -> dict[str, Any]:
    """The twin as :meth:`WorkWorld.look` shows a town."""
    agents = []
    for worker in office.workers.values():
        record = [
            -1 if worker.position is None else worker.position,
            worker.since,
            worker.lateness,
            worker.withheld,
            worker.shifts,
            worker.punctual,
            int(worker.warned),
        ]
        agents.append((*record, len(worker.absent_days), worker.samples, worker.money))
    posts = [(-1, None) if p.holder is None else (p.holder, p.state) for p in office.posts]
    return {
        "flow": office.flow,
        "agents": agents,
        "posts": posts,
        "tills": office.tills,
        "treasury": office.treasury,
        "events": sorted(office.events),
    }


def around(plan: TownPlan, tile: int) -> set[int]:
    """A tile and its neighbours."""
    x, y = tile % plan.width, tile // plan.width
    near = [(x, y), (x, y - 1), (x, y + 1), (x + 1, y), (x - 1, y)]
    return {v * plan.width + u for u, v in near if 0 <= u < plan.width and 0 <= v < plan.height}


def scatter(world: WorkWorld, luck: random.Random, town: int = 0, share: float = 0.7) -> None:
    """Some agents go to work or away from it, some just stay where they are."""
    for slot in range(world.blue.capacity):
        if luck.random() < 0.93:
            continue
        position = int(world.column("Employment.position")[world.row(slot, town)])
        if position >= 0 and luck.random() < share:
            world.stand(slot, luck.choice(sorted(world.inside(position))), town)
        else:
            district = luck.randrange(world.plan.districts)
            world.stand(slot, (district, luck.randrange(world.plan.tiles)), town)


def jobs_by_name(world: WorkWorld) -> Counter[str]:
    """How many positions each job has."""
    return Counter(world.blue.jobs.names[job] for job in world.blue.jobs.job)
