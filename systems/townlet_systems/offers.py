"""Offers: can this agent start this affordance at this object, and if not, why not?

One function answers for the start itself, for masks and for the choice of a target, so that an open
mask is never refused for a reason it could have known (SPEC §12).
"""

import numpy as np

from townlet.ecs import I16, device
from townlet_components.events import (
    CLOSED,
    FUNDS,
    NO_REASON,
    POWER_OFF,
    PRECONDITION,
    STOCK,
    WATER_OFF,
)
from townlet_components.inventory import MEALS
from townlet_components.town_state import NEEDS_POWER, NEEDS_WATER
from townlet_systems import preconditions as pre
from townlet_systems.bundles import Mind, Offers, People, Things, Time
from townlet_systems.posts import Career, fill_work_values
from townlet_systems.preconditions import first_failure
from townlet_systems.pricing import factor_at, scaled, town_price

_NULL = np.nan
#: Variables beyond share the last bit of a set of them.
_MOST_BITS = 63


def _bits(*variables: int) -> np.uint64:
    """A set of variables of preconditions."""
    return np.uint64(sum(1 << variable for variable in variables))


_UTILITIES = _bits(pre.POWER_ON, pre.WATER_ON)
_PLACES = _bits(pre.AGENT_X, pre.AGENT_Y, pre.OBJECT_X, pre.OBJECT_Y)
_WORK = _bits(
    pre.JOB_ID, pre.ON_SHIFT, pre.SHIFT_STATE, pre.LATENESS_COUNTER, pre.ATTENDANCE_RATIO,
    pre.WAGES_WITHHELD,
)  # fmt: skip
#: Items of a kind that a bag or a pantry can hold; far from what its counter can.
ROOM = 30_000


@device
def fits_bag(offers: Offers, people: People, row: int, aff: int) -> bool:
    """The agent carries all that an affordance uses up, and it makes nothing of it."""
    takes = False
    for item in range(offers.item.shape[1]):
        change = offers.item[aff, item]
        if change > 0 or people.carried[row, item] < -change:
            return False
        takes = takes or change < 0
    return takes


@device
def price_of(offers: Offers, things: Things, aff: int, thing: int, town: int) -> int:
    """Price in thousandths: base x place factor x spikes, rounded half up once (SPEC §8).

    What a household owns is free to it. A price the manifest fixes follows no spike on a kind of
    price.
    """
    if thing < 0 or things.private[thing]:
        return 0
    key, base, spike = offers.price_key[aff], int(offers.price[aff]), 1000
    if key >= 0:
        base = int(offers.base[town, key]) * int(offers.units[aff])
        spike = int(offers.spike[town, key])
    if base == 0:
        return 0
    return scaled(base, factor_at(offers, things, thing, town), spike)


@device
def outage(power: I16, water: I16, town: int) -> int:
    """Utilities that are out in a town, as bits of ``Affordances.utility``."""
    out = NEEDS_POWER if power[town] > 0 else 0
    return out | (NEEDS_WATER if water[town] > 0 else 0)


@device
def without(missing: int) -> int:
    """The reason of a failure for want of a utility; power comes before water."""
    return POWER_OFF if missing & NEEDS_POWER else WATER_OFF


@device
def in_store(things: Things, people: People, row: int, thing: int, item: int) -> int:
    """How many of an item the agent could use at a thing (-1: only what it carries)."""
    carried = people.carried[row, item]
    if thing < 0:
        return int(carried)
    base = people.town[row] * things.type.shape[0]
    if things.private[thing]:
        return int(carried + things.stock[base + things.pantry[thing], item])
    return int(things.stock[base + thing, item])


@device
def has_room(things: Things, people: People, row: int, thing: int, item: int) -> bool:
    """What a thing makes has room: in the pantry at home, elsewhere in the bag."""
    held = people.carried[row, item]
    if thing >= 0 and things.private[thing]:
        base = people.town[row] * things.type.shape[0]
        held = things.stock[base + things.pantry[thing], item]
    return bool(held < ROOM)


@device
def reads_of(offers: Offers, start: int, stop: int) -> np.uint64:
    """Variables that a program reads, a bit each; the last bit is that of all from there on."""
    found = np.uint64(0)
    for at in range(start, stop, 2):
        if offers.program[at] == pre.OP_VALUE:
            variable = min(int(offers.program[at + 1]), _MOST_BITS)
            found |= np.uint64(1) << np.uint64(variable)
    return found


