"""Numbers of a profile, on samples whose numbers are known."""

from dataclasses import replace

import numpy as np
import pytest

from townlet.profiling.summary import (
    PARTS,
    accounts_of,
    makers_of,
    median_tick,
    python_of,
    systems_of,
    windows_of,
)

from .made import TRAFFIC, report_from, samples_of


def test_a_systems_costs_per_tick_and_per_agent() -> None:
    walk = np.arange(1, 101) * 100
    found = systems_of(samples_of(np.stack([walk, np.full(100, 50)], 1)), TRAFFIC, 10, 8.0)
    assert list(found) == ["walk", "queue"], "the dearest first"
    cost = found["walk"]
    assert (cost["ns_per_tick"], cost["ns_per_agent"]) == (5050.0, 505.0)
    assert (cost["p50"], cost["p95"], cost["p99"]) == (5050.0, 9505.0, 9901.0)
    assert cost["max"] == 10_000.0
    assert cost["per_agent"]["p99"] == 990.1
    assert (cost["rows"], cost["bytes"], cost["splits"]) == (100, 4000, "split")
    assert cost["gb_per_s"] == pytest.approx(4000 / 5050, abs=1e-4)
    assert cost["roofline_share"] == pytest.approx(4000 / 5050 / 8, abs=1e-5)


def test_shares_and_python_make_a_whole() -> None:
    samples = samples_of([[300, 100], [400, 120]])
    found = systems_of(samples, TRAFFIC, 1, 0.0)
    python = sum(python_of(samples).values()) * 2 / samples.totals.sum()
    assert sum(cost["share"] for cost in found.values()) + python == pytest.approx(1, abs=1e-5)
    assert found["walk"]["roofline_share"] is None, "nobody measured the machine"


def test_waiting_is_taken_out_of_the_systems_and_garbage_out_of_python() -> None:
    samples = samples_of([[300, 100]] * 4, waiting=600)
    samples.collected[:, 1] = 7
    accounts = accounts_of(samples)
    assert accounts["systems_s"] == pytest.approx(4 * 250e-9)
    assert accounts["waiting_s"] == pytest.approx(4 * 150e-9)
    assert accounts["python_s"] == pytest.approx(4 * 33e-9)
    assert accounts["gc_s"] == pytest.approx(4 * 7e-9)
    assert accounts["own_s"] == pytest.approx(4 * 10e-9)
    assert accounts["unaccounted_s"] == pytest.approx(0)


def test_who_is_off_its_core_between_ticks_does_not_wait_in_a_system() -> None:
    made = samples_of([[300, 100]] * 10, waiting=600)
    gaps = np.arange(10) * 15  # 5 ns between two ticks, as mostly
    gaps[6:] += 90_000  # and once another program ran there
    usual = 10 * 5
    samples = replace(
        made,
        started=made.started + gaps,
        wall_ns=made.wall_ns + usual + 90_000,
        waiting_ns=made.waiting_ns + 90_000,
    )
    accounts = accounts_of(samples)
    assert accounts["waiting_s"] == pytest.approx(600e-9)
    assert accounts["systems_s"] == pytest.approx(10 * 400e-9 - 600e-9)
    assert accounts["unaccounted_s"] == pytest.approx((usual + 90_000) * 1e-9)
    assert sum(accounts[part] for part in PARTS) == pytest.approx(accounts["wall_s"])


def test_who_waits_longer_than_its_systems_take_waits_no_longer_than_that() -> None:
    accounts = accounts_of(samples_of([[300, 100]], waiting=9000))
    assert accounts["systems_s"] == 0
    assert accounts["waiting_s"] == pytest.approx(400e-9)


@pytest.mark.parametrize(("ticks", "windows"), [(100, 20), (7, 7)])
def test_windows_hold_every_tick_once(ticks: int, windows: int) -> None:
    found = windows_of(samples_of([[k, 0] for k in range(ticks)]))
    assert len(found["total"]) == len(found["systems"]["walk"]) == windows
    width = ticks // windows
    assert found["systems"]["walk"] == [k * width + (width - 1) / 2 for k in range(windows)]


def test_one_long_tick_does_not_move_a_window() -> None:
    ticks = np.full((40, 2), 100)
    ticks[7] = 9000
    found = windows_of(samples_of(ticks), 4)
    assert found["total"] == [240.0] * 4


def test_the_fewest_systems_that_make_a_share() -> None:
    costs = {name: {"ns_per_tick": ns} for name, ns in [("a", 60), ("b", 31), ("c", 9)]}
    assert makers_of(costs) == ["a", "b"]
    assert makers_of(costs, 0.92) == ["a", "b", "c"]
    assert makers_of(costs, 0.1) == ["a"]


def test_a_median_tick_is_one_in_which_nothing_is_disturbed() -> None:
    ticks = np.full((10, 2), 100.0)
    ticks[:4, 0] = ticks[6:, 1] = 9000
    assert median_tick(report_from(ticks)) == 240.0, "though 8 of 10 ticks are long"
