"""Masks: what is open to each agent, written for learners on request."""

from townlet.ecs import (
    I8,
    I16,
    I32,
    Bool,
    Phase,
    Read,
    Write,
    device,
    kernel,
    system,
)
from townlet_components.activity import Activity
from townlet_components.events import NO_REASON
from townlet_components.identity import Identity
from townlet_components.intent import GO_TO_WORK, IDLE, RELAX, SOCIALISE, WAIT, Intent
from townlet_components.inventory import MEALS
from townlet_components.masks import Masks
from townlet_components.values import Values
from townlet_systems.acting import CLOSE, find_target, open_primitive
from townlet_systems.bundles import Ground
from townlet_systems.company import company_of, may_talk, row_in, talked_out
from townlet_systems.offers import fits_bag, refusal
from townlet_systems.scene import Scene, Surroundings, scene_of
from townlet_systems.targets import NOTHING, cost, objects_of
from townlet_systems.walking import FAR


@device
def has_company(at: Scene, row: int) -> bool:
    """Whether ``find_person`` would find somebody; it stops at the first."""
    society, people, tick = at.society, at.people, at.time.tick[0]
    me = row_in(society, people.town[row], people.slot[row])
    if talked_out(society, me, tick):
        return False
    low, high = company_of(society, me)
    width, tile = at.things.size[0], people.tile[row]
    places = at.duty.place_of[at.city.layout[people.district[row]]]
    for i in range(low, high):
        other = society.free[i]
        goal = society.tile[other]
        way = abs(goal % width - tile % width) + abs(goal // width - tile // width)
        if (way <= CLOSE or places[goal] >= 0) and may_talk(society, me, other, tick):
            return True
    return False


@device
def is_offered(at: Scene, row: int, aff: int) -> bool:
    """Whether some object would do for an affordance; it stops at the first."""
    things, nearby = at.things, at.nearby
    wanted = at.offers.object_type[aff]
    types = (nearby.public_first.shape[0] - 1) // at.city.layout.shape[0]
    for source in range(3):
        low, high = objects_of(at, row, wanted, types, source)
        for k in range(low, high):
            thing = nearby.place_object[k] if source == 0 else nearby.public_object[k]
            if things.type[thing] != wanted or cost(at, row, aff, thing) >= FAR:
                continue
            why = refusal(
                at.offers, things, at.people, at.mind, at.time, at.career, row, aff, thing
            )
            if why == NO_REASON:
                return True
    return False


@device
def can_pursue(at: Scene, row: int, option: int) -> bool:
    """Whether ``find_target`` would find something; the best of it does not matter here.

    Leisure does: what costs too much is none.
    """
    if option == SOCIALISE:
        return has_company(at, row)
    if option in (IDLE, GO_TO_WORK, RELAX):
        return bool(find_target(at, row, option).object != NOTHING)
    menu, last = at.menu, at.menu.first[option + 1]
    producer = menu.producer[option]
    for k in range(menu.first[option], last + (1 if producer >= 0 else 0)):
        aff = producer if k == last else menu.affordance[k]
        eats = k < last and at.offers.item[aff, MEALS] < 0
        if eats and fits_bag(at.offers, at.people, row, aff):
            return True
        if is_offered(at, row, aff):
            return True
    return False


@kernel(over="agent", whole=("at.society",))
def mask_options(at: Scene, alive: Bool, option: I8, wake: I32, mask: Bool) -> None:
    """Write which options each agent may choose; of a vacant slot only idle is open.

    Args:
        at: what decisions look at.
        alive, option, wake: by row.
        mask: the result, (agent, option).
    """
    following = at.time.tick[0]
    for r in range(alive.shape[0]):
        bound = IDLE
        if alive[r]:
            bound = option[r] if following < wake[r] else -1
        for o in range(mask.shape[1]):
            if bound >= 0:
                mask[r, o] = o == bound
            else:
                mask[r, o] = can_pursue(at, r, o)


@kernel(over="agent", whole=("at.society",))
def mask_primitives(at: Scene, ground: Ground, alive: Bool, running: I16, mask: Bool) -> None:
    """Write which primitives each agent may emit; of a vacant slot only wait is open.

    Args:
        at: what decisions look at.
        ground: where one can walk.
        alive, running: by row.
        mask: the result, (agent, primitive).
    """
    for r in range(alive.shape[0]):
        for p in range(mask.shape[1]):
            mask[r, p] = p == WAIT
            if alive[r]:
                mask[r, p], _ = open_primitive(at, ground, running, r, p)


@system(phase=Phase.OBSERVE)
def write_option_masks(
    at: Read[Surroundings],
    values: Write[Values],
    identity: Read[Identity],
    intent: Read[Intent],
    masks: Write[Masks],
) -> None:
    """Options open to each agent in the tick to come."""
    mask_options(
        scene_of(at, values), identity.alive, intent.option, intent.wake, masks.option
    )  # fmt: skip


@system(phase=Phase.OBSERVE)
def write_primitive_masks(
    at: Read[Surroundings],
    values: Write[Values],
    identity: Read[Identity],
    activity: Read[Activity],
    masks: Write[Masks],
) -> None:
    """Primitives open to each agent in the tick to come."""
    mask_primitives(
        scene_of(at, values),
        Ground(at.layouts.walkable, at.layouts.step),
        identity.alive, activity.affordance, masks.primitive,
    )  # fmt: skip
