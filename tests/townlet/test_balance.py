"""Promises of the default town, held against towns made up for the purpose, and a real one."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from townlet import Simulation, load_config
from townlet.balance import (
    PROMISES,
    Life,
    Town,
    as_dict,
    consecutive,
    judge,
    kept,
    live,
    passes,
    settled,
    value_text,
    wanted,
)
from townlet.report.summary import hash_text

SMALL = Path(__file__).parents[2] / "configs" / "small.yaml"
TOWN = Town(basket=8.4, agents=10)
GOOD = {
    "self_sufficiency": 0.9,
    "attendance_on_time": 0.8,
    "tie_formation": 0.7,
    "starvation_exits": 0.0,
    "exits": 1.0,
    "arrivals": 1.0,
    "queue_wait_p95": 4.0,
    "conflicts": 5.0,
    "avoidances": 1.0,
    "conflict_escalation": 0.1,
    "wealth_gini": 0.3,
    "treasury": -100.0,
}


def days(count: int = 30, /, **changes: object) -> pl.DataFrame:
    """Good days; a change is a value for every day, or a list of one per day."""
    values = GOOD | changes
    columns = {
        name: np.array(v if isinstance(v, list) else [v] * count, np.float64)
        for name, v in values.items()
    }
    number = np.arange(count)
    columns.setdefault("tenure_days", np.minimum(0.7 + number, 6.0))
    return pl.DataFrame({"town": number * 0, "day": number, **columns})


def verdicts(frame: pl.DataFrame) -> dict[str, str]:
    return {name: found.verdict for name, found in judge(frame, TOWN).items()}


def test_a_good_town_keeps_every_promise() -> None:
    found = judge(days(), TOWN)
    assert set(verdicts(days()).values()) == {"ok"}
    assert kept(found, 30)


@pytest.mark.parametrize(
    ("name", "values", "verdict"),
    [
        ("self_sufficiency", [0.0] * 3 + [0.7] * 27, "ok"),
        ("self_sufficiency", [1.0] * 3 + [0.69] * 27, "too low"),
        ("attendance_on_time", 0.69, "too low"),
        ("attendance_on_time", [math.nan, 0.0, 0.0] + [0.7, math.nan, 0.7] * 9, "ok"),
        ("tenure_days", [9.0] * 29 + [2.9], "too low"),
        ("tenure_days", [0.0] * 29 + [3.0], "ok"),
        ("tie_formation", 0.59, "too low"),
        ("starvation_exits", [1.0] + [0.0] * 29, "too high"),
        ("exits", 0.0, "too low"),
        ("arrivals", [0.0] * 29 + [1.0], "ok"),
        ("queue_wait_p95", 0.0, "too low"),
        ("conflicts", 0.0, "too low"),
        ("avoidances", 0.0, "too low"),
        ("conflict_escalation", 0.2, "too high"),
        ("wealth_gini", 0.09, "too low"),
        ("wealth_gini", 0.61, "too high"),
        ("treasury", [0.0] * 9 + [-1000.0] * 20 + [-159.0], "too high"),
        ("treasury", [0.0] * 9 + [-1000.0] * 20 + [-161.0], "ok"),
    ],
)
def test_each_promise_can_be_broken(name: str, values: object, verdict: str) -> None:
    frame = days(**{name: values})
    found = verdicts(frame)
    assert found.pop(name) == verdict
    assert kept(judge(frame, TOWN), 30) == (verdict == "ok")
    if name != "conflicts":  # without conflicts nothing can escalate
        assert set(found.values()) == {"ok"}


def test_busy_days_weigh_more_in_escalation() -> None:
    """Two of two escalated on a quiet day, 10 of 98 on a busy one; none on a day without any."""
    frame = days(3, conflicts=[2.0, 98.0, 0.0], conflict_escalation=[1.0, 10 / 98, math.nan])
    assert judge(frame, TOWN)["conflict_escalation"].value == pytest.approx(0.12)


def test_what_a_short_run_cannot_show_is_not_held_against_it() -> None:
    found = judge(days(3, tenure_days=1.0), TOWN)
    assert {name for name, f in found.items() if f.verdict == ""} == {"tenure_days", "treasury"}
    assert kept(found, 3)
    assert not kept(judge(days(3, attendance_on_time=math.nan), TOWN), 3), "it could show this"


@pytest.mark.parametrize(("count", "first"), [(1, 0), (2, 1), (6, 1), (7, 3), (30, 3)])
def test_settled_days(count: int, first: int) -> None:
    assert settled(days(count))["day"].to_list() == list(range(first, count))


def test_consecutive_seeds_are_one_batch() -> None:
    assert list(consecutive([3, 1, 2, 7, 9, 8, 8])) == [(1, 3), (7, 3)]
    assert list(consecutive([5])) == [(5, 1)]
    assert list(consecutive([])) == []


def test_promises_in_words() -> None:
    words = {promise.name: wanted(promise) for promise in PROMISES}
    assert words["queue_wait_p95"] == "above 0"
    assert words["treasury"] == "below 10"
    assert words["exits"] == "at least 1"
    promise = {p.name: p for p in PROMISES}
    assert value_text(promise["wealth_gini"], 0.456) == "0.46"
    assert value_text(promise["wealth_gini"], None) == "-"
    assert value_text(promise["self_sufficiency"], 0.912) == "91.2%"


def life(seed: int, **changes: object) -> Life:
    frame = days(**changes)
    found = judge(frame, TOWN)
    return Life(seed, frame, found, kept(found, 30), {"neglect": 2}, "00")


def test_enough_towns_have_to_be_in_balance_and_nobody_may_starve() -> None:
    good, poor = [life(seed) for seed in range(19)], life(20, self_sufficiency=0.1)
    starved = life(21, starvation_exits=1.0)
    assert passes([*good, poor])
    assert not passes([*good, poor, poor])
    assert passes([*good, poor, poor], share=0.9)
    assert not passes([*good, starved])
    told = as_dict([*good, poor])
    assert (told["towns"], told["kept"], told["starved"]) == (20, 19, 0)
    assert told["exits_by_cause"] == {"neglect": 40}
    assert told["means"]["self_sufficiency"] == pytest.approx((19 * 0.9 + 0.1) / 20)
    assert told["seeds"][19]["promises"]["self_sufficiency"]["verdict"] == "too low"


def test_towns_live_alone_as_in_a_batch() -> None:
    told: list[tuple[int, int]] = []
    config = load_config(SMALL)
    found = live(config, [5, 6, 9], 2, progress=lambda *step: told.append(step))
    assert [town.seed for town in found] == [5, 6, 9]
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [town.days["day"].to_list() for town in found] == [[0, 1]] * 3
    alone = Simulation.from_config(config, seed=6)
    alone.run(1440 - 420 + 1440)
    assert found[1].state_hash == hash_text(alone.hash())
    assert found[1].days.drop("town").equals(alone.kpis().drop("town"), null_equal=True)
    assert sum(found[1].causes.values()) == alone.kpis()["exits"].sum()
