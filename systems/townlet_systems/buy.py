"""Buying: one item over the counter, at once; what the home lacks most, else a meal (SPEC §12)."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import (
    I16,
    I32,
    I64,
    U64,
    Emit,
    Phase,
    Read,
    Write,
    device,
    kernel,
    system,
)
from townlet.ecs.rng import WORLD_STREAM, draw_bits
from townlet_components import draws
from townlet_components.activity import Activity
from townlet_components.actors import Actors, Movers
from townlet_components.affordances import Affordances
from townlet_components.citymap import DistrictPlan, Layouts, PlacePlan
from townlet_components.clock import Clock
from townlet_components.events import PURCHASE, Events, EventTotals
from townlet_components.home import Home
from townlet_components.identity import Identity
from townlet_components.intent import BUY, Intent
from townlet_components.inventory import INGREDIENTS, MEALS, Inventory
from townlet_components.last_action import LastAction
from townlet_components.needs import Needs
from townlet_components.objects import ObjectIndex, ObjectPlan, Objects
from townlet_components.personality import Personality
from townlet_components.position import Position
from townlet_components.queueing import QueuePlace, QueueRing
from townlet_components.rows import DistrictRows, Rows, Towns
from townlet_components.rules import EconomyRules
from townlet_components.town_state import Prices, Utilities
from townlet_components.wallet import SALES, Ledger, Till, Wallet
from townlet_systems.bundles import City, Larder, Nearby, Offers, People, Things
from townlet_systems.doing import Outcome, note, outcome_of
from townlet_systems.emitting import Channel, channel_of, emit
from townlet_systems.offers import ROOM
from townlet_systems.pricing import price_key_of, unit_price
from townlet_systems.scene import city_of, offers_of, people_of, things_of
from townlet_systems.use import Purse


class Counter(NamedTuple):
    """What a purchase is decided by."""

    city: City
    things: Things
    nearby: Nearby
    offers: Offers
    people: People
    larder: Larder


@device
def lack(
    things: Things, nearby: Nearby, people: People, larder: Larder, row: int, item: int
) -> int:
    """How many of an item the agent's home lacks, with what it carries counted in.

    A home should have a meal and a day of ingredients for each who lives there; nobody's home
    lacks nothing.
    """
    home, town = people.home[row], people.town[row]
    if home < 0 or nearby.place_first[home] == nearby.place_first[home + 1]:
        return 0
    residents = larder.resident_first[home + 1] - larder.resident_first[home]
    wanted = residents * (larder.daily[town] if item == INGREDIENTS else 1)
    pantry = things.pantry[nearby.place_object[nearby.place_first[home]]]
    stored = things.stock[town * things.type.shape[0] + pantry, item]
    return int(wanted - stored - people.carried[row, item])


@device
def purchase_of(at: Counter, row: int) -> tuple[int, int]:
    """Object and item that ``buy`` would get the agent now, or ``(-1, -1)``.

    Of the items on sale within reach that it can pay and carry: the one its home lacks most,
    ingredients before meals; a meal where it lacks none. Of several objects the lowest number.
    """
    things, people = at.things, at.people
    here, town = people.district[row], people.town[row]
    base, layout = town * things.type.shape[0], at.city.layout[here]
    types = (at.nearby.public_first.shape[0] - 1) // at.city.layout.shape[0]
    best, best_item, best_lack = -1, -1, -1
    low, high = at.nearby.public_first[here * types], at.nearby.public_first[(here + 1) * types]
    for k in range(low, high):
        thing = at.nearby.public_object[k]
        g = base + thing
        if things.stock[g, INGREDIENTS] <= 0 and things.stock[g, MEALS] <= 0:
            continue
        if things.closed[g] or (at.city.route[layout, things.target[thing], people.tile[row]]) >> 3:
            continue
        for item in range(MEALS + 1):
            if things.stock[g, item] <= 0 or people.carried[row, item] >= ROOM:
                continue
            price = unit_price(at.offers, things, price_key_of(item), thing, town)
            if price > people.money[row]:
                continue
            missing = lack(things, at.nearby, people, at.larder, row, item)
            if missing <= 0 and item != MEALS:
                continue
            missing = max(missing, 0)
            if missing > best_lack or (missing == best_lack and item == best_item and thing < best):
                best, best_item, best_lack = int(thing), item, missing
    return best, best_item


@device
def line_up(
    row: I32, lot: I32, low: int, active: I32, first: int, last: int, primitive: I16, running: I16,
    people: People, generation: I32, seed: np.uint64, tick: int,
) -> int:  # fmt: skip
    """List who buys in a district from ``low`` on, by lot and then by slot; returns the end."""
    end = low
    for i in range(first, last):
        r = active[i]
        if primitive[r] != BUY or running[r] >= 0 or people.queue[r] >= 0:
            continue
        slot = people.slot[r]
        bits = draw_bits(seed, WORLD_STREAM, tick, slot, generation[r], draws.PURCHASE_ORDER, 0)
        mine = np.int64(bits >> np.uint64(1))
        n = end
        while n > low and (
            mine < lot[n - 1] or (mine == lot[n - 1] and slot < people.slot[row[n - 1]])
        ):
            row[n], lot[n] = row[n - 1], lot[n - 1]
            n -= 1
        row[n], lot[n] = r, mine
        end += 1
    return end


@kernel(over="district")
def buy_all(
    town: I32, first: I32, last: I32, active: I32, row: I32, lot: I32, primitive: I16,
    running: I16, generation: I32, seed: U64, at: Counter, purse: Purse, outcome: Outcome,
    channel: Channel, tick: I64,
) -> None:  # fmt: skip
    """Serve everyone who buys in a district, one after the other; see :func:`buy_goods`."""
    things, people = at.things, at.people
    count = things.type.shape[0]
    places = things.factor.shape[0] // at.offers.base.shape[0]
    for d in range(town.shape[0]):
        if first[d] == last[d]:
            continue
        t, low = town[d], first[d]
        high = line_up(
            row, lot, low, active, first[d], last[d], primitive, running, people, generation,
            seed[t], tick[0],
        )  # fmt: skip
        for n in range(low, high):
            r = row[n]
            thing, item = purchase_of(at, r)
            note(outcome, r, BUY, thing >= 0, 1)
            if thing < 0:
                continue
            price = unit_price(at.offers, things, price_key_of(item), thing, t)
            purse.money[r] -= price
            purse.till[t * places + things.place[thing]] += price
            purse.flow[d, SALES] += price
            things.stock[t * count + thing, item] -= 1
            people.carried[r, item] += 1
            emit(channel, d, PURCHASE, people.slot[r], -1, thing, item)


@system(phase=Phase.USE, after=["start_affordances"])
def buy_goods(
    district_rows: Read[DistrictRows],
    city: Read[DistrictPlan],
    layouts: Read[Layouts],
    actors: Read[Actors],
    lots: Write[Movers],
    rows: Read[Rows],
    towns: Read[Towns],
    identity: Read[Identity],
    intent: Read[Intent],
    activity: Read[Activity],
    position: Read[Position],
    home: Read[Home],
    needs: Read[Needs],
    personality: Read[Personality],
    queue: Read[QueuePlace],
    wallet: Write[Wallet],
    inventory: Write[Inventory],
    till: Write[Till],
    ledger: Write[Ledger],
    plan: Read[ObjectPlan],
    objects: Write[Objects],
    ring: Read[QueueRing],
    index: Read[ObjectIndex],
    places: Read[PlacePlan],
    economy: Read[EconomyRules],
    manifest: Read[Affordances],
    prices: Read[Prices],
    utilities: Read[Utilities],
    last: Write[LastAction],
    events: Emit[Events],
    totals: Emit[EventTotals],
    clock: Read[Clock],
) -> None:
    """Who buys gets one item over the counter, in the order of a lot while stock lasts."""
    buy_all(
        district_rows.town, actors.first, actors.last, actors.row, lots.row, lots.goal,
        intent.primitive, activity.affordance, identity.generation, towns.seed,
        Counter(
            city_of(layouts, city),
            things_of(plan, objects, city, ring, prices, utilities),
            Nearby(index.place_first, index.place_object, index.public_first, index.public_object),
            offers_of(manifest, prices),
            people_of(rows, position, home, wallet, inventory, needs, personality, queue),
            Larder(places.resident_first, economy.daily_ingredients),
        ),
        Purse(wallet.money, till.money, ledger.flow), outcome_of(last),
        channel_of(events, totals), clock.tick,
    )  # fmt: skip
