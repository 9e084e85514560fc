"""Slow twin of conversations (SPEC §7): who is free, who talks with whom, how it ends.

People are dicts of one town; what they think of each other is asked of a :class:`Circle`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.oracle.ties import Circle

TALKS, HOUR, MEMORY = 5, 60, 4
Draw = Callable[[int, str, int], int]  # (slot, purpose, index) -> 32 bits


@dataclass
class Citizen:
    """One agent, as far as talking goes; ``spot`` is (district, x, y)."""

    slot: int
    spot: tuple[int, int, int]
    option: str = "idle"
    alive: bool = True
    busy: bool = False
    queues: bool = False
    possessed: bool = False
    under_way: bool = False
    asks: bool = False
    leaves: bool = False
    partner: int | None = None
    until: int = 0
    speaker: bool = False
    only: int | None = None
    quality: int | None = None
    last: dict[int, tuple[int, int]] = field(default_factory=dict)  # slot -> (tick, talks that day)

    def free(self) -> bool:
        return self.alive and not self.busy and not self.queues and self.partner is None

    def remember(self, slot: int, tick: int, count: int) -> None:
        if slot not in self.last and len(self.last) == MEMORY:
            del self.last[min(self.last, key=lambda s: self.last[s][0])]
        self.last[slot] = (tick, count)

    def hang_up(self) -> None:
        self.partner, self.until, self.speaker, self.quality = None, 0, False, None


class Square:
    """A town's citizens and what they think of each other."""

    def __init__(self, circle: Circle, citizens: list[Citizen], draw: Draw) -> None:
        self.circle, self.draw = circle, draw
        self.citizens = {c.slot: c for c in citizens}

    def company(self) -> set[int]:
        """Who has time at the start of a tick."""
        return {
            c.slot
            for c in self.citizens.values()
            if c.free()
            and not c.possessed
            and not c.under_way
            and c.option in ("idle", "socialise", "relax")
        }

    def may_talk(self, a: Citizen, b: Citizen, tick: int) -> bool:
        for one, other in ((a, b), (b, a)):
            recent = [slot for slot, (at, _) in one.last.items() if tick - at < HOUR]
            if len(recent) == MEMORY or other.slot in recent:
                return False
            if one.only not in (None, other.slot):
                return False
            if self.circle.avoids(one.slot, other.slot, tick):
                return False
        return True

    def near(self, a: Citizen, b: Citizen) -> bool:
        (d, x, y), (e, v, w) = a.spot, b.spot
        return d == e and abs(x - v) + abs(y - w) <= 1

    def begin(self, company: dict[int, int], tick: int, midnight: int) -> dict[int, int]:
        """Match who asks; ``company`` maps who had time to the district it stood in then.

        Returns:
            Partner of each speaker.
        """
        for c in self.citizens.values():
            if c.leaves and c.partner is not None:
                self.walk_off(c, tick, midnight)
        asking = [c for c in self.citizens.values() if c.asks and c.free()]
        asking.sort(key=lambda c: (self.draw(c.slot, "order", 0), c.slot))
        made = {}
        for c in asking:
            if c.partner is not None:
                continue
            others = [
                o
                for o in self.citizens.values()
                if o.slot != c.slot
                and o.free()
                and self.near(c, o)
                and (company.get(o.slot) == c.spot[0] or o in asking)
                and self.may_talk(c, o, tick)
            ]
            if not others:
                continue

            def rank(o: Citizen, c: Citizen = c) -> tuple[float, int, int]:
                likes = self.circle.liking(c.slot, o.slot, tick)
                return -likes, self.draw(c.slot, "partner", o.slot & 0xFFFF), o.slot

            best = min(others, key=rank)
            made[c.slot] = best.slot
            c.partner, best.partner, c.speaker, best.speaker = best.slot, c.slot, True, False
            for one in (c, best):
                one.until, one.only = tick + TALKS, None
        return made

    def walk_off(self, c: Citizen, tick: int, midnight: int) -> None:
        assert c.partner is not None
        other = self.citizens[c.partner]
        for one, whom in ((c, other), (other, c)):
            at, count = one.last.get(whom.slot, (0, 0))
            one.remember(whom.slot, tick, 1 + (count if at >= midnight else 0))
            one.hang_up()

    def end(self, tick: int, midnight: int) -> list[tuple[str, int, int, int]]:
        """End what is due; returns (kind, speaker, listener, value)."""
        told = []
        for c in self.citizens.values():
            if c.partner is None or c.until > tick or not c.speaker:
                continue
            other = self.citizens[c.partner]
            before = max(self.talks(c, other, midnight), self.talks(other, c, midnight))
            quality = c.quality
            for one, whom in ((c, other), (other, c)):
                one.remember(whom.slot, tick, before + 1)
                one.hang_up()
            if self.near(c, other):
                told.append(self.outcome(c, other, quality, before, tick))
        return told

    def talks(self, a: Citizen, b: Citizen, midnight: int) -> int:
        at, count = a.last.get(b.slot, (-1, 0))
        tie = self.circle.minds[a.slot].ties.get(b.slot)
        return max(count if at >= midnight else 0, tie.chats if tie else 0)

    def outcome(
        self, c: Citizen, other: Citizen, quality: int | None, before: int, tick: int
    ) -> tuple[str, int, int, int]:
        if quality is not None:
            return "chat_success", c.slot, other.slot, min(quality, 1000)
        mind, whom = self.circle.minds[c.slot], self.circle.minds[other.slot]
        tie = mind.ties.get(other.slot)
        trust = familiarity = rivalry = 0.0
        if tie is not None and self.circle.counts(mind, tie, tick):
            trust, familiarity, rivalry = self.circle.read(mind, tie, tick)
        p = 0.7 * (1 + 0.3 * trust) * (1 + 0.2 * familiarity)
        p *= 1 - 0.25 * abs(mind.extroversion - whom.extroversion)
        luck = self.draw(c.slot, "outcome", other.slot & 0xFFFF) * 2.0**-32
        if luck >= min(max(p, 0.05), 0.95):
            return "chat_failure", c.slot, other.slot, 0
        q = 0.5 + 0.3 * mind.extroversion + 0.2 * trust + 0.1 * familiarity - 0.2 * rivalry
        q = min(max(q * self.preference(c.slot), 0.1), 1.0) * 0.5**before
        return "chat_success", c.slot, other.slot, int(1000 * q + 0.5)

    def preference(self, slot: int) -> float:
        """Factor of the speaker's profile; those of the tolerant are talkative in these worlds."""
        return 1.0 if self.circle.minds[slot].tolerance == 1.0 else 1.25
