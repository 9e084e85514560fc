"""The KPIs of a day against their slow twin, on towns nobody has lived in, and by hand."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from tests.oracle.kpis import Bond, Day, Person
from tests.oracle.kpis import kpis as slow

from townlet.maps import PLACE_KINDS
from townlet_components.events import AVOIDANCE, BLOCKED, CONFLICT, EVENTS, LATE_START
from townlet_components.lifecycle import CAUSES, COLLAPSE
from townlet_components.metrics import COUNTERS, WEALTH_BUCKETS, kpi_names
from townlet_components.personality import FORGIVENESS, TRAITS
from townlet_components.queueing import WAIT_BINS
from townlet_systems.day_kpis import write_kpis

from .conftest import arguments

NEEDS = ("hunger", "hygiene", "energy")
NAMES = kpi_names(NEEDS)
DISTRICTS, TIES = 2, 3
PRICES, PLACES = (1000, 500, 400, 0, 500, 5000), (1000, 1000, 1200)
KINDS = (PLACE_KINDS.index("cafe"), PLACE_KINDS.index("gym"), PLACE_KINDS.index("grocer"))
HOME = PLACE_KINDS.index("home")


PAIRS = [(p, p) for p in PRICES]


def random_day(luck: random.Random) -> Day:
    begun = luck.choice([0, 1020, 2460])
    now = begun + luck.choice([1020, 1440, 1, 0, 700])

    def person() -> Person:
        arrived = luck.choice([1, luck.randint(1, max(now, 1)), max(now, 1)])
        here = min(now - begun, now - arrived + 1)
        shifts = luck.randint(0, 2)
        return Person(
            arrived_at=arrived,
            content=max(luck.choice([here, round(0.95 * here), round(0.9 * here), 0]), 0),
            needs={name: luck.random() for name in NEEDS},
            shifts=shifts,
            punctual=luck.randint(0, shifts),
            money=luck.choice([0, 7500, luck.randint(0, 60_000)]),
            forgiveness=float(np.float32(luck.uniform(-1, 1))),
            bonds=[
                Bond(
                    float(np.float32(luck.choice([0.3, 0.31, -0.5, 0.0]))),
                    float(np.float32(luck.choice([-0.31, 0.25, 0.0]))),
                    float(np.float32(luck.choice([0.3, 0.7, 0.0]))),
                    luck.randint(0, now),
                )
                for _ in range(luck.randint(0, TIES))
            ],
        )

    conflicts = luck.choice([0, 5])
    sampled = luck.random() < 0.7
    return Day(
        begun,
        now,
        [person() for _ in range(luck.randint(0, 7))],
        conflicts=conflicts,
        escalated=luck.randint(0, conflicts),
        avoidances=luck.randint(0, 9),
        late=luck.randint(0, 3),
        starved=luck.randint(0, 1),
        left=luck.randint(0, 3),
        arrived=luck.randint(0, 3),
        left_shifts=luck.randint(1, 2) if luck.random() < 0.3 else 0,
        waits=[luck.choice([0, 0, 3, 90, 255]) for _ in range(luck.choice([0, 1, 20]))],
        samples={n: [luck.random() for _ in range(24)] for n in NEEDS} if sampled else {},
        treasury=luck.randint(-90_000, 90_000),
        prices=[(luck.choice([p, p, 2 * p, 7]), p) for p in PRICES],
        factors=[(luck.choice([f, 1500]), f) for f in PLACES],
        rivalry_decay=float(np.float32(0.0005)),
        tie_decay=float(np.float32(0.00002)),
        modifiers=luck.random() < 0.8,
    )


def arrays_of(days: list[Day], capacity: int, luck: random.Random) -> dict[str, Any]:
    """Towns side by side, their people in any slots, rows in any order, counters begun anywhere."""
    towns, slots = len(days), len(days) * capacity
    rows = np.arange(slots, dtype=np.int32)
    luck.shuffle(rows)  # type: ignore[arg-type]
    a: dict[str, Any] = {
        "kpi": np.full((towns, len(NAMES)), -7.0),
        "row_of": rows,
        "alive": np.zeros(slots, np.bool_),
        "trait": np.zeros((slots, len(TRAITS)), np.float32),
        "other": np.full((slots, TIES), -1, np.int32),
        "avoid": np.zeros((slots, TIES), np.bool_),
        "event": np.array(
            [[luck.randint(0, 99) for _ in EVENTS] for _ in range(towns * DISTRICTS)], np.int32
        ),
        "by_cause": np.full((towns, len(CAUSES)), 4, np.int32),
        "begun": np.array([days[0].begun]),
        "tick": np.array([days[0].now]),
        "due": np.zeros(1, np.int64),
        "counted": np.zeros((towns, len(COUNTERS)), np.int64),
        "start": np.zeros((towns, len(COUNTERS)), np.int64),
        "wealth": np.zeros(slots, np.int32),
        "bucket": np.zeros((1, WEALTH_BUCKETS), np.int32),
        "waits": np.full((1, WAIT_BINS), 3, np.int32),
        "histogram": np.zeros((towns * DISTRICTS, WAIT_BINS), np.int32),
        "longest": np.zeros(towns * DISTRICTS, np.int32),
        "base": np.array([[today for today, _ in day.prices] for day in days], np.int32),
        "spike": np.full((towns, len(PRICES)), 1000, np.int32),
        "plan": np.array([PRICES] * towns, np.int32),
        "factor": np.array([[today for today, _ in day.factors] + [9] for day in days]).ravel(),
        "plan_factor": np.zeros((towns, len(PLACE_KINDS)), np.int32),
        "place_kind": np.array([*KINDS, HOME], np.int16),
        "need_sum": np.zeros((towns, len(NEEDS)), np.int64),
        "need_samples": np.zeros(towns, np.int64),
        "level": np.zeros((slots, len(NEEDS)), np.float32),
        "rivalry_decay": np.array([d.rivalry_decay for d in days], np.float32),
        "tie_decay": np.array([d.tie_decay for d in days], np.float32),
        "weak": np.full(towns, 0.02, np.float32),
        "profile": np.zeros(slots, np.int8),
        "avoid_at": np.full(towns, 0.7, np.float32),
        "tolerance": np.ones((towns, 1), np.float32),
        "modifiers": np.array([d.modifiers for d in days], np.bool_),
    }
    a["plan_factor"][:, KINDS] = PLACES
    for name in ("trust", "familiarity", "rivalry"):
        a[name] = np.full((slots, TIES), 0.9, np.float32)
    a["at"] = np.zeros((slots, TIES), np.int32)
    for name, kind in (
        ("arrived_at", np.int32), ("content", np.int16), ("shifts", np.int16),
        ("punctual", np.int16), ("money", np.int64),
    ):  # fmt: skip
        a[name] = np.full(slots, 1, kind)
    for name in ("left_shifts", "left_punctual", "escalated", "arrived", "left"):
        a[name] = np.zeros(towns, np.int32)
    a["treasury"] = np.array([d.treasury for d in days])
    for t, day in enumerate(days):
        _settle(a, t, day, capacity, luck)
        _count(a, t, day, luck)
    return a


def _settle(a: dict[str, Any], t: int, day: Day, capacity: int, luck: random.Random) -> None:
    """Put the people of a town into slots."""
    slots = luck.sample(range(t * capacity, (t + 1) * capacity), len(day.people))
    for person, slot in zip(day.people, slots, strict=True):
        r = a["row_of"][slot]
        a["alive"][r] = True
        for name in ("arrived_at", "content", "shifts", "punctual", "money"):
            a[name][r] = getattr(person, name)
        a["level"][r] = [person.needs[name] for name in NEEDS]
        a["trait"][r, FORGIVENESS] = person.forgiveness
        for n, bond in zip(luck.sample(range(TIES), len(person.bonds)), person.bonds, strict=True):
            a["other"][r, n] = luck.randrange(capacity)
            a["at"][r, n] = bond.at
            for name in ("trust", "familiarity", "rivalry"):
                a[name][r, n] = getattr(bond, name)


def _count(a: dict[str, Any], t: int, day: Day, luck: random.Random) -> None:
    """Let the counters of all time have risen by the day's."""
    here = slice(t * DISTRICTS, (t + 1) * DISTRICTS)
    total = a["event"][here].sum(axis=0, dtype=np.int64)
    blocked = luck.randint(0, day.conflicts)
    risen = {CONFLICT: day.conflicts - blocked, BLOCKED: blocked, AVOIDANCE: day.avoidances}
    for kind, number in (risen | {LATE_START: day.late}).items():
        a["event"][t * DISTRICTS + luck.randrange(DISTRICTS), kind] += number
    before = {
        "conflicts": total[CONFLICT] + total[BLOCKED], "escalated": 11,
        "avoidances": total[AVOIDANCE], "late": total[LATE_START], "starved": 4, "left": 8,
        "arrived": 9,
    }  # fmt: skip
    a["start"][t] = [before[name] for name in COUNTERS]
    a["escalated"][t] = 11 + day.escalated
    a["by_cause"][t, COLLAPSE] += day.starved
    a["left"][t] = 8 + day.left
    a["arrived"][t] = 9 + day.arrived
    a["left_shifts"][t], a["left_punctual"][t] = day.left_shifts, day.left_punctual
    for wait in day.waits:
        d = t * DISTRICTS + luck.randrange(DISTRICTS)
        a["histogram"][d, min(wait, WAIT_BINS - 1)] += 1
        a["longest"][d] = max(a["longest"][d], wait)
    for n, name in enumerate(NEEDS):
        taken = day.samples.get(name, ())
        a["need_sum"][t, n] = sum(int(np.float64(x) * 1_000_000) for x in taken)
        a["need_samples"][t] = len(taken)


