"""Features: one row of numbers per agent, about itself, its surroundings and its acquaintances.

:mod:`townlet.observe.features` lists them with range and formula, in the same order.
"""

from typing import NamedTuple

from townlet.ecs import F32, I32, I64, U32, Bool, Phase, Read, Write, device, kernel, system
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
from townlet_components.work import Employment, JobRules, PositionPlan, Shifts
from townlet_systems.acquaintances import put_rivalry, write_bonds, write_codes
from townlet_systems.ahead import ask_for
from townlet_systems.bonds import Bonds, bonds_of
from townlet_systems.bundles import City, Nearby
from townlet_systems.duty import duty_of
from townlet_systems.halves import copy_halves
from townlet_systems.landmarks import Marks, write_landmarks
from townlet_systems.lines import clear_part, copy_line, fence, put_number
from townlet_systems.picks import Picked, Ranked, Snippet, are_good, pick
from townlet_systems.posts import posts_of, record_of
from townlet_systems.scene import city_of
from townlet_systems.selves import (
    Block,
    Selves,
    Town,
    Views,
    Work,
    block_at,
    next_block,
    put_action,
    put_self,
    put_views,
)
from townlet_systems.sights import Tiles, tiles_of
from townlet_systems.sixteen import EIGHT, SIXTEEN, turn_eight


class Marked(NamedTuple):
    """Landmarks, and the way to them."""

    marks: Marks
    nearby: Nearby
    city: City
    tiles: Tiles


@device
def is_seen(selves: Selves, r: int) -> bool:
    """The row is described: somebody lives in it, or leaves in this tick."""
    return bool(selves.alive[r] or selves.reason[r] != 0)


@device
def write_rest(
    numbers: F32, at: int, pitch: int, selves: Selves, town: Town, marked: Marked, block: Block
) -> int:
    """Write landmarks and traits of rows ``pitch`` apart; returns where to go on in the first."""
    landmarks, traits = int(marked.marks.number[0]), int(town.traits[0])
    start = at
    for r in range(block.first, block.first + (block.rows if landmarks + traits > 0 else 0)):
        if landmarks > 0 and is_seen(selves, r):
            write_landmarks(
                numbers, start, marked.marks, marked.nearby, marked.city, marked.tiles,
                selves.district[r], selves.tile[r], selves.home[r],
            )  # fmt: skip
        for k in range(traits):
            put_number(numbers, start + 3 * landmarks + k, selves.trait[r, k])
        start += pitch
    return at + 3 * landmarks + traits


@device
def write_row(words: U32, s: int, numbers: F32, start: int, half: bool) -> None:
    """Write a row of the buffer from those of a lane's numbers that begin at ``start``."""
    if half:
        copy_halves(words, s, numbers, start)
        return
    for k in range(0, words.shape[1], LINE):
        copy_line(words, s * words.shape[1] + k, numbers, start + k)


@device
def pick_all(
    picked: Picked, ranked: Ranked, snippet: Snippet, bonds: Bonds, stirred: I32, selves: Selves,
    block: Block, base: int, tick: int,
) -> None:  # fmt: skip
    """Bring the picks of a block up to date; ``base`` is its town's first slot of all."""
    ask_for(stirred, next_block(block))
    ask_for(picked.until, next_block(block))
    ask_for(picked.stirred, next_block(block))
    for r in range(block.first, block.first + block.rows):
        if not are_good(picked, r, stirred[r], tick) and is_seen(selves, r):
            pick(picked, ranked, snippet, bonds, r, block.town, base, stirred[r], tick)


@device
def put_block(
    numbers: F32, columns: F32, pitch: int, selves: Selves, views: Views, town: Town, work: Work,
    picked: Picked, bonds: Bonds, social: bool, block: Block, tick: int,
) -> int:  # fmt: skip
    """Write what stands in columns, as rows ``pitch`` apart; returns where to go on."""
    rivalry = put_self(columns, selves, town, work, block)
    clear_part(columns, rivalry * SIXTEEN, 2 * SIXTEEN)
    if social:
        put_rivalry(columns, rivalry, picked, bonds, block, tick)
    at = put_action(columns, rivalry + 2, selves, int(town.primitives[0]), block)
    at = put_views(columns, at, views, block)
    clear_part(columns, at * SIXTEEN, EIGHT * SIXTEEN)
    for k in range(0, at, EIGHT):
        turn_eight(numbers, k, pitch, columns, k)
    return at


@kernel(over="agent", whole=("snippet",), local=True)
def describe_all(
    words: U32, numbers: F32, columns: F32, ranked: Ranked, picked: Picked, half: Bool,
    selves: Selves, views: Views, town: Town, work: Work, bonds: Bonds, snippet: Snippet,
    stirred: I32, marked: Marked, tick: I64,
) -> None:  # fmt: skip
    """Write the features of the living, and of those who leave in this tick.

    Args:
        words: result, of ``Observation``, by slot.
        numbers, columns, ranked: a lane's.
        picked: by row, brought up to date.
        half: float16, (1,).
        selves .. marked: see there.
        tick: (1,).
    """
    capacity = words.shape[0] // town.sin.shape[0]
    pitch, now, rows = numbers.shape[1] // SIXTEEN, tick[0], selves.slot.shape[0]
    length = words.shape[1] * (2 if half[0] else 1)
    r = 0
    while r < rows:
        block = block_at(selves.town, r)
        r += block.rows
        base, social = block.town * capacity, bool(snippet.social[block.town])
        if social:
            pick_all(picked, ranked, snippet, bonds, stirred, selves, block, base, now)
        at = put_block(
            numbers, columns, pitch, selves, views, town, work, picked, bonds, social, block, now
        )
        at = write_rest(numbers, at, pitch, selves, town, marked, block)
        if social:
            write_bonds(numbers, at, pitch, snippet, picked, bonds, block, now)
            write_codes(numbers, at, pitch, snippet, picked, block)
        ask_for(selves.slot, next_block(block))
        for i in range(block.rows):
            one, start = block.first + i, i * pitch
            if is_seen(selves, one):
                if not social or picked.filled[one] < 0:
                    clear_part(numbers, start + at, length - at)
                write_row(words, base + selves.slot[one], numbers, start, half[0])
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
        observation.features, drafts.features, drafts.columns, Ranked(drafts.bond, drafts.rank),
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
        Work(
            posts_of(shifts), record_of(employment),
            duty_of(positions, layouts, employment, job_rules), city_of(layouts, districts),
        ),
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
