"""Selves: what agents observe of themselves and around them, as columns for a block of rows.

A block is up to sixteen rows of one town that follow each other; see ``townlet_systems.sixteen``.
"""

from typing import Any, NamedTuple

import numpy as np

from townlet.ecs import F32, I8, I16, I32, I64, Bool, device
from townlet_components.work import OFF_DUTY, SHIFT_STATES
from townlet_systems.ahead import ask_for
from townlet_systems.bundles import City
from townlet_systems.duty import Duty
from townlet_systems.lines import clear_part, put_number
from townlet_systems.posts import Posts, Record, on_shift
from townlet_systems.sixteen import (
    SIXTEEN,
    above,
    all_alike,
    cells_of,
    column_of,
    cut_off,
    equal,
    least,
    most,
    over,
    plus,
    put_column,
    times,
)

#: Half of what these can come to: late shifts, and ticks the last action took.
HALF_LATENESS, HALF_DURATION = np.float32(4), np.float32(60)
_ZERO, _ONE, _THOUSAND = np.float32(0), np.float32(1), np.float32(1000)


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


class Work(NamedTuple):
    """What an agent's work is, and where."""

    posts: Posts
    record: Record
    duty: Duty
    city: City


class Block(NamedTuple):
    """Rows that are described at once: the first, how many, and their town."""

    first: int
    rows: int
    town: int


@device
def block_at(town: I32, first: int) -> Block:
    """The block that begins at a row."""
    ask_for(town, first + SIXTEEN)
    last = min(first + SIXTEEN, town.shape[0])
    after = first + 1
    while after < last and town[after] == town[first]:
        after += 1
    return Block(first, after - first, int(town[first]))


@device
def next_block(block: Block) -> int:
    """Where the block begins that comes next; what it needs is asked for as this one is described.

    It is asked for a line here and a line there: sixty at once are more than a processor waits for.
    """
    return block.first + SIXTEEN


@device
def column(numbers: Any, block: Block) -> Any:
    """A column of numbers for a block."""
    ask_for(numbers, next_block(block))
    return column_of(numbers, block.first, block.rows)


@device
def cells(numbers: Any, k: int, block: Block) -> Any:
    """Cell ``k`` of each row of a block."""
    width = numbers.shape[1]
    ask_for(numbers, next_block(block) * width + k * SIXTEEN)
    return cells_of(numbers, block.first * width + k, width, block.rows)


@device
def put_ratio(columns: F32, k: int, value: Any, half: np.float32) -> None:
    """Write counts or amounts, from 0 on, as numbers below 1: value / (value + half)."""
    put_column(columns, k, over(value, plus(value, half)))


@device
def put_shifts(
    columns: F32, present: int, state: int, selves: Selves, work: Work, block: Block
) -> None:
    """Write 1 at work as column ``present``, and states of shifts as columns from ``state`` on."""
    clear_part(columns, present * SIXTEEN, SIXTEEN)
    clear_part(columns, state * SIXTEEN, len(SHIFT_STATES) * SIXTEEN)
    posts, duty, t = work.posts, work.duty, block.town
    ask_for(duty.position, next_block(block))
    ask_for(selves.district, next_block(block))
    ask_for(selves.tile, next_block(block))
    for i in range(block.rows):
        r = block.first + i
        p, now = duty.position[r], OFF_DUTY
        if p >= 0:
            now = int(posts.state[t * duty.start.shape[0] + p])
            here, tile = selves.district[r], selves.tile[r]
            if on_shift(posts, duty, work.city, t, r, here, tile):
                put_number(columns, present * SIXTEEN + i, _ONE)
        put_number(columns, (state + now) * SIXTEEN + i, _ONE)


@device
def attendance_of(record: Record, block: Block) -> Any:
    """Share of the last shifts on time, in thousandths as ``posts.attendance`` has it, from 0 to 1.

    Numbers this small come out of float32 as they would out of float64.
    """
    samples, window = column(record.samples, block), record.sample.shape[1]
    total = all_alike(_ZERO)
    for k in range(window):
        share = cells(record.sample, k, block)
        total = plus(total, times(share, above(samples, np.float32(k))))
    return over(cut_off(over(total, most(samples, _ONE))), _THOUSAND)


@device
def put_self(columns: F32, selves: Selves, town: Town, work: Work, block: Block) -> int:
    """Write needs, money, work, time and episode; returns where to go on."""
    t, needs = block.town, selves.level.shape[1]
    at, record, basket = needs, work.record, np.float32(max(town.basket[t], 1))
    put_shifts(columns, at + 2, at + 7, selves, work, block)
    for n in range(needs):
        put_column(columns, n, cells(selves.level, n, block))
    ask_for(selves.money, next_block(block) + SIXTEEN // 2)
    put_ratio(columns, at, column(selves.money, block), basket)
    put_ratio(columns, at + 1, column(record.lateness, block), HALF_LATENESS)
    put_column(columns, at + 3, all_alike(town.sin[t]))
    put_column(columns, at + 4, all_alike(town.cos[t]))
    put_column(columns, at + 5, attendance_of(record, block))
    put_ratio(columns, at + 6, column(record.withheld, block), basket)
    at += 7 + len(SHIFT_STATES)
    slot = most(column(selves.embedding, block), _ZERO)
    put_column(columns, at, over(slot, np.float32(town.embeddings[0])))
    same = equal(column(selves.reason, block), _ZERO)
    reset = most(column(selves.reset, block), equal(same, _ZERO))
    put_column(columns, at + 1, reset)
    progress = over(column(selves.episode, block), np.float32(town.turn[t]))
    put_column(columns, at + 2, least(progress, _ONE))
    return int(at + 3)


@device
def put_action(columns: F32, at: int, selves: Selves, primitives: int, block: Block) -> int:
    """Write the last action and its outcome, and queues; returns where to go on."""
    ask_for(selves.primitive, next_block(block))
    clear_part(columns, at * SIXTEEN, primitives * SIXTEEN)
    for i in range(block.rows):
        put_number(columns, (at + int(selves.primitive[block.first + i])) * SIXTEEN + i, _ONE)
    at += primitives
    put_column(columns, at, column(selves.success, block))
    put_ratio(columns, at + 1, column(selves.duration, block), HALF_DURATION)
    holding = column(selves.holding, block)
    put_column(columns, at + 2, holding)
    queues = above(column(selves.queue, block), np.float32(-1))
    put_column(columns, at + 3, times(queues, equal(holding, _ZERO)))
    return at + 4


@device
def put_views(columns: F32, at: int, views: Views, block: Block) -> int:
    """Write the next step and what is around; returns where to go on."""
    step = column(views.step, block)
    for k in range(4):
        put_column(columns, at + k, equal(step, np.float32(k)))
    at, shares = at + 4, views.around.shape[1]
    for k in range(shares):
        put_column(columns, at + k, cells(views.around, k, block))
    return int(at + shares)
