"""Times of day, and towns that are brought to one."""

import pytest

from townlet import Simulation
from townlet.config import SimulationConfig
from townlet.errors import UserError
from townlet.profiling.daytime import clock_of, live_until, lived_in_day, minute_of, too_close


def test_a_time_is_a_minute_and_back() -> None:
    for text in ("00:00", "08:05", "23:59"):
        assert clock_of(minute_of(text)) == text
    assert minute_of("8:05") == 485


@pytest.mark.parametrize("text", ["", "24:00", "8", "08:60", "08:5", "noon", "-1:00"])
def test_no_time_of_day(text: str) -> None:
    with pytest.raises(UserError, match="is not a time of day"):
        minute_of(text)


def test_times_need_room_also_over_midnight() -> None:
    assert too_close([60, 120], 60) is None
    assert too_close([60, 120], 61) == 60
    assert too_close([10, 1430], 21) == 1430
    assert too_close([10, 10], 1) == 10
    assert too_close([10], 1441) == 10


@pytest.mark.parametrize(
    ("start", "day"), [(0, 1), (360, 1), (420, 1), (720, 1), (721, 2), (1380, 2)]
)
def test_a_town_is_lived_in_after_most_of_a_day_and_a_night(start: int, day: int) -> None:
    assert lived_in_day(start) == day
    assert day * 1440 - start >= 720


def test_a_town_is_brought_to_a_time_and_never_back() -> None:
    sim = Simulation.from_config(SimulationConfig(), agents=8)
    live_until(sim, 0, minute_of("08:30"))
    assert sim.clock == (0, 8, 30)
    live_until(sim, 0, minute_of("08:00"))
    assert sim.clock == (0, 8, 30)
    asked: list[int] = []

    def go_on() -> bool:
        asked.append(1)
        return len(asked) <= 3

    live_until(sim, 0, minute_of("09:30"), go_on, chunk=10)
    assert sim.clock == (0, 9, 0), "stopped after three chunks"
