"""Targets: which object an option goes for, by distance, queue and price (SPEC §12)."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import device, rare
from townlet_components.events import NO_REASON
from townlet_components.intent import RELAX
from townlet_components.inventory import MEALS
from townlet_components.needs import CRITICAL
from townlet_components.personality import FRUGALITY
from townlet_systems.bonds import Bonds, avoids
from townlet_systems.bundles import People, Things
from townlet_systems.offers import fits_bag, price_of, refusal
from townlet_systems.scene import Scene
from townlet_systems.walking import FAR, distance, distance_within, entrance

#: No target: the option cannot be pursued now.
NOTHING = -1
#: The target is in the bag: a meal that is eaten where the agent stands.
BAG = -2
#: Idle goes for nothing and needs nothing.
NOWHERE = -3
#: A meal's price (1000 thousandths) weighs as much as this many minutes.
MINUTES_PER_MEAL_PRICE = 30
#: Who has more than this many thousandths seeks out paid leisure: three baskets of 8.4 (SPEC §8).
SURPLUS = 25_200
#: Leisure that would cost more minutes than this, less what a treat is worth, is none.
LEISURE_LIMIT = 45
#: Advantage, in minutes, of paid leisure for who can spend.
TREAT = 45
#: Whoever has less spends nothing on leisure.
FREE_ONLY = -1
#: What an avoided rival in use or queue seems to cost, in minutes.
SHUN = 600


@device
def cost(at: Scene, row: int, aff: int, thing: int) -> int:
    """Minutes an object seems to cost: walking, waiting, paying. FAR: no way or no room."""
    people, things = at.people, at.things
    walk = distance(
        at.city,
        people.district[row],
        people.tile[row],
        things.district[thing],
        things.target[thing],
    )
    return cost_after(at, row, aff, thing, walk)


@device
def cost_after(at: Scene, row: int, aff: int, thing: int, walk: int) -> int:
    """The cost of an object that it takes ``walk`` minutes to reach."""
    people, things = at.people, at.things
    if walk >= FAR:
        return FAR
    g = people.town[row] * things.type.shape[0] + thing
    wait = 0
    mine = people.queue[row] == thing
    if not mine and things.waiting[g] >= things.ring_size[thing]:
        return FAR
    if not (mine and people.holding[row]):
        ahead = int(things.waiting[g]) - (1 if mine else 0)
        if things.holder[g] >= 0:
            wait += at.offers.duration[aff] // 2
        wait += ahead * at.offers.duration[aff]
    price = price_of(at.offers, things, aff, thing, people.town[row])
    thrift = 1.0 + 0.5 * people.trait[row, FRUGALITY]
    return walk + wait + int(price * MINUTES_PER_MEAL_PRICE * thrift) // 1000


class Choice(NamedTuple):
    """What an option goes for.

    Attributes:
        object: the object; BAG, NOWHERE or NOTHING.
        affordance: what to do there; -1 none.
        cost: minutes it seems to cost, walking, waiting, paying; without doing it.
        shunned: slot of the rival for whose sake a better object was passed over; -1 nobody.
    """

    object: int
    affordance: int
    cost: int
    shunned: int


@device
def is_wary(at: Scene, row: int) -> bool:
    """The agent has marked somebody as a rival to avoid."""
    marked = False
    for k in range(at.bonds.avoid.shape[1]):
        marked = marked or at.bonds.avoid[row, k]
    return bool(marked)


@rare
def rival_at(bonds: Bonds, things: Things, people: People, row: int, thing: int, tick: int) -> int:
    """Slot of an avoided rival who uses an object or waits for it; -1 nobody."""
    town = people.town[row]
    g = town * things.type.shape[0] + thing
    if things.holder[g] >= 0 and avoids(bonds, row, things.holder[g], town, tick):
        return int(things.holder[g])
    start = town * (things.ring.shape[0] // (things.holder.shape[0] // things.type.shape[0]))
    for k in range(things.waiting[g]):
        slot = things.ring[start + things.ring_start[thing] + k]
        if slot != people.slot[row] and avoids(bonds, row, slot, town, tick):
            return int(slot)
    return -1


@device
def objects_of(at: Scene, row: int, wanted: int, types: int, source: int) -> tuple[int, int]:
    """Where to look for a type: at home, in this district, in the home district.

    Args:
        at, row, wanted: the scene, who looks, and for what.
        types: how many types there are.
        source: 0, 1 or 2.

    Returns:
        Range in ``Nearby.place_object`` (source 0) or ``Nearby.public_object``.
    """
    things, nearby, home = at.things, at.nearby, at.people.home[row]
    if source == 0:
        return (nearby.place_first[home], nearby.place_first[home + 1]) if home >= 0 else (0, 0)
    here = at.people.district[row]
    there = things.district[nearby.place_object[nearby.place_first[home]]] if home >= 0 else here
    if source == 2 and there == here:
        return 0, 0
    cell = (here if source == 1 else there) * types + wanted
    return nearby.public_first[cell], nearby.public_first[cell + 1]


@device
def way_home(at: Scene, row: int) -> tuple[int, int]:
    """Minutes to the agent's home district, and the tile where it gets there."""
    people, nearby, home = at.people, at.nearby, at.people.home[row]
    here, tile = people.district[row], int(people.tile[row])
    if home < 0:
        return 0, tile
    there = at.things.district[nearby.place_object[nearby.place_first[home]]]
    return entrance(at.city, here, tile, there)


