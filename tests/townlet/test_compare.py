"""Paired comparison: the arithmetic, and real towns that share their luck."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from townlet import Simulation, load_config
from townlet.compare import Change, compare, difference, per_town
from townlet.errors import UserError

TOWN = Path(__file__).parents[2] / "configs" / "town.yaml"


def test_differences_are_taken_pair_by_pair() -> None:
    without = np.array([1.0, 2.0, 3.0, math.nan])
    changed = np.array([1.5, 2.5, 4.0, 9.0])
    found = difference("gini", without, changed)
    assert found is not None
    assert (found.towns, found.without) == (3, 2.0)
    assert found.mean == pytest.approx(2 / 3)
    assert found.changed == pytest.approx(8 / 3)
    assert found.paired == pytest.approx(np.var([0.5, 0.5, 1.0], ddof=1))
    assert found.unpaired == pytest.approx(1.0 + np.var([1.5, 2.5, 4.0], ddof=1))
    assert found.error == pytest.approx(math.sqrt(found.paired / 3))
    assert found.share == pytest.approx(found.paired / found.unpaired)


def test_without_two_pairs_nothing_is_said() -> None:
    assert difference("gini", np.array([1.0, math.nan]), np.array([1.0, 2.0])) is None
    same = difference("gini", np.ones(3), np.ones(3))
    assert same is not None
    assert math.isnan(same.share)


def test_a_towns_value_is_the_mean_of_its_days() -> None:
    frame = pl.DataFrame(
        {
            "town": [1, 0, 1, 0],
            "day": [0, 0, 1, 1],
            "tick": [1, 1, 2, 2],
            "exits": [1.0, 0.0, 2.0, 0.0],
            "lateness": [math.nan, math.nan, 0.5, math.nan],
        }
    )
    values = per_town(frame)
    assert values["exits"].tolist() == [0.0, 1.5]
    assert values["lateness"].tolist() == [pytest.approx(math.nan, nan_ok=True), 0.5]


@pytest.mark.slow
def test_pairs_vary_less_than_strangers() -> None:
    """Hungrier agents, sixteen towns, a day: what the change does stands out of the luck."""
    config = load_config(TOWN)
    change = Change({"rewards.decay_rates.hunger": 0.0009})
    found = {d.kpi: d for d in compare(config, change, towns=16, seed=1, days=1, agents=16)}
    hunger = found["mean_need.hunger"]
    assert hunger.mean < -3 * hunger.error
    for name in ("mean_need.hunger", "mean_need.hygiene", "mean_need.energy"):
        assert 0 < found[name].share < 0.5, name
    assert found["population"].towns == 16


def _kill_two(sim: Simulation) -> None:
    for town in range(2):
        sim.kill(3, town)


@pytest.mark.slow
def test_a_change_can_be_a_deed_in_the_middle_of_a_day() -> None:
    change = Change(act=_kill_two, at=300)
    found = {d.kpi: d for d in compare(TOWN, change, towns=2, days=1, agents=16)}
    assert found["exits"].mean == 1
    nothing = compare(TOWN, Change(), towns=2, days=1, agents=16)
    assert all(entry.mean == 0 and entry.paired == 0 for entry in nothing)


@pytest.mark.parametrize(("towns", "days"), [(1, 1), (2, 0)])
def test_too_few_are_refused(towns: int, days: int) -> None:
    with pytest.raises(UserError, match="give at least 2 towns and 1 day"):
        compare(TOWN, Change(), towns=towns, days=days)
