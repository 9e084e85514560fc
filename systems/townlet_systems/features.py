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
    Ways,
)
from townlet_components.personality import Personality
from townlet_components.position import Position
from townlet_components.queueing import QueuePlace
from townlet_components.rows import Rows
from townlet_components.rules import EconomyRules
from townlet_components.ties import TieRules, Ties
from townlet_components.wallet import Wallet
from townlet_components.work import (
    OFF_DUTY,
    SHIFT_STATES,
    Employment,
    JobRules,
    PositionPlan,
    Shifts,
)
from townlet_systems.acquaintances import Snippet, read_bonds, write_acquaintances, write_rivalry
from townlet_systems.bits import copy_line, fence
from townlet_systems.bonds import Bonds, bonds_of
from townlet_systems.bundles import City, Nearby
from townlet_systems.duty import Duty, duty_of
from townlet_systems.halves import copy_halves
from townlet_systems.landmarks import Marks, write_landmarks
from townlet_systems.posts import Posts, Record, attendance, on_shift, posts_of, record_of
from townlet_systems.scene import city_of
from townlet_systems.sights import Tiles, tiles_of

#: Half of what these can come to: late shifts, and ticks the last action took.
HALF_LATENESS, HALF_DURATION = 4.0, 60.0
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


@device
def saturated(value: float, half: float) -> np.float32:
    """A count or an amount as a number below 1: value / (value + half)."""
    return np.float32(value / (value + half)) if value > 0 else _ZERO


@device
def flag(value: bool) -> np.float32:
    """1 or 0."""
    return _ONE if value else _ZERO


@device
def one_hot(draft: F32, at: int, count: int, which: int) -> int:
    """Write ``count`` numbers of which ``which`` is 1, the others 0; returns where to go on."""
    for k in range(count):
        draft[0, at + k] = _ZERO
    if 0 <= which < count:
        draft[0, at + which] = _ONE
    return at + count


@device
def write_self(
    draft: F32, selves: Selves, town: Town, posts: Posts, record: Record, duty: Duty, city: City,
    r: int, t: int,
) -> int:  # fmt: skip
    """Write needs, money, work, time and episode; returns where to go on."""
    needs = selves.level.shape[1]
    for n in range(needs):
        draft[0, n] = selves.level[r, n]
    at, p = needs, duty.position[r]
    here, tile = selves.district[r], selves.tile[r]
    basket = float(town.basket[t])
    draft[0, at] = saturated(float(selves.money[r]), basket)
    draft[0, at + 1] = saturated(float(record.lateness[r]), HALF_LATENESS)
    draft[0, at + 2] = flag(on_shift(posts, duty, city, t, r, here, tile))
    draft[0, at + 3] = town.sin[t]
    draft[0, at + 4] = town.cos[t]
    draft[0, at + 5] = np.float32(attendance(record, r) / 1000.0)
    draft[0, at + 6] = saturated(float(record.withheld[r]), basket)
    state = OFF_DUTY
    if p >= 0:
        state = np.int64(posts.state[t * duty.start.shape[0] + p])
    at = one_hot(draft, at + 7, len(SHIFT_STATES), state)
    slot = max(selves.embedding[r], 0)
    draft[0, at] = np.float32(slot / float(town.embeddings[0]))
    draft[0, at + 1] = flag(selves.reset[r] or selves.reason[r] != 0)
    draft[0, at + 2] = np.float32(min(1.0, selves.episode[r] / float(town.turn[t])))
    return at + 3


@device
def write_action(draft: F32, at: int, selves: Selves, primitives: int, r: int) -> int:
    """Write the last action and its outcome, and queues; returns where to go on."""
    at = one_hot(draft, at, primitives, np.int64(selves.primitive[r]))
    draft[0, at] = flag(selves.success[r])
    draft[0, at + 1] = saturated(float(selves.duration[r]), HALF_DURATION)
    draft[0, at + 2] = flag(selves.holding[r])
    draft[0, at + 3] = flag(selves.queue[r] >= 0 and not selves.holding[r])
    return at + 4


@kernel(over="agent", whole=("snippet",), local=True)
def describe_all(
    words: U32, draft: F32, part: F32, half: Bool, selves: Selves, views: Views, town: Town,
    posts: Posts, record: Record, duty: Duty, city: City, bonds: Bonds, snippet: Snippet,
    marks: Marks, nearby: Nearby, tiles: Tiles, tick: I64,
) -> None:  # fmt: skip
    """Write the features of the living, and of those who leave in this tick.

    Args:
        words: result, of ``Observation``, by slot.
        draft, part: a lane's drafts.
        half: float16, (1,).
        selves .. tiles: see there.
        tick: (1,).
    """
    capacity = words.shape[0] // town.sin.shape[0]
    for r in range(selves.slot.shape[0]):
        if not selves.alive[r] and selves.reason[r] == 0:
            continue
        t = np.int64(selves.town[r])
        base = t * capacity
        s = base + selves.slot[r]
        at = write_self(draft, selves, town, posts, record, duty, city, r, t)
        known = 0
        if snippet.social[t]:
            known = read_bonds(part, bonds, r, t, tick[0])
        at = write_rivalry(draft, at, part, bonds, r, t, known)
        at = write_action(draft, at, selves, town.primitives[0], r)
        at = one_hot(draft, at, 4, np.int64(views.step[r]))
        for k in range(views.around.shape[1]):
            draft[0, at + k] = views.around[r, k]
        at += views.around.shape[1]
        if marks.count[0] > 0:
            at = write_landmarks(
                draft, at, marks, nearby, city, tiles, selves.district[r], selves.tile[r],
                selves.home[r],
            )  # fmt: skip
        for k in range(town.traits[0]):
            draft[0, at + k] = selves.trait[r, k]
        at += town.traits[0]
        write_acquaintances(draft, at, part, snippet, bonds, r, base, known)
        if half[0]:
            copy_halves(words, s, draft)
        else:
            for k in range(0, words.shape[1], LINE):
                copy_line(words, s * words.shape[1] + k, draft, k)
    fence()


@system(phase=Phase.OBSERVE, after=["write_maps"])
def write_features(
    observation: Write[Observation],
    drafts: Write[Drafts],
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
    things: Read[ObjectPlan],
    index: Read[ObjectIndex],
    layouts: Read[Layouts],
    districts: Read[DistrictPlan],
    clock: Read[Clock],
) -> None:
    """The features of each agent are written to the learner's buffer."""
    describe_all(
        observation.features, drafts.features, drafts.bond, plan.half,
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
        duty_of(positions, layouts, employment, job_rules), city_of(layouts, districts),
        bonds_of(ties, tie_rules, personality),
        Snippet(
            plan.friends, plan.rivals, plan.width, plan.aggregates, rules.social,
            embedding.slot, rows.row_of,
        ),
        Marks(
            things.type, things.district, things.tile, things.target, plan.landmarks,
            plan.landmark,
        ),
        Nearby(
            index.place_first, index.place_object, index.public_first, index.public_object
        ),
        tiles_of(map_plan, districts), clock.tick,
    )  # fmt: skip
