"""The verdict: a regression is found, noise is not taken for one."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from townlet.errors import UserError
from townlet.profiling.compare import check_comparable, compare, drift, interval

from .made import report_from

Array = npt.NDArray[np.float64]
WALK, QUEUE = 700_000, 200_000


def ticks(seed: int, walk: float = 1.0, queue: float = 1.0, count: int = 240) -> Array:
    """Ticks of about 0.9 ms with the noise of a shared machine: slow moments, and outliers."""
    rng = np.random.default_rng(seed)
    moments = np.repeat(rng.lognormal(0, 0.05, -(-count // 10)), 10)[:count]
    outliers = np.where(rng.random(count) < 0.03, rng.uniform(1.5, 8, count), 1.0)
    noise = rng.lognormal(0, 0.04, (count, 2)) * (moments * outliers)[:, None]
    cost: Array = noise * np.array([WALK * walk, QUEUE * queue])
    return cost


@pytest.mark.parametrize("seed", range(12))
def test_noise_alone_is_no_regression(seed: int) -> None:
    found = compare(report_from(ticks(seed)), report_from(ticks(1000 + seed)))
    assert not found.slower
    assert found.tick.verdict == "no difference"


def test_noise_alone_is_seldom_a_regression_in_many_draws() -> None:
    wrong = sum(
        compare(report_from(ticks(2000 + k)), report_from(ticks(3000 + k))).slower
        for k in range(60)
    )
    assert wrong <= 1


@pytest.mark.parametrize("seed", range(8))
def test_a_tick_that_takes_a_fifth_longer_is_found(seed: int) -> None:
    found = compare(report_from(ticks(seed)), report_from(ticks(50 + seed, 1.2, 1.2)))
    assert found.slower
    assert found.tick.verdict == "slower"
    assert found.tick.low <= found.tick.ratio <= found.tick.high
    assert found.tick.ratio == pytest.approx(1.2, abs=0.08)


@pytest.mark.parametrize("seed", range(8))
def test_one_system_that_takes_half_as_long_again_is_named(seed: int) -> None:
    found = compare(report_from(ticks(seed)), report_from(ticks(50 + seed, queue=1.5)))
    verdicts = {one.name: one.verdict for one in found.systems}
    assert verdicts == {"walk": "no difference", "queue": "slower"}
    assert found.slower


def test_faster_is_no_regression() -> None:
    found = compare(report_from(ticks(1)), report_from(ticks(2, 0.7, 0.7)))
    assert found.tick.verdict == "faster"
    assert not found.slower


def test_a_slower_machine_is_no_regression_and_is_told() -> None:
    before, after = report_from(ticks(1)), report_from(ticks(2, 1.3, 1.3), speed=1 / 1.3)
    found = compare(before, after)
    assert not found.slower
    assert found.machine["memory"] == pytest.approx(0.3)
    assert found.machine["arithmetic"] == pytest.approx(0.3)
    assert found.tick.margin > 0.3


def test_a_system_that_hardly_counts_is_left_out() -> None:
    tiny = ticks(1)
    tiny[:, 1] = 900
    later = tiny.copy()
    later[:, 1] = 9000
    found = compare(report_from(tiny), report_from(later))
    assert [one.name for one in found.systems] == ["walk", "queue"], "1 % of a tick afterwards"
    later[:, 1] = 1800
    assert [one.name for one in compare(report_from(tiny), report_from(later)).systems] == ["walk"]


def test_a_system_that_only_one_has_is_told() -> None:
    before, after = report_from(ticks(1)), report_from(ticks(2))
    after["systems"]["stroll"] = after["systems"].pop("walk")
    for window in after["windows"]:
        window["systems"]["stroll"] = window["systems"].pop("walk")
    found = compare(before, after)
    assert [one.name for one in found.systems] == ["queue"]
    gone, new = found.unmatched
    assert gone.startswith("walk is gone, ")
    assert new.startswith("stroll is new, ")
    assert compare(before, before).unmatched == []


def test_the_same_numbers_give_the_same_verdict() -> None:
    before, after = report_from(ticks(1)), report_from(ticks(2))
    assert compare(before, after) == compare(before, after)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"agents": 64}, "not the same work: agents was 100, is 64"),
        ({"seed": 3}, "not the same work: seed was 0, is 3"),
        ({"observations": "hybrid"}, "observations was None, is hybrid"),
        ({"way": "staged"}, "way was chained, is staged; with --anyway"),
        ({"threads": 1}, "threads was 2, is 1; with --anyway"),
        ({"config_hash": "def"}, "config_hash was abc, is def"),
        ({"machine": {"processor": "Q", "cores": "2", "system": "Linux"}}, "processor was P"),
    ],
)
def test_what_cannot_be_compared_is_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        compare(report_from(ticks(1)), report_from(ticks(2), **change))


@pytest.mark.parametrize(("fused", "apart"), [(False, []), (True, ["way was fused, is chained"])])
def test_an_old_profile_knows_only_whether_it_was_fused(fused: bool, apart: list[str]) -> None:
    old = report_from(ticks(1), fused=fused)
    del old["way"]
    assert compare(old, report_from(ticks(2)), anyway=True).apart == apart


def test_another_place_is_compared_when_asked_for_and_told() -> None:
    after = report_from(ticks(2), threads=1, config_hash="def")
    found = compare(report_from(ticks(1)), after, anyway=True)
    assert found.apart == ["config_hash was abc, is def", "threads was 2, is 1"]
    with pytest.raises(UserError, match="not the same work"):
        compare(report_from(ticks(1)), report_from(ticks(2), agents=8), anyway=True)


def test_other_times_of_day_or_numbers_of_ticks_are_other_work() -> None:
    with pytest.raises(UserError, match="ticks per time of day was 240, is 60"):
        compare(report_from(ticks(1)), report_from(ticks(2, count=60)))
    other = report_from(ticks(2))
    other["windows"][0]["at"] = "19:00"
    with pytest.raises(UserError, match="at was 08:00, is 19:00"):
        compare(report_from(ticks(1)), other)


def test_windows_of_another_townlet_get_a_sentence() -> None:
    old = report_from(ticks(1))
    window = old["windows"][0]
    window["total"] *= 2
    window["systems"] = {name: 2 * values for name, values in window["systems"].items()}
    now = report_from(ticks(2))
    planned = {**now, "windows": [{"at": "08:00", "ticks": 240}]}
    for after in (now, planned):
        with pytest.raises(UserError, match="has 40 windows per time of day, and this one has 20"):
            check_comparable(old, after, anyway=True)
    with pytest.raises(UserError, match="another Townlet made it"):
        compare(old, now)
    assert check_comparable(now, planned) == []


def test_too_few_windows_know_no_noise() -> None:
    few: Callable[[int], Any] = lambda seed: report_from(ticks(seed, count=5))  # noqa: E731
    with pytest.raises(UserError, match="5 windows are too few"):
        compare(few(1), few(2))


def test_another_state_is_told() -> None:
    found = compare(report_from(ticks(1)), report_from(ticks(2), state_hash="01"))
    assert not found.same_state
    assert found.report()["same_state"] is False


def test_the_interval_holds_the_median_and_grows_with_the_noise() -> None:
    rng = np.random.default_rng(4)
    narrow, wide = rng.normal(0.1, 0.01, 40), rng.normal(0.1, 0.1, 40)
    for logs in (narrow, wide):
        low, high = interval(logs)
        assert low <= np.median(logs) <= high
    assert np.ptp(interval(wide)) > 3 * np.ptp(interval(narrow))


def test_drift_is_the_larger_of_both_and_none_without_a_reference() -> None:
    slow = [{"triad_median": 20.0, "spin_median": 2.0}]
    quick = [{"triad_median": 30.0, "spin_median": 2.2}]
    assert drift(quick, slow)["memory"] == pytest.approx(0.5)
    assert drift(quick, slow)["arithmetic"] == pytest.approx(2 / 2.2 - 1)
    assert drift(quick, slow)["drift"] == pytest.approx(0.5)
    assert drift(slow, quick)["drift"] == pytest.approx(0.5)
    assert drift([], [])["drift"] == 0
