"""What a town's people have to do with each other, read from a simulation for the twins (SPEC §7).

Who is in whose company, sent where, employed where. The rules of talking are those of
:mod:`tests.oracle.conversations`; here they get a real town to look at.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
from tests.oracle import ties
from tests.oracle.conversations import Citizen, Square
from tests.oracle.movement import world_bits

from townlet_components.draws import CHAT_PARTNER
from townlet_components.intent import OPTIONS
from townlet_components.personality import TRAITS

if TYPE_CHECKING:
    from tests.oracle.town import Agent

    from townlet.simulation import Simulation

#: From so many tiles on one sees whom one walks to; liking somebody by 1 is worth so much way.
CLOSE, TILES_PER_LIKING = 5, 120.0
#: Keys of a config where people meet, and rain slows them: both are off by default.
LIVELY: dict[str, Any] = {
    "features.stages.relationships": "B",
    "weather.enabled": True,
    "weather.probabilities": {"sunny": 0.0, "rain": 1.0, "cold": 0.0},
}


class Society:
    """One town at one moment; by slot. Everything is copied."""

    def __init__(self, sim: Simulation, town: int) -> None:
        at = sim.column("Rows.row_of")[town * sim.capacity : (town + 1) * sim.capacity]

        def read(name: str) -> list[Any]:
            found: list[Any] = sim.column(name)[at].tolist()
            return found

        self.plan, self.seed, self.town = sim.plan, sim.seed + town, town
        self.on = bool(sim.column("TieRules.on")[town])
        self.generation = read("Identity.generation")
        self.partner = [None if slot < 0 else slot for slot in read("Talk.partner")]
        self.person = [None if slot < 0 else slot for slot in read("Intent.person")]
        self.acts, self.script = read("Script.acts"), read("Script.at")
        self.spots = list(zip(read("Position.district"), read("Position.tile"), strict=True))
        jobs = sim.blueprint.jobs
        self.jobs = [
            (int(sim.plan.place_district[jobs.place[p]]), int(jobs.target[p]), bool(jobs.spot[p]))
            if p >= 0
            else None
            for p in read("Employment.position")
        ]
        errands = zip(
            read("Errand.district"), read("Errand.target"), read("Errand.until"), strict=True
        )
        self._errands = list(errands)
        self._square: tuple[int, Square] | None = None
        self.circle = ties.Circle(_rules(sim, town), _minds(sim, town, at), lambda *_: 0.0)
        slow = sim.column("WeatherRules.slow")[town]
        self.slow = bool(slow[sim.column("Weather.kind")[town]])
        self._state = [
            {
                "option": OPTIONS[option] if option < len(OPTIONS) else "further",
                "alive": alive,
                "busy": busy >= 0,
                "queues": queue >= 0,
                "possessed": possessed,
                "partner": partner,
                "only": None if only < 0 else only,
                "last": {s: (t, 0) for s, t in zip(others, ends, strict=True) if s >= 0},
            }
            for option, alive, busy, queue, possessed, partner, only, others, ends in zip(
                read("Intent.option"),
                read("Identity.alive"),
                read("Activity.affordance"),
                read("QueuePlace.object"),
                read("Orders.possessed"),
                self.partner,
                read("Talk.only"),
                read("Talk.recent"),
                read("Talk.recent_at"),
                strict=True,
            )
        ]

    def tiles(self, district: int, target: int) -> frozenset[int]:
        """Tiles a routing target consists of."""
        route = self.plan.route[self.plan.district_layout[district], target]
        return frozenset(int(tile) for tile in np.flatnonzero(route >> 3 == 0))

    def errand(self, slot: int, tick: int) -> tuple[int, frozenset[int]] | None:
        """District and tiles an agent is sent to; it stays there while the errand lasts."""
        district, target, until = self._errands[slot]
        return (district, self.tiles(district, target)) if target >= 0 and tick < until else None

    def place_at(self, district: int, tile: int) -> int | None:
        """Place of the town a tile belongs to; None in the street."""
        local = int(self.plan.place_of_tile[self.plan.district_layout[district], tile])
        return None if local < 0 else int(self.plan.place_first[district]) + local

    def square(self, tick: int) -> Square:
        """The town as conversations see it."""
        if self._square is None or self._square[0] != tick:

            def draw(slot: int, purpose: str, index: int) -> int:
                assert purpose == "partner"
                return world_bits(self.seed, tick, slot, self.generation[slot], CHAT_PARTNER, index)

            citizens = []
            for slot, (state, (district, tile)) in enumerate(
                zip(self._state, self.spots, strict=True)
            ):
                sent = self.errand(slot, tick)
                there = sent is None or (district == sent[0] and tile in sent[1])
                spot = (district, tile % self.plan.width, tile // self.plan.width)
                citizens.append(Citizen(slot, spot, under_way=not there, **state))
            self._square = (tick, Square(self.circle, citizens, draw))
        return self._square[1]

    def _others(self, slot: int, tick: int) -> list[int]:
        """Who in the district has time for the agent."""
        square = self.square(tick)
        me = square.citizens[slot]
        return [
            other
            for other in (square.company() if self.on else ())
            if other != slot
            and square.citizens[other].spot[0] == me.spot[0]
            and square.may_talk(me, square.citizens[other], tick)
        ]

    def talk_partner(self, slot: int, tick: int) -> int | None:
        """Whom the agent would talk with: who is next to it and liked best, else by lot."""
        square = self.square(tick)
        me = square.citizens[slot]
        if not me.free():
            return None
        near = [o for o in self._others(slot, tick) if square.near(me, square.citizens[o])]
        return min(
            near,
            key=lambda o: (
                -self.circle.liking(slot, o, tick),
                square.draw(slot, "partner", o & 0xFFFF),
                o,
            ),
            default=None,
        )

    def find_person(self, agent: Agent, tick: int) -> int | None:
        """Whose company to seek: near and liked; who is farther off has to be in a place."""
        width, slot = self.plan.width, agent.slot

        def way(other: int) -> int:
            tile: int = self.spots[other][1]
            return abs(tile % width - agent.tile % width) + abs(tile // width - agent.tile // width)

        def score(other: int) -> float:
            return TILES_PER_LIKING * self.circle.liking(slot, other, tick) - way(other)

        found = [
            other
            for other in self._others(slot, tick)
            if way(other) <= CLOSE or self.place_at(*self.spots[other]) is not None
        ]
        return min(found, key=lambda other: (-score(other), other), default=None)


def entangle(sim: Simulation, luck: random.Random) -> None:
    """Ties of any kind between any living, of a town of one batch row, and errands for some."""
    living = np.flatnonzero(sim.column("Identity.alive")).tolist()
    slots = sim.column("Rows.slot")
    room = sim.column("Ties.other").shape[1]
    for row in living:
        sim.column("Ties.other")[row] = -1
        others = luck.sample(living, min(room, len(living)))
        for k, other in enumerate(o for o in others if o != row and luck.random() < 0.6):
            rivalry = luck.choice([0.0, 0.0, luck.random(), 0.9])
            sim.column("Ties.other")[row, k] = slots[other]
            sim.column("Ties.trust")[row, k] = luck.choice([0.0, 0.01, luck.uniform(-1, 1)])
            sim.column("Ties.familiarity")[row, k] = luck.choice([0.0, luck.uniform(-1, 1)])
            sim.column("Ties.rivalry")[row, k] = rivalry
            sim.column("Ties.avoid")[row, k] = rivalry > 0.65 and luck.random() < 0.5
            sim.column("Ties.at")[row, k] = max(sim.tick - luck.choice([0, 1, 30, 400]), 0)
        if luck.random() < 0.15:
            thing = luck.randrange(sim.plan.objects)
            sim.column("Errand.district")[row] = sim.plan.object_district[thing]
            sim.column("Errand.target")[row] = sim.plan.object_target[thing]
            sim.column("Errand.until")[row] = sim.tick + luck.choice([1, 5, 30])


def _rules(sim: Simulation, town: int) -> ties.Rules:
    def rule(name: str) -> Any:
        return sim.column(f"TieRules.{name}")[town].item()

    return ties.Rules(
        rivalry_decay=rule("rivalry_decay"),
        tie_decay=rule("tie_decay"),
        avoid_at=rule("avoid_at"),
        weak=rule("weak"),
        modifiers=rule("modifiers"),
    )


def _minds(sim: Simulation, town: int, at: Any) -> list[ties.Mind]:
    names = ("trust", "familiarity", "rivalry", "at", "avoid")
    minds = []
    for slot, row in enumerate(at):
        traits = dict(zip(TRAITS, sim.column("Personality.trait")[row].tolist(), strict=True))
        profile = sim.column("Personality.profile")[row]
        mind = ties.Mind(
            slot,
            traits["extroversion"],
            traits["forgiveness"],
            traits["ambition"],
            float(sim.column("TieRules.tolerance")[town, profile]),
        )
        for k, other in enumerate(sim.column("Ties.other")[row].tolist()):
            if other >= 0:
                values = {name: sim.column(f"Ties.{name}")[row, k].item() for name in names}
                mind.ties[other] = ties.Tie(**values)
        minds.append(mind)
    return minds