def fast(arrays: dict[str, Any]) -> list[dict[str, float]]:
    write_kpis.py_func(*arguments(write_kpis, arrays))  # type: ignore[attr-defined]
    return [dict(zip(NAMES, row, strict=True)) for row in arrays["kpi"].tolist()]


def check(found: dict[str, float], expected: dict[str, float]) -> None:
    for name in NAMES:
        wanted = expected.get(name, np.nan)
        assert found[name] == pytest.approx(wanted, abs=2e-6, nan_ok=True), name


@pytest.mark.parametrize("seed", range(60))
def test_kpis_equal_the_slow_twin(seed: int) -> None:
    luck = random.Random(seed)
    days = [random_day(luck) for _ in range(luck.randint(1, 3))]
    for day in days:
        day.begun, day.now = days[0].begun, max(d.now for d in days)
    found = fast(arrays_of(days, 8, luck))
    for row, day in zip(found, days, strict=True):
        check(row, slow(day))


def test_the_order_of_rows_cannot_be_seen() -> None:
    day = random_day(random.Random(3))
    day.people = [*day.people, *random_day(random.Random(4)).people]
    rows: list[npt.NDArray[np.float64]] = []
    for seed in (1, 2):
        arrays = arrays_of([day], 16, random.Random(5))
        order = np.arange(16, dtype=np.int32)
        np.random.default_rng(seed).shuffle(order)
        for name, value in arrays.items():
            if name != "row_of" and value.shape[0] == 16:
                arrays[name] = value[np.argsort(order)]
        arrays["row_of"] = order[arrays["row_of"]]
        fast(arrays)
        rows.append(arrays["kpi"])
    assert rows[0].tobytes() == rows[1].tobytes()


