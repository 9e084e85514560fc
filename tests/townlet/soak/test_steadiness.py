"""Work that is always the same is measured where it can be done often enough."""

from __future__ import annotations

import pytest

from townlet.soak.steadiness import unsteadiness


def test_the_slow_ones_are_held_against_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a hundred calls two take three times as long."""
    calls, clock = 0, 0

    def work(_: bytes) -> int:
        nonlocal calls, clock
        calls += 1
        clock += 3000 if calls % 50 == 0 else 1000
        return 0

    monkeypatch.setattr("townlet.soak.steadiness.zlib.crc32", work)
    monkeypatch.setattr("townlet.soak.steadiness.time.perf_counter_ns", lambda: clock)
    assert unsteadiness(1000) == 3


def test_here_it_is_some_number_of_at_least_1() -> None:
    found = unsteadiness(20_000)
    assert found is not None
    assert found >= 1


def test_what_takes_too_long_is_not_tried() -> None:
    assert unsteadiness(70e6) is None
