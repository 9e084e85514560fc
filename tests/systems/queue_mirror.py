"""A running town and the twin of its queues, side by side."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from tests.oracle.movement import world_bits
from tests.oracle.queues import Event, Fairness, Person, Queues, Thing

from townlet.simulation import Simulation
from townlet_components import draws
from townlet_components.intent import INTERACT, LEAVE_QUEUE
from townlet_components.personality import PATIENCE


class Mirror:
    """One open town, and the twin that is told what agents do but decides on queues itself."""

    def __init__(self, sim: Simulation) -> None:
        self.sim, q = sim, sim.config.queue_fairness
        rules = Fairness(
            q.cooldown_ticks,
            q.ghost_step_after,
            float(np.float32(q.age_priority_weight)),
            q.patience_ticks,
            q.reservation_timeout,
        )
        things = {k: Thing(k, q.ring_capacity) for k in range(sim.plan.objects)}
        people = {slot: Person(slot) for slot in range(sim.capacity)}
        self.twin = Queues(
            rules, people, things, self.draw(draws.QUEUE_JOIN), self.draw(draws.QUEUE_NEXT),
            self.walk,
        )  # fmt: skip
        self.running: dict[int, int] = {}  # slot -> until

    def draw(self, purpose: int) -> Any:
        def bits(slot: int, thing: int, tick: int) -> int:
            generation = int(self.sim.column("Identity.generation")[slot])
            return world_bits(self.sim.seed, tick, slot, generation, purpose, thing)

        return bits

    def walk(self, slot: int, thing: int) -> int:
        """Open ground: nothing is in the way, and next to a thing is near enough."""
        width = self.sim.plan.width
        tile = int(self.sim.column("Position.tile")[slot])
        spot = int(self.sim.plan.object_tile[thing])
        return max(0, abs(tile % width - spot % width) + abs(tile // width - spot // width) - 1)

    def ready(self, slot: int, thing: int) -> bool:
        asks = self.sim.column("Intent.primitive")[slot] >= INTERACT
        wish = self.sim.column("Intent.object")[slot]
        return bool(asks and wish == thing and self.walk(slot, thing) == 0)

    def tick(self, orders: Any, level: str, killed: list[int]) -> list[Event]:
        before = self.sim.column("Identity.generation").copy()
        for slot in killed:
            self.sim.kill(slot)
        self.sim.step(orders, level)
        now, twin = self.sim.tick, self.twin
        twin.events.clear()
        for slot in np.flatnonzero(self.sim.column("Identity.generation") != before).tolist():
            patience = float(self.sim.column("Personality.trait")[slot, PATIENCE])
            twin.people[slot] = Person(slot, patience)
        self.change(now)
        for slot, until in sorted(self.running.items()):
            if until <= now:
                twin.finish(slot, now)
                del self.running[slot]
        twin.serve(self.ready, now)
        twin.complain(now)
        self.begin(now)
        for slot in killed:
            self.running.pop(slot, None)
        if killed:
            twin.depart(killed, now)
        return sorted(twin.events)

    def change(self, now: int) -> None:
        asking = []
        for slot, act in enumerate(self.sim.column("Intent.primitive").tolist()):
            if act == LEAVE_QUEUE and not self.running.get(slot, now + 1) <= now:
                self.running.pop(slot, None)
                self.twin.leave(slot)
            thing = int(self.sim.column("Intent.object")[slot])
            if act >= INTERACT and slot not in self.running and self.ready(slot, thing):
                asking.append((slot, thing))
        self.twin.join(asking, now)

    def begin(self, now: int) -> None:
        """Starts and refusals are not queues' business: the town's events tell."""
        told: dict[str, set[int]] = defaultdict(set)
        for _, _, kind, agent, _, thing, _ in self.sim.events().rows():
            if thing >= 0:
                told[kind].add(agent)
        for number, thing in self.twin.things.items():
            if thing.holder is None or thing.using or not self.ready(thing.holder, number):
                continue
            slot = thing.holder
            if slot in told["affordance_start"]:
                self.twin.start(slot)
                act = int(self.sim.column("Intent.primitive")[slot]) - INTERACT
                self.running[slot] = now + int(self.sim.column("Affordances.duration")[act])
            else:
                assert slot in told["affordance_fail"], "who is ready starts or is told why not"
                self.twin.refuse(slot)

    def compare(self) -> None:
        col = self.sim.column
        for thing in self.twin.things.values():
            g, start = thing.number, int(col("ObjectPlan.ring_start")[thing.number])
            line = col("QueueRing.slot")[start : start + col("Objects.waiting")[g]].tolist()
            fast = (line, int(col("Objects.holder")[g]), bool(col("Objects.using")[g]))
            assert fast == (thing.line, -1 if thing.holder is None else thing.holder, thing.using)
            assert (col("Objects.idle")[g], col("Objects.free_until")[g]) == (
                thing.idle,
                thing.free_until,
            )
        for slot, p in self.twin.people.items():
            own = [col(f"QueuePlace.{n}")[slot] for n in ("object", "joined", "holding")]
            assert own == [-1 if p.thing is None else p.thing, p.joined, p.holding]
            cool = (col("QueuePlace.cool_object")[slot], col("QueuePlace.cool_until")[slot])
            assert cool == (-1 if p.cool_thing is None else p.cool_thing, p.cool_until)
            assert col("QueuePlace.complained")[slot] == p.complained
