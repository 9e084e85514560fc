"""Features: one row of numbers per agent, about itself, its surroundings and its acquaintances.

:mod:`townlet.observe.features` lists them with range and formula, in the same order.
"""

from typing import NamedTuple

import numpy as np

from townlet.ecs import (
    F32,
    I8,
    I16,
    I32,
    I64,
    U32,
    Bool,
    Phase,
    Read,
    Write,
    device,
    kernel,
    system,
)
from townlet_components.citymap import DistrictPlan, Layouts
from townlet_components.clock import Clock
from townlet_components.embedding import Embedding
from townlet_components.episode import Episode
from townlet_components.home import Home
from townlet_components.identity import Departures, Identity
from townlet_components.last_action import LastAction
from townlet_components.needs import Needs
from townlet_components.objects import ObjectIndex, ObjectPlan
from townlet_components.observation import (
    LINE,
    Daytime,
    Drafts,
    FeaturePlan,
    MapPlan,
    Observation,
    ObservationRules,
    Picks,
    Ways,
)
from townlet_components.personality import Personality
from townlet_components.position import Position
from townlet_components.queueing import QueuePlace
from townlet_components.rows import Rows
from townlet_components.rules import EconomyRules
from townlet_components.ties import TieRules, Ties, TieScratch
from townlet_components.wallet import Wallet
from townlet_components.work import (
    OFF_DUTY,
    SHIFT_STATES,
    Employment,
    JobRules,
    PositionPlan,
    Shifts,
)
from townlet_systems.acquaintances import write_acquaintances, write_rivalry
from townlet_systems.ahead import AHEAD, ask_for
from townlet_systems.bonds import Bonds, bonds_of, rivalry_rate
from townlet_systems.bundles import City, Nearby
from townlet_systems.duty import Duty, duty_of
from townlet_systems.halves import copy_halves
from townlet_systems.landmarks import Marks, write_landmarks
from townlet_systems.lines import clear_line, copy_line, fence, put_number
from townlet_systems.picks import Picked, Ranked, Snippet, are_good, pick
from townlet_systems.posts import Posts, Record, attendance, on_shift, posts_of, record_of
from townlet_systems.scene import city_of
from townlet_systems.sights import Tiles, tiles_of

#: Half of what these can come to: late shifts, and ticks the last action took.
HALF_LATENESS, HALF_DURATION = np.float32(4), np.float32(60)
_ZERO, _ONE = np.float32(0), np.float32(1)


class Selves(NamedTuple):
    """What agents know of themselves, by row; see their components."""

    slot: I32
    town: I32
    alive: Bool
    reason: I8
    district: I32
    tile: I16
    home: I32
    level: F32
    money: I64
    embedding: I32
    episode: I32
    reset: Bool
    primitive: I16
    success: Bool
    duration: I16
    queue: I32
    holding: Bool
    trait: F32


class Views(NamedTuple):
    """What other systems of the phase have found out, by row: see ``Ways``."""

    step: I8
    around: F32


class Town(NamedTuple):
    """What is the same for all agents of a town, and which features there are."""

    sin: F32
    cos: F32
    basket: I64
    turn: I32
    embeddings: I32
    traits: I32
    primitives: I32


class Marked(NamedTuple):
    """Landmarks, and the way to them."""

    marks: Marks
    nearby: Nearby
    city: City
    tiles: Tiles


@device
def saturated(value: np.float32, half: np.float32) -> np.float32:
    """A count or an amount, from 0 on, as a number below 1: value / (value + half)."""
    return value / (value + half)


@device
def flag(value: bool) -> np.float32:
    """1 or 0."""
    return _ONE if value else _ZERO


