"""Jobs of a file: shifts in hours and in ticks, and what cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from townlet.config import ConfigError, SimulationConfig
from townlet.config.sections.jobs import GENERATED_JOBS, Job
from townlet.maps import PLACE_KINDS


def job(**keys: Any) -> Job:
    """A job of a file."""
    return SimulationConfig().with_overrides({"jobs.cook": keys}).jobs["cook"]


@pytest.mark.parametrize(
    ("keys", "shift"),
    [
        ({}, None),
        ({"wage_rate": 0.1, "start_tick": 0, "end_tick": 0}, None),
        ({"start": "08:00", "end": "16:30"}, (480, 510)),
        ({"start": 480, "end": 990}, (480, 510)),
        ({"start": "22:00", "end": "06:00"}, (1320, 480)),
        ({"start": "7:05"}, (425, 480)),
        ({"end": "06:00"}, (1320, 480)),
        ({"start": "10:00", "end": "10:00"}, (600, 1440)),
        ({"start_tick": 180, "end_tick": 360}, (180, 181)),
        ({"start_tick": 0, "end_tick": 120}, (0, 121)),
        ({"start_tick": 1320, "end_tick": 359}, (1320, 480)),
        ({"start_tick": 1500, "end_tick": 1530}, (60, 31)),
        ({"start_tick": 100}, (100, 480)),
        ({"start_tick": 0, "end_tick": 1439}, (0, 1440)),
        ({"start_tick": 5, "end_tick": 9000}, (5, 1440)),
    ],
)
def test_shifts(keys: dict[str, Any], shift: tuple[int, int] | None) -> None:
    assert job(**keys).shift() == shift


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"start": "24:00"}, "jobs.cook.start"),
        ({"start": "8h"}, "jobs.cook.start is no time of day; it must be"),
        ({"start": 1440}, "jobs.cook.start is no time of day; it must be"),
        ({"start": "08:00", "start_tick": 3}, "jobs.cook.start is the shift a second time"),
        ({"end": "08:00", "end_tick": 3}, "jobs.cook.end is the shift a second time"),
        ({"place": "cafe", "location": [1, 1]}, "jobs.cook.place is a second workplace"),
        ({"place": "bakery"}, "jobs.cook.place is 'bakery'"),
        ({"wage": 1.0}, "did you mean 'jobs.cook.wage_rate'"),
        ({"positions": -1}, "jobs.cook.positions"),
        ({"grace_ticks": 121}, "jobs.cook.grace_ticks"),
    ],
)
def test_what_cannot_be_gets_a_sentence(keys: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as found:
        job(**keys)
    assert sentence in str(found.value)


def test_jobs_in_ticks_begin_at_midnight() -> None:
    assert SimulationConfig().start_minute() == 420
    ticks = SimulationConfig().with_overrides({"jobs.cook": {"start_tick": 3}})
    assert ticks.start_minute() == 0
    hours = SimulationConfig().with_overrides({"jobs.cook": {"start": "03:00"}})
    assert hours.start_minute() == 420
    again = SimulationConfig.model_validate(hours.resolved() | {"observations_config": {}})
    assert again.start_minute() == 420, "the keys a resolved file spells out change nothing"


def test_a_scene_asks_for_jobs_that_there_are() -> None:
    def ask(name: str) -> None:
        cast = {"agents": [{"id": "dawn", "job": name}]}
        SimulationConfig().with_overrides({"scenario": cast, "jobs.cook": {}})

    ask("cook")
    ask("barista")
    with pytest.raises(ConfigError, match=r"agents\[0\].job is 'baristo'.*'barista'"):
        ask("baristo")


def test_a_workplace_lies_on_the_map() -> None:
    keys: dict[str, Any] = {"world.grid_size": [8, 6], "jobs.cook": {"location": [3, 6]}}
    with pytest.raises(ConfigError, match=r"jobs.cook.location is \[3, 6\]; .* ends at \[7, 5\]"):
        SimulationConfig().with_overrides(keys)


def test_generated_jobs_are_done_at_places_there_are() -> None:
    assert set(GENERATED_JOBS) <= set(PLACE_KINDS)
    names = [name for name, _ in GENERATED_JOBS.values()]
    assert len(set(names)) == len(names)
