"""Sizes, and the exponent of a cost that is known."""

import numpy as np
import pytest

from townlet.errors import UserError
from townlet.profiling.sweep import exponent, sizes_of, sweep_of

from .made import report_from


def test_two_sizes_per_factor_of_ten_both_ends_among_them() -> None:
    assert sizes_of("1k..1M") == [1000, 3200, 10_000, 32_000, 100_000, 320_000, 1_000_000]
    assert sizes_of("8..64") == [8, 23, 64]
    assert sizes_of("1..3") == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1k", "write a range of agents"),
        ("1k..", "is no number"),
        ("1M..1k", "at least twice"),
        ("8..9", "at least twice"),
        ("1..2", "at least 3"),
        ("a..b", "--sweep a..b: 'a' is no number"),
    ],
)
def test_a_bad_range_is_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        sizes_of(text)


@pytest.mark.parametrize("power", [0.5, 1.0, 1.3])
def test_the_exponent_of_a_known_cost(power: float) -> None:
    agents = [1000, 3200, 10_000, 32_000, 100_000]
    exact = exponent(agents, [7.0 * n**power for n in agents])
    assert exact is not None
    assert exact["exponent"] == pytest.approx(power)
    assert exact["error"] == pytest.approx(0, abs=1e-9)
    rng = np.random.default_rng(3)
    noisy = exponent(agents, [7.0 * n**power * rng.lognormal(0, 0.05) for n in agents])
    assert noisy is not None
    assert abs(noisy["exponent"] - power) < 4 * noisy["error"]
    assert 0 < noisy["error"] < 0.1


def test_two_sizes_have_an_exponent_without_an_error_and_nothing_has_none() -> None:
    assert exponent([10, 100], [5.0, 50.0]) == {"exponent": 1.0, "error": None}
    assert exponent([10, 100], [0.0, 50.0]) is None


def test_a_sweep_tells_each_size_and_fits_each_system() -> None:
    reports = [
        report_from(np.tile([n * 10.0, n**1.5], (40, 1)), agents=n) for n in (100, 1000, 10_000)
    ]
    found = sweep_of(reports)
    assert [size["agents"] for size in found["sizes"]] == [100, 1000, 10_000]
    assert found["systems"]["walk"]["exponent"] == pytest.approx(1.0)
    assert found["systems"]["queue"]["exponent"] == pytest.approx(1.5)
    assert 1 < found["total"]["exponent"] < 1.5
    assert found["sizes"][0]["systems"]["walk"] == pytest.approx(10)
    assert found["sizes"][0]["ns_per_agent"] == pytest.approx((1000 + 1000 + 40) / 100)
