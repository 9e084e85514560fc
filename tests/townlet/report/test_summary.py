import json

import pytest

from townlet.report.subject import Outcome, start_minute
from townlet.report.summary import hash_text, last_day, summarise

from ..fakes import FakeTown

QUICK = Outcome(ticks=11, wall_s=3.0, first_tick_s=1.0, steady_s=2.0)


def test_kpis_are_the_last_finished_days_means_over_towns() -> None:
    town = FakeTown(tick=2 * 1440)  # day 2 runs
    name, kpis = last_day(town)
    assert name == "day 1"
    assert kpis["population"] == 7.5
    assert kpis["mean_need.hunger"] == pytest.approx(0.6)


def test_before_the_first_midnight_the_running_day_is_reported() -> None:
    name, kpis = last_day(FakeTown(tick=60))
    assert name == "day 0, not over yet"
    assert kpis["mean_need.hunger"] == pytest.approx(0.5)


def test_town_and_day_are_no_kpis() -> None:
    assert not {"town", "day"} & set(last_day(FakeTown())[1])


def test_a_kpi_without_a_value_is_null_in_json() -> None:
    summary = summarise(FakeTown(), QUICK)
    assert summary["kpis"]["queue_wait_p50"] is None
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary


def test_rates_count_what_came_after_the_first_tick() -> None:
    summary = summarise(FakeTown(), QUICK)
    assert summary["ticks_per_s"] == 5.0
    assert summary["agent_ticks_per_s"] == 5.0 * 2 * 8


def test_without_a_second_tick_there_is_no_rate() -> None:
    summary = summarise(FakeTown(), Outcome(1, 1.0, 1.0, 0.0))
    assert summary["ticks_per_s"] is None
    assert summary["agent_ticks_per_s"] is None


@pytest.mark.parametrize(("value", "text"), [(0, "0" * 16), (2**64 - 1, "f" * 16), (-1, "f" * 16)])
def test_a_hash_is_sixteen_digits(value: int, text: str) -> None:
    assert hash_text(value) == text


@pytest.mark.parametrize("tick", [0, 1019, 1020, 5000])
def test_the_start_minute_does_not_depend_on_when_one_asks(tick: int) -> None:
    assert start_minute(FakeTown(tick=tick)) == 420
