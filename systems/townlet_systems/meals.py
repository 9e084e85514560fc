"""Shared meals: who sits down to eat where others are eating (SPEC §7)."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import (
    I16,
    I32,
    I64,
    U64,
    Bool,
    Emit,
    Phase,
    Read,
    device,
    kernel,
    rare,
    system,
)
from townlet.ecs.rng import WORLD_STREAM, draw_bits
from townlet_components import draws
from townlet_components.activity import Activity
from townlet_components.actors import Actors
from townlet_components.affordances import Affordances
from townlet_components.citymap import DistrictPlan, Layouts
from townlet_components.clock import Clock
from townlet_components.events import SHARED_MEAL, Events, EventTotals
from townlet_components.identity import Identity
from townlet_components.inventory import MEALS
from townlet_components.personality import Personality
from townlet_components.position import Position
from townlet_components.rows import DistrictRows, Rows, Towns
from townlet_components.ties import Eaters, TieRules, Ties
from townlet_systems.bonds import Bonds, bonds_of, tie_strength
from townlet_systems.emitting import Channel, channel_of, emit

#: Most companions a meal is shared with.
COMPANIONS = 3


class Table(NamedTuple):
    """Who eats what, and where.

    Attributes:
        affordance, object, until, district, tile, slot, generation: by row.
        take, duration: by affordance.
        place, layout: place of a layout's tile, and layout of a district.
        seed: by town.
    """

    affordance: I16
    object: I32
    until: I32
    district: I32
    tile: I16
    slot: I32
    generation: I32
    take: I16
    duration: I32
    place: I16
    layout: I16
    seed: U64


@device
def is_eating(table: Table, row: int) -> bool:
    """What the agent is doing uses up a meal."""
    aff = table.affordance[row]
    return bool(aff >= 0 and table.take[aff, MEALS] > 0)


@device
def has_begun(table: Table, row: int, tick: int) -> bool:
    """It has begun in this tick."""
    return bool(table.until[row] == tick + table.duration[table.affordance[row]])


@device
def place_at(table: Table, row: int) -> int:
    """Place within the layout where the agent is, doors too; -1 in the open."""
    return int(table.place[table.layout[table.district[row]], table.tile[row]])


@rare
def company_draw(seed: np.uint64, tick: int, slot: int, generation: int, other: int) -> np.int64:
    """Between companions equally close: the lowest first, then the lower slot."""
    bits = draw_bits(seed, WORLD_STREAM, tick, slot, generation, draws.MEAL_COMPANY, other & 0xFFFF)
    return (np.int64(bits) << 24) | other


@device
def eats_along(table: Table, row: int, other: int, newcomer: bool, tick: int) -> bool:
    """``other`` eats in the place of ``row``; of two who begin in one tick the lower slot is first.

    Args:
        table: who eats.
        row: who begins.
        other: who may eat, too.
        newcomer: ``other`` is one of those who act in this tick, not of those who ate before.
        tick: now.
    """
    if other == row or not is_eating(table, other):
        return False
    if table.district[other] != table.district[row]:
        return False
    if place_at(table, other) != place_at(table, row):
        return False
    if has_begun(table, other, tick):
        return newcomer and bool(table.slot[other] < table.slot[row])
    return not newcomer


@device
def next_companion(
    table: Table, bonds: Bonds, eaters: I32, low: int, high: int, actors: I32, begin: int, end: int,
    row: int, town: int, tick: int, last: int,
) -> int:  # fmt: skip
    """Row of the closest companion after ``last`` (-1: of the first), or -1.

    Args:
        table, bonds: see there.
        eaters, low, high: who ate in the district before.
        actors, begin, end: who acts there.
        row, town: who begins to eat.
        tick: now.
        last: the companion before.
    """
    best, best_close, best_luck = -1, np.float32(0), np.int64(0)
    last_close, last_luck = np.float32(0), np.int64(0)
    if last >= 0:
        last_close = tie_strength(bonds, row, table.slot[last], town, tick)
        last_luck = company_draw(
            table.seed[town], tick, table.slot[row], table.generation[row], table.slot[last]
        )
    for i in range(low, high + end - begin):
        other = eaters[i] if i < high else actors[begin + i - high]
        if not eats_along(table, row, other, i >= high, tick):
            continue
        close = tie_strength(bonds, row, table.slot[other], town, tick)
        luck = company_draw(
            table.seed[town], tick, table.slot[row], table.generation[row], table.slot[other]
        )
        if last >= 0 and (close > last_close or (close == last_close and luck <= last_luck)):
            continue
        if best < 0 or close > best_close or (close == best_close and luck < best_luck):
            best, best_close, best_luck = other, close, luck
    return best


@kernel(over="district")
def share_all(
    town: I32, number: I32, first: I32, last: I32, active: I32, low: I32, high: I32, eaters: I32,
    table: Table, bonds: Bonds, on: Bool, channel: Channel, tick: I64,
) -> None:  # fmt: skip
    """Tell of the meals that begin in each district and are shared; see :func:`share_meals`.

    Args:
        town, number: of the district, (district,).
        first, last, active: actors by district.
        low, high, eaters: those who ate at the start of the tick, by district.
        table, bonds: see there.
        on: ties are on, (town,).
        channel: events.
        tick: (1,).
    """
    now = tick[0]
    for d in range(town.shape[0]):
        if not on[town[d]]:
            continue
        for i in range(first[d], last[d]):
            r = active[i]
            if not is_eating(table, r) or not has_begun(table, r, now):
                continue
            if table.district[r] != number[d] or place_at(table, r) < 0:
                continue
            o = -1
            for _ in range(COMPANIONS):
                o = next_companion(
                    table, bonds, eaters, low[d], high[d], active, first[d], last[d], r, town[d],
                    now, o,
                )  # fmt: skip
                if o < 0:
                    break
                emit(
                    channel, d, SHARED_MEAL, table.slot[r], table.slot[o], table.object[r],
                    table.affordance[r],
                )  # fmt: skip


@system(phase=Phase.USE, after=["end_conversations"])
def share_meals(
    district_rows: Read[DistrictRows],
    actors: Read[Actors],
    eaters: Read[Eaters],
    rows: Read[Rows],
    towns: Read[Towns],
    identity: Read[Identity],
    activity: Read[Activity],
    position: Read[Position],
    personality: Read[Personality],
    ties: Read[Ties],
    rules: Read[TieRules],
    manifest: Read[Affordances],
    layouts: Read[Layouts],
    city: Read[DistrictPlan],
    events: Emit[Events],
    totals: Emit[EventTotals],
    clock: Read[Clock],
) -> None:
    """Who sits down to a meal shares it with those who eat in the same place, three at most."""
    share_all(
        district_rows.town, district_rows.number, actors.first, actors.last, actors.row,
        eaters.first, eaters.last, eaters.row,
        Table(
            affordance=activity.affordance, object=activity.object, until=activity.until,
            district=position.district, tile=position.tile, slot=rows.slot,
            generation=identity.generation, take=manifest.take, duration=manifest.duration,
            place=layouts.place, layout=city.layout, seed=towns.seed,
        ),
        bonds_of(ties, rules, personality), rules.on, channel_of(events, totals), clock.tick,
    )  # fmt: skip