@device
def write_self(
    draft: F32, selves: Selves, town: Town, posts: Posts, record: Record, duty: Duty, city: City,
    r: int, t: int,
) -> int:  # fmt: skip
    """Write needs, money, work, time and episode over zeros; returns where to go on."""
    needs = selves.level.shape[1]
    for n in range(needs):
        put_number(draft, n, selves.level[r, n])
    at, p = needs, duty.position[r]
    here, tile = selves.district[r], selves.tile[r]
    basket = np.float32(max(town.basket[t], 1))
    put_number(draft, at, saturated(np.float32(selves.money[r]), basket))
    put_number(draft, at + 1, saturated(np.float32(record.lateness[r]), HALF_LATENESS))
    put_number(draft, at + 3, town.sin[t])
    put_number(draft, at + 4, town.cos[t])
    put_number(draft, at + 5, np.float32(attendance(record, r) / 1000.0))
    put_number(draft, at + 6, saturated(np.float32(record.withheld[r]), basket))
    state = OFF_DUTY
    if p >= 0:
        state = int(posts.state[t * duty.start.shape[0] + p])
        put_number(draft, at + 2, flag(on_shift(posts, duty, city, t, r, here, tile)))
    put_number(draft, at + 7 + state, _ONE)
    at += 7 + len(SHIFT_STATES)
    slot = np.float32(max(selves.embedding[r], 0))
    put_number(draft, at, slot / np.float32(town.embeddings[0]))
    put_number(draft, at + 1, flag(selves.reset[r] or selves.reason[r] != 0))
    progress = np.float32(selves.episode[r]) / np.float32(town.turn[t])
    put_number(draft, at + 2, min(_ONE, progress))
    return int(at + 3)


@device
def write_action(draft: F32, at: int, selves: Selves, primitives: int, r: int) -> int:
    """Write the last action and its outcome, and queues, over zeros; returns where to go on."""
    put_number(draft, at + int(selves.primitive[r]), _ONE)
    at += primitives
    put_number(draft, at, flag(selves.success[r]))
    put_number(draft, at + 1, saturated(np.float32(selves.duration[r]), HALF_DURATION))
    put_number(draft, at + 2, flag(selves.holding[r]))
    put_number(draft, at + 3, flag(selves.queue[r] >= 0 and not selves.holding[r]))
    return at + 4


@device
def write_surroundings(
    numbers: F32, at: int, selves: Selves, views: Views, town: Town, r: int, marked: Marked
) -> int:
    """Write the next step, what is around, landmarks and traits; returns where to go on."""
    if views.step[r] >= 0:
        put_number(numbers, at + int(views.step[r]), _ONE)
    at += 4
    for k in range(views.around.shape[1]):
        put_number(numbers, at + k, views.around[r, k])
    at += views.around.shape[1]
    if marked.marks.number[0] > 0:
        at = write_landmarks(
            numbers, at, marked.marks, marked.nearby, marked.city, marked.tiles,
            selves.district[r], selves.tile[r], selves.home[r],
        )  # fmt: skip
    for k in range(town.traits[0]):
        put_number(numbers, at + k, selves.trait[r, k])
    return at + int(town.traits[0])


@device
def write_row(words: U32, s: int, numbers: F32, half: bool) -> None:
    """Write a row of the buffer from a lane's numbers."""
    if half:
        copy_halves(words, s, numbers)
        return
    for k in range(0, words.shape[1], LINE):
        copy_line(words, s * words.shape[1] + k, numbers, k)


@device
def ask_ahead(picked: Picked, selves: Selves, views: Views, record: Record, r: int) -> None:
    """Ask for those columns of a row that take a good part of a line each."""
    ask_for(picked.bond, r * picked.bond.shape[1] * picked.bond.shape[2])
    ask_for(picked.since, r * picked.since.shape[1])
    ask_for(picked.code, r * picked.code.shape[1])
    ask_for(selves.level, r * selves.level.shape[1])
    ask_for(selves.money, r)
    ask_for(views.around, r * views.around.shape[1])
    ask_for(record.sample, r * record.sample.shape[1])


