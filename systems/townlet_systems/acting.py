"""Acting: what is open to an agent now. Masks, orders and policies all ask here (SPEC §12)."""

from townlet.ecs import I16, I32, Bool, device
from townlet_components.events import NO_REASON
from townlet_components.intent import IDLE, INTERACT, LEAVE_QUEUE, NORTH, USE_ITEM, WAIT, WEST
from townlet_systems.bundles import City, Menu, Mind, Nearby, Offers, People, Plans, Things, Time
from townlet_systems.move import goal_of
from townlet_systems.offers import refusal
from townlet_systems.targets import NOWHERE, choose_target
from townlet_systems.use import bag_meal


@device
def find_target(
    city: City,
    things: Things,
    nearby: Nearby,
    offers: Offers,
    menu: Menu,
    people: People,
    mind: Mind,
    time: Time,
    row: int,
    option: int,
) -> tuple[int, int]:
    """Target and affordance of an option; ``(NOWHERE, -1)`` for idle, which needs none.

    An option is open when this is not NOTHING: mask and controller cannot disagree.
    """
    if option == IDLE:
        return NOWHERE, -1
    return choose_target(city, things, nearby, offers, menu, people, mind, time, row, option)


@device
def take_option(
    plans: Plans, row: int, choice: int, target: int, aff: int, tick: int, commit: int
) -> None:
    """Commit to an option; going on with what is running keeps the commitment to its end."""
    same = plans.option[row] == choice
    plans.option[row] = choice
    if same and plans.running[row] >= 0:
        plans.wake[row] = plans.until[row] + 1
        return
    plans.target[row] = target
    plans.affordance[row] = aff
    plans.wake[row] = tick + max(commit, 1)


@device
def _touches(city: City, things: Things, people: People, row: int, thing: int) -> bool:
    """The agent stands on the object or next to it."""
    if things.district[thing] != people.district[row]:
        return False
    word = city.route[city.layout[people.district[row]], things.target[thing], people.tile[row]]
    return bool((word >> 3) == 0)


@device
def _usable(
    city: City, things: Things, offers: Offers, people: People, mind: Mind, time: Time,
    row: int, aff: int, thing: int,
) -> bool:  # fmt: skip
    """An interact with this object would be accepted now."""
    if things.type[thing] != offers.object_type[aff] or not _touches(
        city, things, people, row, thing
    ):
        return False
    g = people.town[row] * things.type.shape[0] + thing
    if people.queue[row] < 0 and things.waiting[g] >= things.ring_size[thing]:
        return False
    return bool(refusal(offers, things, people, mind, time, row, aff, thing) == NO_REASON)


@device
def adjacent_object(
    city: City, things: Things, nearby: Nearby, offers: Offers, people: People, mind: Mind,
    time: Time, row: int, aff: int,
) -> int:  # fmt: skip
    """Best adjacent object for an affordance: own queue, shortest queue, lowest id; -1."""
    if offers.object_type[aff] < 0:
        return -1
    mine = people.queue[row]
    if mine >= 0:
        usable = _usable(city, things, offers, people, mind, time, row, aff, mine)
        return int(mine) if usable else -1
    best, best_queue = -1, 1 << 20
    base = people.town[row] * things.type.shape[0]
    types = (nearby.public_first.shape[0] - 1) // city.layout.shape[0]
    cell = people.district[row] * types + offers.object_type[aff]
    home = people.home[row]
    for source in range(2):
        if source == 0:
            if home < 0:
                continue
            low, high = nearby.place_first[home], nearby.place_first[home + 1]
        else:
            low, high = nearby.public_first[cell], nearby.public_first[cell + 1]
        for k in range(low, high):
            thing = nearby.place_object[k] if source == 0 else nearby.public_object[k]
            g = base + thing
            queue = things.waiting[g] + (1 if things.holder[g] >= 0 else 0)
            if queue > best_queue or (queue == best_queue and thing > best):
                continue
            if _usable(city, things, offers, people, mind, time, row, aff, thing):
                best, best_queue = int(thing), queue
    return best


@device
def open_primitive(  # noqa: PLR0911  (one return per kind of primitive)
    city: City, things: Things, nearby: Nearby, offers: Offers, people: People, mind: Mind,
    time: Time, walkable: Bool, step: I16, size: I32, running: I16, row: int, primitive: int,
) -> tuple[bool, int]:  # fmt: skip
    """Whether a primitive would not be refused for a reason known now, and the object it means.

    Talk and buy have no partner yet and are closed.
    """
    if primitive == WAIT:
        return True, -1
    if primitive == LEAVE_QUEUE:
        return bool(running[row] >= 0 or people.queue[row] >= 0), -1
    if running[row] >= 0:
        return False, -1
    if NORTH <= primitive <= WEST:
        goal = goal_of(
            city, walkable, step, size, people.district[row], people.tile[row], primitive - NORTH
        )
        return bool(goal != -1), -1
    if primitive == USE_ITEM:
        return bool(people.queue[row] < 0 and bag_meal(offers, people, row) >= 0), -1
    if primitive >= INTERACT:
        thing = adjacent_object(
            city, things, nearby, offers, people, mind, time, row, primitive - INTERACT
        )
        return bool(thing >= 0), thing
    return False, -1
