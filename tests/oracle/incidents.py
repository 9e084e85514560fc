"""Perturbations as plain Python, written from SPEC §10 and *world §11*: one town, slow and simple.

It knows what befalls a town by name, keeps lists and sets, and draws by the published generator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from townlet.ecs.rng import EVENTS_STREAM, draw_bits, draw_unit, philox
from townlet_components import draws

Event = tuple[str, int, int, int, int]
"""Kind, agent, spec, number, value."""


@dataclass(frozen=True)
class Spec:
    """One entry of ``perturbations.events``; what it is aimed at is spelt out."""

    kind: str
    probability: float = 0.0
    cooldown: int = 0
    duration: tuple[int, int] = (0, 0)
    magnitude: tuple[int, int] = (1000, 1000)
    places: frozenset[int] = frozenset()
    keys: frozenset[str] = frozenset()
    things: frozenset[int] = frozenset()
    spot: tuple[int, int] = (0, -1)
    who: str = "top_rivals"
    named: tuple[int, ...] = ()
    people: int = 2


@dataclass(frozen=True)
class Rules:
    concurrent: int
    global_cooldown: int
    agent_cooldown: int
    window: int
    limit: int


@dataclass
class Tie:
    """As it is in this tick; nothing decays in these tests but by ``fade`` per tick."""

    other: int
    trust: float
    familiarity: float
    rivalry: float


@dataclass
class Person:
    slot: int
    generation: int = 0
    alive: bool = True
    busy: bool = False
    ties: list[Tie] = field(default_factory=list)
    errand: tuple[int, int, int] | None = None
    rested_at: int = 0
    wake: int = 0


@dataclass
class Incident:
    number: int
    spec: int
    starts: int
    ends: int
    magnitude: int
    places: frozenset[int]
    keys: frozenset[str]
    things: frozenset[int]
    spot: tuple[int, int]
    people: list[tuple[int, int]]
    active: bool = False
    cancelled: bool = False


class SlowTown:
    """A town to which things happen.

    Args:
        seed: its seed.
        specs: in the order of the config.
        rules: limits.
        base: price factor of each place without spikes.
        price_keys: kinds of prices.
        things: number of objects.
        people: the agents, by slot.
        weak: ties weaker than this do not count.
    """

    def __init__(
        self, seed: int, specs: list[Spec], rules: Rules, base: list[int], price_keys: list[str],
        things: int, people: list[Person], weak: float = 0.02,
    ) -> None:  # fmt: skip
        self.seed, self.specs, self.rules = np.uint64(seed), specs, rules
        self.base, self.price_keys, self.people, self.weak = base, price_keys, people, weak
        self.known: list[Incident | None] = [None] * 16
        self.count = self.refused = self.power = self.water = 0
        self.quiet_until = 0
        self.cooled = dict.fromkeys(range(len(specs)), 0)
        self.starts: dict[int, list[int]] = {k: [] for k in range(len(specs))}
        self.closures = [0] * things
        self.events: list[Event] = []

    # -- what a config and an operator say ---------------------------------------------------

    def draft(self, spec: int, start: int, **wishes: Any) -> Incident | None:
        """A new incident in the first free place; None when there is none."""
        if None not in self.known:
            self.refused += 1
            return None
        self.count += 1
        what = self.specs[spec]

        def draw(purpose: int) -> float:
            return float(draw_unit(self.seed, EVENTS_STREAM, start, self.count, 0, purpose, 0))

        low, high = what.duration
        length = low + int(draw(draws.INCIDENT_DURATION) * (high - low + 1))
        low, high = what.magnitude
        magnitude = low + int(draw(draws.INCIDENT_MAGNITUDE) * (high - low + 1))
        length = wishes.get("duration", length)
        found = Incident(
            number=self.count,
            spec=spec,
            starts=start,
            ends=start + max(length, 1),
            magnitude=wishes.get("magnitude", magnitude),
            places=wishes.get("places", what.places),
            keys=wishes.get("keys", what.keys),
            things=wishes.get("things", what.things),
            spot=wishes.get("spot", what.spot),
            people=wishes.get("people", [(slot, 0) for slot in what.named]),
        )
        self.known[self.known.index(None)] = found
        return found

    def cancel(self, number: int) -> bool:
        for incident in self.known:
            if incident is not None and incident.number == number and not incident.cancelled:
                incident.cancelled = True
                return True
        return False

    # -- a tick ------------------------------------------------------------------------------

    def tick(self, now: int) -> None:
        self.events = []
        for incident in list(self.known):
            if incident is None:
                continue
            if incident.cancelled or (incident.active and now >= incident.ends):
                self.end(incident, now)
        for incident in list(self.known):
            if incident is not None and not incident.active and incident.starts <= now:
                self.begin(incident, now, ordered=True)
        for number, spec in enumerate(self.specs):
            if len(self.active()) >= self.rules.concurrent or now < self.quiet_until:
                break
            if self.may_start(number, now) and self.luck(number, now) < spec.probability / 1440:
                incident = self.draft(number, now)
                if incident is not None and not self.begin(incident, now, ordered=False):
                    self.count -= 1

    def active(self) -> list[Incident]:
        return [i for i in self.known if i is not None and i.active]

    def may_start(self, spec: int, now: int) -> bool:
        recent = [start for start in self.starts[spec] if start > now - self.rules.window]
        full = self.rules.limit > 0 and len(recent) >= self.rules.limit
        return self.specs[spec].probability > 0 and self.cooled[spec] <= now and not full

    def luck(self, spec: int, now: int) -> float:
        """The word ``spec % 4`` of the draw ``spec // 4`` of this minute."""
        last = EVENTS_STREAM << 30 | draws.INCIDENT << 16 | spec // 4
        zero, low = np.uint64(0), np.uint64(0xFFFFFFFF)
        words = philox(
            np.uint64(now), zero, zero, np.uint64(last), self.seed & low,
            self.seed >> np.uint64(32),
        )  # fmt: skip
        return int(words[spec % 4]) / 2**32

    def say(self, kind: str, incident: Incident, value: int, agent: int = -1) -> None:
        self.events.append((f"perturbation_{kind}", agent, incident.spec, incident.number, value))

    def begin(self, incident: Incident, now: int, *, ordered: bool) -> bool:
        spec = self.specs[incident.spec]
        if spec.kind == "arranged_meet":
            incident.people = self.gather(incident, spec, now, ordered)
            if len(incident.people) < 2:
                if ordered:
                    self.say("cancelled", incident, incident.ends)
                self.forget(incident)
                return False
        incident.active = True
        self.cooled[incident.spec] = max(self.cooled[incident.spec], incident.ends + spec.cooldown)
        self.quiet_until = max(self.quiet_until, now + self.rules.global_cooldown)
        self.starts[incident.spec].append(now)
        self.say("started", incident, incident.ends)
        if spec.kind == "price_spike":
            self.say("price_spike", incident, incident.magnitude)
        elif spec.kind == "blackout":
            self.power += 1
            self.say("blackout", incident, incident.ends)
        elif spec.kind == "outage":
            self.water += 1
            self.say("outage", incident, incident.ends)
        elif spec.kind == "queue_closure":
            for thing in incident.things:
                self.closures[thing] += 1
            self.say("queue_closure", incident, len(incident.things))
        for slot, _ in incident.people if spec.kind == "arranged_meet" else ():
            person = self.people[slot]
            person.errand = (*incident.spot, incident.ends)
            rested = incident.ends + self.rules.agent_cooldown
            person.rested_at = max(person.rested_at, rested)
            if not person.busy:
                person.wake = now
            self.say("arranged_meet", incident, incident.ends, slot)
        return True

    def end(self, incident: Incident, now: int) -> None:
        kind = self.specs[incident.spec].kind
        if incident.cancelled:
            self.say("cancelled", incident, incident.ends)
        if incident.active:
            self.quiet_until = max(self.quiet_until, now + self.rules.global_cooldown)
            self.say("ended", incident, incident.ends)
            self.power -= kind == "blackout"
            self.water -= kind == "outage"
            for thing in incident.things if kind == "queue_closure" else ():
                self.closures[thing] -= 1
            for slot, generation in incident.people if kind == "arranged_meet" else ():
                person = self.people[slot]
                if person.generation == generation and person.errand == (
                    *incident.spot, incident.ends,
                ):  # fmt: skip
                    person.errand = None
                    if not person.busy:
                        person.wake = now
        self.forget(incident)

    def forget(self, incident: Incident) -> None:
        self.known[self.known.index(incident)] = None

    # -- meetings ----------------------------------------------------------------------------

    def gather(
        self, incident: Incident, spec: Spec, now: int, ordered: bool
    ) -> list[tuple[int, int]]:
        chosen = [
            slot
            for slot, generation in incident.people
            if self.people[slot].alive and self.people[slot].generation == generation
        ]
        named = len(chosen)
        if named < 2 and not (spec.who == "named" and named == 0):
            while len(chosen) < spec.people:
                pair = self.best_pair(chosen, spec.who, now, ordered)
                if pair is None:
                    break
                chosen += [slot for slot in pair if slot not in chosen]
        return [(slot, self.people[slot].generation) for slot in chosen]

    def best_pair(
        self, chosen: list[int], who: str, now: int, ordered: bool
    ) -> tuple[int, int] | None:
        def free(slot: int) -> bool:
            person = self.people[slot]
            away = person.errand is not None and person.errand[2] > now
            return person.alive and not away and (ordered or person.rested_at <= now)

        ranked = []
        for person in self.people:
            for tie in person.ties:
                pair = (person.slot, tie.other)
                new = [slot for slot in pair if slot not in chosen]
                if not person.alive or not new or (len(new) == 2 and chosen):
                    continue
                if not all(free(slot) for slot in new):
                    continue
                score = self.score(tie, who)
                if score > 0:
                    luck = int(
                        draw_bits(
                            self.seed, EVENTS_STREAM, now, person.slot, person.generation,
                            draws.MEETING, tie.other & 0xFFFF,
                        )
                    )  # fmt: skip
                    ranked.append((-score, luck, *pair))
        return min(ranked)[2:] if ranked else None

    def score(self, tie: Tie, who: str) -> np.float32:
        trust, familiarity, rivalry = map(np.float32, (tie.trust, tie.familiarity, tie.rivalry))
        strongest = max(abs(trust), abs(familiarity), rivalry)
        if strongest < np.float32(self.weak):
            return np.float32(0)
        if who == "named":
            return strongest
        return rivalry if who == "top_rivals" else trust + familiarity

    # -- what follows ------------------------------------------------------------------------

    def factors(self) -> list[int]:
        """Price factor of each place: its own, times each spike that hits it, half up."""
        return [
            self._stacked(base, [i for i in self._spikes() if place in i.places])
            for place, base in enumerate(self.base)
        ]

    def spikes(self) -> dict[str, int]:
        """Factor of each kind of price."""
        return {
            key: self._stacked(1000, [i for i in self._spikes() if key in i.keys])
            for key in self.price_keys
        }

    def _spikes(self) -> list[Incident]:
        return [i for i in self.active() if self.specs[i.spec].kind == "price_spike"]

    def _stacked(self, factor: int, incidents: list[Incident]) -> int:
        for incident in incidents:
            product = factor * incident.magnitude
            factor = min(product // 1000 + (product % 1000 >= 500), 1_000_000)
        return factor

    def state(self) -> Mapping[str, object]:
        """Everything that a look at the real town is compared with."""
        return {
            "incidents": [None if i is None else _shown(i, self.specs[i.spec]) for i in self.known],
            "number": self.count,
            "refused": self.refused,
            "power": self.power,
            "water": self.water,
            "closures": self.closures,
            "factors": self.factors(),
            "spikes": self.spikes(),
            "quiet_until": self.quiet_until,
            "cooled": list(self.cooled.values()),
            "errands": [person.errand for person in self.people],
            "rested_at": [person.rested_at for person in self.people],
            "wake": [person.wake for person in self.people],
            "events": sorted(self.events),
        }


def _shown(incident: Incident, spec: Spec) -> tuple[object, ...]:
    magnitude = incident.magnitude if spec.kind == "price_spike" else 1000
    return (
        incident.number, incident.spec, incident.active, incident.starts, incident.ends, magnitude,
        incident.cancelled, incident.people,
    )  # fmt: skip