@device
def _best_object(  # noqa: PLR0912  (each candidate is left out for the cheapest reason)
    at: Scene, row: int, aff: int, treat: int, wary: bool, way: int, door: int, limit: int
) -> tuple[int, int, int, int]:
    """Best object for one affordance: at home, in this district, in the home district.

    Objects that an avoided rival uses or waits for come last; ties go to the lower number.

    Args:
        at: the scene.
        row, aff: who, and what for.
        treat: minutes that what costs money seems nearer; below 0: it is left out.
        wary: rivals are avoided.
        way, door: of :func:`way_home`, as all objects of the home district are beyond.
        limit: what costs as much, with treats and rivals, is not wanted.

    Returns:
        The object or NOTHING, its cost with treats and rivals, its plain cost, whom it shuns.
    """
    things, nearby, town = at.things, at.nearby, at.people.town[row]
    best, best_cost, best_real = NOTHING, limit, FAR
    shunned, shunned_cost = -1, FAR
    here, nearer = at.people.district[row], max(treat, 0)
    wanted = at.offers.object_type[aff]
    types = (nearby.public_first.shape[0] - 1) // at.city.layout.shape[0]
    # One loop over three sources: a single call keeps the compiled kernels small.
    for source in range(3):
        before, tile = (0, int(at.people.tile[row])) if source == 1 else (way, door)
        if before - nearer > best_cost:
            continue
        low, high = objects_of(at, row, wanted, types, source)
        for k in range(low, high):
            thing = nearby.place_object[k] if source == 0 else nearby.public_object[k]
            if things.type[thing] != wanted:
                continue
            there = here if source == 1 else things.district[thing]
            walk = before + distance_within(at.city, there, tile, things.target[thing])
            # Whoever is farther than the best is dear needs no closer look.
            if walk - nearer > best_cost:
                continue
            real = price = cost_after(at, row, aff, thing, walk)
            if real >= FAR:
                continue
            if treat != 0 and price_of(at.offers, things, aff, thing, town) > 0:
                if treat < 0:
                    continue
                price -= treat
            rival = -1
            if wary and (price < best_cost or price < shunned_cost):
                rival = rival_at(at.bonds, things, at.people, row, thing, at.time.tick[0])
            if rival >= 0:
                if price < shunned_cost:
                    shunned, shunned_cost = rival, price
                price += SHUN
            if price > best_cost or (price == best_cost and thing >= best):
                continue
            why = refusal(
                at.offers, things, at.people, at.mind, at.time, at.career, row, aff, thing
            )
            if why == NO_REASON:
                best, best_cost, best_real = int(thing), price, real
    if shunned_cost >= best_cost or best_cost >= SHUN:
        shunned = -1
    return best, best_cost, best_real, shunned


@device
def choose_target(at: Scene, row: int, option: int) -> Choice:
    """Object and affordance an option would go for now.

    What the option uses up is made first when there is none: no meal, but ingredients and a stove,
    means cooking. Rivals are avoided unless the need is critical (SPEC §7).

    Returns:
        The choice; its object is BAG for a meal carried along, NOTHING when the option cannot be
        pursued. The mask of an option is whether this finds something.
    """
    menu, offers, people = at.menu, at.offers, at.people
    best, best_aff, best_cost, real, shunned = NOTHING, -1, FAR, 0, -1
    treat = 0
    way, door = way_home(at, row)
    if option == RELAX:
        best_cost = LEISURE_LIMIT + 1
        treat = TREAT if people.money[row] > SURPLUS else FREE_ONLY
    need = menu.need[option]
    wary = is_wary(at, row) and not (need >= 0 and people.level[row, need] < np.float32(CRITICAL))
    first, last = menu.first[option], menu.first[option + 1]
    producer = menu.producer[option]
    for k in range(first, last + (1 if producer >= 0 else 0)):
        makes = k == last
        if makes and best >= 0 and at.things.private[best]:
            break
        aff = producer if makes else menu.affordance[k]
        meals = -offers.item[aff, MEALS]
        if not makes and meals > 0 and fits_bag(offers, people, row, aff):
            return Choice(BAG, aff + 0, 0, -1)
        thing, price, plain, rival = _best_object(at, row, aff, treat, wary, way, door, best_cost)
        if thing >= 0:
            best, best_aff, best_cost, real, shunned = thing, aff, price, plain, rival
    return Choice(best, best_aff, real, shunned)
