"""Rent: at midnight every agent pays, as far as its wallet goes; the rest is arrears (SPEC §8)."""

import numpy as np

from townlet.ecs import (
    I8,
    I16,
    I32,
    I64,
    Bool,
    Emit,
    Phase,
    Read,
    Write,
    kernel,
    system,
)
from townlet_components.citymap import DistrictPlan, PlacePlan
from townlet_components.clock import Clock
from townlet_components.events import ARREARS, Events, EventTotals
from townlet_components.home import Home
from townlet_components.identity import Identity
from townlet_components.lifecycle import Debt
from townlet_components.rows import Rows
from townlet_components.town_state import Prices
from townlet_components.wallet import RENT, Treasury, Wallet
from townlet_systems.emitting import Channel, channel_of, emit
from townlet_systems.preconditions import PRICE_KEYS
from townlet_systems.pricing import DEAREST, town_price

_RENT = PRICE_KEYS.index("rent")
#: Days in arrears are counted up to this many.
_MOST_DAYS = 100


@kernel
def collect(
    money: I64, treasury: I64, flow: I64, arrears: I32, days: I8, alive: Bool, town: I32, slot: I32,
    home: I32, base: I32, spike: I32, place_district: I32, layout: I16, channel: Channel,
    minute: I64,
) -> None:  # fmt: skip
    """At midnight collect the day's rent and what is owed; see :func:`collect_rent`."""
    if minute[0] != 0:
        return
    for r in range(money.shape[0]):
        if not alive[r]:
            continue
        t = town[r]
        owed = np.int64(arrears[r]) + town_price(base, spike, _RENT, t)
        paid = min(owed, money[r])
        money[r] -= paid
        treasury[t] += paid
        flow[t, RENT] += paid
        if owed == paid:
            arrears[r], days[r] = 0, 0
            continue
        arrears[r] = min(owed - paid, DEAREST)
        days[r] = min(days[r] + 1, _MOST_DAYS)
        if days[r] == 1:
            d = place_district[home[r]] if home[r] >= 0 else 0
            emit(channel, t * layout.shape[0] + d, ARREARS, slot[r], -1, -1, arrears[r])


@system(phase=Phase.LIVE, after=["pay_allowance"])
def collect_rent(
    wallet: Write[Wallet],
    treasury: Write[Treasury],
    debt: Write[Debt],
    identity: Read[Identity],
    rows: Read[Rows],
    home: Read[Home],
    prices: Read[Prices],
    places: Read[PlacePlan],
    city: Read[DistrictPlan],
    events: Emit[Events],
    totals: Emit[EventTotals],
    clock: Read[Clock],
) -> None:
    """At midnight everyone pays the rent and its arrears, as far as its wallet goes."""
    collect(
        wallet.money, treasury.money, treasury.flow, debt.arrears, debt.days, identity.alive,
        rows.town, rows.slot, home.place, prices.base, prices.spike, places.district, city.layout,
        channel_of(events, totals), clock.minute,
    )  # fmt: skip
