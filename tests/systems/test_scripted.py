"""The scripted policy against its slow twin, and the week it makes a town live."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from tests.oracle import scripted as slow
from tests.oracle.town import KINDS, Town, look, make, scramble, tick, twin

from townlet.config import SimulationConfig
from townlet.simulation import Simulation


def test_choices_equal_the_slow_twin(tmp_path: Path) -> None:
    """From noon and through the night; orders and possession are left alone."""
    chosen: Counter[str] = Counter()
    for kind in KINDS:
        keys = {"needs.fun.decay": 0.002, "world.start_minute": 1300}
        sim = make(kind, tmp_path, seed=7, **keys)
        sim.desk.possess(3)
        luck, seen = random.Random(kind), list[Town]()
        for k in range(200):
            if k % 25 == 5:
                scramble(sim, luck)
            tick(sim, {"choose_options": twin(sim, slow.scripted, seen)})
        for town in seen:
            for agent in town.agents:
                chosen[agent.option] += agent.wake == town.tick + 15
    assert {"idle", "get_fed", "get_clean", "sleep", "relax"} <= chosen.keys()
    assert min(chosen.values()) > 5


def test_the_draws_of_the_twin_are_the_published_generator() -> None:
    """Known answers of Philox4x32-10 (Random123, kat_vectors)."""
    full = 0xFFFFFFFF
    assert slow.philox([0] * 4, [0] * 2) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    assert slow.philox([full] * 4, [full] * 2) == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]


def test_a_sleeper_sleeps_on_until_rested(tmp_path: Path) -> None:
    """Block after block, past the threshold, by day too; then it gets up."""
    sim = make("homes", tmp_path, agents=2, seed=1, **{"needs.hunger.decay": 0.0})
    sim.column("Needs.level")[:] = [1.0, 1.0, 0.3]
    slept, levels = 0, []
    for _ in range(1000):
        sim.column("Needs.level")[0, :2] = 1.0
        before = look(sim).agents[0]
        sim.run(1)
        agent = look(sim).agents[0]
        if before.running == "rest_sleep" and agent.running is None:
            slept += 1
            levels.append(float(agent.needs["energy"]))
            if levels[-1] >= 0.95:
                break
    assert slept >= 4
    assert levels == sorted(levels)
    sim.run(1)
    assert look(sim).agents[0].option != "sleep"


@pytest.mark.slow
def test_ten_towns_live_for_a_week() -> None:
    """64 agents, 7 days, seeds 1 to 10: fed, clean and rested, by using real objects in turn."""
    sim = Simulation.from_config(SimulationConfig(), towns=10, seed=1, agents=64)
    for _ in range(7):
        sim.run(1440)
        assert sim.money().tolist() == [0] * 10
    days = pl.concat([sim.kpis(), sim.kpis_today()])
    assert days["day"].n_unique() == 8
    assert days["starvation_exits"].max() == 0
    assert int(days["population"].to_numpy().min()) >= 60
    for need in sim.blueprint.need_names:
        weeks = days.group_by("town").agg(pl.col(f"mean_need.{need}").mean())
        assert weeks[f"mean_need.{need}"].min() > 0.5  # type: ignore[operator]
    longest = days.group_by("town").agg(pl.col("queue_wait_max").max())["queue_wait_max"]
    assert longest.min() > 0  # type: ignore[operator]
    assert longest.max() < 180  # type: ignore[operator]
    assert sim.dropped()["events"] == 0
