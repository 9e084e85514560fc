"""Slow twin of ties (SPEC §7): who thinks what of whom, one town at a time, in dicts.

Nothing here knows arrays, rows or places of a table. Stored values are float32, sums are float64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

EVENT_KINDS = (
    "queue_conflict",
    "blocked",
    "queue_interaction",
    "chat_success",
    "chat_failure",
    "shared_meal",
    "employment_helped_when_late",
    "employment_took_my_shift",
)
Event = tuple[str, int, int, int, int]  # kind, agent, other, thing, value
Luck = Callable[[int, int, str, int], float]  # (slot, other, kind, tick) -> [0, 1)


def short(value: float) -> float:
    """The value as float32 holds it."""
    return float(np.float32(value))


@dataclass
class Tie:
    """What one thinks of another, as of ``at``."""

    trust: float = 0.0
    familiarity: float = 0.0
    rivalry: float = 0.0
    at: int = 0
    avoid: bool = False
    conflicts: int = 0
    escalated: int = 0
    passed: bool = False
    chats: int = 0
    helped: int = -1000
    took: int = -1000


@dataclass
class Mind:
    """Somebody with ties."""

    slot: int
    extroversion: float = 0.0
    forgiveness: float = 0.0
    ambition: float = 0.0
    tolerance: float = 1.0
    ties: dict[int, Tie] = field(default_factory=dict)


@dataclass(frozen=True)
class Rules:
    """Numbers of a town; all as float32 holds them."""

    room: int = 6
    increment: float = short(0.15)
    rivalry_decay: float = short(0.0005)
    tie_decay: float = short(0.00002)
    low: float = 0.0
    high: float = 1.0
    avoid_at: float = short(0.7)
    weak: float = short(0.02)
    ghost_boost: float = 1.5
    length_boost: float = 0.25
    modifiers: bool = True


def toward_zero(value: float, loss: float) -> float:
    """Nearer to 0 by ``loss``, at most to 0."""
    if value > 0:
        return max(0.0, value - loss)
    return min(0.0, value + loss)


def iterated(value: float, loss: float, ticks: int) -> float:
    """What is left after that many single ticks."""
    for _ in range(ticks):
        value = toward_zero(value, loss)
    return value


class Circle:
    """A town's minds."""

    def __init__(self, rules: Rules, minds: Iterable[Mind], luck: Luck) -> None:
        self.rules, self.luck = rules, luck
        self.minds = {mind.slot: mind for mind in minds}
        self.escalated = 0
        self.evicted = {"capacity": 0, "decay": 0, "removed": 0}

    # -- reading ---------------------------------------------------------------------------------

    def rivalry_loss(self, mind: Mind) -> float:
        factor = 1 + 0.5 * max(0.0, mind.forgiveness) if self.rules.modifiers else 1.0
        return self.rules.rivalry_decay * factor

    def exact(self, mind: Mind, tie: Tie, tick: int) -> tuple[float, float, float]:
        slow, past = self.rules.tie_decay, tick - tie.at
        return (
            toward_zero(tie.trust, slow * past),
            toward_zero(tie.familiarity, slow * past),
            toward_zero(tie.rivalry, self.rivalry_loss(mind) * past),
        )

    def read(self, mind: Mind, tie: Tie, tick: int) -> tuple[float, float, float]:
        trust, familiarity, rivalry = self.exact(mind, tie, tick)
        return short(trust), short(familiarity), short(rivalry)

    def strength(self, mind: Mind, tie: Tie, tick: int) -> float:
        return max(abs(value) for value in self.read(mind, tie, tick))

    def counts(self, mind: Mind, tie: Tie, tick: int) -> bool:
        return self.strength(mind, tie, tick) >= self.rules.weak

    def avoid_from(self, mind: Mind) -> float:
        level = np.float32(self.rules.avoid_at) / np.float32(mind.tolerance)
        return float(min(max(level, np.float32(0)), np.float32(1)))

    def avoid_until(self, mind: Mind) -> float:
        level = self.avoid_from(mind)
        if level >= short(0.7):
            return short(0.65)
        return float(np.float32(level) - np.float32(0.7 - 0.65))

    def avoids(self, slot: int, other: int, tick: int) -> bool:
        mind = self.minds[slot]
        tie = mind.ties.get(other)
        if tie is None or not tie.avoid:
            return False
        return self.read(mind, tie, tick)[2] >= self.avoid_until(mind)

    def liking(self, slot: int, other: int, tick: int) -> float:
        mind = self.minds[slot]
        tie = mind.ties.get(other)
        if tie is None or not self.counts(mind, tie, tick):
            return 0.0
        trust, familiarity, rivalry = map(np.float32, self.read(mind, tie, tick))
        return float(trust + familiarity - rivalry)

    # -- events ----------------------------------------------------------------------------------

    def deltas(self, kind: str, value: int) -> tuple[float, float, float]:
        r = self.rules
        if kind == "queue_conflict":
            intensity = r.ghost_boost + r.length_boost * max(value - 1, 0)
            return 0.0, 0.0, r.increment * min(max(intensity, 0.1), 5.0)
        if kind == "chat_success":
            quality = min(max(value / 1000, 0.0), 1.0)
            return 0.05 * quality, 0.10 * quality, 0.0
        table = {
            "blocked": (0.0, -0.05, 0.15),
            "queue_interaction": (0.05, 0.05, -0.05),
            "chat_failure": (0.0, -0.05, 0.05),
            "shared_meal": (0.10, 0.25, 0.0),
            "employment_helped_when_late": (0.20, 0.10, -0.10),
            "employment_took_my_shift": (-0.10, 0.0, 0.30),
        }
        return table[kind]

    def taken(self, mind: Mind, kind: str, value: int) -> tuple[float, float, float]:
        """An event's deltas through the owner's personality."""
        trust, familiarity, rivalry = self.deltas(kind, value)
        if self.rules.modifiers:
            shield = 1 - 0.5 * mind.forgiveness
            trust = trust * shield if trust < 0 else trust
            familiarity = familiarity * shield if familiarity < 0 else familiarity
            rivalry = rivalry * shield if rivalry > 0 else rivalry
            if kind == "employment_took_my_shift":
                rivalry *= 1 + 0.3 * mind.ambition
            if kind == "chat_success":
                familiarity += 0.02 * mind.extroversion
        return tuple(min(max(d, -1.0), 1.0) for d in (trust, familiarity, rivalry))  # type: ignore

    def hear(self, events: Iterable[Event], tick: int, day: int) -> None:
        """A tick's events, in any order."""
        told = [e for e in events if e[0] in EVENT_KINDS and min(e[1:3]) >= 0 and e[1] != e[2]]
        for slot in self.minds:
            mine = [
                (EVENT_KINDS.index(kind), b if a == slot else a, thing, value)
                for kind, a, b, thing, value in told
                if slot in (a, b)
            ]
            for number, other, _, value in sorted(mine):
                self.change(slot, other, EVENT_KINDS[number], value, tick, day)
        for kind, a, b, _, _ in told:
            if kind in ("queue_conflict", "blocked"):
                self.count_escalated(a, b)

    def change(self, slot: int, other: int, kind: str, value: int, tick: int, day: int) -> None:
        mind, rules = self.minds[slot], self.rules
        delta = self.taken(mind, kind, value)
        magnitude = sum(abs(d) for d in delta)
        old, held = mind.ties.get(other), False
        before = (0.0, 0.0, 0.0)
        if old is not None and self.counts(mind, old, tick):
            before, held = self.exact(mind, old, tick), self.avoids(slot, other, tick)
        after = [d + b for d, b in zip(delta, before, strict=True)]
        trust, familiarity = (short(min(max(v, -1.0), 1.0)) for v in after[:2])
        rivalry = short(min(max(after[2], rules.low), rules.high))
        tie = old
        if tie is None:
            if max(abs(trust), abs(familiarity), rivalry) < rules.weak:
                return
            if not self.admit(mind, other, kind, magnitude, tick):
                return
            tie = mind.ties[other] = Tie()
        tie.trust, tie.familiarity, tie.rivalry, tie.at = trust, familiarity, rivalry, tick
        reached = rivalry > 0 and rivalry >= self.avoid_from(mind)
        tie.avoid = reached or (held and rivalry >= self.avoid_until(mind))
        if kind in ("queue_conflict", "blocked"):
            tie.conflicts += 1
            tie.passed = tie.passed or (reached and not held)
        if kind in ("chat_success", "chat_failure"):
            tie.chats += 1
        if kind == "employment_helped_when_late":
            tie.helped = day
        if kind == "employment_took_my_shift":
            tie.took = day

    def admit(self, mind: Mind, other: int, kind: str, magnitude: float, tick: int) -> bool:
        if len(mind.ties) < self.rules.room:
            return True
        worth = {slot: self.strength(mind, tie, tick) for slot, tie in mind.ties.items()}
        weakest = min(worth, key=lambda slot: (worth[slot], slot))
        reason = "decay"
        if worth[weakest] >= self.rules.weak:
            reason = "capacity"
            soft = worth[weakest] < short(0.3)
            lucky = self.luck(mind.slot, other, kind, tick) < magnitude
            if magnitude <= worth[weakest] and not (soft and lucky):
                return False
        del mind.ties[weakest]
        self.evicted[reason] += 1
        return True

    def count_escalated(self, a: int, b: int) -> None:
        pair = [self.minds[a].ties.get(b), self.minds[b].ties.get(a)]
        ties = [tie for tie in pair if tie is not None]
        if not any(tie.passed for tie in ties):
            return
        conflicts = max(tie.conflicts for tie in ties)
        done = max(tie.escalated for tie in ties)
        self.escalated += max(conflicts - done, 0)
        for tie in ties:
            tie.escalated = max(conflicts, done)

    # -- endings ---------------------------------------------------------------------------------

    def midnight(self, tick: int) -> None:
        for mind in self.minds.values():
            for other, tie in list(mind.ties.items()):
                if not self.counts(mind, tie, tick):
                    del mind.ties[other]
                    self.evicted["decay"] += 1
                    continue
                tie.avoid = self.avoids(mind.slot, other, tick)
                tie.conflicts = tie.escalated = tie.chats = 0
                tie.passed = False

    def leave(self, gone: set[int]) -> None:
        for mind in self.minds.values():
            for other in gone & set(mind.ties):
                if mind.slot not in gone:
                    del mind.ties[other]
                    self.evicted["removed"] += 1
