"""Prices: what a thing costs today, how far that is from the config, and prices operators set."""

import numpy as np

from townlet.ecs import I16, I32, Emit, Phase, Read, Write, device, kernel, system
from townlet_components.citymap import DistrictPlan
from townlet_components.events import PRICE_UPDATE, Events, EventTotals
from townlet_components.inventory import INGREDIENTS
from townlet_components.town_state import Prices
from townlet_systems.bundles import Offers, Things
from townlet_systems.emitting import Channel, channel_of, emit
from townlet_systems.preconditions import PRICE_KEYS

_HOME = 0  # its number in townlet.maps.PLACE_KINDS; a test compares
_MEAL = PRICE_KEYS.index("meal_cost")
_INGREDIENT = PRICE_KEYS.index("ingredients_cost")
#: Factors whose product, in millionths, is above this count as this: 4,000 times the price.
_STEEPEST = np.int64(4_000_000_000)
#: Prices above this, in thousandths, count as this: wallets and refunds hold them.
DEAREST = np.int64(2_000_000_000)


@device
def scaled(base: int, factor: int, spike: int) -> int:
    """A price in thousandths times two factors in thousandths, rounded half up once."""
    by = min(np.int64(factor) * np.int64(spike), _STEEPEST)
    return int(min((min(np.int64(base), DEAREST) * by + 500_000) // 1_000_000, DEAREST))


@device
def price_key_of(item: int) -> int:
    """The kind of price an item is sold at."""
    return _INGREDIENT if item == INGREDIENTS else _MEAL


@device
def factor_at(offers: Offers, things: Things, thing: int, town: int) -> int:
    """Factor of the place of an object, spikes on it included; thousandths."""
    places = things.factor.shape[0] // offers.base.shape[0]
    return int(things.factor[town * places + things.place[thing]])


@device
def unit_price(offers: Offers, things: Things, key: int, thing: int, town: int) -> int:
    """What one unit of a kind of price costs at a public object; thousandths."""
    factor = factor_at(offers, things, thing, town)
    return scaled(offers.base[town, key], factor, offers.spike[town, key])


@device
def town_price(base: I32, spike: I32, key: int, town: int) -> int:
    """A kind of price as it is today all over a town, before place factors; thousandths."""
    return scaled(base[town, key], 1000, spike[town, key])


@device
def price_index(
    base: I32, spike: I32, factor: I32, plan: I32, plan_factor: I32, place_kind: I16, town: int
) -> float:
    """Prices of a town over those of its config: 1.0 when nothing has changed.

    The mean over kinds of prices, times the mean over the places that are no homes.

    Args:
        base, spike: (town, price_key), see :class:`~townlet_components.town_state.Prices`.
        factor: (place row,).
        plan, plan_factor: the config's, (town, price_key) and (town, place_kind).
        place_kind: (places,).
        town: the town.
    """
    total, kinds = 0.0, 0
    for key in range(plan.shape[1]):
        if plan[town, key] > 0:
            total += town_price(base, spike, key, town) / plan[town, key]
            kinds += 1
    places, charged, due = place_kind.shape[0], 0.0, 0.0
    for place in range(places):
        if place_kind[place] != _HOME:
            charged += factor[town * places + place]
            due += plan_factor[town, place_kind[place]]
    index = total / kinds if kinds > 0 else 1.0
    return float(index * charged / due if due > 0.0 else index)


@kernel
def post(base: I32, asked: I32, layout: I16, channel: Channel) -> None:
    """Put prices that operators ask for in force; see :func:`post_prices`."""
    for t in range(asked.shape[0]):
        for key in range(asked.shape[1]):
            if asked[t, key] >= 0:
                base[t, key] = asked[t, key]
                asked[t, key] = -1
                emit(channel, t * layout.shape[0], PRICE_UPDATE, -1, -1, -1, key)


@system(phase=Phase.ORDERS, after=["clear_events"])
def post_prices(
    prices: Write[Prices],
    city: Read[DistrictPlan],
    events: Emit[Events],
    totals: Emit[EventTotals],
) -> None:
    """Prices that an operator has set come into force."""
    post(prices.base, prices.asked, city.layout, channel_of(events, totals))
