"""Slow twin of exits (SPEC §8, §9): who has to leave, who may, in which order."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.oracle.movement import world_bits

from townlet_components import draws

DAY = 1440
MIDNIGHT_CAUSES = ("eviction", "unemployment", "neglect", "employment", "age")


@dataclass
class Person:
    slot: int
    district: int = 0
    generation: int = 0
    alive: bool = True
    arrived_at: int = 0
    starving: int = 0
    neglected: int = 0
    arrears: int = 0
    arrears_days: int = 0
    has_job: bool = True
    since: int = 0
    absent_days: int = 0
    due: int | None = None
    cause: str | None = None
    review: str = "none"
    excused_until: int | None = None
    order: str | None = None
    leaves: str | None = None
    """Why it leaves in this tick; a killed one comes in with ``"killed"``."""


@dataclass
class Limits:
    on: bool = True
    cap: int | float = 2
    cooldown: int = 120
    grace: int = 60
    collapse_ticks: int = 30
    eviction_days: int = 2
    unemployment_days: int = 2
    neglect_share: float = 0.25
    age_days: int = 0
    enforce: bool = True
    max_absent: int = 3
    daily_cap: int = 2
    queue_limit: int = 8
    review_window: int = DAY


@dataclass
class TownExits:
    people: list[Person]
    limits: Limits
    seed: int = 1
    event_on: bool = False
    quiet_until: int = 0
    today: int = 0
    employment_today: int = 0
    allowance: int | None = None
    last: int = -1_000_000
    events: list[tuple[str, int, int, int]] = field(default_factory=list)
    """(kind, district, slot, value)."""

    def line(self) -> list[Person]:
        return [p for p in self.people if p.alive and p.due is not None]

    def tell(self, kind: str, person: Person, value: int = 0) -> None:
        self.events.append((kind, person.district, person.slot, value))


def decide(town: TownExits, tick: int, minute: int) -> list[Person]:
    """Who leaves in this tick."""
    limits = town.limits
    if town.event_on:
        town.quiet_until = tick + limits.grace + 1
    if minute == 0:
        town.today, town.employment_today, town.allowance = 0, 0, None
    living = [p for p in town.people if p.alive]
    killed = any(p.leaves == "killed" for p in living)
    looked_at = minute == 0 or killed or _has_reason_to_look(town, tick)
    for person in living if looked_at else []:
        if person.leaves == "killed":
            town.tell("agent_killed", person)
            person.due = None
        elif limits.on:
            _consider(town, person, tick, minute == 0)
    if limits.on and looked_at:
        _let_go_in_turn(town, len(living), tick)
    return [p for p in living if p.leaves is not None]


def _has_reason_to_look(town: TownExits, tick: int) -> bool:
    """Between midnights the line is gone through when something happens, or somebody may go."""
    if any(p.order or p.starving >= town.limits.collapse_ticks for p in town.people if p.alive):
        return True
    return tick >= town.quiet_until and any(_may_go(town, p, tick) for p in town.line())


def _may_go(town: TownExits, person: Person, tick: int) -> bool:
    """Both caps allow this exit now."""
    limits = town.limits
    if person.cause == "employment" and 0 < limits.daily_cap <= town.employment_today:
        return False
    if isinstance(limits.cap, int):
        return town.today < limits.cap and tick - town.last >= limits.cooldown
    return town.allowance is None or town.today < town.allowance


def _consider(town: TownExits, person: Person, tick: int, midnight: bool) -> None:
    limits = town.limits
    if person.starving >= limits.collapse_ticks:
        person.leaves, person.due = "collapse", None
        return
    _obey(town, person, tick)
    if person.due is not None and not _stands(limits, person, tick, midnight):
        person.due, person.cause, person.review = None, None, "none"
    if not midnight or person.due is not None:
        return
    if person.excused_until is not None and tick >= person.excused_until:
        person.excused_until = None
    for cause in MIDNIGHT_CAUSES:
        excused = cause == "employment" and person.excused_until is not None
        if not excused and _gives(limits, person, cause, tick, True):
            _join(town, person, cause, tick, "none")
            return


def _obey(town: TownExits, person: Person, tick: int) -> None:
    order, person.order = person.order, None
    queued = person.due is not None and person.cause == "employment"
    if order == "request":
        town.tell("employment_exit_manual_request", person)
        if queued:
            person.review = "requested"
        elif person.due is None:
            _join(town, person, "employment", tick, "requested")
    elif order == "approve" and queued:
        person.review = "approved"
    elif order == "defer" and queued:
        person.due, person.cause, person.review = None, None, "none"
        person.excused_until = tick + town.limits.review_window
        town.tell("employment_exit_deferred", person, _queued(town))


def _queued(town: TownExits) -> int:
    return sum(p.cause == "employment" for p in town.line())


def _join(town: TownExits, person: Person, cause: str, tick: int, review: str) -> None:
    person.due, person.cause, person.review, person.excused_until = tick, cause, review, None
    if cause == "employment":
        count, limit = _queued(town), town.limits.queue_limit
        overflow = limit > 0 and count > limit
        kind = "queue_overflow" if overflow else "pending"
        town.tell(f"employment_exit_{kind}", person, count)


def _stands(limits: Limits, person: Person, tick: int, midnight: bool) -> bool:
    assert person.due is not None
    assert person.cause is not None
    if person.cause == "employment":
        decided = person.review != "none" or tick - person.due > limits.review_window
        if decided:
            return True
    return _gives(limits, person, person.cause, tick, midnight)


def _gives(limits: Limits, person: Person, cause: str, tick: int, midnight: bool) -> bool:
    if cause == "eviction":
        return person.arrears > 0 and person.arrears_days >= limits.eviction_days + 1
    if cause == "unemployment":
        idle = tick - max(person.since, person.arrived_at)
        days = limits.unemployment_days
        return days > 0 and not person.has_job and idle >= days * DAY
    if cause == "neglect":  # a day is judged when it is over
        return not midnight or 0 < person.neglected >= limits.neglect_share * DAY
    if cause == "employment":
        return limits.enforce and 0 < limits.max_absent <= person.absent_days
    return 0 < limits.age_days * DAY <= tick - person.arrived_at


def _let_go_in_turn(town: TownExits, living: int, tick: int) -> None:
    """The line is walked once: by due tick, keyed draw, slot; whom the caps allow to go, goes."""
    limits = town.limits
    if town.allowance is None and not isinstance(limits.cap, int):
        town.allowance = max(1, int(limits.cap * living + 1e-9))
    if tick < town.quiet_until:
        return
    for person in sorted(town.line(), key=lambda p: _turn(town, p)):
        if not _may_go(town, person, tick):
            continue
        if person.cause == "employment":
            town.employment_today += 1
            town.tell("employment_exit_processed", person, _why(limits, person, tick))
        town.today += 1
        town.last = tick
        person.leaves, person.due = person.cause, None


def _turn(town: TownExits, person: Person) -> tuple[int, int, int]:
    assert person.due is not None
    lot = world_bits(
        town.seed, person.due, person.slot, person.generation, draws.EXIT_ORDER, 0
    )  # fmt: skip
    return person.due, lot, person.slot


def _why(limits: Limits, person: Person, tick: int) -> int:
    assert person.due is not None
    if person.review in ("approved", "requested"):
        return 0
    return 1 if tick - person.due > limits.review_window else 2
