"""Weather: a draw a day, slow steps, cold (SPEC §8)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.oracle.town import look, make

from townlet.config import ConfigError, SimulationConfig
from townlet.ecs.rng import EVENTS_STREAM, draw_unit
from townlet.simulation import Simulation
from townlet_components.draws import WEATHER_OF_DAY
from townlet_components.town_state import RAIN, WEATHERS
from townlet_systems import weather
from townlet_systems.bundles import Sky


def town(folder: Path, /, **keys: Any) -> Simulation:
    wanted = {"weather.enabled": True, "world.start_minute": 1430} | keys
    return make("homes", folder, agents=4, seed=5, **wanted)


def slow_draw(seed: int, day: int, shares: dict[str, float]) -> str:
    """The weather of a day: the draw falls into one of the shares."""
    u, left = draw_unit(np.uint64(seed), EVENTS_STREAM, day, 0, 0, WEATHER_OF_DAY, 0), 0.0
    for kind in WEATHERS[:-1]:
        left += shares[kind] / sum(shares.values())
        if u < left:
            return kind
    return WEATHERS[-1]


def test_each_day_brings_its_weather(tmp_path: Path) -> None:
    """In the first tick and at midnight, by the town's seed; told when it changes."""
    shares = {"sunny": 0.2, "rain": 0.2, "cold": 0.1}
    sim = town(tmp_path, **{"weather.probabilities": shares})
    seen, last = Counter[str](), "sunny"
    first = look(sim)
    for day in range(40):
        now = look(sim) if day else first
        assert now.weather == slow_draw(5, day, shares)
        told = [news for news in now.news if news[0] == "weather_change"]
        changed = [("weather_change", -1, -1, -1, WEATHERS.index(now.weather))]
        assert told == (changed if now.weather != last else [])
        seen[now.weather], last = seen[now.weather] + 1, now.weather
        sim._start = 1440 * (day + 1) - sim.tick - 1  # the next tick is midnight
        sim.run(1)
    assert all(seen[kind] > 2 for kind in WEATHERS)


def test_weather_has_a_seed_of_its_own_where_one_is_given(tmp_path: Path) -> None:
    own = town(tmp_path, **{"world.weather_seed": 77}, towns=2)
    assert own.column("WeatherRules.seed").tolist() == [77, 77]
    assert town(tmp_path, towns=2).column("WeatherRules.seed").tolist() == [5, 6]


def test_weather_is_off_by_default(tmp_path: Path) -> None:
    sim = make("homes", tmp_path, agents=4, seed=5, **{"world.start_minute": 1430})
    sim.run(20)
    assert look(sim).weather == "sunny"
    assert not sim.column("WeatherRules.slow").any()


@pytest.mark.usefixtures("plain_python")
def test_steps_under_the_sky_take_two_ticks_when_it_rains() -> None:
    slow = np.array([[False, True, False]])
    outdoor = np.array([[False, True]])
    for kind in range(3):
        sky = Sky(np.array([kind], np.int8), slow, outdoor)
        for tile in range(2):
            for slot in range(2):
                kept = [weather.slowed(sky, 0, 0, tile, tick, slot) for tick in range(6)]
                if kind == RAIN and tile == 1:
                    assert kept == [(tick + slot) % 2 == 1 for tick in range(6)]
                else:
                    assert not any(kept)


def test_cold_takes_warmth_outdoors_and_wakes(tmp_path: Path) -> None:
    keys = {
        "needs.warmth": {"decay": 0.0, "initial": 0.5},
        "weather.probabilities": {"sunny": 0.0, "rain": 0.0, "cold": 1.0},
        "weather.chill": {"cold": 0.25},
        "world.start_minute": 600,
    }
    sim = town(tmp_path, **keys)
    outdoor = np.flatnonzero(sim.plan.outdoor[sim.plan.district_layout[0]])
    indoor = np.flatnonzero(~sim.plan.outdoor[sim.plan.district_layout[0]])
    sim.column("Position.tile")[:2] = outdoor[0]
    sim.column("Position.tile")[2:] = indoor[0]
    sim.column("Needs.level")[:, 3] = [0.5, 0.35, 0.35, 0.0]
    sim.column("Intent.wake")[:] = 5000
    sim._before()
    sim._runtime._step(sim._runtime.launches["chill_agents"])()
    assert sim.column("Needs.level")[:, 3].tolist() == pytest.approx([0.25, 0.1, 0.35, 0.0])
    assert sim.column("Intent.wake").tolist() == [5000, sim.tick + 1, 5000, 5000]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("weather.probabilities", {"sunny": 0, "rain": 0, "cold": 0.0}, "sunny is 0"),
        ("weather.probabilities.snow", 0.5, "weather.probabilities.snow"),
        ("weather.chill.cold", 2.0, "weather.chill.cold is 2.0"),
        ("economy.place_factors", {"caffe": 1.2}, "did you mean 'cafe'?"),
        ("economy.place_factors", {"cafe": -1.0}, "economy.place_factors.cafe is -1.0"),
    ],
)
def test_a_wrong_setting_gets_a_sentence(key: str, value: object, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        SimulationConfig().with_overrides({key: value})
    assert words in str(caught.value)
