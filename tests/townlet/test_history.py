"""What a run remembers: hours, days, what found no room, and all the money."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from townlet import Simulation, load_config

CONFIG = Path(__file__).parents[2] / "configs" / "small.yaml"
DAY = 1440
START = 420


def build(**options: Any) -> Simulation:
    return Simulation.from_config(load_config(CONFIG), seed=5, **options)


def mean_level(sim: Simulation, town: int, need: int) -> float:
    here = sim.column("Identity.alive") & (sim.column("Rows.town") == town)
    return float(sim.column("Needs.level")[here, need].astype(np.float64).mean())


def test_hourly_means_are_the_levels_at_full_hours() -> None:
    sim = build(towns=2)
    seen = {}
    for tick in range(1, 301):
        sim.run(1)
        if (START + tick) % 60 == 0:
            for town in range(2):
                seen[town, tick] = [mean_level(sim, town, n) for n in range(3)]
    found = {
        (town, tick): list(levels)
        for town, tick, *levels in sim.needs_history()
        .select("town", "tick", "hunger", "hygiene", "energy")
        .iter_rows()
    }
    assert [tick for town, tick in found if town == 0] == [60, 120, 180, 240, 300]
    assert found.keys() == seen.keys()
    for key, levels in seen.items():
        assert found[key] == pytest.approx(levels, abs=2e-6)


def test_a_day_ends_at_midnight() -> None:
    sim = build(towns=2)
    midnight = DAY - START
    sim.run(midnight - 1)
    assert sim.kpis().height == 0
    sim.run(1)
    assert sim.clock == (1, 0, 0)
    first = sim.kpis()
    assert first.select("town", "day", "tick").rows() == [(0, 0, midnight), (1, 0, midnight)]
    sim.run(DAY)
    both = sim.kpis()
    assert both["day"].to_list() == [0, 0, 1, 1]
    assert both.head(2).equals(first), "a finished day stays as it was"


def test_kpis_are_those_of_the_specification_in_its_order() -> None:
    names = build().kpis_today().columns[3:]
    assert names == [
        "self_sufficiency", "attendance_on_time", "lateness", "tenure_days", "tie_formation",
        "conflicts", "conflict_escalation", "avoidances", "queue_wait_p50", "queue_wait_p95",
        "queue_wait_max", "starvation_exits", "exits", "arrivals", "wealth_gini", "treasury",
        "price_index", "mean_need.hunger", "mean_need.hygiene", "mean_need.energy", "population",
    ]  # fmt: skip


def test_kpis_of_a_day_agree_with_what_was_seen() -> None:
    sim = build()
    sim.run(DAY - START)
    content, hours = np.zeros(8), []
    for _ in range(DAY):
        sim.run(1)
        level = sim.column("Needs.level")
        content += (level > 0.3).all(axis=1)
        if sim.clock[2] == 0:
            hours.append([mean_level(sim, 0, n) for n in range(3)])
    row = sim.kpis().filter(pl.col("day") == 1).to_dicts()[0]
    assert row["population"] == 8
    assert row["starvation_exits"] == row["exits"] == row["arrivals"] == 0
    assert row["self_sufficiency"] == pytest.approx((content >= 0.95 * DAY).mean())
    for n, need in enumerate(("hunger", "hygiene", "energy")):
        assert row[f"mean_need.{need}"] == pytest.approx(np.mean([h[n] for h in hours]), abs=2e-6)
    assert row["treasury"] == sim.column("Treasury.money")[0] / 1000
    assert 0 <= row["queue_wait_p50"] <= row["queue_wait_p95"] <= row["queue_wait_max"]


def test_the_running_day_is_told_before_it_has_ended() -> None:
    sim = build(towns=2).run(30)
    today = sim.kpis_today()
    assert today.columns == sim.kpis().columns
    assert today.select("town", "day", "tick").rows() == [(0, 0, 30), (1, 0, 30)]
    assert today["population"].to_list() == [8, 8]
    assert today["mean_need.hunger"][1] == pytest.approx(mean_level(sim, 1, 0))
    sim.run(90)
    hourly = sim.needs_history().filter(pl.col("town") == 1)
    assert sim.kpis_today()["mean_need.hunger"][1] == pytest.approx(hourly["hunger"].mean())


def test_money_is_counted_in_wallets_tills_and_treasury() -> None:
    sim = build(towns=2).run(200)
    assert sim.money().tolist() == [0, 0]
    for name, town in (("Wallet.money", 0), ("Till.money", 1), ("Treasury.money", 1)):
        column = sim.column(name)
        row = town * len(column) // 2
        column[row] += 7
        assert sim.money().tolist() == [7 if t == town else 0 for t in range(2)]
        column[row] -= 7


def test_money_of_a_town_does_not_depend_on_where_its_rows_lie() -> None:
    sim = build(towns=2, row_order=np.arange(16)[::-1].copy()).run(200)
    sim.column("Wallet.money")[sim.column("Rows.row_of")[3]] += 5
    assert sim.money().tolist() == [5, 0]


def test_what_found_no_room_is_counted_by_name() -> None:
    sim = build().run(1)
    assert set(sim.dropped().values()) == {0}
    assert sim.desk.spawn() is None, "the town is full"
    sim.column("QueueStats.full")[0] += 2
    sim.column("Events.dropped")[0] += 3
    assert sim.dropped() == {
        "events": 3,
        "queue_joins": 2,
        "arrivals": 1,
        "perturbations": 0,
    }
