"""Targets: which object an option goes for, by distance, queue and price (SPEC §12)."""

from townlet.ecs import device
from townlet_components.events import NO_REASON
from townlet_components.intent import RELAX
from townlet_components.inventory import MEALS
from townlet_components.personality import FRUGALITY
from townlet_systems.bundles import Scene
from townlet_systems.offers import fits_bag, price_of, refusal
from townlet_systems.walking import FAR, distance

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
#: Leisure that would cost more minutes than this is none.
LEISURE_LIMIT = 45
#: Advantage, in minutes, of paid leisure for who can spend.
TREAT = 45


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


@device
def _better(
    at: Scene, row: int, aff: int, thing: int, best: int, best_cost: int, treat: int
) -> tuple[int, int]:
    """The better of the best object so far and ``thing``; ties go to the lower number."""
    price = cost(at, row, aff, thing)
    if price >= FAR:
        return best, best_cost
    if treat > 0 and price_of(at.offers, at.things, aff, thing, at.people.town[row]) > 0:
        price -= treat
    if price > best_cost or (price == best_cost and thing >= best >= 0):
        return best, best_cost
    why = refusal(at.offers, at.things, at.people, at.mind, at.time, row, aff, thing)
    if why != NO_REASON:
        return best, best_cost
    return thing, price


@device
def _best_object(at: Scene, row: int, aff: int, treat: int) -> tuple[int, int]:
    """Best object for one affordance: at home, in this district, in the home district."""
    things, nearby = at.things, at.nearby
    best, best_cost = NOTHING, FAR
    wanted = at.offers.object_type[aff]
    home, here = at.people.home[row], at.people.district[row]
    there = things.district[nearby.place_object[nearby.place_first[home]]] if home >= 0 else here
    types = (nearby.public_first.shape[0] - 1) // at.city.layout.shape[0]
    # One loop over three sources: a single call keeps the compiled kernels small.
    for source in range(3):
        if source == 0:
            if home < 0:
                continue
            low, high = nearby.place_first[home], nearby.place_first[home + 1]
        else:
            if source == 2 and there == here:
                break
            cell = (here if source == 1 else there) * types + wanted
            low, high = nearby.public_first[cell], nearby.public_first[cell + 1]
        for k in range(low, high):
            thing = nearby.place_object[k] if source == 0 else nearby.public_object[k]
            if things.type[thing] == wanted:
                best, best_cost = _better(at, row, aff, thing, best, best_cost, treat)
    return best, best_cost


@device
def choose_target(at: Scene, row: int, option: int) -> tuple[int, int]:
    """Object and affordance an option would go for now.

    What the option uses up is made first when there is none: no meal, but ingredients and a stove,
    means cooking.

    Returns:
        ``(object, affordance)``; ``(BAG, affordance)`` for a meal carried along;
        ``(NOTHING, -1)`` when the option cannot be pursued. The mask of an option is whether this
        finds something.
    """
    menu, offers, people = at.menu, at.offers, at.people
    best, best_aff, best_cost = NOTHING, -1, FAR
    treat = TREAT if option == RELAX and people.money[row] > SURPLUS else 0
    first, last = menu.first[option], menu.first[option + 1]
    producer = menu.producer[option]
    for k in range(first, last + (1 if producer >= 0 else 0)):
        makes = k == last
        if makes and best >= 0 and at.things.private[best]:
            break
        aff = producer if makes else menu.affordance[k]
        meals = -offers.item[aff, MEALS]
        if not makes and meals > 0 and fits_bag(offers, people, row, aff):
            return BAG, aff
        thing, price = _best_object(at, row, aff, treat)
        if thing >= 0 and (best < 0 or price < best_cost):
            best, best_aff, best_cost = thing, aff, price
    if option == RELAX and best_cost > LEISURE_LIMIT:
        return NOTHING, -1
    return best, best_aff
