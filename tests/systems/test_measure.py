"""Measuring against plain sums over real days: hourly means, KPIs of finished and running days."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.oracle.kpis import Bond, Day, Person, kpis
from tests.oracle.town import make

from townlet.simulation import Simulation
from townlet_components.personality import FORGIVENESS
from townlet_systems.measure import note_departed


class Diary:
    """Looks at a town after every tick and remembers what its day was like."""

    def __init__(self, sim: Simulation) -> None:
        self.sim = sim
        self.found: list[dict[str, float]] = []
        self.content = np.zeros(len(sim.column("Rows.slot")), np.int64)
        self._begin(sim.tick - 1)
        self.count()

    def _begin(self, tick: int) -> None:
        self.begun = tick
        self.events: Counter[str] = Counter()
        self.waits: list[int] = []
        self.samples: dict[str, list[float]] = {name: [] for name in self.names}
        self.content[:] = 0
        self.left_before = int(self.sim.column("Departures.count")[0]) if tick > 0 else 0

    @property
    def names(self) -> tuple[str, ...]:
        return self.sim.blueprint.need_names

    def count(self) -> None:
        """Take in the tick just done; close the day at midnight."""
        sim = self.sim
        alive, level = sim.column("Identity.alive"), sim.column("Needs.level")
        self.content = np.where(alive, self.content + (level > np.float32(0.3)).all(axis=1), 0)
        self.events.update(sim.events()["kind"].to_list())
        _, hour, minute = sim.clock
        if minute == 0:
            for n, name in enumerate(self.names):
                self.samples[name] += level[alive, n].tolist()
            if hour == 0:
                self.found.append(kpis(self.day()))
                self._begin(sim.tick)

    def day(self) -> Day:
        sim = self.sim
        column = sim.column
        people = []
        for row in np.flatnonzero(column("Identity.alive")):
            bonds = [
                Bond(
                    column("Ties.trust")[row, n],
                    column("Ties.familiarity")[row, n],
                    column("Ties.rivalry")[row, n],
                    int(column("Ties.at")[row, n]),
                )
                for n in np.flatnonzero(column("Ties.other")[row] >= 0)
            ]
            people.append(
                Person(
                    int(column("Identity.arrived_at")[row]),
                    int(self.content[row]),
                    dict(zip(self.names, column("Needs.level")[row].tolist(), strict=True)),
                    0,
                    0,
                    int(column("Wallet.money")[row]),
                    column("Personality.trait")[row, FORGIVENESS],
                    bonds,
                )
            )
        return Day(
            self.begun,
            sim.tick,
            people,
            conflicts=self.events["queue_conflict"] + self.events["blocked"],
            avoidances=self.events["avoidance"],
            left=int(column("Departures.count")[0]) - self.left_before,
            samples=self.samples,
            treasury=int(column("Treasury.money")[0]),
            rivalry_decay=column("TieRules.rivalry_decay")[0],
            tie_decay=column("TieRules.tie_decay")[0],
            modifiers=bool(column("TieRules.modifiers")[0]),
        )


#: What a diary cannot know; other tests look at these.
ELSEWHERE = {
    "attendance_on_time", "lateness", "conflict_escalation", "queue_wait_p50", "queue_wait_p95",
    "queue_wait_max", "starvation_exits", "arrivals",
}  # fmt: skip


def check(found: dict[str, Any], expected: dict[str, float]) -> None:
    for name in expected.keys() - ELSEWHERE:
        assert found[name] == pytest.approx(expected[name], abs=2e-6, nan_ok=True), name


def test_kpis_equal_plain_sums_over_the_day(tmp_path: Path) -> None:
    """Two days with a death, an arrival and a hungry agent, counted minute by minute."""
    sim = make("homes", tmp_path, agents=9, seed=2, policy="random")
    diary = Diary(sim)
    for k in range(2 * 1440):
        if k == 500:
            sim.kill(2)
        if k == 900:
            sim.spawn()
        if 700 <= k < 740:
            sim.column("Needs.level")[4, 0] = 0.2
        sim.run(1)
        diary.count()
        if k in (700, 1300):
            check(sim.kpis_today().to_dicts()[0], kpis(diary.day()))
    days = sim.kpis().to_dicts()
    assert len(days) == len(diary.found) == 2
    for found, expected in zip(days, diary.found, strict=True):
        check(found, expected)
    assert days[0]["exits"] >= 1


def test_asking_changes_nothing(tmp_path: Path) -> None:
    asked, alone = (make("open", tmp_path, agents=6, seed=4) for _ in range(2))
    for _ in range(16):
        asked.run(97).kpis_today()
        alone.run(97)
    assert asked.hash() == alone.hash()
    assert asked.kpis().equals(alone.kpis(), null_equal=True)


def test_a_new_day_begins_with_nothing(tmp_path: Path) -> None:
    sim = make("open", tmp_path, agents=6, seed=4)
    sim.run(1020 - sim.tick)
    assert sim.clock == (1, 0, 0)
    today = sim.kpis_today().to_dicts()[0]
    for name in ("exits", "arrivals", "conflicts", "queue_wait_max", "starvation_exits"):
        assert today[name] == 0, name
    assert today["self_sufficiency"] == 0, "nobody has had a content minute of it"
    assert 0 < today["mean_need.hunger"] < 1, "as it is now"
    sim.column("Needs.level")[:] = 0.9
    sim.run(1)
    assert sim.kpis_today()["self_sufficiency"].to_list() == [1]


def test_shifts_of_the_departed_count(plain_python: None) -> None:
    shifts, punctual = np.array([1, 2, 1], np.int16), np.array([1, 1, 0], np.int16)
    reason, town = np.array([0, 3, 2], np.int8), np.array([0, 1, 1], np.int32)
    kept, kept_punctual = np.array([5, 5], np.int32), np.array([2, 2], np.int32)
    for any_left, expected in ((0, [5, 5]), (1, [5, 8])):
        note_departed.py_func(  # type: ignore[attr-defined]
            kept, kept_punctual, shifts, punctual, reason, town, np.array([any_left], np.int32)
        )
        assert kept.tolist() == expected
    assert kept_punctual.tolist() == [2, 3]


def test_counters_of_the_day_end_with_it(tmp_path: Path) -> None:
    """An agent's shifts and neglected minutes are of the day, and so are the town's."""
    sim = make("homes", tmp_path, agents=5, seed=1, **{"world.start_minute": 1430})
    sim.column("Employment.shifts")[:] = [1, 1, 1, 2, 0]
    sim.column("Employment.punctual")[:] = [1, 0, 1, 1, 0]
    sim.column("Needs.neglected")[:] = 7
    sim.run(10 - sim.tick)
    assert sim.kpis()["attendance_on_time"].to_list() == [pytest.approx(3 / 5)]
    for name in ("Employment.shifts", "Employment.punctual", "Needs.neglected", "Needs.content"):
        assert not sim.column(name).any(), name


def test_waits_are_those_that_were_granted(tmp_path: Path) -> None:
    """Percentiles by rank, and the longest wait; the next day counts anew."""
    sim = make("open", tmp_path, agents=14, seed=2, **{"world.start_minute": 600})
    sim.run(1440 - 602)
    counted = sim.column("QueueStats.histogram").sum(axis=0)
    waits = [wait for wait, count in enumerate(counted) for _ in range(count)]
    longest = int(sim.column("QueueStats.longest").max())
    assert len(waits) > 50
    held = sim.column("QueuePlace.object").copy()
    held[~sim.column("QueuePlace.holding")] = -1
    sim.run(1)
    now, joined = sim.column("QueuePlace.object"), sim.column("QueuePlace.joined")
    granted = sim.column("QueuePlace.holding") & (now != held)
    waits += (sim.tick - joined[granted]).tolist()
    day = sim.kpis().to_dicts()[0]
    assert day["queue_wait_max"] == longest
    for name, share in (("queue_wait_p50", 0.5), ("queue_wait_p95", 0.95)):
        rank = int(np.ceil(share * len(waits))) - 1
        assert day[name] == sorted(waits)[rank]
    assert day["queue_wait_max"] > 0
    assert sim.column("QueueStats.histogram").sum() <= 14, "the next day starts from nothing"
