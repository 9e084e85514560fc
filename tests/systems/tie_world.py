"""Random circles of people twice: as minds for the twin and as arrays for the kernels."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
from tests.oracle.movement import world_bits
from tests.oracle.ties import EVENT_KINDS, Circle, Event, Mind, Rules, Tie, short
from tests.systems.conftest import arguments

from townlet_components import draws
from townlet_components.events import EVENTS
from townlet_components.personality import AMBITION, EXTROVERSION, FORGIVENESS, TRAITS
from townlet_components.ties import EVICTIONS, RECENT, SIEVE
from townlet_systems.bonds import Bonds
from townlet_systems.ties import Marks, apply_all, count_all, push_all

FIELDS = ("trust", "familiarity", "rivalry")
BY_ROW = (
    "index", "town", "slot", "generation", "trait", "profile", "head", "listed", "other", "trust",
    "familiarity", "rivalry", "at", "avoid", "conflicts", "escalated", "passed", "chats", "helped",
    "took", "stirred",
)  # fmt: skip
MARKS = ("at", "avoid", "conflicts", "escalated", "passed", "chats", "helped", "took")
START = 40_000


class Circles:
    """Towns side by side; rows lie in any order, and tables are filled in any order."""

    def __init__(self, luck: Random) -> None:
        self.luck, self.tick, self.day = luck, START, 27
        self.towns, self.districts = luck.randint(1, 2), luck.randint(1, 2)
        self.capacity, self.room = luck.randint(2, 9), luck.randint(1, 4)
        self.seed = luck.randrange(1 << 63)
        places = range(self.towns * self.capacity)
        self.row_of = luck.sample(places, len(places))
        self.generation = [luck.randrange(4) for _ in places]
        self.tolerance = [1.0, short(luck.choice([0.6, 1.3, 2.0]))]
        self.twins = [self.make_twin(town) for town in range(self.towns)]
        self.arrays = self.fill()

    # -- making ----------------------------------------------------------------------------------

    def make_twin(self, town: int) -> Circle:
        luck = self.luck
        rules = Rules(
            room=self.room,
            modifiers=luck.random() < 0.7,
            length_boost=luck.choice([0.25, 2.0]),
            rivalry_decay=short(luck.choice([0.0005, 0.0])),
            avoid_at=short(luck.choice([0.7, 0.5, 0.9])),
        )

        def admission(slot: int, other: int, kind: str, tick: int) -> float:
            index = (other * len(EVENT_KINDS) + EVENT_KINDS.index(kind)) & 0xFFFF
            generation = self.generation[town * self.capacity + slot]
            purpose = draws.TIE_ADMISSION
            bits = world_bits(self.seed + town, tick, slot, generation, purpose, index)
            return bits * 2.0**-32

        traits = [-1.0, -0.3, 0.0, 0.0, 0.4, 1.0]
        minds = []
        for slot in range(self.capacity):
            a, b, c = (short(luck.choice(traits)) for _ in range(3))
            minds.append(Mind(slot, a, b, c, tolerance=luck.choice(self.tolerance)))
            for other in luck.sample(range(self.capacity), min(self.capacity, self.room)):
                if other != slot and luck.random() < 0.7:
                    minds[-1].ties[other] = self.any_tie()
        return Circle(rules, minds, admission)

    def any_tie(self) -> Tie:
        luck = self.luck
        size = luck.choice([0.01, 0.05, 0.3, 1.0])
        trust, familiarity = (short(luck.uniform(-size, size)) for _ in range(2))
        rivalry = short(luck.choice([0.0, luck.uniform(0, size), luck.uniform(0.6, 1.0)]))
        at = START - luck.choice([0, 1, 30, 400, 20_000])
        return Tie(trust, familiarity, rivalry, at, avoid=rivalry > 0.6 and luck.random() < 0.7)

    def by_row(self, values: list[Any], dtype: Any) -> np.ndarray[Any, Any]:
        array = np.zeros((len(values), *np.shape(values[0])), dtype)
        array[self.row_of] = values
        return array

    def people(self) -> list[Mind]:
        return [twin.minds[slot] for twin in self.twins for slot in range(self.capacity)]

    def fill(self) -> dict[str, Any]:
        people, luck = self.people(), self.luck
        rows, cells = len(people), self.towns * self.districts
        trait = np.zeros((rows, len(TRAITS)), np.float32)
        for number, name in (
            (EXTROVERSION, "extroversion"),
            (FORGIVENESS, "forgiveness"),
            (AMBITION, "ambition"),
        ):
            trait[:, number] = self.by_row([getattr(p, name) for p in people], np.float32)
        profile = [self.tolerance.index(p.tolerance) for p in people]
        room = 24
        return {
            "number": np.arange(self.towns, dtype=np.int32),
            "on": np.ones(self.towns, np.bool_),
            "seed": np.array([self.seed + t for t in range(self.towns)], np.uint64),
            "slots": np.zeros(self.capacity, np.int32),
            "layout": np.zeros(self.districts, np.int16),
            "row_of": np.array(self.row_of, np.int32),
            "index": np.arange(rows, dtype=np.int32),
            "town": self.by_row([k // self.capacity for k in range(rows)], np.int32),
            "slot": self.by_row([p.slot for p in people], np.int32),
            "generation": self.by_row(self.generation, np.int32),
            "trait": trait,
            "profile": self.by_row(profile, np.int8),
            "tolerance": np.array([self.tolerance] * self.towns, np.float32),
            **self.tables(people, luck),
            **self.rules(),
            "escalated_total": np.zeros(self.towns, np.int32),
            "evicted": np.zeros((self.towns, len(EVICTIONS)), np.int32),
            "head": np.full(rows, -1, np.int32),
            "following": np.full((cells, 2 * room), 77, np.int32),
            "ended": np.full(rows, 77, np.uint8),
            "stirred": np.zeros(rows, np.int32),
            "gone": np.ones(SIEVE, np.bool_),
            "listed": np.full(rows, 77, np.int32),
            "count": np.full((1, 1), 77, np.int32),
            "partner": np.full(rows, -1, np.int32),
            "only": np.full(rows, -1, np.int32),
            "quality": np.full(rows, -1, np.int32),
            "speaker": np.zeros(rows, np.bool_),
            "until": np.zeros(rows, np.int32),
            "recent": np.full((rows, RECENT), -1, np.int32),
            "recent_at": np.full((rows, RECENT), -1_000_000, np.int32),
            "recent_count": np.zeros((rows, RECENT), np.uint8),
            "wake": np.full(rows, START + 30, np.int32),
            "reason": np.zeros(rows, np.int8),
            "vacancies": np.zeros(1, np.int32),
            "e_count": np.zeros(cells, np.int32),
            "e_dropped": np.zeros(cells, np.int32),
            "e_kind": np.zeros((cells, room), np.int8),
            **{
                f"e_{name}": np.zeros((cells, room), np.int32)
                for name in ("agent", "other", "object", "value")
            },
            "e_total": np.zeros((cells, len(EVENTS)), np.int32),
            "minute": np.zeros(1, np.int64),
        }

    def tables(self, people: list[Mind], luck: Random) -> dict[str, Any]:
        """Each mind's ties in places of their own, free ones between them."""
        shape = (len(people), self.room)
        made: dict[str, Any] = {name: np.zeros(shape, np.float32) for name in FIELDS}
        made |= {name: np.zeros(shape, np.bool_) for name in ("avoid", "passed")}
        made |= {name: np.zeros(shape, np.uint8) for name in ("conflicts", "escalated", "chats")}
        made["other"], made["at"] = np.full(shape, -1, np.int32), np.zeros(shape, np.int32)
        made |= {name: np.full(shape, -1000, np.int16) for name in ("helped", "took")}
        for row, person in zip(self.row_of, people, strict=True):
            places = luck.sample(range(self.room), len(person.ties))
            for k, (other, tie) in zip(places, person.ties.items(), strict=True):
                made["other"][row, k] = other
                for name in (*FIELDS, *MARKS):
                    made[name][row, k] = getattr(tie, name)
        return made

    def rules(self) -> dict[str, Any]:
        names = ("increment", "rivalry_decay", "tie_decay", "low", "high", "avoid_at", "weak")
        numbers = (*names, "ghost_boost", "length_boost")
        made: dict[str, Any] = {
            name: np.array([getattr(twin.rules, name) for twin in self.twins], np.float32)
            for name in numbers
        }
        made["modifiers"] = np.array([twin.rules.modifiers for twin in self.twins])
        return made

    # -- a tick ----------------------------------------------------------------------------------

    def any_events(self, most: int = 12) -> list[list[Event]]:
        """Events of a tick per town, spread over the districts' segments in any order."""
        luck, a = self.luck, self.arrays
        a["e_count"][:] = 0
        told: list[list[Event]] = []
        for town in range(self.towns):
            told.append([])
            for _ in range(luck.randint(0, most)):
                kind = luck.choice([*EVENT_KINDS, "affordance_start"])
                agent, other = (luck.randrange(-1, self.capacity) for _ in range(2))
                value = luck.choice([0, 1, 2, 3, 9, 500, 1000])
                event = (kind, agent, other, luck.randrange(-1, 2), value)
                told[-1].append(event)
                d = town * self.districts + luck.randrange(self.districts)
                k = a["e_count"][d]
                a["e_count"][d] += 1
                a["e_kind"][d, k] = EVENTS.index(kind)
                for name, x in zip(("agent", "other", "object", "value"), event[1:], strict=True):
                    a[f"e_{name}"][d, k] = x
        return told

    def apply(self, run: Any, lanes: int = 1) -> None:
        """Run the kernels of ``apply_ties``; the lanes of agents take their turns in any order."""
        a, cells = self.arrays, np.arange(self.towns * self.districts, dtype=np.int32)
        districts = {"town": cells // self.districts, "number": cells % self.districts}
        run(push_all, arguments(push_all, a | districts))
        rows = self.towns * self.capacity
        counts = [np.full((1, 1), 77, np.int32) for _ in range(lanes)]
        for kernel in (apply_all, count_all):
            for lane in self.luck.sample(range(lanes), lanes):
                part = slice(rows * lane // lanes, rows * (lane + 1) // lanes)
                sliced = {name: a[name][part] for name in BY_ROW} | {"count": counts[lane]}
                args = arguments(kernel, a | sliced)
                if kernel is count_all:
                    kinds = (Bonds, Marks)
                    whole = {type(x): x for x in arguments(kernel, a) if isinstance(x, kinds)}
                    args = [whole.get(type(x), x) for x in args]
                run(kernel, args)

    def pass_time(self, ticks: int) -> None:
        self.tick += ticks
        self.day = self.tick // 1440
        self.arrays["tick"] = np.array([self.tick], np.int64)
        self.arrays["day"] = np.array([self.day], np.int64)

    def compare(self) -> None:
        a = self.arrays
        for place, person in enumerate(self.people()):
            row = self.row_of[place]
            found: dict[int, dict[str, object]] = {}
            for k in range(self.room):
                if a["other"][row, k] >= 0:
                    values = {name: a[name][row, k].item() for name in (*FIELDS, *MARKS)}
                    assert found.setdefault(a["other"][row, k].item(), values) is values
            assert found == {other: vars(tie) for other, tie in person.ties.items()}
        for town, twin in enumerate(self.twins):
            assert a["evicted"][town].tolist() == list(twin.evicted.values())
        assert (a["head"] == -1).all()
