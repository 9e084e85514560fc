"""The scripted policy: critical needs, work, needs below their threshold, shopping, company."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import (
    F32,
    I16,
    I32,
    U64,
    Bool,
    Phase,
    Read,
    Write,
    device,
    kernel,
    system,
)
from townlet.ecs.rng import POLICY_STREAM, draw_unit
from townlet_components import draws
from townlet_components.activity import Activity
from townlet_components.identity import Identity
from townlet_components.incidents import Errand
from townlet_components.intent import (
    GET_CLEAN,
    GET_FED,
    GO_TO_WORK,
    IDLE,
    RELAX,
    SHOP,
    SLEEP,
    SOCIALISE,
    Intent,
    Orders,
)
from townlet_components.inventory import INGREDIENTS, MEALS
from townlet_components.needs import CRITICAL, NeedRules
from townlet_components.personality import EXTROVERSION
from townlet_components.rules import OptionRules
from townlet_components.script import Script
from townlet_components.values import Values
from townlet_systems.acting import bound_of, find_target, is_bound, no_aim, plans_of, take_option
from townlet_systems.ahead import ask_for
from townlet_systems.bits import lowest
from townlet_systems.bundles import Bound, Plans
from townlet_systems.company import row_in
from townlet_systems.duty import minutes_to_shift, on_duty
from townlet_systems.offers import in_store
from townlet_systems.scene import Scene, Surroundings, scene_of
from townlet_systems.spotting import BLOCK, below
from townlet_systems.targets import NOTHING
from townlet_systems.walking import FAR, distance

#: Sleep goes on until energy is this high (SPEC §4) ...
RESTED = np.float32(0.95)
#: ... and at night, from 22:00 to 06:00, begins below this level.
TIRED_AT_NIGHT = np.float32(0.8)
_NIGHT_BEGINS, _NIGHT_ENDS = 22 * 60, 6 * 60
#: An agent with nothing to do seeks company, else leisure, with these probabilities, more or less
#: by extroversion; profiles that like to chat seek company more often.
COMPANY_BASE, COMPANY_SPREAD = 0.9, 0.3
LEISURE_BASE, LEISURE_SPREAD = 0.4, 0.3
#: A shift that begins within so many minutes is planned for: who is less fed, clean or rested than
#: this sees to it first, or the need would run low at work.
PLAN_AHEAD = 240
FED_FOR_WORK = np.float32(0.75)
CLEAN_FOR_WORK, RESTED_FOR_WORK = np.float32(0.55), np.float32(0.65)
#: Lunch: hunger below this interrupts a shift.
LUNCH = np.float32(0.3)
#: A household with fewer ingredients and meals than this for each resident goes shopping. Who has
#: no work lays in what lasts until they would be evicted: at midnight the rent takes the money.
LOW_LARDER, LOW_WITHOUT_WORK = 3, 10
_NONE = np.float32(0)
_CRITICAL_BONUS, _LUNCH_BONUS = np.float32(100), np.float32(20)
_WORK, _SHOP = np.float32(10), np.float32(0.3)
_CRITICAL = np.float32(CRITICAL)


class Habits(NamedTuple):
    """Rules the scripted policy follows, by town and profile; and seeds for its draws."""

    threshold: F32
    weight: F32
    commit: I32
    chat_preference: F32
    seed: U64
    generation: I32


class Free(NamedTuple):
    """What says whether an agent decides for itself; by row."""

    alive: Bool
    given_option: I16
    given_primitive: I16
    possessed: Bool
    bound: Bound


@device
def wanted_for_work(option: int) -> np.float32:
    """Level below which the need an option serves is seen to before a shift."""
    if option == GET_FED:
        return FED_FOR_WORK
    if option == GET_CLEAN:
        return CLEAN_FOR_WORK
    return RESTED_FOR_WORK if option == SLEEP else _NONE


@device
def urgency(
    level: np.float32,
    threshold: np.float32,
    weight: np.float32,
    option: int,
    current: int,
    minute: int,
    slack: int,
) -> np.float32:
    """How much a need calls for its option, above 0 when it does.

    Args:
        level: satisfaction.
        threshold: level below which the need is pursued.
        weight: weight of the deficit.
        option: the option that serves the need.
        current: the option so far.
        minute: minute of the day.
        slack: minutes before one has to leave for work; at most 0 when it is time.
    """
    deficit = np.float32(1) - level
    if level < _CRITICAL:
        return _CRITICAL_BONUS + weight * deficit
    if slack <= 0:
        return _LUNCH_BONUS + weight * deficit if option == GET_FED and level < LUNCH else _NONE
    if level < threshold or (slack < PLAN_AHEAD and level < wanted_for_work(option)):
        return weight * deficit
    if option == SLEEP:
        night = minute >= _NIGHT_BEGINS or minute < _NIGHT_ENDS
        if (night and level < TIRED_AT_NIGHT) or (current == SLEEP and level < RESTED):
            return weight * deficit * np.float32(0.1)
    return _NONE


@device
def slack_of(at: Scene, row: int) -> int:
    """Minutes until one has to leave for work: 0 on duty, FAR without a shift to come soon."""
    duty = at.duty
    p = duty.position[row]
    if p < 0:
        return FAR
    minute = at.time.minute[0]
    if on_duty(duty, p, minute):
        return 0
    left = minutes_to_shift(duty, p, minute)
    if left > PLAN_AHEAD:
        return FAR
    people = at.people
    walk = distance(
        at.city, people.district[row], people.tile[row], duty.district[p], duty.target[p]
    )
    buffer = duty.buffer[people.town[row], people.profile[row]]
    return int(max(left - walk - buffer, 0))


@device
def larder_is_low(at: Scene, row: int) -> bool:
    """The household has little to eat: pantry and bag together."""
    people, home = at.people, at.people.home[row]
    if home < 0 or at.nearby.place_first[home] == at.nearby.place_first[home + 1]:
        return False
    thing = at.nearby.place_object[at.nearby.place_first[home]]
    food = in_store(at.things, people, row, thing, INGREDIENTS)
    residents = at.larder.resident_first[home + 1] - at.larder.resident_first[home]
    each = LOW_LARDER if at.duty.position[row] >= 0 else LOW_WITHOUT_WORK
    return bool(food + in_store(at.things, people, row, thing, MEALS) < each * residents)


@device
def leisure(at: Scene, habits: Habits, row: int, tried: int) -> int:
    """SOCIALISE, RELAX or IDLE for an agent nothing calls; the sociable are less often idle."""
    people, town, now = at.people, at.people.town[row], at.time.tick[0]
    slot, generation = people.slot[row], habits.generation[row]
    extroversion = people.trait[row, EXTROVERSION]
    if not (tried >> SOCIALISE) & 1:
        wish = COMPANY_BASE + COMPANY_SPREAD * extroversion
        wish *= habits.chat_preference[town, people.profile[row]]
        u = draw_unit(habits.seed[town], POLICY_STREAM, now, slot, generation, draws.SOCIALISE, 0)
        if u < wish:
            return SOCIALISE
    if not (tried >> RELAX) & 1:
        u = draw_unit(habits.seed[town], POLICY_STREAM, now, slot, generation, draws.LEISURE, 0)
        if u < LEISURE_BASE + LEISURE_SPREAD * extroversion:
            return RELAX
    return IDLE


@device
def most_urgent(
    at: Scene, habits: Habits, served: I16, row: int, current: int, slack: int, tried: int
) -> tuple[int, np.float32]:
    """Option that calls most and how much; -1 when none does. Of equals the first."""
    town, profile = at.people.town[row], at.people.profile[row]
    best, best_urgency = -1, _NONE
    for o in range(served.shape[0]):
        n = served[o]
        if (tried >> o) & 1:
            continue
        u = _NONE
        if n >= 0:
            u = urgency(
                at.people.level[row, n], habits.threshold[town, profile, n],
                habits.weight[town, n], o, current, at.time.minute[0], slack,
            )  # fmt: skip
        elif o == GO_TO_WORK and slack <= habits.commit[town]:
            u = _WORK
        if u > best_urgency:
            best, best_urgency = o, u
    # Last, as to look into the larder takes as long as all the rest.
    if slack > 0 and not (tried >> SHOP) & 1:
        first = best_urgency < _SHOP or (best_urgency == _SHOP and best > SHOP)
        if first and larder_is_low(at, row):
            best, best_urgency = SHOP, _SHOP
    return best, best_urgency


@device
def those_awake(wake: I32, free: Free, low: int, now: int) -> np.uint64:
    """Which rows of the block from ``low`` on decide for themselves, and now: bits."""
    awake = below(wake, low, now + 1) & ~below(free.alive, low, 1)
    given = ~below(free.given_option, low, 0) | ~below(free.given_primitive, low, 0)
    awake &= ~given & below(free.possessed, low, 1)
    awake &= below(free.bound.script, low, 0) & below(free.bound.partner, low, 0)
    sent = awake & ~below(free.bound.errand, low, 0)
    while sent != 0:
        k = lowest(sent)
        sent &= sent - np.uint64(1)
        if is_bound(free.bound, low + k, now):
            awake &= ~(np.uint64(1) << np.uint64(k))
    return np.uint64(awake)


@device
def fetch_mind(at: Scene, plans: Plans, generation: I32, row: int, me: int) -> None:
    """Ask for what a decision reads of an agent; see :func:`townlet_systems.ahead.ask_for`.

    ``row`` is that of the lane, ``me`` that of the whole table.
    """
    people, society = at.people, at.society
    ask_for(plans.option, row)
    ask_for(plans.running, row)
    ask_for(plans.until, row)
    ask_for(people.town, row)
    ask_for(people.slot, row)
    ask_for(people.holding, row)
    ask_for(generation, row)
    ask_for(society.recent, me * society.recent.shape[1])
    ask_for(society.recent_at, me * society.recent_at.shape[1])
    ask_for(people.tile, row)
    ask_for(people.district, row)
    ask_for(people.home, row)
    ask_for(people.queue, row)
    ask_for(people.money, row)
    ask_for(people.profile, row)
    ask_for(people.level, row * people.level.shape[1])
    ask_for(people.carried, row * people.carried.shape[1])
    ask_for(people.trait, row * people.trait.shape[1])
    ask_for(at.duty.position, row)
    ask_for(at.bonds.other, row * at.bonds.other.shape[1])
    ask_for(at.bonds.avoid, row * at.bonds.avoid.shape[1])


@device
def fetch_surroundings(at: Scene, capacity: int, row: int) -> None:
    """Ask for what is found by what :func:`fetch_mind` has fetched.

    ``capacity`` is that of a town.
    """
    people, things, home = at.people, at.things, at.people.home[row]
    ask_for(at.society.row_of, people.town[row] * capacity + people.slot[row])
    if home < 0 or at.nearby.place_first[home] == at.nearby.place_first[home + 1]:
        return
    thing = at.nearby.place_object[at.nearby.place_first[home]]
    store = people.town[row] * things.type.shape[0] + things.pantry[thing]
    ask_for(things.stock, store * things.stock.shape[1])


@device
def decide(at: Scene, plans: Plans, served: I16, habits: Habits, row: int, now: int) -> None:
    """Choose an option for one agent."""
    commit, tried = habits.commit[at.people.town[row]], 0
    slack = slack_of(at, row)
    choice, aim = IDLE, no_aim()
    # By urgency, then leisure: one call of find_target keeps the kernel small.
    for _ in range(served.shape[0] + 2):
        best, call = most_urgent(at, habits, served, row, plans.option[row], slack, tried)
        if best < 0:
            if plans.running[row] >= 0:
                choice = plans.option[row]
                break
            best = leisure(at, habits, row, tried)
            if best == IDLE:
                break
        tried |= 1 << best
        aim = find_target(at, row, best)
        if aim.object == NOTHING:
            continue
        # What would make one late for work has to wait, unless it is critical.
        length = at.offers.duration[aim.affordance] if aim.affordance >= 0 else 0
        if call < _WORK and aim.cost + length > slack:
            continue
        choice = best
        break
    if choice == IDLE:
        aim = no_aim()
    take_option(plans, row, choice, aim, now, commit)


@kernel(over="agent", whole=("at.society",), local=True)
def select_all(at: Scene, free: Free, plans: Plans, served: I16, habits: Habits) -> None:
    """Choose an option for every agent whose decision is open; see :func:`choose_options`."""
    now, rows = at.time.tick[0], plans.wake.shape[0]
    if rows == 0:
        return
    capacity = at.society.row_of.shape[0] // at.society.seed.shape[0]
    # A lane's rows lie together in the whole table.
    first = row_in(at.society, at.people.town[0], at.people.slot[0])
    following = np.uint64(0)
    # Whoever decides in the next block is looked for, and asked for, before this block decides.
    for low in range(-BLOCK, rows, BLOCK):
        block, following = following, those_awake(plans.wake, free, low + BLOCK, now)
        bits = following
        while bits != 0:
            r = low + BLOCK + lowest(bits)
            fetch_mind(at, plans, habits.generation, r, first + r)
            bits &= bits - np.uint64(1)
        bits = block
        while bits != 0:
            fetch_surroundings(at, capacity, low + lowest(bits))
            bits &= bits - np.uint64(1)
        while block != 0:
            decide(at, plans, served, habits, low + lowest(block), now)
            block &= block - np.uint64(1)


@system(phase=Phase.DECIDE, after=["follow_scripts"])
def choose_options(
    at: Read[Surroundings],
    values: Write[Values],
    identity: Read[Identity],
    activity: Read[Activity],
    orders: Read[Orders],
    errand: Read[Errand],
    script: Read[Script],
    intent: Write[Intent],
    need_rules: Read[NeedRules],
    rules: Read[OptionRules],
) -> None:
    """Agents with something to decide choose an option: needs, work, shopping, company."""
    select_all(
        scene_of(at, values),
        Free(
            identity.alive, orders.option, orders.primitive, orders.possessed,
            bound_of(errand, script, at.talk),
        ),
        plans_of(intent, activity), at.menu.need,
        Habits(
            need_rules.threshold, need_rules.weight, rules.commit, at.tie_rules.chat_preference,
            at.towns.seed, identity.generation,
        ),
    )  # fmt: skip