def test_nothing_is_written_before_midnight() -> None:
    arrays = arrays_of([random_day(random.Random(1))], 8, random.Random(1))
    arrays["due"][0] = 1439
    assert set(fast(arrays)[0].values()) == {-7.0}


def person(**changes: Any) -> Person:
    base: dict[str, Any] = {
        "arrived_at": 1,
        "content": 1440,
        "needs": dict.fromkeys(NEEDS, 0.5),
        "shifts": 1,
    }
    return Person(**(base | {"punctual": 1, "money": 1000} | changes))


def test_a_day_written_by_hand() -> None:
    """Day 1 of four people: minutes 1021 to 2460."""
    people = [
        person(),
        person(content=1368, money=3000, bonds=[Bond(0.0, -0.35, 0.0, 2460)]),
        person(content=1367, punctual=0, bonds=[Bond(0.3, 0.0, 0.0, 2460)]),
        person(arrived_at=2361, content=95, shifts=0, punctual=0, money=0),
    ]
    day = Day(
        1020, 2460, people, conflicts=8, escalated=2, avoidances=3, late=1, starved=1, left=2,
        arrived=1, left_shifts=1, waits=[0, 0, 0, 12], treasury=-2500,
        prices=[(2000, 1000), (500, 500), (400, 400), (9, 0), (500, 500), (5000, 5000)],
        factors=[(1000, 1000), (1000, 1000), (2800, 1200)],
    )  # fmt: skip
    found = fast(arrays_of([day], 6, random.Random(0)))[0]
    assert list(found) == list(NAMES)
    assert found["self_sufficiency"] == 0.75, "1368 of 1440 minutes, 95 of 100, but not 1367"
    assert found["attendance_on_time"] == 0.5, "who left had a shift too"
    assert found["lateness"] == 0.25
    assert found["tenure_days"] == pytest.approx((3 * 2459 + 99) / 4 / 1440)
    assert found["tie_formation"] == 0.25, "0.3 is not above 0.3"
    assert (found["conflicts"], found["conflict_escalation"], found["avoidances"]) == (8, 0.25, 3)
    waits = [found[f"queue_wait_{name}"] for name in ("p50", "p95", "max")]
    assert waits == [0, 12, 12]
    assert (found["starvation_exits"], found["exits"], found["arrivals"]) == (1, 2, 1)
    assert found["wealth_gini"] == pytest.approx(0.45)
    assert found["treasury"] == -2.5
    assert found["price_index"] == pytest.approx(6 / 5 * 4.8 / 3.2)
    assert found["mean_need.energy"] == 0.5
    assert found["population"] == 4


def test_shares_of_nothing_are_no_numbers() -> None:
    empty = fast(
        arrays_of(
            [Day(0, 1020, [], prices=PAIRS, factors=[(f, f) for f in PLACES])], 4, random.Random(0)
        )
    )[0]
    unknown = {name for name, value in empty.items() if np.isnan(value)}
    shares = {"self_sufficiency", "attendance_on_time", "lateness", "tenure_days", "tie_formation"}
    means = {f"mean_need.{name}" for name in NEEDS}
    assert unknown == shares | means | {"conflict_escalation"}