@device
def fill_values(
    mind: Mind,
    time: Time,
    career: Career,
    people: People,
    things: Things,
    offers: Offers,
    row: int,
    thing: int,
    aff: int,
    reads: np.uint64,
) -> None:
    """Write the variables of preconditions, as they are when the agent holds the object.

    What is not among ``reads``, see :func:`reads_of`, need not be written: it takes as long as all
    the rest of a choice, and most programs ask for one or two.
    """
    v = mind.value[0]
    town = people.town[row]
    v[pre.POWER_ON] = 0.0 if things.power[town] > 0 else 1.0
    v[pre.WATER_ON] = 0.0 if things.water[town] > 0 else 1.0
    if reads & ~_UTILITIES == 0:
        return
    v[pre.OCCUPIED] = 0.0
    v[pre.WALLET] = people.money[row] / 1000.0
    v[pre.TICK] = time.tick[0]
    v[pre.DAY] = time.day[0]
    v[pre.MINUTE] = time.minute[0]
    v[pre.HOUR] = time.minute[0] // 60
    v[pre.QUEUE_LENGTH] = things.waiting[town * things.type.shape[0] + thing]
    v[pre.RESERVATION_ACTIVE] = 1.0
    v[pre.RESERVATION_HOLDER] = people.slot[row]
    v[pre.AGENT_ID] = people.slot[row]
    v[pre.AFFORDANCE_ID] = aff
    v[pre.OBJECT_ID] = thing
    v[pre.OBJECT_TYPE] = things.type[thing]
    v[pre.OCCUPIED_BY] = _NULL
    if reads & _PLACES != 0:
        fill_places(mind, people, things, row, thing)
    if reads & _WORK != 0:
        fill_work_values(v, career, town, row, people.district[row], people.tile[row])
    for key in range(offers.base.shape[1]):
        v[pre.PRICE0 + key] = town_price(offers.base, offers.spike, key, town) / 1000.0
    for item in range(people.carried.shape[1]):
        v[pre.INVENTORY0 + item] = people.carried[row, item]
        v[pre.STOCK0 + item] = in_store(things, people, row, thing, item)
    v[pre.MEAL_AVAILABLE] = 1.0 if v[pre.STOCK0 + MEALS] > 0 else 0.0
    for need in range(people.level.shape[1]):
        v[pre.NEED0 + need] = people.level[row, need]


@device
def fill_places(mind: Mind, people: People, things: Things, row: int, thing: int) -> None:
    """Write where the agent and the object are, in tiles of the town."""
    v, width, height, across = mind.value[0], things.size[0], things.size[1], things.grid[0]
    here, there = people.district[row], things.district[thing]
    v[pre.AGENT_X] = here % across * width + people.tile[row] % width
    v[pre.AGENT_Y] = here // across * height + people.tile[row] // width
    v[pre.OBJECT_X] = there % across * width + things.tile[thing] % width
    v[pre.OBJECT_Y] = there // across * height + things.tile[thing] // width


@device
def refusal(
    offers: Offers,
    things: Things,
    people: People,
    mind: Mind,
    time: Time,
    career: Career,
    row: int,
    aff: int,
    thing: int,
) -> int:
    """Why the agent cannot start ``aff`` at ``thing`` once it holds it; NO_REASON when it can.

    A precondition that fails while a utility it reads is out fails for that: POWER_OFF, WATER_OFF.

    Args:
        offers, things, people, mind, time, career: bundles.
        row: the agent's row.
        aff: affordance.
        thing: object within the town, or -1 for what the agent carries.
    """
    town = people.town[row]
    base = town * things.type.shape[0]
    if thing >= 0:
        if things.type[thing] != offers.object_type[aff] or things.closed[base + thing]:
            return CLOSED
        if things.private[thing] and things.place[thing] != people.home[row]:
            return CLOSED
        if price_of(offers, things, aff, thing, town) > people.money[row]:
            return FUNDS
    for item in range(offers.item.shape[1]):
        wanted = offers.take[aff, item]
        short = wanted > 0 and in_store(things, people, row, thing, item) < wanted
        if short or (offers.item[aff, item] > 0 and not has_room(things, people, row, thing, item)):
            return STOCK
    start, stop = offers.program_first[aff], offers.program_first[aff + 1]
    if thing >= 0 and start < stop:
        reads = reads_of(offers, start, stop)
        fill_values(mind, time, career, people, things, offers, row, thing, aff, reads)
        failed = first_failure(
            offers.program, offers.constant, start, stop, mind.value[0], mind.stack[0]
        )
        if failed >= 0:
            missing = offers.utility[aff] & outage(things.power, things.water, town)
            return without(missing) if missing else PRECONDITION
    return NO_REASON
