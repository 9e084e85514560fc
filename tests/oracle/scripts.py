"""Slow twin of schedules (SPEC §16): which entry is in force, and what its agent does now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.oracle.town import Agent, Town

#: A chat that has not come about after an hour has failed.
PATIENCE = 60
#: Nearer than this one walks straight to a person.
CLOSE = 5


@dataclass
class Part:
    """Where one agent is in its schedule; what ``act`` says of this tick.

    Attributes:
        schedule: entries as the config has them; objects by number, tiles as (district, tile).
        entry: number of the entry in force.
        since: tick it came into force; None: it has not.
        asked: it has asked for its object, or to talk.
        primitive, wish, hold, only: what it does in this tick.
        blamed: the holder and the object of a refusal noted in this tick.
    """

    schedule: list[dict[str, Any]]
    entry: int = 0
    since: int | None = None
    asked: bool = False
    primitive: str = "wait"
    wish: int | None = None
    hold: bool = False
    only: int | None = None
    blamed: tuple[int, int] | None = None


@dataclass
class Company:
    """Who talks with whom, by slot."""

    partner: list[int | None] = field(default_factory=list)


def act(town: Town, part: Part, agent: Agent, company: Company) -> bool:
    """Go on in a schedule by one tick.

    Returns:
        Whether the schedule acts; not for possessed agents or those that are given an action.
    """
    part.hold, part.blamed = False, None
    if agent.possessed or agent.given_option is not None or agent.given_primitive is not None:
        return False
    part.primitive, part.wish = "wait", None
    entry = part.schedule[part.entry]
    if company.partner[agent.slot] is not None:
        return True
    if agent.running is not None and entry["kind"] != "release":
        return True
    if part.since is None:
        part.since = town.tick
        fresh = True
    else:
        fresh = False
        if is_over(town, part, entry, agent, company):
            part.blamed = blame(town, entry, agent)
            part.entry = (part.entry + 1) % len(part.schedule)
            part.since, part.asked, part.only, fresh = town.tick, False, None, True
            entry = part.schedule[part.entry]
    perform(town, part, entry, agent, company, fresh)
    return True


def way(town: Town, entry: dict[str, Any], agent: Agent) -> str | None:
    """Side of the next step to what an entry goes for, "arrived", or None without a way."""
    ground = town.rules.ground
    if entry["kind"] == "move":
        district, tile = entry["tile"]
        spots = [tile, *ground.neighbours(tile).values()]
        goal = [tile] if ground.walkable(district, tile) else spots
        goals = frozenset(spot for spot in goal if ground.walkable(district, spot))
        return ground.step((agent.district, agent.tile), district, goals)
    thing = town.things[entry["object"]]
    goals = ground.reach(thing.number)
    if in_line(town, agent, thing.number):
        spots = [ground.queue_tile(thing.number, k) for k in range(3)]
        known = [spot for spot in spots if spot is not None]
        goals = frozenset([known[min(thing.ring.index(agent.slot), len(known) - 1)]])
    return ground.step((agent.district, agent.tile), thing.district, goals)


def in_line(town: Town, agent: Agent, thing: int) -> bool:
    """The agent waits for an object that has tiles to wait on."""
    waits = agent.queue == thing and not agent.holding
    return waits and town.rules.ground.queue_tile(thing, 0) is not None


def is_over(town: Town, part: Part, entry: dict[str, Any], agent: Agent, company: Company) -> bool:
    """The entry is done or has failed."""
    kind: str = entry["kind"]
    assert part.since is not None
    waited = town.tick - part.since
    if kind == "move":
        return way(town, entry, agent) in ("arrived", None)
    if kind in ("request", "start"):
        if agent.queue == entry["object"]:
            return kind == "request"
        return part.asked or way(town, entry, agent) is None
    if kind == "release":
        return agent.queue is None and agent.running is None
    if kind == "chat":
        gone: bool = entry["other"] is not None and not town.agents[entry["other"]].alive
        return gone or part.asked or waited > PATIENCE
    return kind == "blocked" or waited >= int(entry["duration"])


def blame(town: Town, entry: dict[str, Any], agent: Agent) -> tuple[int, int] | None:
    """Somebody else has what the entry wanted, and the entry minds."""
    refused = entry["kind"] == "request" and entry["blocked"] and not agent.holding
    if entry["kind"] == "blocked" or (refused and agent.queue == entry["object"]):
        holder = town.things[entry["object"]].holder
        if holder is not None and holder != agent.slot:
            return holder, entry["object"]
    return None


def perform(
    town: Town, part: Part, entry: dict[str, Any], agent: Agent, company: Company, fresh: bool
) -> None:
    """The primitive of an entry."""
    kind = entry["kind"]
    if kind == "release":
        part.primitive = "leave" if agent.queue is not None or agent.running else "wait"
    elif kind in ("request", "start"):
        part.wish, part.hold = entry["object"], kind == "request"
        if agent.queue not in (None, entry["object"]):
            part.primitive = "leave"
            return
        step = way(town, entry, agent)
        if step == "arrived":
            waits = in_line(town, agent, entry["object"])
            part.primitive = "wait" if waits else "interact:" + entry["affordance"]
            part.asked = part.asked or not waits
        else:
            part.primitive = f"move_{step}" if step else "wait"
    elif kind == "chat":
        part.only = entry["other"]
        part.primitive = speak(town, entry["other"], agent, company)
        if part.primitive == "talk":
            part.primitive = "wait" if fresh else "talk"
            part.asked = not fresh
    else:
        goal = entry if kind == "move" else {"kind": "wait", "object": agent.queue}
        step = None if kind != "move" and agent.queue is None else way(town, goal, agent)
        part.primitive = f"move_{step}" if step not in ("arrived", None) else "wait"


def speak(  # noqa: PLR0911
    town: Town, other: int | None, agent: Agent, company: Company
) -> str:
    """Walk to somebody and talk; wait while it is busy."""
    if other is None:
        return "talk"
    whom, ground = town.agents[other], town.rules.ground
    here, there = (agent.district, agent.tile), (whom.district, whom.tile)
    if here[0] != there[0]:
        side = ground.step(here, there[0], frozenset([there[1]]))
        return f"move_{side}" if side else "wait"
    (x, y), (goal_x, goal_y) = (ground.position(*spot) for spot in (here, there))
    dx, dy = goal_x - x, goal_y - y
    far = abs(dx) + abs(dy)
    if far == 2 and agent.slot > other and town.tick % 2:
        return "wait"
    if far <= 1:
        busy = whom.running is not None or company.partner[other] is not None
        return "wait" if busy else "talk"
    layout = ground.plan.district_layout[here[0]]
    mine, place = (int(ground.plan.place_of_tile[layout, spot[1]]) for spot in (here, there))
    if far > CLOSE and place not in (-1, mine):
        number = int(ground.plan.place_first[there[0]]) + place
        step = ground.step(here, there[0], ground.inside(number))
        return f"move_{step}" if step not in ("arrived", None) else "wait"
    sides = [("east" if dx > 0 else "west", dx), ("south" if dy > 0 else "north", dy)]
    if abs(dy) > abs(dx):
        sides.reverse()
    for side, length in sides:
        if length and ground.walkable(here[0], ground.neighbours(here[1])[side]):
            return f"move_{side}"
    return "wait"
