"""Weather: drawn each day; slows steps under the sky and takes warmth there."""

import numpy as np

from townlet.ecs import (
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    U64,
    Bool,
    Emit,
    Phase,
    Read,
    Write,
    device,
    kernel,
    system,
)
from townlet.ecs.rng import EVENTS_STREAM, draw_unit
from townlet_components import draws
from townlet_components.affordances import OptionPlan
from townlet_components.citymap import DistrictPlan, Layouts
from townlet_components.clock import Clock
from townlet_components.events import WEATHER_CHANGE, Events, EventTotals
from townlet_components.identity import Identity
from townlet_components.intent import Intent
from townlet_components.needs import CRITICAL, Needs
from townlet_components.position import Position
from townlet_components.rows import Rows
from townlet_components.town_state import Weather, WeatherRules
from townlet_systems.bundles import Sky
from townlet_systems.emitting import Channel, channel_of, emit

_ZERO = np.float32(0)
_CRITICAL = np.float32(CRITICAL)


def sky_of(weather: Weather, rules: WeatherRules, layouts: Layouts) -> Sky:
    """Bundle the weather."""
    return Sky(weather.kind, rules.slow, layouts.outdoor)


@device
def slowed(sky: Sky, town: int, layout: int, tile: int, tick: int, slot: int) -> bool:
    """The agent cannot step off this tile in this tick: every other one in slow weather.

    Args:
        sky: bundle.
        town: the agent's town.
        layout: layout of its district.
        tile: tile it stands on.
        tick: the tick of the step.
        slot: the agent's slot; odd and even slots step in turn.
    """
    if not sky.slow[town, sky.kind[town]] or not sky.outdoor[layout, tile]:
        return False
    return bool((tick + slot) % 2 != 0)


@kernel
def draw_all(
    kind: I8, on: Bool, cumulative: F64, seed: U64, layout: I16, channel: Channel, tick: I64,
    minute: I64, day: I64,
) -> None:  # fmt: skip
    """Draw each town's weather of the day; see :func:`draw_weather`."""
    if minute[0] != 0 and tick[0] != 1:
        return
    for t in range(kind.shape[0]):
        if not on[t]:
            continue
        u = draw_unit(seed[t], EVENTS_STREAM, day[0], 0, 0, draws.WEATHER_OF_DAY, 0)
        chosen = 0
        while chosen < cumulative.shape[1] - 1 and u >= cumulative[t, chosen]:
            chosen += 1
        if chosen != kind[t]:
            kind[t] = chosen
            emit(channel, t * layout.shape[0], WEATHER_CHANGE, -1, -1, -1, chosen)


@system(phase=Phase.ORDERS, after=["post_prices"])
def draw_weather(
    weather: Write[Weather],
    rules: Read[WeatherRules],
    city: Read[DistrictPlan],
    events: Emit[Events],
    totals: Emit[EventTotals],
    clock: Read[Clock],
) -> None:
    """A new day brings its weather, where weather is on."""
    draw_all(
        weather.kind, rules.on, rules.cumulative, rules.seed, city.layout,
        channel_of(events, totals), clock.tick, clock.minute, clock.day,
    )  # fmt: skip


@kernel(over="agent", local=True)
def chill(
    level: F32, wake: I32, option: I8, alive: Bool, town: I32, district: I32, tile: I16,
    layout: I16, outdoor: Bool, kind: I8, loss: F32, served: I16, warmth: I16, tick: I64,
) -> None:  # fmt: skip
    """Take warmth from everyone under the sky; see :func:`chill_agents`."""
    n = warmth[0]
    if n < 0:
        return
    for r in range(alive.shape[0]):
        lost = loss[town[r], kind[town[r]]]
        if not alive[r] or lost <= _ZERO or not outdoor[layout[district[r]], tile[r]]:
            continue
        before = level[r, n]
        after = max(_ZERO, before - lost)
        level[r, n] = after
        if after < _CRITICAL and before >= _CRITICAL and served[option[r]] != n:
            wake[r] = min(wake[r], tick[0] + 1)


@system(phase=Phase.LIVE, after=["drain_needs"])
def chill_agents(
    needs: Write[Needs],
    intent: Write[Intent],
    identity: Read[Identity],
    rows: Read[Rows],
    position: Read[Position],
    layouts: Read[Layouts],
    city: Read[DistrictPlan],
    weather: Read[Weather],
    rules: Read[WeatherRules],
    menu: Read[OptionPlan],
    clock: Read[Clock],
) -> None:
    """Cold weather takes warmth from those who are outdoors, where warmth is a need."""
    chill(
        needs.level, intent.wake, intent.option, identity.alive, rows.town, position.district,
        position.tile, city.layout, layouts.outdoor, weather.kind, rules.chill, menu.need,
        rules.warmth, clock.tick,
    )  # fmt: skip
