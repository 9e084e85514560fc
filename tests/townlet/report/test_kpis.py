"""What is said about KPIs, and the bands of SPEC §4."""

from math import nan

import pytest

from townlet.report.kpis import (
    COUNT,
    GROUPS,
    KPIS,
    MINUTES,
    MONEY,
    NUMBER,
    SHARE,
    grouped,
    kpi,
    written,
)
from townlet_components.metrics import kpi_names

NAMES = kpi_names(("hunger", "fun"))


def test_every_kpi_is_explained() -> None:
    assert set(KPIS) == {name for name in NAMES if not name.startswith("mean_need.")}
    assert all(kpi(name).meaning and kpi(name).group in GROUPS for name in NAMES)
    assert kpi("mean_need.fun").title == "fun"
    assert kpi("own_number").meaning == ""


def test_groups_hold_every_kpi_once() -> None:
    groups = grouped((*NAMES, "own_number"))
    assert sorted(name for names in groups.values() for name in names) == sorted(
        (*NAMES, "own_number")
    )
    assert list(groups) == [*GROUPS, "other"]
    assert groups["queues"] == ["queue_wait_p50", "queue_wait_p95", "queue_wait_max"]


@pytest.mark.parametrize(
    ("name", "too_low", "fine", "too_high"),
    [
        ("self_sufficiency", [0.0, 0.699], [0.7, 1.0], []),
        ("attendance_on_time", [0.699], [0.7, 1.0], []),
        ("tenure_days", [2.9], [3.0, 400.0], []),
        ("tie_formation", [0.59], [0.6, 1.0], []),
        ("starvation_exits", [], [0.0], [1.0]),
        ("conflict_escalation", [], [0.0, 0.199], [0.2, 1.0]),
        ("wealth_gini", [0.0, 0.099], [0.1, 0.6], [0.601]),
    ],
)
def test_bands_are_those_of_the_specification(
    name: str, too_low: list[float], fine: list[float], too_high: list[float]
) -> None:
    band = kpi(name).band
    assert band is not None
    expected = (("too low", too_low), ("ok", fine), ("too high", too_high))
    for verdict, values in expected:
        assert [band.verdict(value) for value in values] == [verdict] * len(values)
    assert band.verdict(None) == band.verdict(nan) == ""


def test_bands_in_words() -> None:
    words = {name: about.band.text(about.unit) for name, about in KPIS.items() if about.band}
    assert words == {
        "self_sufficiency": "at least 70%",
        "starvation_exits": "none",
        "attendance_on_time": "at least 70%",
        "tie_formation": "at least 60%",
        "conflict_escalation": "below 20%",
        "tenure_days": "at least 3 days",
        "wealth_gini": "0.1 to 0.6",
    }


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.7, SHARE, "70%"),
        (0.0123, SHARE, "1.2%"),
        (1.0, SHARE, "100%"),
        (-1234.56, MONEY, "-1,234.6"),
        (64.0, COUNT, "64"),
        (1000.0, COUNT, "1,000"),
        (7.25, COUNT, "7.2"),
        (14.0, MINUTES, "14 min"),
        (0.13484, NUMBER, "0.135"),
        (None, SHARE, "-"),
        (nan, COUNT, "-"),
    ],
)
def test_values_are_written_for_people(value: float | None, unit: str, text: str) -> None:
    assert written(value, unit) == text
