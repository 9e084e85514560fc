"""Acting: what is open to an agent now. Masks, orders and policies all ask here (SPEC §12)."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import I16, device
from townlet_components.activity import Activity
from townlet_components.events import NO_REASON
from townlet_components.incidents import Errand
from townlet_components.intent import (
    BUY,
    GO_TO_WORK,
    IDLE,
    INTERACT,
    LEAVE_QUEUE,
    NORTH,
    SOCIALISE,
    TALK,
    USE_ITEM,
    WAIT,
    WEST,
    Intent,
)
from townlet_components.script import Script
from townlet_components.ties import Talk
from townlet_systems.bonds import liking
from townlet_systems.bundles import Bound, Ground, Plans
from townlet_systems.buy import Counter, purchase_of
from townlet_systems.company import company_of, may_talk, row_in, talk_partner, talked_out
from townlet_systems.move import goal_of
from townlet_systems.offers import refusal
from townlet_systems.scene import Scene
from townlet_systems.targets import NOTHING, NOWHERE, choose_target
from townlet_systems.use import bag_meal
from townlet_systems.weather import slowed

#: Toward a person one walks to the place it is in, and greedily from so many tiles on (SPEC §3).
CLOSE = 5
#: Trust + familiarity - rivalry of 1 is worth so many tiles of way.
MINUTES_PER_LIKING = 120.0


class Aim(NamedTuple):
    """What an option goes for: a :class:`Choice`, or a person.

    Attributes:
        object: the object; BAG, NOWHERE (none is needed) or NOTHING (it cannot be pursued).
        affordance: what to do there; -1 none.
        cost: minutes it seems to cost before it begins.
        shunned: slot of the rival for whose sake a better object was passed over; -1 nobody.
        person: slot of whom to talk with; -1 nobody.
    """

    object: int
    affordance: int
    cost: int
    shunned: int
    person: int


@device
def no_aim() -> Aim:
    """Going for nothing, which is always possible."""
    return Aim(NOWHERE, -1, 0, -1, -1)


@device
def find_person(at: Scene, row: int) -> int:
    """Slot of whom to seek the company of, or -1: somebody free in the district, in a place.

    Trust + familiarity - rivalry of 0.1 weighs as much as 12 tiles of way; of equals the
    lower slot.
    """
    society, people, tick = at.society, at.people, at.time.tick[0]
    best, best_score = -1, 0.0
    me = row_in(society, people.town[row], people.slot[row])
    if talked_out(society, me, tick):
        return best
    low, high = company_of(society, me)
    town, width = people.town[row], np.uint32(at.things.size[0])
    places = at.duty.place_of[at.city.layout[people.district[row]]]
    y = np.int32(np.uint32(people.tile[row]) // width)
    x = np.int32(people.tile[row]) - y * np.int32(width)
    for i in range(low, high):
        other = society.free[i]
        # Divided once, as numbers without a sign: the dearest of what is done for everybody.
        goal = np.int32(society.tile[other])
        goal_y = np.int32(np.uint32(goal) // width)
        way = abs(goal - goal_y * np.int32(width) - x) + abs(goal_y - y)
        if way > CLOSE and places[goal] < 0:
            continue
        slot = society.slot[other]
        score = MINUTES_PER_LIKING * float(liking(at.bonds, row, slot, town, tick)) - way
        better = best < 0 or score > best_score or (score == best_score and slot < best)
        # Most are not better, and whether they may talk takes longer to find out.
        if better and may_talk(society, me, other, tick):
            best, best_score = int(slot), score
    return best


@device
def find_target(at: Scene, row: int, option: int) -> Aim:
    """What an option would go for now; its object is NOWHERE where none is needed.

    An option is open when this is not NOTHING: mask and controller cannot disagree. Work is open
    to who has a position, company when there is somebody to talk with.
    """
    thing, aff, cost, shunned, person = NOWHERE, -1, 0, -1, -1
    if option == GO_TO_WORK:
        thing = NOWHERE if at.duty.position[row] >= 0 else NOTHING
    elif option == SOCIALISE:
        person = find_person(at, row)
        thing = NOWHERE if person >= 0 else NOTHING
    elif option != IDLE:
        found = choose_target(at, row, option)
        thing, aff, cost, shunned = found.object, found.affordance, found.cost, found.shunned
    return Aim(thing, aff, cost, shunned, person)


@device
def take_option(plans: Plans, row: int, choice: int, aim: Aim, tick: int, commit: int) -> None:
    """Commit to an option; going on with what is running keeps the commitment to its end."""
    same = plans.option[row] == choice
    plans.option[row] = choice
    if same and plans.running[row] >= 0:
        plans.wake[row] = plans.until[row] + 1
        return
    plans.target[row] = aim.object
    plans.affordance[row] = aim.affordance
    plans.person[row] = aim.person
    plans.shunned[row] = aim.shunned
    plans.wake[row] = tick + max(commit, 1)


def plans_of(intent: Intent, activity: Activity) -> Plans:
    """Bundle the columns."""
    return Plans(
        intent.option,
        intent.target,
        intent.affordance,
        intent.wake,
        intent.person,
        intent.shunned,
        activity.affordance,
        activity.until,
    )


def bound_of(errand: Errand, script: Script, talk: Talk) -> Bound:
    """Bundle the columns."""
    return Bound(errand.target, errand.until, script.at, talk.partner)


@device
def is_bound(bound: Bound, row: int, now: int) -> bool:
    """The agent is on an errand, follows a scene's schedule, or talks: policies leave it alone."""
    errand = bound.errand[row] >= 0 and now < bound.until[row]
    return bool(errand or bound.script[row] >= 0 or bound.partner[row] >= 0)


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
    why = refusal(at.offers, things, people, at.mind, at.time, at.career, row, aff, thing)
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

    Who talks can wait or walk off; who uses something likewise.
    """
    people = at.people
    me = row_in(at.society, people.town[row], people.slot[row])
    talks = at.society.partner[me] >= 0
    if primitive == WAIT:
        return True, -1
    if primitive == LEAVE_QUEUE:
        return bool(running[row] >= 0 or people.queue[row] >= 0 or talks), -1
    if running[row] >= 0 or talks:
        return False, -1
    if primitive == TALK:
        free = people.queue[row] < 0
        return free and talk_partner(at.society, me, at.time.tick[0]) >= 0, -1
    if primitive == BUY:
        counter = Counter(at.city, at.things, at.nearby, at.offers, people, at.larder)
        return bool(people.queue[row] < 0 and purchase_of(counter, row)[0] >= 0), -1
    if NORTH <= primitive <= WEST:
        here, tile = people.district[row], people.tile[row]
        layout, town, slot = at.city.layout[here], people.town[row], people.slot[row]
        if slowed(at.sky, town, layout, tile, at.time.tick[0], slot):
            return False, -1
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
