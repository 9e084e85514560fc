"""Conversations against their slow twin: crowds where everybody wants to talk with everybody."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.oracle.conversations import MEMORY, Citizen, Square
from tests.oracle.movement import world_bits
from tests.systems.conftest import OpenTown, arguments
from tests.systems.tie_world import Circles

from townlet import Simulation
from townlet_components import draws
from townlet_components.events import EVENTS
from townlet_components.intent import LEAVE_QUEUE, OPTIONS, TALK, WAIT
from townlet_systems.company import Society, find_company, talk_partner
from townlet_systems.conversations import (
    chance_of,
    end_due,
    match_all,
    quality_of,
    tell_results,
)
from townlet_systems.sorting import sort_by_cell

PURPOSES = {
    "order": draws.CHAT_ORDER,
    "partner": draws.CHAT_PARTNER,
    "outcome": draws.CHAT_OUTCOME,
}
WIDTH, HEIGHT = 3, 2
SOON = 40_009  # a tick at which conversations end


class Crowd(Circles):
    """A circle whose people stand about, some of them talking."""

    def __init__(self, luck: Random) -> None:
        super().__init__(luck)
        self.squares = [self.make_square(town) for town in range(self.towns)]
        self.pass_time(luck.choice([0, 1, 30]))
        self.midnight = self.tick - self.tick % 1440
        self.arrays |= self.more_arrays()

    def make_square(self, town: int) -> Square:
        luck = self.luck
        citizens = [
            Citizen(
                slot,
                self.any_spot(),
                option=luck.choice(["idle", "idle", "socialise", "relax", "sleep"]),
                alive=luck.random() < 0.95,
                busy=luck.random() < 0.1,
                queues=luck.random() < 0.1,
                possessed=luck.random() < 0.1,
                under_way=luck.random() < 0.1,
                asks=luck.random() < 0.6,
            )
            for slot in range(self.capacity)
        ]
        for c in citizens:
            c.leaves = not c.asks and luck.random() < 0.2
            for other in luck.sample(range(self.capacity), min(self.capacity, MEMORY)):
                if other != c.slot and luck.random() < 0.6:
                    self.meet(c, citizens[other])
        self.let_talk(citizens)

        def draw(slot: int, purpose: str, index: int) -> int:
            generation = self.generation[town * self.capacity + slot]
            seed = self.seed + town
            return world_bits(seed, self.tick, slot, generation, PURPOSES[purpose], index)

        return Square(self.twins[town], citizens, draw)

    def meet(self, a: Citizen, b: Citizen) -> None:
        """They have talked before; both remember, unless one remembers four others."""
        if len(a.last) < MEMORY and len(b.last) < MEMORY and b.slot not in a.last:
            past = self.tick - self.luck.choice([2, 50, 59, 60, 61, 900, 2000])
            past -= len(a.last) * 7 + len(b.last) * 3
            # Nobody has talked with two at a time.
            known = {at for at, _ in (*a.last.values(), *b.last.values())}
            while past in known:
                past -= 1
            a.last[b.slot] = b.last[a.slot] = (past, self.luck.randint(1, 3))

    def let_talk(self, citizens: list[Citizen]) -> None:
        idle = [c for c in citizens if c.free()]
        self.luck.shuffle(idle)
        for a, b in zip(idle[::2], idle[1::2], strict=False):
            if self.luck.random() < 0.3:
                a.partner, b.partner, a.speaker = b.slot, a.slot, True
                a.until = b.until = SOON - self.luck.choice([0, 0, 9])
                a.spot = b.spot
        for c in citizens:
            if c.partner is None and self.luck.random() < 0.1:
                c.only = self.luck.randrange(self.capacity)
            if self.luck.random() < 0.2:
                c.quality = self.luck.choice([0, 400, 1000])

    def any_spot(self) -> tuple[int, int, int]:
        luck = self.luck
        return luck.randrange(self.districts), luck.randrange(WIDTH), luck.randrange(HEIGHT)

    def all_citizens(self) -> list[Citizen]:
        return [c for square in self.squares for c in square.citizens.values()]

    def more_arrays(self) -> dict[str, Any]:
        everyone, rows = self.all_citizens(), len(self.row_of)
        cells = self.towns * self.districts

        def some(value: int | None) -> int:
            return -1 if value is None else value

        made = {
            "alive": self.by_row([c.alive for c in everyone], np.bool_),
            "affordance": self.by_row([0 if c.busy else -1 for c in everyone], np.int16),
            "queue": self.by_row([2 if c.queues else -1 for c in everyone], np.int32),
            "possessed": self.by_row([c.possessed for c in everyone], np.bool_),
            "option": self.by_row([OPTIONS.index(c.option) for c in everyone], np.int8),
            "partner": self.by_row([some(c.partner) for c in everyone], np.int32),
            "only": self.by_row([some(c.only) for c in everyone], np.int32),
            "quality": self.by_row([some(c.quality) for c in everyone], np.int32),
            "until": self.by_row([c.until for c in everyone], np.int32),
            "speaker": self.by_row([c.speaker for c in everyone], np.bool_),
            "take": np.zeros((1, 3), np.int16),
            "size": np.array([WIDTH, HEIGHT], np.int32),
            "preference": np.array([[1.0, 1.25]] * self.towns, np.float32),
            "done": np.full(rows, 77, np.int16),
            "success": np.zeros(rows, np.bool_),
            "duration": np.full(rows, 77, np.int16),
            "number": np.tile(np.arange(self.districts, dtype=np.int32), self.towns),
            "minute": np.array([self.tick - self.midnight], np.int64),
            "wake": np.zeros(rows, np.int32),
            # errands: target 0 is where nobody is
            "target": self.by_row([0 if c.under_way else -1 for c in everyone], np.int16),
            "route": np.full((1, 1, WIDTH * HEIGHT), 3 << 3, np.uint16),
        }
        for name, fill in (("recent", -1), ("recent_at", -1_000_000), ("recent_count", 0)):
            made[name] = np.full_like(self.arrays[name], fill)
        for row, c in zip(self.row_of, everyone, strict=True):
            places = self.luck.sample(range(MEMORY), len(c.last))
            for k, (slot, (at, count)) in zip(places, c.last.items(), strict=True):
                made["recent"][row, k] = slot
                made["recent_at"][row, k] = at
                made["recent_count"][row, k] = count
        lists = {
            "agent": ("listed", "cell", "sorted", "due", "eating", "eating_cell", "waiting"),
            "cell": ("free_first", "free_last", "first", "last"),
        }
        made |= {name: np.full(rows, 77, np.int32) for name in lists["agent"]}
        made |= {name: np.full(cells, 77, np.int32) for name in lists["cell"]}
        made |= {
            name: np.full((1, 1), 77, np.int32) for name in ("count", "due_count", "eating_count")
        }
        made |= self.stand()
        return made

    def stand(self) -> dict[str, Any]:
        everyone = self.all_citizens()
        return {
            "district": self.by_row([c.spot[0] for c in everyone], np.int32),
            "tile": self.by_row([c.spot[2] * WIDTH + c.spot[1] for c in everyone], np.int16),
        }

    # -- a tick ----------------------------------------------------------------------------------

    def gather(self, run: Any) -> None:
        a = self.arrays
        errands = a | {"until": np.full(len(self.row_of), self.tick + 1, np.int32)}
        args = arguments(find_company, a)
        place = next(i for i, x in enumerate(args) if type(x).__name__ == "Errands")
        args[place] = type(args[place])(*(errands[f] for f in args[place]._fields))
        run(find_company, args)
        lists = (a["listed"], a["cell"], a["count"], a["sorted"], a["free_first"], a["free_last"])
        run(sort_by_cell, list(lists))
        a["listed"] = a["sorted"]

    def act(self) -> None:
        """Some step to another tile or district; who acts is listed where it stands."""
        everyone, cells = self.all_citizens(), []
        for place, c in enumerate(everyone):
            if c.free() and not c.asks and self.luck.random() < 0.3:
                c.spot = self.any_spot()
            cells.append(place // self.capacity * self.districts + c.spot[0])
        acts = [TALK if c.asks else LEAVE_QUEUE if c.leaves else WAIT for c in everyone]
        self.arrays["primitive"] = self.by_row(acts, np.int16)
        actors = [k for k, act in enumerate(acts) if act != WAIT]
        self.luck.shuffle(actors)
        actors.sort(key=lambda k: cells[k])
        bounds = np.searchsorted([cells[k] for k in actors], range(self.towns * self.districts + 1))
        a = self.arrays
        a["active"] = np.array([self.row_of[k] for k in actors] + [77], np.int32)
        a["first"], a["last"] = bounds[:-1].astype(np.int32), bounds[1:].astype(np.int32)
        a |= self.stand()

    def match(self, run: Any) -> None:
        speaker = {"speaker": np.full(len(self.row_of), 77, np.int32)}
        args = arguments(match_all, self.arrays | speaker)
        place = next(i for i, x in enumerate(args) if type(x).__name__ == "Talking")
        args[place] = args[place]._replace(speaker=self.arrays["speaker"])
        run(match_all, args)

    def check(self) -> None:
        a, everyone = self.arrays, self.all_citizens()
        for place, c in enumerate(everyone):
            row = self.row_of[place]
            named = {name: a[name][row] for name in ("partner", "only", "quality")}
            assert named == {
                name: -1 if getattr(c, name) is None else getattr(c, name) for name in named
            }
            assert (a["until"][row], a["speaker"][row]) == (c.until, c.speaker)
            last = {
                slot: (at, count)
                for slot, at, count in zip(
                    a["recent"][row].tolist(),
                    a["recent_at"][row].tolist(),
                    a["recent_count"][row].tolist(),
                    strict=True,
                )
                if slot >= 0
            }
            assert last == c.last
            if c.partner is not None:
                other = a["partner"][self.row_of[place - c.slot + c.partner]]
                assert other == c.slot, "a talk has two sides"


def live(luck: Random, run: Any) -> None:
    crowd = Crowd(luck)
    crowd.gather(run)
    a, towns = crowd.arrays, range(crowd.towns)
    company = [
        {slot: square.citizens[slot].spot[0] for slot in square.company()}
        for square in crowd.squares
    ]
    for town in towns:
        for district in range(crowd.districts):
            d = town * crowd.districts + district
            listed = a["listed"][a["free_first"][d] : a["free_last"][d]]
            wanted = {slot for slot, where in company[town].items() if where == district}
            assert {int(a["slot"][r]) for r in listed} == wanted
    crowd.act()
    crowd.match(run)
    for town, square in enumerate(crowd.squares):
        made = square.begin(company[town], crowd.tick, crowd.midnight)
        sides = [*made, *made.values()]
        assert len(sides) == len(set(sides)), "nobody talks with two"
        for slot in sides:
            row = crowd.row_of[town * crowd.capacity + slot]
            if square.citizens[slot].asks:
                assert (a["done"][row], a["success"][row], a["duration"][row]) == (TALK, True, 5)
            assert a["wake"][row] == crowd.tick + 6
    crowd.check()
    crowd.pass_time(SOON - crowd.tick)
    crowd.gather(run)
    said = a | {name: np.full(len(a["due"]), 77, np.int32) for name in ("listener", "result")}
    for kernel in (end_due, tell_results):
        run(kernel, arguments(kernel, said))
    told = []
    for town, square in enumerate(crowd.squares):
        for kind, *rest in square.end(crowd.tick, crowd.midnight):
            told.append((town, EVENTS.index(kind), *rest))
    found = []
    for d in range(crowd.towns * crowd.districts):
        for k in range(a["e_count"][d]):
            fields = (a[f"e_{name}"][d, k].item() for name in ("kind", "agent", "other", "value"))
            found.append((d // crowd.districts, *fields))
    assert sorted(found) == sorted(told)
    crowd.check()


def run_plain(kernel: Any, args: list[Any]) -> None:
    kernel.py_func(*args)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(luck=st.randoms(use_true_random=False))
def test_plain_kernels_do_what_the_twin_does(luck: Random, plain_python: None) -> None:
    live(luck, run_plain)


@settings(max_examples=40, deadline=None)
@given(luck=st.randoms(use_true_random=False))
def test_compiled_kernels_do_what_the_twin_does(luck: Random) -> None:
    live(luck, lambda kernel, args: kernel(*args))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(luck=st.randoms(use_true_random=False))
def test_an_open_mask_is_served_where_only_one_asks_and_nobody_moves(
    luck: Random, plain_python: None
) -> None:
    crowd = Crowd(luck)
    crowd.gather(run_plain)
    everyone = [c for c in crowd.all_citizens() if c.free()]
    if not everyone:
        return
    one = luck.choice(everyone)
    for c in crowd.all_citizens():
        c.leaves, c.asks = False, c is one
    place = crowd.all_citizens().index(one)
    args = arguments(match_all, crowd.arrays | {"primitive": 0, "active": 0})
    society = next(x for x in args if isinstance(x, Society))
    wish = talk_partner(society, crowd.row_of[place], crowd.tick)
    a = crowd.arrays
    a["primitive"] = crowd.by_row(
        [TALK if c is one else WAIT for c in crowd.all_citizens()], np.int16
    )
    d = place // crowd.capacity * crowd.districts + one.spot[0]
    a["active"] = np.array([crowd.row_of[place]], np.int32)
    a["first"] = np.array([int(k > d) for k in range(len(a["first"]))], np.int32)
    a["last"] = np.array([int(k >= d) for k in range(len(a["first"]))], np.int32)
    crowd.match(run_plain)
    assert a["partner"][crowd.row_of[place]] == wish


def test_the_odds_are_those_of_the_formula(plain_python: None) -> None:
    assert chance_of(0.0, 0.0, 0.0) == 0.7
    assert chance_of(1.0, 1.0, 0.0) == 0.95
    assert chance_of(-1.0, -1.0, 2.0) == pytest.approx(0.7 * 0.7 * 0.8 * 0.5)
    assert chance_of(0.5, 0.5, -1.0) == chance_of(0.5, 0.5, 1.0)


def test_quality_halves_with_each_talk_of_the_day(plain_python: None) -> None:
    assert quality_of(0.0, 0.0, 0.0, 0.0, 1.0, 0) == 500
    assert quality_of(0.0, 0.0, 0.0, 0.0, 1.0, 2) == 125
    assert quality_of(1.0, 1.0, 0.0, 1.0, 1.5, 0) == 1000
    assert quality_of(-1.0, -1.0, 1.0, -1.0, 1.0, 0) == 100


def square(open_town: OpenTown, **options: Any) -> Simulation:
    """Twelve strangers on a small square, where everybody always asks to talk."""
    config = open_town(
        (4, 4), ["bench"], {"bench": 30},
        world__agents=12, features__stages__relationships="A", features__systems__lifecycle="off",
    )  # fmt: skip
    return Simulation.from_config(config, seed=5, **options)


def chatter(sim: Simulation, ticks: int) -> list[tuple[int, int]]:
    """Everybody asks in every tick; returns who talked with whom, a pair per ended talk."""
    ended = []
    for _ in range(ticks):
        sim.step(np.full(sim.towns * sim.capacity, TALK, np.int32), "primitive")
        for event in sim.events().rows(named=True):
            if event["kind"].startswith("chat_"):
                ended.append((event["agent"], event["other"]))
        partner = sim.column("Talk.partner")[sim.column("Rows.row_of")]
        talking = np.flatnonzero(partner >= 0)
        assert (partner[partner[talking]] == talking).all()
    return ended


def test_a_square_full_of_people_talks(open_town: OpenTown) -> None:
    sim = square(open_town)
    ended = chatter(sim, 70)
    first_hour = [tuple(sorted(pair)) for pair in ended[: len(ended) // 2]]
    assert len(ended) > 12
    assert len(set(first_hour)) == len(first_hour), "no pair talks twice within an hour"
    assert (sim.column("Ties.other") >= 0).any()
    assert sim.column("LastAction.duration").max() == 5


def test_rows_threads_and_lanes_do_not_matter(open_town: OpenTown) -> None:
    hashes = set()
    for options in ({}, {"row_order": np.arange(12)[::-1].copy()}, {"threads": 2, "lanes": 3}):
        sim = square(open_town, **options)
        chatter(sim, 40)
        hashes.add(sim.hash())
    assert len(hashes) == 1


def test_two_who_walk_off_at_once_have_both_done_so(open_town: OpenTown) -> None:
    """Whoever comes first in a list of rows ends the talk for both; neither has failed."""
    hashes = set()
    for options in ({}, {"row_order": np.arange(12)[::-1].copy()}):
        sim = square(open_town, **options)
        chatter(sim, 3)
        rows = sim.column("Rows.row_of")
        talking = np.flatnonzero(sim.column("Talk.partner")[rows] >= 0)
        assert len(talking) > 1
        sim.step(np.full(12, LEAVE_QUEUE, np.int32), "primitive")
        assert (sim.column("LastAction.primitive")[rows[talking]] == LEAVE_QUEUE).all()
        assert sim.column("LastAction.success")[rows[talking]].all()
        assert not (sim.column("Talk.partner") >= 0).any()
        hashes.add(sim.hash())
    assert len(hashes) == 1


def test_masks_open_talk_to_those_who_can(open_town: OpenTown) -> None:
    sim = square(open_town)
    sim.run(1)
    for _ in range(30):
        could = sim.masks().primitive[:, TALK].copy()
        before = sim.column("Talk.partner").copy()
        sim.step(np.full(12, TALK, np.int32), "primitive")
        began = (sim.column("Talk.partner") >= 0) & (before < 0)
        assert not (began & ~could).any(), "who talks was not masked"
        alone = could & ~began & (before < 0)
        for slot in np.flatnonzero(alone):
            assert not sim.column("LastAction.success")[slot], "its partner was taken"


def test_who_talked_with_the_departed_is_free_at_once(open_town: OpenTown) -> None:
    sim = square(open_town)
    chatter(sim, 3)
    partner = sim.column("Talk.partner")
    gone = int(np.flatnonzero(partner >= 0)[0])
    other = int(partner[gone])
    sim.kill(gone)
    sim.run(1)
    assert partner[other] == -1
    assert not (sim.column("Ties.other") == gone).any()
    assert not (sim.column("Talk.recent") == gone).any()
