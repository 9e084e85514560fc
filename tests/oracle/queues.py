"""Slow twin of queues (SPEC §6): lines of people in front of things, one town at a time.

Nothing here knows arrays or rows. Draws, distances and who stands where are handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

MOST_IDLE = 100
FAR = 1 << 24
Event = tuple[str, int, int, int, int]  # kind, agent, other, thing, value
Draw = Callable[[int, int, int], int]  # (slot, thing, tick) -> 32 bits
Walk = Callable[[int, int], int]  # (slot, thing) -> tiles to walk


@dataclass
class Person:
    """One agent's side."""

    slot: int
    patience: float = 0.0
    thing: int | None = None
    joined: int = 0
    holding: bool = False
    complained: bool = False
    cool_thing: int | None = None
    cool_until: int = 0

    def forget(self) -> None:
        self.thing, self.joined, self.holding, self.complained = None, 0, False, False


@dataclass
class Thing:
    """One object's side; ``line`` is who waits, in order of joining."""

    number: int
    room: int
    line: list[int] = field(default_factory=list)
    holder: int | None = None
    using: bool = False
    idle: int = 0
    free_until: int = 0
    closed: bool = False

    def release(self) -> None:
        self.holder, self.using, self.idle, self.free_until = None, False, 0, 0


@dataclass(frozen=True)
class Fairness:
    """The town's rules; ``age_weight`` as the float32 the town stores."""

    cooldown: int
    ghost_after: int
    age_weight: float
    patience: int
    timeout: int


@dataclass
class Queues:
    """All queues of a town."""

    rules: Fairness
    people: dict[int, Person]
    things: dict[int, Thing]
    join_draw: Draw
    next_draw: Draw
    walk: Walk
    events: list[Event] = field(default_factory=list)
    waits: list[tuple[int, int]] = field(default_factory=list)  # (thing, ticks) of each grant

    # -- what agents do ------------------------------------------------------------------------

    def leave(self, slot: int) -> None:
        person = self.people[slot]
        if person.thing is None:
            return
        thing = self.things[person.thing]
        if thing.holder == slot:
            thing.release()
        else:
            thing.line.remove(slot)
        person.forget()

    def join(self, wishes: Iterable[tuple[int, int]], tick: int) -> None:
        """Everybody who asks for a thing in this tick: (slot, thing), in no order."""
        arriving: dict[int, list[int]] = {}
        for slot, number in wishes:
            if self.people[slot].thing is None and not self.things[number].closed:
                arriving.setdefault(number, []).append(slot)
        for number, slots in arriving.items():
            thing = self.things[number]
            slots.sort(
                key=lambda slot: (
                    self.people[slot].patience,
                    self.join_draw(slot, number, tick),
                    slot,
                )
            )
            free = thing.room - len(thing.line)
            for slot in slots[:free]:
                thing.line.append(slot)
                person = self.people[slot]
                person.forget()
                person.thing, person.joined = number, tick
            for slot in slots[free:]:
                self.events.append(("queue_full", slot, -1, number, thing.room))

    # -- what things do ------------------------------------------------------------------------

    def next_in_line(self, number: int, tick: int) -> int | None:
        """Who just used the thing comes last; then place, age, patience, draw."""

        def rank(slot: int) -> tuple[bool, float, float, int, int]:
            person = self.people[slot]
            cooling = person.cool_thing == number and tick < person.cool_until
            score = line.index(slot) - self.rules.age_weight * (tick - person.joined)
            return cooling, score, person.patience, self.next_draw(slot, number, tick), slot

        line = self.things[number].line
        return min(line, key=rank, default=None)

    def assign(self, number: int, slot: int, tick: int) -> None:
        thing, person = self.things[number], self.people[slot]
        thing.line.remove(slot)
        thing.holder, thing.using, thing.idle = slot, False, 0
        thing.free_until = tick + min(self.walk(slot, number), FAR) + 1
        person.holding = True

    def finish(self, slot: int, tick: int) -> None:
        """A use ends: the thing is free, its user cools down, the next one is told."""
        person = self.people[slot]
        assert person.thing is not None
        number = person.thing
        self.things[number].release()
        person.forget()
        person.cool_thing, person.cool_until = number, tick + self.rules.cooldown
        heir = self.next_in_line(number, tick)
        if heir is not None:
            length = len(self.things[number].line)
            self.events.append(("queue_interaction", slot, heir, number, length))

    def serve(self, ready: Callable[[int, int], bool], tick: int) -> None:
        """Rotate, lapse, assign; ``ready(slot, thing)``: it asks for the thing and is beside it."""
        for number, thing in self.things.items():
            if thing.using:
                continue
            if thing.holder is None:
                heir = None if thing.closed else self.next_in_line(number, tick)
                if heir is not None:
                    self.grant(number, heir, tick)
                continue
            if ready(thing.holder, number) or tick <= thing.free_until:
                continue
            thing.idle = min(thing.idle + 1, MOST_IDLE)
            if thing.line:
                if 0 < self.rules.ghost_after <= thing.idle:
                    self.rotate(number, tick)
            elif thing.idle >= self.rules.timeout:
                self.people[thing.holder].forget()
                thing.release()

    def grant(self, number: int, heir: int, tick: int) -> None:
        self.waits.append((number, tick - self.people[heir].joined))
        self.assign(number, heir, tick)

    def rotate(self, number: int, tick: int) -> None:
        """The holder dawdles: the next in line holds, the holder goes to the tail."""
        thing = self.things[number]
        slot, length, heir = thing.holder, len(thing.line), self.next_in_line(number, tick)
        assert slot is not None
        assert heir is not None
        thing.release()
        self.grant(number, heir, tick)
        thing.line.append(slot)
        self.people[slot].forget()
        self.people[slot].thing, self.people[slot].joined = number, tick
        self.events.append(("queue_conflict", slot, heir, number, length))

    def complain(self, tick: int) -> None:
        """Who has waited past its patience blames the holder, once per wait."""
        for number, thing in self.things.items():
            if thing.holder is None:
                continue
            for slot in thing.line:
                person = self.people[slot]
                waited = tick - person.joined
                limit = self.rules.patience * (1.0 + 0.5 * person.patience)
                if waited > limit and not person.complained:
                    person.complained = True
                    self.events.append(("blocked", thing.holder, slot, number, waited))

    def start(self, slot: int) -> None:
        number = self.people[slot].thing
        assert number is not None
        self.things[number].using, self.things[number].idle = True, 0

    def refuse(self, slot: int) -> None:
        """A start fails: the holder lets go."""
        self.leave(slot)

    def depart(self, slots: Iterable[int], tick: int) -> None:
        """Whoever leaves town lets go, then every free thing goes to the next in line."""
        for slot in slots:
            self.leave(slot)
            self.people[slot] = Person(slot)
        for number, thing in self.things.items():
            if thing.holder is None and not thing.closed:
                heir = self.next_in_line(number, tick)
                if heir is not None:
                    self.assign(number, heir, tick)
