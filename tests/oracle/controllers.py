"""Slow twin of option controllers (SPEC §12): which object, which way, which primitive."""

from __future__ import annotations

import functools
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from townlet.maps import TownPlan

if TYPE_CHECKING:
    from tests.oracle.affordances import Use
    from tests.oracle.town import Agent, Thing, Town

SIDES = ("north", "south", "east", "west")
#: Leisure that costs more minutes is none; paid leisure is a treat for those with three baskets.
LEISURE_LIMIT, TREAT, SURPLUS = 45, 45, 25_200
#: Minutes that a rival in use or queue seems to cost; below this level a need knows no rivals.
SHUN, CRITICAL = 600, np.float32(0.15)
#: A meal's price, 1000 thousandths, weighs as much as half an hour.
MINUTES_PER_MEAL_PRICE = 30


class Ground:
    """Walking on a plan: distances by search, the way between districts by the rule of SPEC §3."""

    def __init__(self, plan: TownPlan) -> None:
        self.plan = plan
        self.reach = functools.cache(self._reach)
        self.inside = functools.cache(self._inside)
        self.pantry = functools.cache(self._pantry)
        self.room = functools.cache(self._room)
        self.gates = functools.cache(self._gates)
        self._walks: dict[tuple[int, frozenset[int]], dict[int, int]] = {}

    def neighbours(self, tile: int) -> dict[str, int]:
        """Tiles to the north, south, east and west that are on the map of the district."""
        x, y, width, height = tile % self.plan.width, tile // self.plan.width, *self.size
        steps = {"north": (x, y - 1), "south": (x, y + 1), "east": (x + 1, y), "west": (x - 1, y)}
        return {
            side: v * width + u
            for side, (u, v) in steps.items()
            if 0 <= u < width and 0 <= v < height
        }

    @property
    def size(self) -> tuple[int, int]:
        return self.plan.width, self.plan.height

    def position(self, district: int, tile: int) -> list[int]:
        """Position in the town, (x, y)."""
        column, row = district % self.plan.grid_w, district // self.plan.grid_w
        width, height = self.size
        return [column * width + tile % width, row * height + tile // width]

    def walkable(self, district: int, tile: int) -> bool:
        return bool(self.plan.walkable[self.plan.district_layout[district], tile])

    def crowded(self, district: int, tile: int) -> bool:
        """A tile that holds one agent only."""
        return bool(self.plan.single[self.plan.district_layout[district], tile])

    def _reach(self, thing: int) -> frozenset[int]:
        """Tiles from which an object is used: its own and the four next to it."""
        district, tile = int(self.plan.object_district[thing]), int(self.plan.object_tile[thing])
        spots = [tile, *self.neighbours(tile).values()]
        return frozenset(spot for spot in spots if self.walkable(district, spot))

    def _inside(self, place: int) -> frozenset[int]:
        """Walkable tiles of a place."""
        district = int(self.plan.place_district[place])
        layout = self.plan.district_layout[district]
        local = place - int(self.plan.place_first[district])
        tiles = np.flatnonzero(self.plan.place_of_tile[layout] == local).tolist()
        return frozenset(tile for tile in tiles if self.walkable(district, tile))

    def queue_tile(self, thing: int, place: int) -> int | None:
        """Where the waiter at a place of the queue stands, None: there are no such tiles."""
        target = int(self.plan.object_queue[thing, place])
        if target < 0:
            return None
        layout = self.plan.district_layout[self.plan.object_district[thing]]
        (tile,) = np.flatnonzero(self.plan.route[layout, target] >> 3 == 0)
        return int(tile)

    def _pantry(self, thing: int) -> int:
        """A public object is its own; a home has one: its fridge, its stove, else anything."""
        if not self.plan.object_private[thing]:
            return thing
        here = np.flatnonzero(self.plan.object_place == self.plan.object_place[thing])
        names = {int(k): self.plan.object_types[self.plan.object_type[k]] for k in here}
        for wanted in ("fridge", "stove"):
            found = [k for k, name in names.items() if name == wanted]
            if found:
                return found[0]
        return min(names)

    def _room(self, thing: int, most: int) -> int:
        """Places in the ring: at home one per resident."""
        if not self.plan.object_private[thing]:
            return most
        home = self.plan.object_place[thing]
        residents = sum(1 for place in self.plan.home_place if place == home)
        return min(max(residents, 1), most)

    def _gates(self, side: str) -> frozenset[int]:
        exits = self.plan.gate_exit[SIDES.index(side)]
        return frozenset(int(tile) for tile in np.flatnonzero(exits >= 0))

    def walks(self, district: int, goal: frozenset[int]) -> dict[int, int]:
        """Steps from every tile of a district to the nearest goal tile, by breadth-first search."""
        key = (int(self.plan.district_layout[district]), goal)
        if key not in self._walks:
            found = dict.fromkeys(goal, 0)
            queue = deque(goal)
            while queue:
                tile = queue.popleft()
                for other in self.neighbours(tile).values():
                    if other not in found and self.walkable(district, other):
                        found[other] = found[tile] + 1
                        queue.append(other)
            self._walks[key] = found
        return self._walks[key]

    def exit_side(self, district: int, goal: int) -> str:
        """Between districts one walks along x first, then along y."""
        x, y = district % self.plan.grid_w, district // self.plan.grid_w
        goal_x, goal_y = goal % self.plan.grid_w, goal // self.plan.grid_w
        if x != goal_x:
            return "east" if x < goal_x else "west"
        return "south" if y < goal_y else "north"

    def next_door(self, district: int, side: str) -> int:
        width = self.plan.grid_w
        return district + {"north": -width, "south": width, "east": 1, "west": -1}[side]

    def distance(self, start: tuple[int, int], district: int, goal: frozenset[int]) -> int | None:
        """Steps to the goal; on the way through districts each gate counts by its first tile."""
        here, tile = start
        total = 0
        while here != district:
            side = self.exit_side(here, district)
            gates = self.gates(side)
            walk = self.walks(here, gates).get(tile)
            if walk is None:
                return None
            total += walk + 1
            tile = int(self.plan.gate_exit[SIDES.index(side), min(gates)])
            here = self.next_door(here, side)
        walk = self.walks(here, goal).get(tile)
        return None if walk is None else total + walk

    def step(self, start: tuple[int, int], district: int, goal: frozenset[int]) -> str | None:
        """Side of the next step, "arrived", or None without a way.

        Of several shortest ways the first of north, south, east, west.
        """
        here, tile = start
        side = None if here == district else self.exit_side(here, district)
        walks = self.walks(here, goal if side is None else self.gates(side))
        if tile not in walks:
            return None
        if walks[tile] == 0:
            return side or "arrived"
        for way, other in self.neighbours(tile).items():
            if walks.get(other) == walks[tile] - 1:
                return way
        raise AssertionError("a search leaves no tile without a nearer neighbour")


def served_need(town: Town, option: str) -> str | None:
    """The need an option serves; a further need ``n`` has the option ``get_n``."""
    base = {"get_fed": "hunger", "get_clean": "hygiene", "sleep": "energy"}
    if option in base:
        return base[option]
    need = option.removeprefix("get_")
    return need if option.startswith("get_") and need in town.rules.need_names[3:] else None


def serves(town: Town, use: Use, need: str) -> bool:
    """Needs every town has call for at least a tenth; an own need takes what it gets."""
    own = need in town.rules.need_names[3:]
    return bool(use.needs[need] > 0 if own else use.needs[need] >= np.float32(0.1))


def menu(town: Town, option: str) -> tuple[list[Use], Use | None]:
    """Affordances an option goes for, and the one that makes what it uses up."""
    types = {thing.type for thing in town.things}
    types |= set(town.rules.ground.plan.object_types)
    uses = [use for use in town.rules.uses if use.object_type in types]
    cooking = [use for use in uses if use.gives.get("meals", 0) > 0]
    shopping = [use for use in uses if use.gives.get("ingredients", 0) > 0]
    rest = [use for use in uses if use not in cooking and use not in shopping]
    if option == "shop":
        return [use for use in shopping if use not in cooking], None
    need = served_need(town, option)
    if need is not None:
        chosen = [use for use in rest if serves(town, use, need)]
        return chosen, cooking[0] if option == "get_fed" and cooking else None
    if option != "relax":
        return [], None
    idle = [
        use
        for use in rest
        if not any(serves(town, use, name) for name in town.rules.need_names) and not use.takes
    ]
    return idle, None


def cost(town: Town, agent: Agent, use: Use, thing: Thing) -> int | None:
    """Minutes an object seems to cost: walking, waiting, paying; None: no way or no room."""
    from tests.oracle.affordances import price_of

    ground = town.rules.ground
    reach = ground.reach(thing.number)
    walk = ground.distance((agent.district, agent.tile), thing.district, reach)
    mine = agent.queue == thing.number
    if walk is None or (not mine and len(thing.ring) >= thing.room):
        return None
    wait = 0
    if not (mine and agent.holding):
        wait += use.duration // 2 if thing.holder is not None else 0
        wait += (len(thing.ring) - (1 if mine else 0)) * use.duration
    thrift = 1 + 0.5 * agent.traits["frugality"]
    return walk + wait + int(price_of(town, use, thing) * MINUTES_PER_MEAL_PRICE * thrift) // 1000


def has_rival(town: Town, agent: Agent, thing: Thing) -> bool:
    """Somebody whom the agent avoids uses the object or waits for it (SPEC §7)."""
    circle = town.society.circle
    there = {*thing.ring, thing.holder} - {None, agent.slot}
    return any(circle.avoids(agent.slot, slot, town.tick) for slot in there if slot is not None)


def best_object(
    town: Town, agent: Agent, use: Use, treat: int | None, wary: bool
) -> tuple[int, Thing] | None:
    """Cheapest object at home, in this district or in that of the home; then lowest number.

    ``treat`` is what paid objects are worth more to the agent; None: only free ones will do.
    """
    from tests.oracle.affordances import price_of, refusal

    districts = {agent.district}
    if agent.home is not None:
        districts.add(int(town.rules.ground.plan.place_district[agent.home]))
    found = []
    for thing in town.things:
        if thing.type != use.object_type:
            continue
        if thing.private and thing.place != agent.home:
            continue
        if not thing.private and thing.district not in districts:
            continue
        minutes = cost(town, agent, use, thing)
        if minutes is None or refusal(town, agent, thing, use):
            continue
        if price_of(town, use, thing) > 0:
            if treat is None:
                continue
            minutes -= treat
        if wary and has_rival(town, agent, thing):
            minutes += SHUN
        found.append((minutes, thing.number))
    if not found:
        return None
    minutes, chosen = min(found)
    return minutes, town.things[chosen]


def choose_target(town: Town, agent: Agent, option: str) -> tuple[int | str, str | None] | None:
    """Target and affordance of an option; None when it cannot be pursued, so its mask is closed."""
    if option == "idle":
        return "nowhere", None
    if option == "go_to_work":
        return None if town.society.jobs[agent.slot] is None else ("nowhere", None)
    if option == "socialise":
        alone = town.society.find_person(agent, town.tick) is None
        return None if alone else ("nowhere", None)
    treat: int | None = 0
    if option == "relax":
        treat = TREAT if agent.money > SURPLUS else None
    need = served_need(town, option)
    wary = need is None or bool(agent.needs[need] >= CRITICAL)
    uses, producer = menu(town, option)
    best: tuple[int, Thing, Use] | None = None
    for use in uses:
        meals = use.uses_up.get("meals", 0)
        if 0 < meals <= agent.carried["meals"]:
            return "bag", use.id
        found = best_object(town, agent, use, treat, wary)
        if found and (best is None or found[0] < best[0]):
            best = (*found, use)
    if producer is not None and not (best and best[1].private):
        found = best_object(town, agent, producer, treat, wary)
        if found and (best is None or found[0] < best[0]):
            best = (*found, producer)
    if best is None or (option == "relax" and best[0] > LEISURE_LIMIT):
        return None
    return best[1].number, best[2].id


def take_option(town: Town, agent: Agent, option: str, found: tuple[int | str, str | None]) -> None:
    """Commit; to go on with what is running commits to its end."""
    going_on = agent.option == option and agent.running is not None
    agent.option = option
    if going_on:
        agent.wake = agent.until + 1
        return
    agent.target, agent.plan = found
    agent.person = town.society.find_person(agent, town.tick) if option == "socialise" else None
    agent.wake = town.tick + max(town.rules.config.policy_runtime.option_commit_ticks, 1)


def walk_or(town: Town, agent: Agent, district: int, goal: frozenset[int], arrived: str) -> str:
    step = town.rules.ground.step((agent.district, agent.tile), district, goal)
    if step is None:
        return "wait"
    return arrived if step == "arrived" else f"move_{step}"


def pursue(town: Town) -> None:
    """The primitive each agent emits: for its errand, else for its option; a scene's are its own.

    Walk, wait in line, use, work, meet people, go home; who talks stands still.
    """
    society = town.society
    for agent in town.agents:
        if agent.given_primitive is not None or society.acts[agent.slot]:
            continue
        agent.primitive = "wait"
        if not agent.alive or society.partner[agent.slot] is not None:
            continue
        if agent.running is not None:
            if agent.target != ("bag" if agent.using is None else agent.using):
                agent.primitive = "leave"
            continue
        errand = society.errand(agent.slot, town.tick)
        if agent.queue is not None and (errand or agent.queue != agent.target):
            agent.primitive = "leave"
        elif errand is not None:
            agent.primitive = walk_or(town, agent, *errand, "wait")
        elif isinstance(agent.target, int):
            pursue_object(town, agent, town.things[agent.target])
        elif agent.target == "bag":
            agent.primitive = "use_item"
        elif agent.option == "socialise" and agent.person is not None:
            agent.primitive = step_toward(town, agent, town.agents[agent.person])
        elif agent.option == "go_to_work":
            agent.primitive = step_to_work(town, agent)
        elif agent.option == "idle" and not agent.possessed:
            agent.primitive = step_home(town, agent)


def step_to_work(town: Town, agent: Agent) -> str:
    """Into the workplace, or to a tile on open ground or next to it; and stay there."""
    job, ground = town.society.jobs[agent.slot], town.rules.ground
    if job is None:
        return "wait"
    district, target, is_spot = job
    goal = town.society.tiles(district, target)
    if is_spot and agent.district == district and ground.walks(district, goal)[agent.tile] <= 1:
        return "wait"
    return walk_or(town, agent, district, goal, "wait")


def step_toward(town: Town, agent: Agent, other: Agent) -> str:
    """To the other's place, from five tiles on straight to it, and talk beside it (SPEC §3)."""
    ground, society = town.rules.ground, town.society
    if agent.district != other.district:
        return walk_or(town, agent, other.district, frozenset(), "wait")
    width = ground.plan.width
    east = other.tile % width - agent.tile % width
    south = other.tile // width - agent.tile // width
    if abs(east) + abs(south) <= 1:
        return "talk"
    place = society.place_at(other.district, other.tile)
    together = place == society.place_at(agent.district, agent.tile)
    if place is not None and not together and abs(east) + abs(south) > 5:
        return walk_or(town, agent, other.district, ground.inside(place), "wait")
    ways = [(abs(south), "south" if south > 0 else "north")]
    ways.insert(abs(south) > abs(east), (abs(east), "east" if east > 0 else "west"))
    for length, side in ways:
        tile = ground.neighbours(agent.tile).get(side)
        if length and tile is not None and ground.walkable(agent.district, tile):
            return f"move_{side}"
    return "wait"


def step_home(town: Town, agent: Agent) -> str:
    """Who has nothing to do does not stand where only one can stand."""
    ground = town.rules.ground
    if agent.home is None or not ground.crowded(agent.district, agent.tile):
        return "wait"
    district = int(ground.plan.place_district[agent.home])
    return walk_or(town, agent, district, ground.inside(agent.home), "wait")


def pursue_object(town: Town, agent: Agent, thing: Thing) -> None:
    """Walk to the object, or to one's place in its line, and ask to use it."""
    ground = town.rules.ground
    goal, arrived = ground.reach(thing.number), f"interact:{agent.plan}"
    if agent.queue == thing.number and not agent.holding:
        spots = [ground.queue_tile(thing.number, k) for k in range(3)]
        known = [spot for spot in spots if spot is not None]
        if known:
            place = min(thing.ring.index(agent.slot), len(known) - 1)
            goal, arrived = frozenset([known[place]]), "wait"
    agent.primitive = walk_or(town, agent, thing.district, goal, arrived)
    agent.wish = thing.number
