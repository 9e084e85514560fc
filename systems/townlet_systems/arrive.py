"""Arrivals: newcomers enter with their character, money and goods."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import (
    F32,
    I8,
    I16,
    I32,
    I64,
    U16,
    U64,
    Bool,
    Emit,
    Phase,
    Read,
    Write,
    device,
    kernel,
    system,
)
from townlet.ecs.rng import WORLD_STREAM, draw_unit
from townlet_components import draws
from townlet_components.citymap import DistrictPlan, Layouts, SlotPlan
from townlet_components.clock import Clock
from townlet_components.episode import Episode
from townlet_components.events import AGENT_RESPAWN, AGENT_SPAWNED, Events, EventTotals
from townlet_components.home import Home
from townlet_components.identity import (
    ANY_JOB,
    NO_JOB,
    Arrivals,
    Identity,
    Newcomers,
    Wishes,
)
from townlet_components.inventory import Inventory
from townlet_components.lifecycle import ExitCounts
from townlet_components.needs import NeedRules, Needs
from townlet_components.personality import Personality, ProfileRules
from townlet_components.position import Occupancy, Position
from townlet_components.rows import Rows, Towns
from townlet_components.rules import EconomyRules
from townlet_components.wallet import INITIAL, Treasury, Wallet
from townlet_systems.emitting import Channel, channel_of, emit

#: Golden-ratio steps (Roberts 2018, "The unreasonable effectiveness of quasirandom sequences"):
#: one dimension for profiles, and the two-dimensional generalisation for the drawn traits.
_STEP_1 = 0.6180339887498949
_STEP_2 = (0.7548776662466927, 0.5698402909980532)
#: Lowest level a newcomer's drawn need starts at; the highest is 1.
_LOWEST_INITIAL = 0.6


@device
def sequence(serial: int, step: float) -> float:
    """Low-discrepancy number in [0, 1) of a serial."""
    x = 0.5 + serial * step
    return float(x - np.floor(x))


class Band(NamedTuple):
    """Who enters: see :class:`townlet_components.identity.Newcomers`."""

    total: I32
    slot: I32
    job: I16


class Wanted(NamedTuple):
    """What some bring along: see :class:`townlet_components.identity.Wishes`."""

    total: I32
    slot: I32
    ordered: Bool
    profile: I32
    trait: F32
    wallet: I64
    need: F32
    job: I16
    district: I32
    tile: I16


class Soul(NamedTuple):
    """Who an agent is; by row."""

    alive: Bool
    generation: I32
    arrived_at: I32
    origin: I32
    reset: Bool
    profile: I8
    trait: F32
    level: F32


class Body(NamedTuple):
    """Where an agent is, by row, and who stands where."""

    district: I32
    tile: I16
    home: I32
    occupancy: U16


class Doors(NamedTuple):
    """Where slots live and newcomers enter."""

    home: I32
    district: I32
    tile: I16
    layout: I16
    single: Bool
    entrance: I16


class Nature(NamedTuple):
    """What a newcomer is drawn from."""

    seed: U64
    profile_trait: F32
    cumulative: F32
    initial: F32


class Purse(NamedTuple):
    """Starter money and goods."""

    money: I64
    treasury: I64
    flow: I64
    starter: I64
    carried: I16
    starter_item: I16


@device
def find_wish(wanted: Wanted, town: int, slot: int) -> int:
    """Row of the wishes for a slot, or -1."""
    if wanted.total[town] == 0:
        return -1
    rows = wanted.slot.shape[0] // wanted.total.shape[0]
    for w in range(town * rows, (town + 1) * rows):
        if wanted.slot[w] == slot:
            return w
    return -1


@device
def forget_wish(wanted: Wanted, town: int, wish: int) -> None:
    """The row is free again, like one never used."""
    wanted.total[town] -= 1
    wanted.slot[wish], wanted.ordered[wish] = -1, False
    wanted.profile[wish], wanted.wallet[wish], wanted.job[wish] = -1, -1, -1
    wanted.district[wish], wanted.tile[wish] = -1, -1
    for k in range(wanted.trait.shape[1]):
        wanted.trait[wish, k] = -2.0
    for n in range(wanted.need.shape[1]):
        wanted.need[wish, n] = -1.0


@device
def _entrance(doors: Doors, district: int, serial: int) -> int:
    """Tile of a gate of the district, the gates in turn; -1 without gates."""
    layout = doors.layout[district]
    count = 0
    for side in range(doors.entrance.shape[1]):
        count += 1 if doors.entrance[layout, side] >= 0 else 0
    if count == 0:
        return -1
    rest = serial % count
    for side in range(doors.entrance.shape[1]):
        if doors.entrance[layout, side] >= 0:
            if rest == 0:
                return int(doors.entrance[layout, side])
            rest -= 1
    return -1


@device
def _place(
    body: Body, doors: Doors, wanted: Wanted, town: int, row: int, slot: int, wish: int,
    entrance: int,
) -> None:  # fmt: skip
    """Put a newcomer on the map: where it wishes, at the gate, or at home."""
    districts = doors.layout.shape[0]
    body.home[row] = doors.home[slot]
    body.district[row] = doors.district[slot]
    body.tile[row] = doors.tile[slot] if entrance < 0 else entrance
    if wish >= 0 and wanted.district[wish] >= 0:
        body.district[row] = wanted.district[wish]
        body.tile[row] = wanted.tile[wish]
    if doors.single[doors.layout[body.district[row]], body.tile[row]]:
        body.occupancy[town * districts + body.district[row], body.tile[row]] += np.uint16(1)


@device
def _characterise(
    soul: Soul, nature: Nature, wanted: Wanted, town: int, row: int, serial: int, wish: int
) -> None:
    """Profile and traits: as wished, as the profile says, or the next of the sequence."""
    chosen = wanted.profile[wish] if wish >= 0 else -1
    if chosen < 0:
        u, chosen = sequence(serial, _STEP_1), 0
        while chosen < nature.cumulative.shape[1] - 1 and u >= nature.cumulative[town, chosen]:
            chosen += 1
    soul.profile[row] = chosen
    for k in range(soul.trait.shape[1]):
        value = nature.profile_trait[chosen, k]
        if np.isnan(value):
            value = np.float32(2.0 * sequence(serial, _STEP_2[k & 1]) - 1.0)
        if wish >= 0 and wanted.trait[wish, k] >= -1:
            value = wanted.trait[wish, k]
        soul.trait[row, k] = value


@device
def _feed(
    soul: Soul, nature: Nature, wanted: Wanted, town: int, row: int, slot: int, wish: int,
    tick: int,
) -> None:  # fmt: skip
    """Needs: as wished, as the config says, or drawn."""
    for n in range(soul.level.shape[1]):
        value = nature.initial[town, n]
        if wish >= 0 and wanted.need[wish, n] >= 0:
            value = wanted.need[wish, n]
        if value < 0:
            u = draw_unit(
                nature.seed[town], WORLD_STREAM, tick, slot, soul.generation[row],
                draws.INITIAL_NEED, n,
            )  # fmt: skip
            value = np.float32(_LOWEST_INITIAL + (1.0 - _LOWEST_INITIAL) * u)
        soul.level[row, n] = value


@device
def _endow(purse: Purse, wanted: Wanted, town: int, row: int, wish: int) -> None:
    """Money from the treasury, and goods."""
    wished = wish >= 0 and wanted.wallet[wish] >= 0
    purse.money[row] = wanted.wallet[wish] if wished else purse.starter[town]
    purse.treasury[town] -= purse.money[row]
    purse.flow[town, INITIAL] += purse.money[row]
    for k in range(purse.carried.shape[1]):
        purse.carried[row, k] = purse.starter_item[town, k]


@device
def _job_wish(
    soul: Soul, nature: Nature, wanted: Wanted, town: int, row: int, slot: int, wish: int,
    first: bool, tick: int,
) -> int:  # fmt: skip
    """The job a newcomer wants: as wished; any, of the first population; later on half of them."""
    if wish >= 0 and wanted.job[wish] != ANY_JOB:
        return int(wanted.job[wish])
    if first:
        return ANY_JOB
    u = draw_unit(
        nature.seed[town], WORLD_STREAM, tick, slot, soul.generation[row], draws.NEWCOMER_JOB, 0
    )
    return ANY_JOB if u < 0.5 else NO_JOB


@kernel
def enter(
    band: Band, wanted: Wanted, row_of: I32, soul: Soul, body: Body, doors: Doors, nature: Nature,
    purse: Purse, arrived: I32, channel: Channel, tick: I64,
) -> None:  # fmt: skip
    """Fill the rows of all newcomers; a later generation carries no trace of the one before."""
    towns = band.total.shape[0]
    capacity, districts = row_of.shape[0] // towns, doors.layout.shape[0]
    for t in range(towns):
        for k in range(t * capacity, t * capacity + band.total[t]):
            s = band.slot[k]
            r = row_of[t * capacity + s]
            w = find_wish(wanted, t, s)
            ordered = w >= 0 and wanted.ordered[w]
            soul.alive[r] = True
            soul.generation[r] += 1
            soul.arrived_at[r] = tick[0]
            soul.origin[r] = s
            soul.reset[r] = True
            # A replacement may have had to make way to a slot that nobody has lived in yet.
            replaces = not ordered and (soul.generation[r] > 0 or tick[0] > 1)
            serial = s + capacity * np.int64(soul.generation[r])
            entrance = -1
            if replaces:
                entrance = _entrance(doors, doors.district[s], s + soul.generation[r])
            _place(body, doors, wanted, t, r, s, w, entrance)
            _characterise(soul, nature, wanted, t, r, serial, w)
            _feed(soul, nature, wanted, t, r, s, w, tick[0])
            _endow(purse, wanted, t, r, w)
            first = not (ordered or replaces)
            band.job[k] = _job_wish(soul, nature, wanted, t, r, s, w, first, tick[0])
            if w >= 0:
                forget_wish(wanted, t, w)
            if first:
                continue
            arrived[t] += 1
            kind = AGENT_SPAWNED if ordered else AGENT_RESPAWN
            emit(channel, t * districts + body.district[r], kind, s, -1, -1, soul.generation[r])


@system(phase=Phase.ARRIVE, after=["allot_embeddings"])
def settle_newcomers(
    newcomers: Write[Newcomers],
    arrivals: Write[Arrivals],
    wishes: Write[Wishes],
    rows: Read[Rows],
    towns: Read[Towns],
    plan: Read[SlotPlan],
    city: Read[DistrictPlan],
    layouts: Read[Layouts],
    identity: Write[Identity],
    position: Write[Position],
    occupancy: Write[Occupancy],
    home: Write[Home],
    needs: Write[Needs],
    need_rules: Read[NeedRules],
    personality: Write[Personality],
    profiles: Read[ProfileRules],
    wallet: Write[Wallet],
    treasury: Write[Treasury],
    economy: Read[EconomyRules],
    inventory: Write[Inventory],
    episode: Write[Episode],
    counts: Write[ExitCounts],
    events: Emit[Events],
    totals: Emit[EventTotals],
    clock: Read[Clock],
) -> None:
    """Newcomers enter: home, needs, personality, starter money and goods."""
    enter(
        Band(newcomers.count, newcomers.slot, newcomers.job),
        Wanted(
            arrivals.wishes, wishes.slot, wishes.ordered, wishes.profile, wishes.trait,
            wishes.wallet, wishes.need, wishes.job, wishes.district, wishes.tile,
        ),
        rows.row_of,
        Soul(
            identity.alive, identity.generation, identity.arrived_at, identity.origin,
            episode.context_reset, personality.profile, personality.trait, needs.level,
        ),
        Body(position.district, position.tile, home.place, occupancy.count),
        Doors(
            plan.home, plan.district, plan.tile, city.layout, layouts.single, layouts.entrance
        ),
        Nature(towns.seed, profiles.trait, profiles.cumulative, need_rules.initial),
        Purse(
            wallet.money, treasury.money, treasury.flow, economy.starting_wallet,
            inventory.count, economy.starting_item,
        ),
        counts.arrived,
        channel_of(events, totals),
        clock.tick,
    )  # fmt: skip
