"""Slow twins of DECIDE (SPEC §12): the scripted and the random selector, orders, masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from tests.oracle.affordances import bag_use, next_to, refusal
from tests.oracle.controllers import choose_target, cost, served_need, take_option
from tests.oracle.money import purchase

if TYPE_CHECKING:
    from tests.oracle.affordances import Use
    from tests.oracle.town import Agent, Thing, Town

POLICY_STREAM = 2
LEISURE, RANDOM_OPTION, SOCIALISE = 5, 6, 22
CRITICAL, RESTED, TIRED_AT_NIGHT = np.float32(0.15), np.float32(0.95), np.float32(0.8)
#: Within four hours of a shift a need below this is seen to; below the other, lunch is taken.
HOURS_AHEAD, LUNCH = 240, np.float32(0.3)
FOR_WORK = {
    name: np.float32(x) for name, x in (("get_fed", 0.75), ("get_clean", 0.55), ("sleep", 0.65))
}
#: How much work and an empty larder call.
WORK, SHOPPING = np.float32(10), np.float32(0.3)
#: How many goods each resident wants at home, if one has work and if not.
GOODS_EACH, HOARD_EACH = 3, 10
WORD = 0xFFFFFFFF


def philox(counter: list[int], key: list[int]) -> list[int]:
    """Philox4x32-10 (Salmon et al., SC'11) in integers of any size."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        a, b = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (b >> 32) ^ c1 ^ k0, b & WORD, (a >> 32) ^ c3 ^ k1, a & WORD
        k0, k1 = (k0 + 0x9E3779B9) & WORD, (k1 + 0xBB67AE85) & WORD
    return [c0, c1, c2, c3]


def policy_draw(town: Town, agent: Agent, purpose: int) -> float:
    """A number in [0, 1) that belongs to this agent, tick and decision."""
    last = POLICY_STREAM << 30 | purpose << 16
    counter = [town.tick, agent.slot, agent.generation, last]
    key = [town.rules.seed & WORD, town.rules.seed >> 32]
    return float(philox(counter, key)[0] / 2**32)


def decides(town: Town, agent: Agent) -> bool:
    """A policy decides for the living who are not possessed, have no orders and are not bound.

    A commitment binds, and so do an errand, a scene's schedule and a conversation.
    """
    society, slot = town.society, agent.slot
    ordered = agent.given_option is not None or agent.given_primitive is not None
    bound = (
        town.tick < agent.wake
        or society.errand(slot, town.tick) is not None
        or society.script[slot] >= 0
        or society.partner[slot] is not None
    )
    return agent.alive and not agent.possessed and not ordered and not bound


def slack(town: Town, agent: Agent) -> int | None:
    """Minutes until one has to leave for work; None: no shift begins within four hours.

    To be early, one leaves sooner by the arrival buffer, the keener on work the more.
    """
    job = town.society.jobs[agent.slot]
    if job is None or agent.shift is None:
        return None
    start, length = agent.shift
    if (town.minute - start) % 1440 < length:
        return 0
    left = (start - town.minute) % 1440
    if left > HOURS_AHEAD:
        return None
    config, (district, target, _) = town.rules.config, job
    goal = town.society.tiles(district, target)
    walk = town.rules.ground.distance((agent.district, agent.tile), district, goal)
    keen = 1.0
    if config.features.behavior.personality_profiles:
        keen = town.rules.profiles[agent.profile].behavior.work_affinity
    early = min(max(round(config.behavior.job_arrival_buffer * keen), 0), HOURS_AHEAD)
    return 0 if walk is None else max(left - walk - early, 0)


def is_low(town: Town, agent: Agent) -> bool:
    """Pantry and bag hold too few goods to eat or cook for each resident: three, jobless ten."""
    furniture = [thing for thing in town.things if thing.place == agent.home]
    if agent.home is None or not furniture:
        return False
    residents = int((town.rules.ground.plan.home_place == agent.home).sum())
    shelf = town.things[furniture[0].pantry].stock
    goods = sum(shelf[item] + agent.carried[item] for item in ("ingredients", "meals"))
    return goods < (GOODS_EACH if agent.shift is not None else HOARD_EACH) * residents


def errand(town: Town, agent: Agent, option: str, left: int | None) -> np.float32:
    """How much an option that serves no need calls: work that begins soon, an empty larder."""
    commit = town.rules.config.policy_runtime.option_commit_ticks
    if option == "go_to_work" and left is not None and left <= commit:
        return WORK
    at_work = left is not None and left <= 0
    shops = option == "shop" and not at_work and is_low(town, agent)
    return SHOPPING if shops else np.float32(0)


def urgency(town: Town, agent: Agent, option: str, left: int | None) -> np.float32:
    """How much an option calls; 0: not at all. ``left`` is the slack before work."""
    at_work = left is not None and left <= 0
    name = served_need(town, option)
    if name is None:
        return errand(town, agent, option, left)
    need = town.rules.need_table[name]
    factor = town.rules.profiles[agent.profile].needs.get(name, 1.0)
    threshold = np.float32(min(need.threshold * factor, 1.0))
    level, pull = agent.needs[name], np.float32(need.weight) * (np.float32(1) - agent.needs[name])
    if level < CRITICAL:
        return np.float32(np.float32(100) + pull)
    if at_work:
        lunch = option == "get_fed" and level < LUNCH
        return np.float32(np.float32(20) + pull) if lunch else np.float32(0)
    ahead = FOR_WORK.get(option, np.float32(0))
    if level < threshold or (left is not None and left < HOURS_AHEAD and level < ahead):
        return pull
    night = town.minute >= 22 * 60 or town.minute < 6 * 60
    tired = night and level < TIRED_AT_NIGHT
    goes_on = agent.option == "sleep" and level < RESTED
    if option == "sleep" and (tired or goes_on):
        return pull * np.float32(0.1)
    return np.float32(0)


def wishes(town: Town, agent: Agent) -> list[str]:
    """What an agent whom nothing calls would like to do: company, then leisure."""
    outgoing, chatty = float(agent.traits["extroversion"]), 1.0
    if town.rules.config.features.behavior.personality_profiles:
        liked = town.rules.profiles[agent.profile].behavior.chat_preference
        chatty = float(np.float32(min(max(liked, 0.5), 1.5)))
    odds = (
        ("socialise", SOCIALISE, (0.9 + 0.3 * outgoing) * chatty),
        ("relax", LEISURE, 0.4 + 0.3 * outgoing),
    )
    return [option for option, draw, wish in odds if policy_draw(town, agent, draw) < wish]


def pursuable(
    town: Town, agent: Agent, option: str, minutes: int | None
) -> tuple[int | str, str | None] | None:
    """Target of an option, None when there is none or when it takes more than these minutes."""
    found = choose_target(town, agent, option)
    if found is None or minutes is None:
        return found
    target, plan = found
    takes = 0 if plan is None else town.rules.use[plan].duration
    if isinstance(target, int):
        assert plan is not None
        way = cost(town, agent, town.rules.use[plan], town.things[target])
        assert way is not None
        takes += way
    return found if takes <= minutes else None


def scripted(town: Town) -> None:
    """What calls most and can be had, else what is running, else company, leisure or idleness.

    What would make one late for work has to wait; lunch and what is critical does not.
    """
    for agent in town.agents:
        if not decides(town, agent):
            continue
        left = slack(town, agent)
        calls = {option: urgency(town, agent, option, left) for option in town.rules.options}
        wanted = sorted(
            (option for option, call in calls.items() if call > 0),
            key=lambda option: (-calls[option], town.rules.options.index(option)),
        )
        if agent.running is None:
            wanted += [option for option in wishes(town, agent) if option not in wanted]
        for option in wanted:
            found = pursuable(town, agent, option, left if calls[option] < WORK else None)
            if found is not None:
                take_option(town, agent, option, found)
                break
        else:
            kept = "idle" if agent.running is None else agent.option
            take_option(town, agent, kept, ("nowhere", None))


def random_policy(town: Town) -> None:
    """One of the open options, each as likely; what is running goes on."""
    for agent in town.agents:
        if not decides(town, agent):
            continue
        if agent.running is not None:
            take_option(town, agent, agent.option, ("nowhere", None))
            continue
        found = {option: choose_target(town, agent, option) for option in town.rules.options}
        choices = [(option, target) for option, target in found.items() if target is not None]
        option, target = choices[int(policy_draw(town, agent, RANDOM_OPTION) * len(choices))]
        assert target is not None
        take_option(town, agent, option, target)


def adjacent_object(town: Town, agent: Agent, use: Use) -> Thing | None:
    """What an interact means: the object of one's queue, else the shortest queue beside one."""

    def usable(thing: Thing) -> bool:
        if thing.type != use.object_type or not next_to(town, agent, thing):
            return False
        if agent.queue is None and len(thing.ring) >= thing.room:
            return False
        return refusal(town, agent, thing, use) == 0

    if agent.queue is not None:
        mine = town.things[agent.queue]
        return mine if usable(mine) else None
    found = [thing for thing in town.things if usable(thing)]
    return min(found, key=lambda t: (len(t.ring) + (t.holder is not None), t.number), default=None)


def open_primitive(  # noqa: PLR0911  (one return per kind of primitive)
    town: Town, agent: Agent, primitive: str
) -> bool:
    """Whether nothing known now speaks against a primitive."""
    busy = agent.running is not None or town.society.partner[agent.slot] is not None
    if primitive in {"wait", "leave"}:
        return primitive == "wait" or busy or agent.queue is not None
    if busy:
        return False
    if primitive.startswith("move_"):
        waits = is_outdoors(town, agent) and town.society.slow and (town.tick + agent.slot) % 2
        return not waits and leads_somewhere(town, agent, primitive.removeprefix("move_"))
    if primitive == "talk":
        return town.society.talk_partner(agent.slot, town.tick) is not None
    if primitive == "buy":
        return agent.queue is None and purchase(town, agent) is not None
    if primitive == "use_item":
        return agent.queue is None and bag_use(town, agent) is not None
    if primitive.startswith("interact:"):
        use = town.rules.use[primitive.removeprefix("interact:")]
        return adjacent_object(town, agent, use) is not None
    return False


def is_outdoors(town: Town, agent: Agent) -> bool:
    plan = town.rules.ground.plan
    return bool(plan.outdoor[plan.district_layout[agent.district], agent.tile])


def leads_somewhere(town: Town, agent: Agent, side: str) -> bool:
    """A walkable tile, or a gate with a district behind it."""
    ground = town.rules.ground
    x, y = agent.district % ground.plan.grid_w, agent.district // ground.plan.grid_w
    room = {"north": y, "west": x, "south": ground.plan.grid_h - 1 - y}
    room["east"] = ground.plan.grid_w - 1 - x
    if agent.tile in ground.gates(side) and room[side] > 0:
        return True
    other = ground.neighbours(agent.tile).get(side)
    return other is not None and ground.walkable(agent.district, other)


def obey(town: Town) -> None:
    """Given actions count when they are open; a masked one changes nothing and is counted.

    In a slot nobody lives in an action is nobody's, and is not counted.
    """
    for agent in town.agents:
        option, primitive = agent.given_option, agent.given_primitive
        if not agent.alive or (option is None and primitive is None):
            continue
        if primitive is not None:
            agent.primitive = "wait"
            if not open_primitive(town, agent, primitive):
                agent.masked += 1
                continue
            agent.primitive = primitive
            if primitive == "leave" and agent.running is not None:
                agent.wake = town.tick + 1
            if primitive.startswith("interact:"):
                use = town.rules.use[primitive.removeprefix("interact:")]
                thing = adjacent_object(town, agent, use)
                agent.wish = None if thing is None else thing.number
        elif option is not None:
            found = choose_target(town, agent, option) if town.tick >= agent.wake else None
            if found is not None:
                take_option(town, agent, option, found)
            elif town.tick >= agent.wake or option != agent.option:
                agent.masked += 1


def open_options(town: Town, agent: Agent) -> set[str]:
    """Options open in a tick: all that have a target, or the one the agent is bound to."""
    if not agent.alive:
        return {"idle"}
    if town.tick < agent.wake:
        return {agent.option}
    options = town.rules.options
    return {option for option in options if choose_target(town, agent, option) is not None}
