"""Slow twin of observations (SPEC §14, *learning §1.1-1.3*): tile by tile, feature by feature.

It reads the state of a simulation at the end of a tick and says what each agent has to observe.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from townlet import Simulation
from townlet.maps.routing import UNREACHABLE
from townlet_components.intent import INTERACT
from townlet_components.work import SHIFT_STATES

STEPS = ((0, -1), (0, 1), (1, 0), (-1, 0))
NORTH, SOUTH, EAST, WEST, ARRIVED = range(5)
LANDMARKS = ("fridge", "stove", "bed", "shower")
TRAITS = ("extroversion", "forgiveness", "ambition")
GO_TO_WORK, SOCIALISE, IDLE, BAG = 4, 6, 0, -2
CLOSE = 5
MASK = (1 << 64) - 1


@dataclass
class Way:
    """Where somebody goes: a district and a routing target, or only a step."""

    district: int = -1
    target: int = 0
    step: int = -1


class Watcher:
    """One town of a simulation, as it is now."""

    def __init__(self, sim: Simulation, town: int = 0) -> None:
        self.sim, self.town, self.plan = sim, town, sim.plan
        self.config = sim.blueprint.town_configs[town]
        self.rows = {
            int(sim.column("Rows.slot")[r]): r
            for r in range(len(sim.column("Rows.slot")))
            if int(sim.column("Rows.town")[r]) == town
        }
        self.standing: dict[tuple[int, int], int] = {}
        for r in self.rows.values():
            if self.of("Identity.alive", r):
                self.standing[self.position(r)] = self.standing.get(self.position(r), 0) + 1
        self.objects: dict[tuple[int, int], list[int]] = {}
        for thing in range(self.plan.objects):
            place = self.plan.position(
                int(self.plan.object_district[thing]), int(self.plan.object_tile[thing])
            )
            self.objects.setdefault(place, []).append(thing)

    def of(self, column: str, row: int) -> Any:
        """A value of a column."""
        return self.sim.column(column)[row].item()

    def here(self, row: int) -> tuple[int, int]:
        """District and tile."""
        return self.of("Position.district", row), self.of("Position.tile", row)

    def position(self, row: int) -> tuple[int, int]:
        """x and y within the town."""
        return self.plan.position(*self.here(row))

    def holder(self, thing: int) -> int:
        """Who holds an object; -1 nobody."""
        found = self.sim.column("Objects.holder")[self.town * self.plan.objects + thing]
        return int(found)

    def inside(self, x: int, y: int) -> bool:
        """The map goes so far."""
        plan = self.plan
        return 0 <= x < plan.grid_w * plan.width and 0 <= y < plan.grid_h * plan.height

    def is_wall(self, x: int, y: int) -> bool:
        """Nobody can stand there."""
        if not self.inside(x, y):
            return True
        district, tile = self.plan.locate(x, y)
        return not self.plan.walkable[self.plan.district_layout[district], tile]

    def others(self, row: int, x: int, y: int) -> int:
        """Agents on a tile but the one that looks."""
        me = self.of("Identity.alive", row) and self.position(row) == (x, y)
        return self.standing.get((x, y), 0) - me

    def reserved(self, x: int, y: int) -> bool:
        """An object there is held by somebody."""
        return any(self.holder(thing) >= 0 for thing in self.objects.get((x, y), []))

    # -- ways ------------------------------------------------------------------------------------

    def gate(self, district: int, goal: int) -> int:
        """Side on which to leave for another district: along x first."""
        wide = self.plan.grid_w
        if district % wide != goal % wide:
            return EAST if district % wide < goal % wide else WEST
        return SOUTH if district < goal else NORTH

    def step(self, district: int, tile: int, goal: int, target: int) -> int:
        """Next step to a target; -1 there, or where there is no way."""
        side = target if district == goal else self.gate(district, goal)
        word = int(self.plan.route[self.plan.district_layout[district], side, tile])
        if word == UNREACHABLE:
            return -1
        if word & 7 == ARRIVED:
            return side if district != goal else -1
        return word & 7

    def walk(self, district: int, tile: int, goal: int, target: int) -> int:
        """Tiles to walk to a target; -1 where there is no way."""
        total = 0
        while district != goal:
            side = self.gate(district, goal)
            word = int(self.plan.route[self.plan.district_layout[district], side, tile])
            if word == UNREACHABLE:
                return -1
            first = int(np.flatnonzero(self.plan.gate_exit[side] >= 0)[0])
            total, tile = total + (word >> 3) + 1, int(self.plan.gate_exit[side, first])
            dx, dy = STEPS[side]
            district += dx + dy * self.plan.grid_w
        word = int(self.plan.route[self.plan.district_layout[district], target, tile])
        return -1 if word == UNREACHABLE else total + (word >> 3)

    def way(self, row: int) -> Way:  # noqa: PLR0911  (one return per kind of target)
        """Where an agent's option leads it in the tick to come."""
        of, plan = self.of, self.plan
        if of("Activity.affordance", row) >= 0 or of("Talk.partner", row) >= 0:
            return Way()
        district, tile = self.here(row)
        if of("Errand.target", row) >= 0 and self.sim.tick + 1 < of("Errand.until", row):
            return self.toward(row, of("Errand.district", row), of("Errand.target", row))
        thing, option = of("Intent.target", row), of("Intent.option", row)
        if thing >= 0:
            return self.toward(row, int(plan.object_district[thing]), self.spot(row, thing))
        if thing == BAG:
            return Way()
        if option == SOCIALISE and of("Intent.person", row) >= 0:
            return self.meet(row, self.rows[of("Intent.person", row)])
        job, home = of("Employment.position", row), of("Home.place", row)
        if option == GO_TO_WORK and job >= 0:
            goal = int(self.sim.column("PositionPlan.district")[job])
            target = int(self.sim.column("PositionPlan.target")[job])
            beside = district == goal and 0 <= self.walk(district, tile, goal, target) <= 1
            if self.sim.column("PositionPlan.spot")[job] and beside:
                return Way()
            return self.toward(row, goal, target)
        single = plan.single[plan.district_layout[district], tile]
        if option == IDLE and not of("Orders.possessed", row) and home >= 0 and single:
            return self.toward(row, int(plan.place_district[home]), int(plan.place_target[home]))
        return Way()

    def toward(self, row: int, goal: int, target: int) -> Way:
        """The way to a target."""
        return Way(goal, target, self.step(*self.here(row), goal, target))

    def spot(self, row: int, thing: int) -> int:
        """Routing target of an object, or of the tile to wait for it on."""
        plan, of = self.plan, self.of
        waits = of("QueuePlace.object", row) == thing and not of("QueuePlace.holding", row)
        tiles = [int(t) for t in plan.object_queue[thing]]
        if not waits or tiles[0] < 0:
            return int(plan.object_target[thing])
        entries = len(self.sim.column("QueueRing.slot")) // self.sim.towns
        first = self.town * entries + int(self.sim.column("ObjectPlan.ring_start")[thing])
        size = int(self.sim.column("ObjectPlan.ring_size")[thing])
        ring = self.sim.column("QueueRing.slot")[first : first + size].tolist()
        place = ring.index(of("Rows.slot", row))
        return [t for k, t in enumerate(tiles) if t >= 0 and k <= place][-1]

    def meet(self, row: int, other: int) -> Way:
        """Toward a person: to the place it is in, greedily when near."""
        plan, (district, tile) = self.plan, self.here(row)
        there, goal = self.here(other)
        if district != there:
            return self.toward(row, there, 0)
        dx = goal % plan.width - tile % plan.width
        dy = goal // plan.width - tile // plan.width
        if abs(dx) + abs(dy) <= 1:
            return Way()
        layout = plan.district_layout[district]
        place, mine = plan.place_of_tile[layout, goal], plan.place_of_tile[layout, tile]
        if place >= 0 and place != mine and abs(dx) + abs(dy) > CLOSE:
            target = plan.place_target[plan.place_first[there] + place]
            return self.toward(row, there, int(target))
        across, along = EAST if dx > 0 else WEST, SOUTH if dy > 0 else NORTH
        order = [(across, dx), (along, dy)]
        for side, way in order if abs(dx) >= abs(dy) else order[::-1]:
            x, y = self.position(row)
            if way and not self.is_wall(x + STEPS[side][0], y + STEPS[side][1]):
                return Way(step=side)
        return Way()

    # -- maps ------------------------------------------------------------------------------------

    def map(self, row: int, channels: tuple[str, ...], side: int, counts: bool) -> np.ndarray:
        """The map of an agent, (channels, side, side)."""
        found = np.zeros((len(channels), side, side))
        x, y = self.position(row)
        way = self.way(row)
        for c, channel in enumerate(channels):
            for v in range(side):
                for u in range(side):
                    spot = x + u - side // 2, y + v - side // 2
                    value = self.cell(row, channel, spot, (u, v) == (side // 2,) * 2, way)
                    found[c, v, u] = value if counts or value < 0 else min(value, 1)
        return found

    def cell(  # noqa: PLR0911  (one return per channel)
        self, row: int, channel: str, spot: tuple[int, int], own: bool, way: Way
    ) -> int:
        """What a channel shows of a tile."""
        agents, things = self.others(row, *spot), self.objects.get(spot, [])
        if channel == "self":
            return own
        if channel == "agents":
            return agents
        if channel == "objects":
            return len(things)
        if channel == "reservations":
            return self.reserved(*spot)
        if channel == "blocked":
            return self.is_wall(*spot)
        if channel == "walkable":
            return not (own or agents or things or self.is_wall(*spot))
        if channel.startswith("object:"):
            kind = self.plan.object_types.index(channel.removeprefix("object:"))
            return sum(int(self.plan.object_type[thing]) == kind for thing in things)
        if way.district < 0 or not self.inside(*spot):
            return 0
        step = self.step(*self.plan.locate(*spot), way.district, way.target)
        if channel in ("path_dx", "path_dy"):
            return STEPS[step][channel == "path_dy"] if step >= 0 else 0
        return step == ("path_north", "path_south", "path_east", "path_west").index(channel)

    # -- features --------------------------------------------------------------------------------

    def features(self, row: int, side: int, compact: bool) -> dict[str, float]:
        """All features of an agent by name, in their order."""
        found = self.about_itself(row) | self.about_its_action(row)
        found |= self.about_its_window(row, side)
        section = self.config.observations_config
        wanted = section.compact if compact else section.hybrid
        if wanted.include_targets:
            found |= self.about_landmarks(row)
        if self.config.features.observations.personality_channels:
            for k, trait in enumerate(TRAITS):
                value = self.sim.column("Personality.trait")[row, k]
                found[f"personality_{trait}"] = float(value)
        return found | self.about_others(row)

    def about_itself(self, row: int) -> dict[str, float]:
        """Needs, money, work, time, episode."""
        of, sim = self.of, self.sim
        found = {
            f"need_{name}": float(sim.column("Needs.level")[row, n])
            for n, name in enumerate(sim.blueprint.need_names)
        }
        basket = max(1.0, float(sim.column("EconomyRules.basket")[self.town]))
        turn = self.config.observations_config.hybrid.time_ticks_per_day
        minutes = self.config.start_minute() + sim.tick
        angle = 2 * math.pi * (minutes % turn) / turn
        shifts = sim.column("Employment.sample")[row][: of("Employment.samples", row)].tolist()
        job = of("Employment.position", row)
        jobs = len(sim.column("Shifts.state")) // sim.towns
        state = "idle"
        if job >= 0:
            state = SHIFT_STATES[int(sim.column("Shifts.state")[self.town * jobs + job])]
        present = job >= 0 and state in ("on_time", "late") and self.present(row, job)
        found |= {
            "wallet": share(of("Wallet.money", row), basket),
            "lateness_counter": share(of("Employment.lateness", row), 4),
            "on_shift": present,
            "time_sin": math.sin(angle),
            "time_cos": math.cos(angle),
            "attendance_ratio": sum(shifts) // len(shifts) / 1000 if shifts else 0.0,
            "wages_withheld": share(of("Employment.withheld", row), basket),
        }
        for name in SHIFT_STATES:
            found[f"shift_{name.removesuffix('_shift')}"] = name == state
        slots = len(sim.column("EmbeddingSlots.taken_by")) // sim.towns
        left = of("Departures.reason", row) != 0
        ties = self.ties(row)
        avoided = [t for t in ties if t["avoid"] and t["rivalry"] >= self.avoided_until(row)]
        return found | {
            "embedding_slot_norm": max(of("Embedding.slot", row), 0) / slots,
            "ctx_reset_flag": of("Episode.context_reset", row) or left,
            "episode_progress": min(1.0, of("Episode.tick", row) / turn),
            "rivalry_max": max((t["rivalry"] for t in ties), default=0.0),
            "rivalry_avoid_count": len(avoided) / sim.column("Ties.other").shape[1],
        }

    def present(self, row: int, job: int) -> bool:
        """It stands at work."""
        district, tile = self.here(row)
        goal = int(self.sim.column("PositionPlan.district")[job])
        if district != goal:
            return False
        if self.sim.column("PositionPlan.spot")[job]:
            target = int(self.sim.column("PositionPlan.target")[job])
            return 0 <= self.walk(district, tile, goal, target) <= 1
        layout = self.plan.district_layout[district]
        inside = self.sim.column("PositionPlan.inside")[job]
        return bool(self.plan.place_of_tile[layout, tile] == inside)

    def about_its_action(self, row: int) -> dict[str, float]:
        """What it did, and queues."""
        of = self.of
        last = of("LastAction.primitive", row)
        found: dict[str, float] = {
            f"last_action_{name}": k == last
            for k, name in enumerate(self.sim.blueprint.primitive_names)
        }
        assert len(found) > INTERACT
        holds = of("QueuePlace.holding", row)
        return found | {
            "last_action_success": of("LastAction.success", row),
            "last_action_duration": share(of("LastAction.duration", row), 60),
            "reservation_active": holds,
            "in_queue": of("QueuePlace.object", row) >= 0 and not holds,
        }

    def about_its_window(self, row: int, side: int) -> dict[str, float]:
        """The next step, and what is around."""
        x, y, step = *self.position(row), self.way(row).step
        agents = objects = reserved = 0
        near: list[float] = []
        for dy in range(-(side // 2), side // 2 + 1):
            for dx in range(-(side // 2), side // 2 + 1):
                spot = x + dx, y + dy
                if not self.inside(*spot):
                    continue
                here = self.others(row, *spot)
                agents += here
                objects += spot in self.objects
                reserved += self.reserved(*spot)
                near += [math.hypot(dx, dy)] if here and (dx or dy) else []
        found: dict[str, float] = {
            f"path_hint_{name}": k == step
            for k, name in enumerate(("north", "south", "east", "west"))
        }
        return found | {
            "neighbor_agent_ratio": min(1.0, agents / (side**2 - 1)),
            "neighbor_object_ratio": objects / side**2,
            "reserved_tile_ratio": reserved / side**2,
            "nearest_agent_distance": min(1.0, min(near) / (side // 2)) if near else 0.0,
        }

    def about_landmarks(self, row: int) -> dict[str, float]:
        """The nearest fridge, stove, bed and shower that it may use."""
        plan, home, (district, tile) = self.plan, self.of("Home.place", row), self.here(row)
        districts = {district} | ({int(plan.place_district[home])} if home >= 0 else set())
        x, y = self.position(row)
        found: dict[str, float] = {}
        for name in LANDMARKS:
            ways = []
            for thing in range(plan.objects):
                mine = int(plan.object_place[thing]) == home
                public = not plan.object_private[thing]
                where = int(plan.object_district[thing])
                if plan.object_types[plan.object_type[thing]] != name:
                    continue
                if mine or (public and where in districts):
                    walk = self.walk(district, tile, where, int(plan.object_target[thing]))
                    ways += [(walk, thing)] if walk >= 0 else []
            if not ways:
                found |= {f"{name}_dx": 0.0, f"{name}_dy": 0.0, f"{name}_dist": 0.0}
                continue
            walk, thing = min(ways)
            u, v = plan.position(int(plan.object_district[thing]), int(plan.object_tile[thing]))
            length = math.hypot(u - x, v - y) or 1.0
            found[f"{name}_dx"], found[f"{name}_dy"] = (u - x) / length, (v - y) / length
            found[f"{name}_dist"] = walk / (walk + 32)
        return found

    # -- ties ------------------------------------------------------------------------------------

    def ties(self, row: int) -> list[dict[str, Any]]:
        """Ties that count, as they are now; none before stage B."""
        if self.config.features.stages.relationships not in ("B", "C1", "C2", "C3"):
            return []
        column, town = self.sim.column, self.town
        slow = float(column("TieRules.tie_decay")[town])
        fast = float(column("TieRules.rivalry_decay")[town])
        if column("TieRules.modifiers")[town]:
            fast *= 1 + 0.5 * max(0.0, float(column("Personality.trait")[row, 1]))
        found = []
        for k, other in enumerate(column("Ties.other")[row].tolist()):
            if other < 0:
                continue
            passed = self.sim.tick - int(column("Ties.at")[row, k])
            tie: dict[str, Any] = {"other": other, "avoid": bool(column("Ties.avoid")[row, k])}
            for name, rate in (("trust", slow), ("familiarity", slow), ("rivalry", fast)):
                value = float(column(f"Ties.{name}")[row, k])
                left = math.copysign(max(0.0, abs(value) - rate * passed), value)
                tie[name] = np.float32(left)
            strength = max(abs(tie["trust"]), abs(tie["familiarity"]), tie["rivalry"])
            if strength >= column("TieRules.weak")[town]:
                found.append(tie)
        return found

    def avoided_until(self, row: int) -> float:
        """Rivalry below which somebody avoided is avoided no longer."""
        column, profile = self.sim.column, self.of("Personality.profile", row)
        tolerance = column("TieRules.tolerance")[self.town, profile]
        level = min(1.0, column("TieRules.avoid_at")[self.town] / tolerance)
        return 0.65 if level >= np.float32(0.7) else level - 0.05

    def about_others(self, row: int) -> dict[str, float]:
        """Slots of friends, then of rivals, then means and maxima."""
        social = self.config.observations_config.social_snippet
        ties = self.ties(row)
        liked = [t for t in ties if t["trust"] + t["familiarity"] > t["rivalry"]]
        liked.sort(key=lambda t: (-(t["trust"] + t["familiarity"]), t["other"]))
        rivals = [t for t in ties if t not in liked and t["rivalry"] > 0]
        rivals.sort(key=lambda t: (-t["rivalry"], t["other"]))
        slots = [*padded(liked, social.top_friends), *padded(rivals, social.top_rivals)]
        found: dict[str, float] = {}
        for n, tie in enumerate(slots):
            values = [0.0] * (social.embed_dim + 3)
            if tie is not None:
                values = self.embedding(tie["other"], social.embed_dim)
                values += [tie["trust"], tie["familiarity"], tie["rivalry"]]
            found |= {f"social_slot{n}_d{k}": float(value) for k, value in enumerate(values)}
        if social.include_aggregates and slots:
            filled = [tie for tie in slots if tie is not None]
            for name in ("trust", "rivalry"):
                values = [float(tie[name]) for tie in filled] or [0.0]
                found[f"social_{name}_mean"] = sum(values) / len(values)
                found[f"social_{name}_max"] = max(values)
        return found

    def embedding(self, slot: int, width: int) -> list[float]:
        """Numbers that stand for somebody: bytes of splitmix64, seeded with its embedding slot."""
        state = self.of("Embedding.slot", self.rows[slot]) & MASK
        found: list[float] = []
        while len(found) < width:
            state = (state + 0x9E3779B97F4A7C15) & MASK
            z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
            z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
            found += [byte / 255 for byte in (z ^ (z >> 31)).to_bytes(8, "little")]
        return found[:width]


def padded(ties: list[dict[str, Any]], count: int) -> list[dict[str, Any] | None]:
    """The first ``count``; None where there are fewer."""
    return [*ties[:count], *[None] * (count - len(ties))]


def share(value: float, half: float) -> float:
    """A count or amount as a number below 1."""
    return value / (value + half) if value > 0 else 0.0
