# mypy: ignore-errors
"""The small rules in Mesa: ``python -m bench.peers.mesa_rules WORLDS TICKS`` prints JSON.

Run by ``python -m bench.peers`` with the interpreter of the peers' environment. A world is a model
of its own, with Mesa's grid, agents that live in its cells, and ``AgentSet.do``; each begins where
:func:`bench.peers.rules.lived_in` ends, so that both must end alike. See :mod:`bench.peers.rules`.
"""

import json
import sys
from collections import deque

import mesa
from mesa.discrete_space import CellAgent, FixedAgent, OrthogonalVonNeumannGrid

from bench.peers import rules


class Place(FixedAgent):
    """Where a need is filled."""

    def __init__(self, model, cell, need):
        super().__init__(model)
        self.cell, self.need = cell, need
        self.user, self.left, self.line = None, 0, deque()

    def serve(self):
        """A tick: somebody is done, or somebody begins."""
        if self.user is not None:
            self.left -= 1
            if self.left > 0:
                return
            level = self.user.level
            level[self.need] = min(1.0, level[self.need] + rules.GAIN)
            self.user.aim, self.user.there, self.user = None, False, None
        if self.line:
            self.user = self.line.popleft()
            self.left = rules.DURATION


class Person(CellAgent):
    """Somebody with needs."""

    def __init__(self, model, cell, level):
        super().__init__(model)
        self.cell, self.level = cell, level
        self.aim, self.there = None, False

    def act(self):
        """A tick: choose, walk or join the line."""
        if self.there:
            return
        if self.aim is None:
            need = 0 if self.level[0] <= self.level[1] else 1
            if self.level[need] >= rules.THRESHOLD:
                return
            self.aim = self.model.places[need]
        x, y = self.cell.coordinate
        there_x, there_y = self.aim.cell.coordinate
        right, down = there_x - x, there_y - y
        if abs(right) + abs(down) <= 1:
            self.there = True
            self.aim.line.append(self)
        elif right:
            self.move_relative((1 if right > 0 else -1, 0))
        else:
            self.move_relative((0, 1 if down > 0 else -1))

    def drain(self):
        """A tick: needs grow."""
        for need in range(len(self.level)):
            self.level[need] = max(0.0, self.level[need] - rules.DRAIN)


class World(mesa.Model):
    """A world of the plain loop, taken over as it is."""

    def __init__(self, other):
        super().__init__(rng=0)
        side = (rules.SIDE, rules.SIDE)
        self.grid = OrthogonalVonNeumannGrid(side, torus=False, random=self.random)
        self.places = [Place(self, self.grid[p.x, p.y], p.need) for p in other.places]
        same = {None: None}
        for person in other.people:
            same[person] = Person(self, self.grid[person.x, person.y], list(person.level))
            same[person].there = person.there
            if person.aim is not None:
                same[person].aim = self.places[person.aim.need]
        for place, known in zip(self.places, other.places, strict=True):
            place.user, place.left = same[known.user], known.left
            place.line.extend(same[person] for person in known.line)
        self.people = self.agents.select(agent_type=Person)
        self.sites = self.agents.select(agent_type=Place)

    def step(self):
        """Run a tick."""
        self.people.do("act")
        self.sites.do("serve")
        self.people.do("drain")


def main(worlds, ticks):
    """Print agent-ticks per second and the digest of a run."""
    batch = [World(other) for other in rules.lived_in(worlds)]

    def step():
        for world in batch:
            world.step()

    spent = rules.timed(step, ticks)
    seen = [[(*p.cell.coordinate, p.level) for p in world.people] for world in batch]
    rate = worlds * rules.PEOPLE * ticks / spent
    print(json.dumps({"agent_ticks_per_s": rate, "digest": rules.digest(seen)}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
