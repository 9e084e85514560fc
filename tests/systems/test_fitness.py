"""The fitness index against its formula, written a second time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.oracle.town import make
from tests.systems.conftest import arguments

from townlet_components.events import ABSENT, BLOCKED, CONFLICT, LATE_START
from townlet_systems.fitness import count_violations, grade

plain = pytest.mark.usefixtures("plain_python")


def day(levels: list[list[float]], samples: list[int], violations: int, position: int) -> float:
    """The index of an agent after hours with these levels of its needs."""
    run: Any = grade
    window = np.zeros((1, 3), np.int16)
    window[0, : len(samples)] = samples
    arrays: dict[str, Any] = {
        "level": np.zeros((1, len(levels[0])), np.float32),
        "alive": np.ones(1, np.bool_),
        "position": np.array([position], np.int32),
        "sample": window,
        "samples": np.array([len(samples)], np.uint8),
        "deficit": np.zeros(1, np.float32),
        "hours": np.zeros(1, np.uint8),
        "violations": np.array([violations], np.int16),
        "afi": np.full(1, -9, np.float32),
    }
    for hour, level in enumerate(levels, start=1):
        arrays["level"][0] = level
        for minute in (hour * 60 - 1, 0 if hour == len(levels) else hour * 60):
            run.py_func(*arguments(run, arrays | {"minute": np.array([minute])}))
    assert arrays["hours"][0] == arrays["violations"][0] == arrays["deficit"][0] == 0
    return float(arrays["afi"][0])


@plain
@pytest.mark.parametrize(
    ("levels", "samples", "violations", "position", "expected"),
    [
        ([[1.0, 1.0]], [1000], 0, 0, 0.35 + 0.25),
        ([[0.0, 1.0], [0.5, 0.5]], [1000], 0, 0, 0.35 * 0.5 + 0.25),
        ([[1.0, 1.0]], [1000, 500], 0, 0, 0.35 + 0.25 * 0.75),
        ([[1.0, 1.0]], [], 0, 4, 0.35 + 0.25),
        ([[1.0, 1.0]], [], 0, -1, 0.35),
        ([[1.0, 1.0]], [0], 1, 0, 0.35 - 0.05),
        ([[0.0, 0.0]], [0], 3, 0, -0.15),
        ([[0.0, 0.0]], [0], 9, 0, -0.15),
    ],
)
def test_the_index_of_a_day(
    levels: list[list[float]], samples: list[int], violations: int, position: int, expected: float
) -> None:
    assert day(levels, samples, violations, position) == pytest.approx(expected, abs=1e-6)


@plain
def test_violations_are_counted_for_who_did_them() -> None:
    kinds = [[CONFLICT, LATE_START], [ABSENT, BLOCKED], [LATE_START, LATE_START]]
    run: Any = count_violations
    arrays: dict[str, Any] = {
        "used": np.array([2, 2, 1], np.int32),
        "kind": np.array(kinds, np.int8),
        "agent": np.array([[0, 1], [1, 0], [1, 0]], np.int32),
        "town": np.array([0, 0, 1], np.int32),
        "row_of": np.array([3, 1, 0, 2], np.int32),
        "violations": np.zeros(4, np.int16),
    }
    run.py_func(*arguments(run, arrays))
    assert arrays["violations"].tolist() == [0, 2, 1, 1]


def test_a_town_has_fitness_after_a_day(tmp_path: Path) -> None:
    """Derived: it is in no hash, and a newcomer does not inherit it."""
    sim = make("homes", tmp_path, agents=4, seed=1)
    sim.run(1440)
    frame = sim.fitness()
    assert frame.columns == ["town", "id", "name", "afi", "violations", "hours"]
    assert (frame["afi"] > 0).all()
    assert (frame["afi"] <= 0.6).all()
    before = sim.hash()
    sim.column("Fitness.afi")[1] = 0.5
    assert sim.hash() == before
    sim.kill(1)
    sim.run(1)
    assert sim.column("Fitness.afi")[1] == 0
