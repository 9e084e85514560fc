"""Shared meals against a plain reading of SPEC §7: overlapping in one place, at most three."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.oracle.movement import world_bits
from tests.systems.conftest import arguments
from tests.systems.tie_world import Circles

from townlet_components import draws
from townlet_components.events import EVENTS, SHARED_MEAL
from townlet_systems.meals import COMPANIONS, share_all

MEAL, NAP, SNACK = 0, 1, 2
DURATION = (30, 60, 5)
PLACE = (-1, 0, 0, 1, 1, 1)  # of each tile


class Diners(Circles):
    """A circle whose people eat, nap, or stand about, some since this very tick."""

    def __init__(self, luck: Random) -> None:
        super().__init__(luck)
        places = range(self.towns * self.capacity)
        self.doing = [luck.choice([-1, MEAL, MEAL, SNACK, NAP]) for _ in places]
        self.begun = [luck.choice([0, 0, 1, 4]) for _ in places]  # ticks ago
        self.spot = [
            (luck.randrange(self.districts), luck.randrange(1, len(PLACE)) * (luck.random() < 0.9))
            for _ in places
        ]
        self.pass_time(5)
        self.arrays |= self.more_arrays()

    def more_arrays(self) -> dict[str, Any]:
        places = range(self.towns * self.capacity)
        made = {
            "affordance": self.by_row(self.doing, np.int16),
            "object": self.by_row([-1 for _ in places], np.int32),
            "until": self.by_row(
                [self.tick - self.begun[k] + DURATION[self.doing[k]] for k in places], np.int32
            ),
            "district": self.by_row([d for d, _ in self.spot], np.int32),
            "tile": self.by_row([t for _, t in self.spot], np.int16),
            "take": np.array([[0, 1, 0], [0, 0, 0], [0, 1, 0]], np.int16),
            "duration": np.array(DURATION, np.int32),
            "place": np.array([PLACE], np.int16),
            "number": np.tile(np.arange(self.districts, dtype=np.int32), self.towns),
            "town": np.repeat(np.arange(self.towns, dtype=np.int32), self.districts),
        }
        before = [k for k in places if self.doing[k] in (MEAL, SNACK) and self.begun[k] > 0]
        acting = [k for k in places if k not in before and self.luck.random() < 0.9]
        self.acting = set(acting)
        for ids, first, last, listed in (
            (before, "low", "high", "eaters"),
            (acting, "first", "last", "active"),
        ):
            self.luck.shuffle(ids)
            cells = {k: k // self.capacity * self.districts + self.spot[k][0] for k in ids}
            ids.sort(key=lambda k: cells[k])
            bounds = np.searchsorted(
                [cells[k] for k in ids], range(self.towns * self.districts + 1)
            ).astype(np.int32)
            made[first], made[last] = bounds[:-1], bounds[1:]
            made[listed] = np.array([self.row_of[k] for k in ids] + [77], np.int32)
        return made

    def draw(self, place: int, other: int) -> int:
        town, slot = divmod(place, self.capacity)
        generation = self.generation[place]
        seed = self.seed + town
        return world_bits(seed, self.tick, slot, generation, draws.MEAL_COMPANY, other)

    def closeness(self, place: int, other: int) -> float:
        town, slot = divmod(place, self.capacity)
        twin = self.twins[town]
        tie = twin.minds[slot].ties.get(other)
        if tie is None or not twin.counts(twin.minds[slot], tie, self.tick):
            return 0.0
        return twin.strength(twin.minds[slot], tie, self.tick)

    def shared(self) -> list[tuple[int, int, int]]:
        """Town, who sits down, companion."""
        told = []
        eating = [k for k, act in enumerate(self.doing) if act in (MEAL, SNACK)]
        for k in eating:
            if self.begun[k] > 0 or k not in self.acting or PLACE[self.spot[k][1]] < 0:
                continue
            town, slot = divmod(k, self.capacity)
            others = [
                o % self.capacity
                for o in eating
                if o // self.capacity == town
                and o != k
                and self.spot[o][0] == self.spot[k][0]
                and PLACE[self.spot[o][1]] == PLACE[self.spot[k][1]]
                and (self.begun[o] > 0 or (o < k and o in self.acting))
            ]
            others.sort(key=lambda o, k=k: (-self.closeness(k, o), self.draw(k, o), o))  # type: ignore[misc]
            told += [(town, slot, o) for o in others[:COMPANIONS]]
        return told


def live(luck: Random, run: Any) -> None:
    diners = Diners(luck)
    a = diners.arrays
    run(share_all, arguments(share_all, a))
    found = []
    for d in range(diners.towns * diners.districts):
        for k in range(a["e_count"][d]):
            assert a["e_kind"][d, k] == SHARED_MEAL
            fields = (a[f"e_{name}"][d, k].item() for name in ("agent", "other"))
            found.append((d // diners.districts, *fields))
    assert sorted(found) == sorted(diners.shared())
    assert EVENTS[SHARED_MEAL] == "shared_meal"


def run_plain(kernel: Any, args: list[Any]) -> None:
    kernel.py_func(*args)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(luck=st.randoms(use_true_random=False))
def test_plain_kernel_finds_the_companions(luck: Random, plain_python: None) -> None:
    live(luck, run_plain)


@settings(max_examples=40, deadline=None)
@given(luck=st.randoms(use_true_random=False))
def test_compiled_kernel_finds_the_companions(luck: Random) -> None:
    live(luck, lambda kernel, args: kernel(*args))
