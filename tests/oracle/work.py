"""Slow twin of work (SPEC §8, *world §8.2*): a shift is judged from the list of its minutes.

Where the kernels keep counters, the twin keeps for each open shift who was there in which minute,
and decides anew from the whole list.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tests.oracle.scripted import philox

WORLD_STREAM, COWORKER, HIRING = 0, 12, 13
WORD = 0xFFFFFFFF


@dataclass
class Worker:
    """An agent."""

    slot: int
    generation: int
    spot: tuple[int, int]
    money: int
    home: int = 0
    alive: bool = True
    forgiveness: float = 0.0
    position: int | None = None
    since: int = 0
    lateness: int = 0
    absent_days: set[int] = field(default_factory=set)
    warned: bool = False
    withheld: int = 0
    samples: list[int] = field(default_factory=list)
    shifts: int = 0
    punctual: int = 0
    ties: dict[int, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Post:
    """A position."""

    number: int
    place: int
    district: int
    job: int
    start: int
    length: int
    inside: set[tuple[int, int]]
    holder: int | None = None
    state: str = "pre_shift"
    minutes: list[bool] | None = None
    """Present or not, for each minute of the open shift so far; None: no shift is open."""
    done: set[str] = field(default_factory=set)


@dataclass
class Office:
    """A town at work. ``rules`` is a mapping of numbers by job, ``events`` of this minute."""

    seed: int
    tick: int
    minute: int
    day: int
    workers: dict[int, Worker]
    posts: list[Post]
    tills: list[int]
    keep: list[int]
    rules: list[dict[str, int]]
    town_rules: dict[str, Any]
    treasury: int = 0
    flow: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("wage", "wage_treasury", "penalty"), 0)
    )
    events: list[tuple[Any, ...]] = field(default_factory=list)


def draw(office: Office, worker: Worker, purpose: int, index: int) -> int:
    """32 bits that belong to a worker, a tick and a decision."""
    counter = [office.tick, worker.slot, worker.generation]
    counter.append(WORLD_STREAM << 30 | purpose << 16 | index)
    return philox(counter, [office.seed & WORD, office.seed >> 32])[0]


def state_of(minutes: list[bool], grace: int, cutoff: int, slack: int) -> str:
    """State after these minutes of a shift."""
    late = len(minutes) - 1 > grace
    if minutes[-1]:
        return "on_time" if any(minutes[: grace + 1]) else "late"
    if not late:
        return "await_start"
    if not any(minutes):
        return "absent" if len(minutes) - 1 > cutoff else "late"
    away = minutes[::-1].index(True)
    return "absent" if away > slack else "late"


def passed(post: Post, minute: int) -> int:
    """Minutes since the last time its shift started."""
    return (minute - post.start) % 1440


def tie_strength(office: Office, worker: Worker, other: int) -> np.float32:
    """Strength of a tie now; 0 where there is none, or a weak one."""
    tie = worker.ties.get(other)
    if tie is None:
        return np.float32(0)
    slow = office.town_rules["tie_decay"]
    fast = office.town_rules["rivalry_decay"] * (1 + 0.5 * max(0.0, worker.forgiveness))
    rates = {"trust": slow, "familiarity": slow, "rivalry": fast}
    elapsed = office.tick - tie["at"]
    values = [np.float32(max(0.0, abs(float(tie[k])) - rates[k] * elapsed)) for k in rates]
    strength = max(values)
    return strength if strength >= office.town_rules["weak"] else np.float32(0)


def coworker(office: Office, post: Post) -> int | None:
    """Who does the same job in the same place now and is there: the nearest, by tie, then draw."""
    assert post.holder is not None
    worker = office.workers[post.holder]
    found = []
    for other in office.posts:
        same = other.place == post.place and other.job == post.job and other is not post
        if not same or other.holder is None or passed(other, office.minute) >= other.length:
            continue
        mate = office.workers[other.holder]
        if mate.spot in other.inside:
            luck = draw(office, mate, COWORKER, post.number & 0xFFFF)
            found.append((-tie_strength(office, worker, mate.slot), luck, mate.slot))
    return min(found)[2] if found else None


def emit(office: Office, kind: str, agent: int, other: int, value: int) -> None:
    """Note an event."""
    office.events.append((kind, agent, other, -1, value))


def fine(office: Office, post: Post, amount: int) -> None:
    """As much of a penalty as there is."""
    assert post.holder is not None
    worker = office.workers[post.holder]
    amount = min(amount, worker.money)
    worker.money -= amount
    office.tills[post.place] += amount
    office.flow["penalty"] += amount


def credit(office: Office, post: Post, kind: str, mark: str) -> None:
    """One coworker, one pair once in seven days."""
    assert post.holder is not None
    assert post.minutes is not None
    other = coworker(office, post)
    if other is None:
        return
    tie = office.workers[post.holder].ties.get(other)
    if tie is not None and office.day - tie[mark] < 7:
        return
    emit(office, kind, post.holder, other, len(post.minutes) - 1)


def once(post: Post, what: str) -> bool:
    """Whether this is the first time in the shift."""
    if what in post.done:
        return False
    post.done.add(what)
    return True


def work_minute(office: Office, post: Post) -> None:
    """One minute of an open shift."""
    assert post.holder is not None
    assert post.minutes is not None
    worker, rules = office.workers[post.holder], office.rules[post.job]
    here = worker.spot in post.inside
    post.minutes.append(here)
    now = len(post.minutes) - 1
    post.state = state_of(
        post.minutes, rules["grace"], rules["absent_cutoff"], rules["absence_slack"]
    )
    in_time = any(post.minutes[: rules["grace"] + 1])
    if post.state == "on_time" and once(post, "on_time"):
        emit(office, "shift_on_time", worker.slot, post.job, now)
    if post.state == "late":
        if not in_time and once(post, "late"):
            worker.lateness += 1
            emit(office, "shift_late_start", worker.slot, post.job, now)
            fine(office, post, rules["lateness_penalty"])
            credit(office, post, "employment_helped_when_late", "helped")
        if not here:
            fine(office, post, rules["late_tick_penalty"])
    if post.state == "absent" and once(post, "absent"):
        emit(office, "shift_absent", worker.slot, post.job, now)
        if any(post.minutes) and once(post, "early"):
            emit(office, "shift_departed_early", worker.slot, post.job, now)
        # Midnight closes the day before.
        worker.absent_days.add(office.day - (office.minute == 0))
        if len(worker.absent_days) == office.town_rules["max_absent"] - 1 and not worker.warned:
            worker.warned = True
            emit(office, "employment_warning", worker.slot, post.job, len(worker.absent_days))
        fine(office, post, rules["absence_penalty"])
        credit(office, post, "employment_took_my_shift", "took")
    if post.state in ("late", "absent") and not here:
        worker.withheld += rules["wage"]


def pay(office: Office, post: Post, minutes: int) -> int:
    """A wage: from the till if it has that beyond a delivery of goods, else from the treasury."""
    assert post.holder is not None
    wage = minutes * office.rules[post.job]["wage"]
    office.workers[post.holder].money += wage
    if wage and office.tills[post.place] >= wage + office.keep[post.place]:
        office.tills[post.place] -= wage
        office.flow["wage"] += wage
    else:
        office.treasury -= wage
        office.flow["wage_treasury"] += wage
    return wage


def end_shift(office: Office, post: Post) -> None:
    """Wage, attendance, and who was gone at the end."""
    assert post.holder is not None
    assert post.minutes is not None
    worker, minutes = office.workers[post.holder], post.minutes
    rules = office.rules[post.job]
    if any(minutes) and not minutes[-1] and once(post, "early"):
        emit(office, "shift_departed_early", worker.slot, post.job, post.length)
    in_time = any(minutes[: rules["grace"] + 1])
    share = sum(minutes) * 1000 // post.length if in_time else 0
    worker.samples = [share, *worker.samples][: office.town_rules["window"]]
    worker.shifts += 1
    worker.punctual += in_time
    emit(office, "shift_ended", worker.slot, post.job, pay(office, post, sum(minutes)))
    post.minutes, post.done, post.state = None, set(), "post_shift"


def run_shifts(office: Office) -> None:
    """One minute of all positions."""
    office.events = []
    for post in office.posts:
        if post.holder is None:
            continue
        since = passed(post, office.minute)
        if post.minutes is not None and len(post.minutes) == post.length:
            end_shift(office, post)
        if since == 0 or (since == 1 and office.tick == 1):
            # In tick 0, which nobody runs, nobody is blamed for not being there.
            post.minutes, post.done = [False] * since, set()
        if post.minutes is not None:
            work_minute(office, post)
        elif since >= post.length and since >= 1440 - office.town_rules["buffer"]:
            post.state = "await_start"
        elif office.minute == 0 and post.state in ("pre_shift", "post_shift"):
            post.state = "idle"


def close_day(office: Office) -> None:
    """A day of absences is forgotten after seven; who is better can be warned again."""
    for worker in office.workers.values():
        had = bool(worker.absent_days)
        # The bit of the day that begins is still empty.
        worker.absent_days = {day for day in worker.absent_days if office.day - day < 7}
        if had and len(worker.absent_days) < office.town_rules["max_absent"] - 1:
            worker.warned = False


def nearest_vacancy(office: Office, home: int, radius: int, job: int | None = None) -> Post | None:
    """The vacant position fewest districts away; then from west to east, the southern first."""
    width = office.town_rules["grid"][0]
    x, y = home % width, home // width

    def key(post: Post) -> tuple[int, ...]:
        dx, dy = post.district % width - x, post.district // width - y
        return abs(dx) + abs(dy), dx, -dy, post.number

    free = [
        post
        for post in office.posts
        if post.holder is None and job in (None, post.job) and key(post)[0] <= radius
    ]
    return min(free, key=key, default=None)


def give(office: Office, worker: Worker, post: Post) -> None:
    """A position begins with the next shift."""
    post.holder, post.state, post.minutes, post.done = worker.slot, "pre_shift", None, set()
    worker.position, worker.since = post.number, office.tick


def hire(office: Office) -> list[tuple[int, int]]:
    """Longest without work first, then by draw, then by slot; returns (slot, position)."""
    waiting = [w for w in office.workers.values() if w.alive and w.position is None]
    waiting.sort(key=lambda w: (w.since, draw(office, w, HIRING, 0), w.slot))
    hired = []
    for worker in waiting:
        post = nearest_vacancy(office, worker.home, office.town_rules["radius"])
        if post is not None:
            give(office, worker, post)
            hired.append((worker.slot, post.number))
    return hired


def fill(office: Office, wishes: list[tuple[int, int]], first: bool) -> list[tuple[int, int]]:
    """Newcomers by slot with the job they want (-1 any, -2 none); returns who got what."""
    before = {post.number for post in office.posts if post.holder is not None}
    for slot, job in wishes:
        worker = office.workers[slot]
        worker.since = office.tick
        post = None
        if job >= 0:
            post = nearest_vacancy(office, worker.home, office.town_rules["radius"], job)
        if post is not None:
            give(office, worker, post)
    seekers = [office.workers[slot] for slot, job in wishes if job == -1]
    if first:
        drawn = sorted(seekers, key=lambda w: (w.home, draw(office, w, HIRING, 0), w.slot))
        for worker in drawn:
            post = nearest_vacancy(office, worker.home, 0)
            if post is not None:
                give(office, worker, post)
    for worker in seekers:
        if worker.position is None:
            post = nearest_vacancy(office, worker.home, office.town_rules["radius"])
            if post is not None:
                give(office, worker, post)
    new = [post for post in office.posts if post.number not in before and post.holder is not None]
    return sorted((int(post.holder or 0), post.number) for post in new)
