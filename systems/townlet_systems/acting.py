"""Acting: what is open to an agent now. Masks, orders and policies all ask here (SPEC §12)."""

from townlet.ecs import I16, device
from townlet_components.events import NO_REASON
from townlet_components.intent import IDLE, INTERACT, LEAVE_QUEUE, NORTH, USE_ITEM, WAIT, WEST
from townlet_systems.bundles import Ground, Plans, Scene
from townlet_systems.move import goal_of
from townlet_systems.offers import refusal
from townlet_systems.targets import NOWHERE, choose_target
from townlet_systems.use import bag_meal


@device
def find_target(at: Scene, row: int, option: int) -> tuple[int, int]:
    """Target and affordance of an option; ``(NOWHERE, -1)`` for idle, which needs none.

    An option is open when this is not NOTHING: mask and controller cannot disagree.
    """
    if option == IDLE:
        return NOWHERE, -1
    return choose_target(at, row, option)


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
def _usable(at: Scene, row: int, aff: int, thing: int) -> bool:
    """An interact with this object would be accepted now; the agent stands on it or next to it."""
    people, things = at.people, at.things
    here = people.district[row]
    if things.type[thing] != at.offers.object_type[aff] or things.district[thing] != here:
        return False
    word = at.city.route[at.city.layout[here], things.target[thing], people.tile[row]]
    if (word >> 3) != 0:
        return False
    g = people.town[row] * things.type.shape[0] + thing
    if people.queue[row] < 0 and things.waiting[g] >= things.ring_size[thing]:
        return False
    why = refusal(at.offers, things, people, at.mind, at.time, row, aff, thing)
    return bool(why == NO_REASON)


@device
def adjacent_object(at: Scene, row: int, aff: int) -> int:
    """Best adjacent object for an affordance: own queue, shortest queue, lowest id; -1 none."""
    people, things, nearby = at.people, at.things, at.nearby
    if at.offers.object_type[aff] < 0:
        return -1
    mine, home = people.queue[row], people.home[row]
    best, best_queue = -1, 1 << 20
    base = people.town[row] * things.type.shape[0]
    types = (nearby.public_first.shape[0] - 1) // at.city.layout.shape[0]
    cell = people.district[row] * types + at.offers.object_type[aff]
    # One loop over three sources: a single call keeps the compiled kernels small.
    for source in range(3):
        low, high = 0, 0
        if source == 0 and mine >= 0:
            high = 1
        elif source == 1 and mine < 0 and home >= 0:
            low, high = nearby.place_first[home], nearby.place_first[home + 1]
        elif source == 2 and mine < 0:
            low, high = nearby.public_first[cell], nearby.public_first[cell + 1]
        for k in range(low, high):
            thing = mine
            if source == 1:
                thing = nearby.place_object[k]
            elif source == 2:
                thing = nearby.public_object[k]
            g = base + thing
            queue = things.waiting[g] + (1 if things.holder[g] >= 0 else 0)
            if queue > best_queue or (queue == best_queue and thing > best):
                continue
            if _usable(at, row, aff, thing):
                best, best_queue = int(thing), queue
    return best


@device
def open_primitive(  # noqa: PLR0911  (one return per kind of primitive)
    at: Scene, ground: Ground, running: I16, row: int, primitive: int
) -> tuple[bool, int]:
    """Whether a primitive would not be refused for a reason known now, and the object it means.

    Talk and buy have no partner yet and are closed.
    """
    people = at.people
    if primitive == WAIT:
        return True, -1
    if primitive == LEAVE_QUEUE:
        return bool(running[row] >= 0 or people.queue[row] >= 0), -1
    if running[row] >= 0:
        return False, -1
    if NORTH <= primitive <= WEST:
        here, tile = people.district[row], people.tile[row]
        goal = goal_of(
            at.city, ground.walkable, ground.step, at.things.size, here, tile, primitive - NORTH
        )
        return bool(goal != -1), -1
    if primitive == USE_ITEM:
        return bool(people.queue[row] < 0 and bag_meal(at.offers, people, row) >= 0), -1
    if primitive >= INTERACT:
        thing = adjacent_object(at, row, primitive - INTERACT)
        return bool(thing >= 0), thing
    return False, -1
