"""A slow, obvious vector environment: the three autoreset modes word by word (SPEC §15).

It runs a simulation system by system and observes everybody in every pass; what belongs to an
agent is asked for agent by agent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode

from townlet.ecs import Phase
from townlet.simulation import Simulation
from townlet.vacancies import free_rows
from townlet_components.lifecycle import KILLED


@dataclass
class Answer:
    """What one agent is told."""

    obs: tuple[bytes, bytes]
    mask: list[bool]
    reward: float = 0.0
    terminated: bool = False
    truncated: bool = False
    final: tuple[bytes, bytes] | None = None


@dataclass
class SlowEnv:
    """The environment.

    Attributes:
        sim: a simulation with a slot per agent and no delay of replacements.
        mode: the mode.
        level: of actions.
        max_cycles: of an agent's episode.
    """

    sim: Simulation
    mode: AutoresetMode
    level: str
    max_cycles: int
    resting: set[int] = field(default_factory=set)
    gone: dict[int, float] = field(default_factory=dict)
    kept: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    shown: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    early: int = 0

    def __post_init__(self) -> None:
        self.slots = range(self.sim.towns * self.sim.capacity)

    # -- the faces of a learner --------------------------------------------------------------

    def reset(self) -> list[Answer]:
        """Everybody arrives and waits."""
        self.play(dict.fromkeys(self.slots, None))
        return [self.tell(k) for k in self.slots]

    def step(self, actions: list[int]) -> list[Answer]:
        """One tick."""
        given: dict[int, int | None] = dict(enumerate(actions))
        for k in self.resting:
            given[k] = None
        empty = [k for k in self.slots if not self.alive(k)]
        was_resting = set(self.resting)
        self.play(given)
        answers = []
        for k in self.slots:
            answer = self.tell(k)
            if k in self.gone:
                answer.reward, answer.terminated = self.gone[k], True
            elif self.alive(k):
                answer.reward = float(self.sim.rewards().total[k])
            if k in was_resting:
                answer.reward = 0.0
                answer.terminated = False
            elif self.alive(k) and k not in self.gone:
                answer.truncated = self.episode(k) >= self.max_cycles
            if self.mode is AutoresetMode.DISABLED and k in empty:
                answer.reward, answer.terminated = 0.0, True
            answer.final = self.kept.get(k)
            if answer.truncated:
                self.sim.column("Episode.tick")[k] = 0
                if self.mode is AutoresetMode.SAME_STEP:
                    answer.final = answer.obs
            answers.append(answer)
        self.resting = set()
        if self.mode is AutoresetMode.NEXT_STEP:
            self.resting = {k for k, a in enumerate(answers) if a.terminated or a.truncated}
        return answers

    def renew(self, wanted: set[int]) -> list[Answer]:
        """Newcomers take these slots now; who lives there leaves without a word."""
        leaving = [k for k in sorted(wanted) if self.alive(k)]
        capacity = self.sim.capacity
        for k in leaving:
            town = k // capacity
            count = self.sim.column("Leavers.count")
            if k == leaving[0]:
                count[:] = 0
            self.sim.column("Leavers.slot")[town * capacity + count[town]] = k % capacity
            count[town] += 1
            self.sim.column("Departures.reason")[k] = KILLED
        if leaving:
            self.run("let_departed_go", "end_ties")
            free_rows(self.sim.store)
        self.let_in(wanted)
        self.observe(only=wanted)
        return [self.tell(k) for k in self.slots]

    # -- one agent -----------------------------------------------------------------------------

    def alive(self, k: int) -> bool:
        return bool(self.sim.column("Identity.alive")[k])

    def episode(self, k: int) -> int:
        return int(self.sim.column("Episode.tick")[k])

    def look(self, k: int) -> tuple[bytes, bytes]:
        seen = self.sim.observation()
        return seen.map[k].tobytes(), seen.features[k].tobytes()

    def tell(self, k: int) -> Answer:
        masks = self.sim.masks()
        seen = self.shown.get(k, self.look(k))
        return Answer(seen, getattr(masks, self.level)[k].tolist())

    # -- the town --------------------------------------------------------------------------------

    def play(self, given: dict[int, int | None]) -> None:
        """Run a tick; None: the agent waits."""
        for k, action in given.items():
            level = "primitive" if action is None else self.level
            self.sim.column(f"Orders.{level}")[k] = 0 if action is None else action
        self.gone, self.kept, self.shown = {}, {}, {}
        self.sim._before()
        for spec in self.sim.schedule.systems:
            if spec.phase is Phase.OBSERVE and spec.name == "gather_sights":
                self.between_score_and_observe()
            if spec.name == "obey_orders" or spec.name not in self.asleep:
                self.run(spec.name)
        self.sim._after()
        self.sim.desk.take_back()
        late = {k for k in self.gone if k in self.resting}
        if late and self.mode is AutoresetMode.NEXT_STEP:
            self.early += len(late)
            self.let_in(late)
            self.observe(only=late)

    asleep = ("follow_scripts", "blame_holders")

    def between_score_and_observe(self) -> None:
        """Note who leaves; in SAME_STEP its last observation, then its successor comes."""
        reason = self.sim.column("Departures.reason")
        for k in self.slots:
            if reason[k] and not self.alive(k):
                self.gone[k] = float(self.sim.rewards().total[k])
        if self.mode is AutoresetMode.DISABLED:
            for k in self.gone:
                self.sim.column("Replacements.at")[k] = -1
        if self.mode is AutoresetMode.SAME_STEP and self.gone:
            self.observe()
            self.kept = {k: self.look(k) for k in self.gone}
            free_rows(self.sim.store)
            self.let_in(set(self.gone))

    def let_in(self, slots: set[int]) -> None:
        """ARRIVE for these slots alone; who else is on the way comes in the next tick."""
        at, tick = self.sim.column("Replacements.at"), self.sim.tick
        for k in self.slots:
            if k in slots:
                at[k] = tick
            elif 0 <= at[k] <= tick:
                at[k] = tick + 1
        self.sim.column("Replacements.next")[:] = tick
        self.run(*(s.name for s in self.sim.schedule.systems if s.phase is Phase.ARRIVE))

    def observe(self, only: set[int] | None = None) -> None:
        """OBSERVE for everybody; ``only``: the others are shown what they have seen before."""
        before = {k: self.look(k) for k in self.slots if only is not None and k not in only}
        self.run(*(s.name for s in self.sim.schedule.systems if s.phase is Phase.OBSERVE))
        self.shown = before

    def run(self, *names: str) -> None:
        for name in names:
            self.sim._runtime.wake(name)
            self.sim._runtime._step(self.sim._runtime.launches[name])()


def parts_of(obs: dict[str, Any], k: int) -> tuple[bytes, bytes]:
    """One agent's part of a batch, as the slow one tells it."""
    return np.ascontiguousarray(obs["map"][k]).tobytes(), obs["features"][k].tobytes()