@kernel(over="agent", whole=("snippet",), local=True)
def describe_all(
    words: U32, numbers: F32, ranked: Ranked, picked: Picked, half: Bool, selves: Selves,
    views: Views, town: Town,
    posts: Posts, record: Record, duty: Duty, bonds: Bonds, snippet: Snippet, stirred: I32,
    marked: Marked, tick: I64,
) -> None:  # fmt: skip
    """Write the features of the living, and of those who leave in this tick.

    Args:
        words: result, of ``Observation``, by slot.
        numbers, ranked: a lane's.
        picked: by row, brought up to date.
        half: float16, (1,).
        selves .. marked: see there.
        tick: (1,).
    """
    capacity = words.shape[0] // town.sin.shape[0]
    city, now = marked.city, tick[0]
    for r in range(selves.slot.shape[0]):
        ask_ahead(picked, selves, views, record, min(r + AHEAD, selves.slot.shape[0] - 1))
        if not selves.alive[r] and selves.reason[r] == 0:
            continue
        t = int(selves.town[r])
        base = t * capacity
        for k in range(0, words.shape[1] * (2 if half[0] else 1), LINE):
            clear_line(numbers, k)
        at = write_self(numbers, selves, town, posts, record, duty, city, r, t)
        social = snippet.social[t]
        if social:
            if not are_good(picked, r, stirred[r], now):
                pick(picked, ranked, snippet, bonds, r, t, base, stirred[r], now)
            social = picked.filled[r] >= 0
        slow, fast = float(bonds.tie_decay[t]), rivalry_rate(bonds, r, t)
        if social:
            write_rivalry(numbers, at, picked, r, fast, now)
        at = write_action(numbers, at + 2, selves, int(town.primitives[0]), r)
        at = write_surroundings(numbers, at, selves, views, town, r, marked)
        if social:
            write_acquaintances(numbers, at, snippet, picked, r, slow, fast, now)
        write_row(words, base + selves.slot[r], numbers, half[0])
    fence()


@system(phase=Phase.OBSERVE, after=["write_maps"])
def write_features(
    observation: Write[Observation],
    drafts: Write[Drafts],
    picks: Write[Picks],
    rows: Read[Rows],
    identity: Read[Identity],
    departures: Read[Departures],
    position: Read[Position],
    home: Read[Home],
    needs: Read[Needs],
    wallet: Read[Wallet],
    embedding: Read[Embedding],
    episode: Read[Episode],
    last: Read[LastAction],
    queue: Read[QueuePlace],
    personality: Read[Personality],
    ways: Read[Ways],
    daytime: Read[Daytime],
    economy: Read[EconomyRules],
    rules: Read[ObservationRules],
    plan: Read[FeaturePlan],
    map_plan: Read[MapPlan],
    shifts: Read[Shifts],
    employment: Read[Employment],
    positions: Read[PositionPlan],
    job_rules: Read[JobRules],
    ties: Read[Ties],
    tie_rules: Read[TieRules],
    scratch: Read[TieScratch],
    things: Read[ObjectPlan],
    index: Read[ObjectIndex],
    layouts: Read[Layouts],
    districts: Read[DistrictPlan],
    clock: Read[Clock],
) -> None:
    """The features of each agent are written to the learner's buffer."""
    describe_all(
        observation.features, drafts.features, Ranked(drafts.bond, drafts.rank),
        Picked(
            picks.stirred, picks.until, picks.filled, picks.avoided, picks.fiercest,
            picks.fierce_at, picks.bond, picks.since, picks.code,
        ), plan.half,
        Selves(
            rows.slot, rows.town, identity.alive, departures.reason, position.district,
            position.tile, home.place, needs.level, wallet.money, embedding.slot, episode.tick,
            episode.context_reset, last.primitive, last.success, last.duration, queue.object,
            queue.holding, personality.trait,
        ),
        Views(ways.step, ways.around),
        Town(
            daytime.sin, daytime.cos, economy.basket, rules.turn, plan.embeddings, plan.traits,
            plan.primitives,
        ),
        posts_of(shifts), record_of(employment),
        duty_of(positions, layouts, employment, job_rules),
        bonds_of(ties, tie_rules, personality),
        Snippet(
            plan.friends, plan.rivals, plan.width, plan.aggregates, rules.social,
            embedding.slot, rows.row_of,
        ),
        scratch.stirred,
        Marked(
            Marks(
                things.type, things.district, things.tile, things.target, plan.landmarks,
                plan.landmark,
            ),
            Nearby(
                index.place_first, index.place_object, index.public_first, index.public_object
            ),
            city_of(layouts, districts), tiles_of(map_plan, districts),
        ),
        clock.tick,
    )  # fmt: skip
