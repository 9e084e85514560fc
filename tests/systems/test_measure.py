"""Measuring against plain sums: hourly means and the KPIs of finished days."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tests.oracle.town import Town, look, make


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def test_kpis_equal_plain_sums_over_the_day(tmp_path: Path) -> None:
    """Two days with a death, an arrival and a starving agent, counted minute by minute."""
    sim = make("homes", tmp_path, agents=9, seed=2, policy="random")
    hours: list[Town] = []
    content = np.zeros(9)
    expected = []
    for k in range(2 * 1440):
        if k == 500:
            sim.kill(2)
        if k == 900:
            sim.spawn()
        if 700 <= k < 740:
            sim.column("Needs.level")[4, 0] = 0.01
        sim.run(1)
        town = look(sim)
        if town.minute % 60 == 0:
            hours.append(town)
        for agent in town.agents:
            # Who arrives in slot 2 starts to count anew.
            fine = agent.alive and all(level > np.float32(0.3) for level in agent.needs.values())
            content[agent.slot] = 0 if not agent.alive else content[agent.slot] + fine
        if town.minute == 0:
            length = min(1440, town.tick)
            living = [agent for agent in town.agents if agent.alive]
            row = {
                "self_sufficiency": mean([content[a.slot] >= 0.95 * length for a in living]),
                "population": len(living),
                "treasury": town.treasury / 1000,
            }
            for need in town.rules.need_names:
                levels = [float(a.needs[need]) for h in hours for a in h.agents if a.alive]
                row[f"mean_need.{need}"] = mean(levels)
            expected.append(row)
            hours, content = [], np.zeros(9)
    kpis = sim.kpis().to_dicts()
    assert len(kpis) == len(expected) == 2
    for found, row in zip(kpis, expected, strict=True):
        for name, value in row.items():
            assert abs(found[name] - value) < 2e-6, name
    assert [found["starvation"] >= 1 for found in kpis] == [True, False]


def test_starving_is_counted_in_its_day(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=3, seed=2, **{"world.start_minute": 1300})
    for slot in (0, 1):
        sim.desk.possess(slot)
        sim.column("Intent.target")[slot] = -1
    for _ in range(60):
        sim.column("Needs.level")[:2, 0] = 0.01
        sim.run(1)
    sim.run(90)
    sim.run(1440)
    assert sim.kpis()["starvation"].to_list() == [2, 0]


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
