"""Queue kernels against their slow twin, on lines of people nobody would plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.oracle.movement import world_bits
from tests.oracle.queues import Event, Fairness, Person, Queues, Thing
from tests.systems.conftest import arguments

from townlet.ecs.kernel import Kernel
from townlet_components import draws
from townlet_components.events import EVENTS, LEFT
from townlet_components.intent import INTERACT, LEAVE_QUEUE, WAIT
from townlet_components.personality import PATIENCE, TRAITS
from townlet_components.queueing import WAIT_BINS
from townlet_systems.queues import change_all, complain_all, serve_all

Run = Callable[[Any, list[Any]], None]
WIDTH = 7  # a district is a line of tiles; things stand on it, gates are at both ends
START = 50
SWIM, GARBAGE = 3, 77  # an affordance; what nobody may touch


def run_jitted(kernel: Any, args: list[Any]) -> None:
    kernel(*args)


def run_plain(kernel: Any, args: list[Any]) -> None:
    assert isinstance(kernel, Kernel)
    kernel.py_func(*args)


class Crowd:
    """Random towns twice: as arrays for the kernels and as people for the twin."""

    def __init__(self, luck: Random) -> None:
        self.luck, self.tick = luck, START
        self.towns, self.districts = luck.choice([(1, 1), (1, 2), (2, 1), (2, 2)])
        self.capacity, self.count = luck.randint(1, 9), luck.randint(1, 4)
        self.seed = luck.randrange(1 << 63)
        self.spots = sorted(
            (luck.randrange(self.districts), luck.randrange(WIDTH)) for _ in range(self.count)
        )
        places = range(self.towns * self.capacity)
        self.row_of = luck.sample(places, len(places))
        self.generation = [luck.randrange(4) for _ in places]
        self.where = [self.any_spot() for _ in places]
        self.acts: list[tuple[int, int]] = [(WAIT, 0) for _ in places]
        self.running: dict[int, tuple[int, int]] = {}  # place -> (thing, until)
        self.rooms = [0] * self.count
        self.twins = [self.make_twin(town) for town in range(self.towns)]
        for number, room in enumerate(self.rooms):
            for twin in self.twins:
                twin.things[number].room = room
        self.arrays = self.fill()

    # -- making ----------------------------------------------------------------------------------

    def any_spot(self) -> tuple[int, int]:
        """District and tile, often that of a thing."""
        if self.luck.random() < 0.6:
            return self.luck.choice(self.spots)
        return self.luck.randrange(self.districts), self.luck.randrange(WIDTH)

    def make_twin(self, town: int) -> Queues:
        luck, age = self.luck, np.float32(self.luck.choice([0.0, 0.1, 0.5, 1.0]))
        rules = Fairness(
            cooldown=60,
            ghost_after=luck.choice([0, 1, 3]),
            age_weight=float(age),
            patience=luck.randint(1, 60),
            timeout=luck.randint(1, 4),
        )
        patience = [-1.0, -0.5, 0.0, 0.0, 0.25, 1.0]
        people = {slot: Person(slot, luck.choice(patience)) for slot in range(self.capacity)}
        things = {k: Thing(k, 0, closed=luck.random() < 0.2) for k in range(self.count)}
        for person in people.values():
            self.put_somewhere(town, person, things)
        for number, thing in things.items():
            luck.shuffle(thing.line)  # the rank of who is next must not rest on a tidy ring
            self.rooms[number] = max(self.rooms[number], len(thing.line), luck.randint(1, 3))

        def draw(purpose: int) -> Callable[[int, int, int], int]:
            return lambda slot, thing, tick: self.draw(purpose, town, slot, thing, tick)

        def walk(slot: int, thing: int) -> int:
            return self.walk(town * self.capacity + slot, thing)

        return Queues(rules, people, things, draw(draws.QUEUE_JOIN), draw(draws.QUEUE_NEXT), walk)

    def put_somewhere(self, town: int, person: Person, things: dict[int, Thing]) -> None:
        luck = self.luck
        if luck.random() < 0.4:
            person.cool_thing = luck.choice(list(things))
            person.cool_until = START + luck.randint(-1, 3)
        fate, thing = luck.random(), things[luck.choice(list(things))]
        if fate < 0.3:
            return
        person.thing, person.joined = thing.number, START - luck.choice([1, 1, 2, 5, 20, 49])
        if thing.holder is not None or fate < 0.6:
            person.complained = luck.random() < 0.3
            thing.line.append(person.slot)
            return
        thing.holder, person.holding, thing.using = person.slot, True, fate < 0.75
        thing.free_until = START + luck.randint(-3, 2)
        if thing.using:
            place = town * self.capacity + person.slot
            self.running[place] = (thing.number, START + luck.randint(0, 3))
        else:
            thing.idle = luck.randint(0, 3)

    def draw(self, purpose: int, town: int, slot: int, thing: int, tick: int) -> int:
        generation = self.generation[town * self.capacity + slot]
        return world_bits(self.seed + town, tick, slot, generation, purpose, thing)

    def walk(self, place: int, number: int) -> int:
        """Tiles from an agent to where it can use a thing; through gates at the ends."""
        (district, tile), (goal, spot) = self.where[place], self.spots[number]
        if district < goal:
            return WIDTH - 1 - tile + 1 + max(0, spot - 1)
        if district > goal:
            return tile + 1 + max(0, WIDTH - 1 - spot - 1)
        return max(0, abs(tile - spot) - 1)

    def by_row(self, values: list[Any], dtype: Any) -> np.ndarray[Any, Any]:
        array = np.zeros(len(values), dtype)
        array[self.row_of] = values
        return array

    def fill(self) -> dict[str, Any]:
        people = [p for twin in self.twins for p in twin.people.values()]
        rows, cells, things = len(people), self.towns * self.districts, self.towns * self.count
        running = [self.running.get(place, (-1, 0)) for place in range(rows)]
        trait = np.zeros((rows, len(TRAITS)), np.float32)
        trait[:, PATIENCE] = self.by_row([p.patience for p in people], np.float32)
        starts = np.concatenate([[0], np.cumsum(self.rooms)])
        return {
            "town": np.repeat(np.arange(self.towns, dtype=np.int32), self.districts),
            "number": np.tile(np.arange(self.districts, dtype=np.int32), self.towns),
            "slot": self.by_row([p.slot for p in people], np.int32),
            "generation": self.by_row(self.generation, np.int32),
            "trait": trait,
            "row_of": np.array(self.row_of, np.int32),
            "seed": np.array([self.seed + t for t in range(self.towns)], np.uint64),
            "affordance": self.by_row([SWIM if r[0] >= 0 else -1 for r in running], np.int16),
            "using_object": self.by_row([r[0] for r in running], np.int32),
            "until": self.by_row([r[1] for r in running], np.int32),
            "paid": self.by_row([9 if r[0] >= 0 else 0 for r in running], np.int32),
            **self.agent_side(people),
            **self.thing_side(),
            "o_start": starts[:-1].astype(np.int32),
            "o_size": np.array(self.rooms, np.int16),
            "o_district": np.array([d for d, _ in self.spots], np.int32),
            "o_target": np.arange(4, 4 + self.count, dtype=np.int16),
            "object_first": np.searchsorted(
                [d for d, _ in self.spots], range(self.districts + 1)
            ).astype(np.int32),
            "attention": np.full(things, GARBAGE, np.int32),
            "listed": np.full(cells, GARBAGE, np.int32),
            "full": np.zeros(cells, np.int32),
            "histogram": np.zeros((cells, WAIT_BINS), np.int32),
            "longest": np.zeros(cells, np.int32),
            **self.map_side(),
            **self.rule_side(),
        }

    def agent_side(self, people: list[Person]) -> dict[str, Any]:
        thing = [-1 if p.thing is None else p.thing for p in people]
        cooling = [-1 if p.cool_thing is None else p.cool_thing for p in people]
        return {
            "q_object": self.by_row(thing, np.int32),
            "joined": self.by_row([p.joined for p in people], np.int32),
            "holding": self.by_row([p.holding for p in people], np.bool_),
            "complained": self.by_row([p.complained for p in people], np.bool_),
            "cool_object": self.by_row(cooling, np.int32),
            "cool_until": self.by_row([p.cool_until for p in people], np.int32),
        }

    def thing_side(self) -> dict[str, Any]:
        things = [thing for twin in self.twins for thing in twin.things.values()]
        room = [[*t.line, *[-1] * (self.rooms[t.number] - len(t.line))] for t in things]
        return {
            "ring": np.array([slot for ring in room for slot in ring], np.int32),
            "waiting": np.array([len(t.line) for t in things], np.int8),
            "holder": np.array([-1 if t.holder is None else t.holder for t in things], np.int32),
            "using": np.array([t.using for t in things]),
            "idle": np.array([t.idle for t in things], np.int8),
            "free_until": np.array([t.free_until for t in things], np.int32),
            "closed": np.array([t.closed for t in things]),
        }

    def map_side(self) -> dict[str, Any]:
        route = np.zeros((1, 4 + self.count, WIDTH), np.uint16)
        for tile in range(WIDTH):
            route[0, 2, tile], route[0, 3, tile] = (WIDTH - 1 - tile) << 3, tile << 3
            for number, (_, spot) in enumerate(self.spots):
                route[0, 4 + number, tile] = max(0, abs(tile - spot) - 1) << 3
        gate_exit = np.full((4, WIDTH), -1, np.int16)
        gate_exit[2, WIDTH - 1], gate_exit[3, 0] = 0, WIDTH - 1
        return {
            "route": route,
            "layout": np.zeros(self.districts, np.int16),
            "gate_exit": gate_exit,
            "gate_tile": np.array([-1, -1, WIDTH - 1, 0], np.int16),
            "grid": np.array([self.districts, 1], np.int32),
        }

    def rule_side(self) -> dict[str, Any]:
        rules = [twin.rules for twin in self.twins]
        return {
            "ghost_after": np.array([r.ghost_after for r in rules], np.int32),
            "age_weight": np.array([r.age_weight for r in rules], np.float32),
            "patience": np.array([r.patience for r in rules], np.int32),
            "timeout": np.array([r.timeout for r in rules], np.int32),
        }

    # -- a tick ----------------------------------------------------------------------------------

    def tick_both(self, run: Run) -> None:
        self.plan_acts()
        expected = self.tick_twins()
        for kernel in (change_all, serve_all, complain_all):
            run(kernel, arguments(kernel, self.arrays))
        self.compare(expected)
        self.start_some()
        self.tick += 1

    def plan_acts(self) -> None:
        """New acts and places for everyone; rows act where their thing is."""
        luck, arrays = self.luck, self.arrays
        self.acts, cells = [], []
        for place in range(len(self.row_of)):
            town, slot = divmod(place, self.capacity)
            thing = self.twins[town].people[slot].thing
            self.where[place] = self.any_spot()
            wish = luck.randrange(self.count) if thing is None else thing
            act = luck.choice([WAIT, 1, LEAVE_QUEUE, INTERACT, INTERACT, INTERACT + SWIM])
            if place in self.running and act != LEAVE_QUEUE:
                act = WAIT
            self.acts.append((act, wish))
            district = self.where[place][0]
            if act == LEAVE_QUEUE and thing is not None:
                district = self.spots[thing][0]
            cells.append(town * self.districts + district)
        arrays["primitive"] = self.by_row([act for act, _ in self.acts], np.int16)
        arrays["wish"] = self.by_row([wish for _, wish in self.acts], np.int32)
        arrays["district"] = self.by_row([spot[0] for spot in self.where], np.int32)
        arrays["tile"] = self.by_row([spot[1] for spot in self.where], np.int16)
        arrays["tick"] = np.array([self.tick], np.int64)
        self.list_actors([k for k, act in enumerate(self.acts) if act[0] != WAIT], cells)
        rows, count = len(self.row_of), self.towns * self.districts
        for name, dtype in (("done", np.int16), ("duration", np.int16)):
            arrays[name] = np.full(rows, GARBAGE, dtype)
        arrays["success"] = np.zeros(rows, np.bool_)
        arrays |= {f"e_{name}": np.zeros(count, np.int32) for name in ("count", "dropped")}
        arrays["e_kind"] = np.zeros((count, 48), np.int8)
        for name in ("agent", "other", "object", "value"):
            arrays[f"e_{name}"] = np.zeros((count, 48), np.int32)
        arrays["e_total"] = np.zeros((count, len(EVENTS)), np.int32)

    def list_actors(self, actors: list[int], cells: list[int]) -> None:
        self.luck.shuffle(actors)  # nothing may depend on the order of rows
        actors.sort(key=lambda place: cells[place])
        count = self.towns * self.districts
        bounds = np.searchsorted([cells[place] for place in actors], range(count + 1))
        listed = np.full(len(self.row_of), GARBAGE, np.int32)
        listed[: len(actors)] = [self.row_of[place] for place in actors]
        self.arrays["active"] = listed
        self.arrays["first"] = bounds[:-1].astype(np.int32)
        self.arrays["last"] = bounds[1:].astype(np.int32)

    def ready(self, place: int, number: int) -> bool:
        act, wish = self.acts[place]
        there = self.where[place][0] == self.spots[number][0]
        return act >= INTERACT and wish == number and there and self.walk(place, number) == 0

    def tick_twins(self) -> dict[int, tuple[int, bool] | None]:
        """Advance the twins; returns what each agent's last action should be: (act, success)."""
        outcome: dict[int, tuple[int, bool] | None] = {}
        for town, twin in enumerate(self.twins):
            twin.events.clear()
            twin.waits.clear()
            first = town * self.capacity
            asking = []
            for place in range(first, first + self.capacity):
                act, wish = self.acts[place]
                person = twin.people[place - first]
                outcome[place] = None
                if act == LEAVE_QUEUE:
                    outcome[place] = self.twin_leaves(twin, place, person)
                elif act >= INTERACT and person.thing is None:
                    outcome[place] = (act, False)
                    if self.ready(place, wish):
                        asking.append((person.slot, wish))
            twin.join(asking, self.tick)
            for slot, thing in asking:
                outcome[first + slot] = (
                    self.acts[first + slot][0],
                    twin.people[slot].thing == thing,
                )
            twin.serve(lambda slot, thing, f=first: self.ready(f + slot, thing), self.tick)  # type: ignore[misc]
            twin.complain(self.tick)
        return outcome

    def twin_leaves(self, twin: Queues, place: int, person: Person) -> tuple[int, bool] | None:
        was = person.thing
        if place in self.running:
            thing, until = self.running[place]
            if until <= self.tick:
                return None  # it finishes in this very tick
            del self.running[place]
            twin.events.append(("affordance_fail", person.slot, SWIM, thing, LEFT))
        twin.leave(person.slot)
        return LEAVE_QUEUE, was is not None

    def start_some(self) -> None:
        """Some who hold a thing and stand there begin; both sides are told."""
        for town, twin in enumerate(self.twins):
            for number, thing in twin.things.items():
                if thing.holder is None or thing.using or self.luck.random() < 0.5:
                    continue
                place = town * self.capacity + thing.holder
                if not self.ready(place, number):
                    continue
                twin.start(thing.holder)
                self.running[place] = (number, self.tick + self.luck.randint(1, 3))
                row, g = self.row_of[place], town * self.count + number
                self.arrays["using"][g], self.arrays["idle"][g] = True, 0
                self.arrays["affordance"][row], self.arrays["using_object"][row] = SWIM, number
                self.arrays["until"][row] = self.running[place][1]

    # -- comparing -------------------------------------------------------------------------------

    def compare(self, outcome: dict[int, tuple[int, bool] | None]) -> None:
        people = [p for twin in self.twins for p in twin.people.values()]
        for name, wanted in (self.agent_side(people) | self.thing_side()).items():
            np.testing.assert_array_equal(self.arrays[name], wanted, err_msg=name)
        for place, row in enumerate(self.row_of):
            done, success = outcome[place] or (GARBAGE, False)
            assert self.arrays["done"][row] == done
            assert self.arrays["success"][row] == success
            assert (self.arrays["affordance"][row] >= 0) == (place in self.running)
        for town, twin in enumerate(self.twins):
            cells = range(town * self.districts, (town + 1) * self.districts)
            assert self.events(cells) == sorted(twin.events)
            full = sum(event[0] == "queue_full" for event in twin.events)
            assert self.arrays["full"][list(cells)].sum() == full
        self.compare_waits()

    def events(self, cells: range) -> list[Event]:
        found = []
        for cell in cells:
            for k in range(self.arrays["e_count"][cell]):
                numbers = (
                    int(self.arrays[f"e_{name}"][cell, k])
                    for name in ("agent", "other", "object", "value")
                )
                agent, other, thing, value = numbers
                kind = EVENTS[self.arrays["e_kind"][cell, k]]
                found.append((kind, agent, other, thing, value))
        self.arrays["full"][list(cells)] += 0
        return sorted(found)

    def compare_waits(self) -> None:
        histogram = self.arrays["histogram"]
        for town, twin in enumerate(self.twins):
            for district in range(self.districts):
                here = [w for k, w in twin.waits if self.spots[k][0] == district]
                cell = town * self.districts + district
                found = {k: int(n) for k, n in enumerate(histogram[cell]) if n}
                assert found == dict(Counter(here))
                assert self.arrays["longest"][cell] == max(here, default=0)
        histogram[:] = 0
        self.arrays["longest"][:] = 0
        self.arrays["full"][:] = 0


@settings(max_examples=250, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_kernels_serve_as_their_slow_twin(luck: Random) -> None:
    crowd = Crowd(luck)
    for _ in range(4):
        crowd.tick_both(run_jitted)


@pytest.mark.usefixtures("plain_python")
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.randoms(use_true_random=False))
def test_without_a_compiler_they_serve_alike(luck: Random) -> None:
    crowd = Crowd(luck)
    for _ in range(2):
        crowd.tick_both(run_plain)
