"""Arrivals: newcomers get an embedding slot and enter at home."""

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
from townlet_components.embedding import Embedding, EmbeddingSlots
from townlet_components.episode import Episode
from townlet_components.home import Home
from townlet_components.identity import ANY_JOB, Arrivals, Identity, Newcomers
from townlet_components.inventory import Inventory
from townlet_components.needs import NeedRules, Needs
from townlet_components.personality import Personality, ProfileRules
from townlet_components.position import Occupancy, Position
from townlet_components.rows import Rows, Towns
from townlet_components.rules import EconomyRules, EmbeddingRules
from townlet_components.wallet import INITIAL, Treasury, Wallet

_NEWEST = np.int64(1) << 40
#: Golden-ratio steps (Roberts 2018, "The unreasonable effectiveness of quasirandom sequences"):
#: one dimension for profiles, and the two-dimensional generalisation for the drawn traits.
_STEP_1 = 0.6180339887498949
_STEP_2 = (0.7548776662466927, 0.5698402909980532)
#: Lowest level a newcomer's drawn need starts at; the highest is 1.
_LOWEST_INITIAL = 0.6


@device
def pick_embedding(taken_by: I32, released_at: I32, first: int, last: int, due: int) -> int:
    """Free slot longest at rest; a rested one with the lowest number if there is one."""
    oldest, oldest_at = -1, _NEWEST
    for e in range(first, last):
        if taken_by[e] < 0:
            if released_at[e] <= due:
                return e
            if released_at[e] < oldest_at:
                oldest, oldest_at = e, np.int64(released_at[e])
    return oldest


@kernel
def allot(
    pending: I32,
    due: Bool,
    row_of: I32,
    slot_of: I32,
    taken_by: I32,
    released_at: I32,
    forced: I32,
    given: I32,
    cooldown: I32,
    tick: I64,
) -> None:
    """Give every newcomer of a town an embedding slot, in slot order."""
    towns = pending.shape[0]
    capacity, slots = row_of.shape[0] // towns, taken_by.shape[0] // towns
    for t in range(towns):
        if pending[t] == 0:
            continue
        first = t * slots
        rested = tick[0] - cooldown[t]
        for s in range(capacity):
            row = row_of[t * capacity + s]
            if not due[row]:
                continue
            e = pick_embedding(taken_by, released_at, first, (t + 1) * slots, rested)
            if e < 0:
                continue
            while first < e and taken_by[first] >= 0:
                first += 1
            forced[t] += 1 if released_at[e] > rested else 0
            given[t] += 1
            taken_by[e] = s
            slot_of[row] = e - t * slots


@system(phase=Phase.ARRIVE)
def allot_embeddings(
    arrivals: Read[Arrivals],
    rows: Read[Rows],
    embedding: Write[Embedding],
    slots: Write[EmbeddingSlots],
    rules: Read[EmbeddingRules],
    clock: Read[Clock],
) -> None:
    """Newcomers get an embedding slot that has rested; the longest rested if none has."""
    allot(
        arrivals.pending,
        arrivals.due,
        rows.row_of,
        embedding.slot,
        slots.taken_by,
        slots.released_at,
        slots.forced,
        slots.given,
        rules.cooldown,
        clock.tick,
    )


@device
def sequence(serial: int, step: float) -> float:
    """Low-discrepancy number in [0, 1) of a serial."""
    x = 0.5 + serial * step
    return float(x - np.floor(x))


@kernel
def enter(
    pending: I32,
    due: Bool,
    wish_profile: I32,
    wish_wallet: I64,
    wish_need: F32,
    wish_district: I32,
    wish_tile: I16,
    row_of: I32,
    seed: U64,
    home_plan: I32,
    district_plan: I32,
    tile_plan: I16,
    layout: I16,
    single: Bool,
    alive: Bool,
    generation: I32,
    arrived_at: I32,
    origin: I32,
    district: I32,
    tile: I16,
    occupancy: U16,
    home: I32,
    level: F32,
    initial: F32,
    profile: I8,
    trait: F32,
    profile_trait: F32,
    cumulative: F32,
    money: I64,
    treasury: I64,
    flow: I64,
    starter: I64,
    carried: I16,
    starter_item: I16,
    reset: Bool,
    entered: I32,
    entered_job: I16,
    entered_count: I32,
    tick: I64,
) -> None:
    """Fill the rows of all newcomers; a later generation carries no trace of the one before."""
    towns = pending.shape[0]
    capacity = row_of.shape[0] // towns
    districts = occupancy.shape[0] // towns
    for t in range(towns):
        entered_count[t] = 0
        if pending[t] == 0:
            continue
        pending[t] = 0
        for s in range(capacity):
            r = row_of[t * capacity + s]
            if not due[r]:
                continue
            due[r] = False
            entered[t * capacity + entered_count[t]] = s
            entered_job[t * capacity + entered_count[t]] = ANY_JOB
            entered_count[t] += 1
            alive[r] = True
            generation[r] += 1
            arrived_at[r] = tick[0]
            origin[r] = s
            reset[r] = True
            serial = s + capacity * np.int64(generation[r])

            home[r] = home_plan[s]
            district[r] = wish_district[r] if wish_district[r] >= 0 else district_plan[s]
            tile[r] = wish_tile[r] if wish_tile[r] >= 0 else tile_plan[s]
            if single[layout[district[r]], tile[r]]:
                occupancy[t * districts + district[r], tile[r]] += 1

            chosen = wish_profile[r]
            if chosen < 0:
                u, chosen = sequence(serial, _STEP_1), 0
                while chosen < cumulative.shape[1] - 1 and u >= cumulative[t, chosen]:
                    chosen += 1
            profile[r] = chosen
            for k in range(trait.shape[1]):
                value = profile_trait[chosen, k]
                if np.isnan(value):
                    value = np.float32(2.0 * sequence(serial, _STEP_2[k & 1]) - 1.0)
                trait[r, k] = value

            for n in range(level.shape[1]):
                value = wish_need[r, n] if wish_need[r, n] >= 0 else initial[t, n]
                if value < 0:
                    u = draw_unit(
                        seed[t], WORLD_STREAM, tick[0], s, generation[r], draws.INITIAL_NEED, n
                    )
                    value = np.float32(_LOWEST_INITIAL + (1.0 - _LOWEST_INITIAL) * u)
                level[r, n] = value
                wish_need[r, n] = -1.0

            money[r] = wish_wallet[r] if wish_wallet[r] >= 0 else starter[t]
            treasury[t] -= money[r]
            flow[t, INITIAL] += money[r]
            for k in range(carried.shape[1]):
                carried[r, k] = starter_item[t, k]
            wish_profile[r] = -1
            wish_wallet[r] = -1
            wish_district[r] = -1
            wish_tile[r] = -1


@system(phase=Phase.ARRIVE, after=["allot_embeddings"])
def settle_newcomers(
    arrivals: Write[Arrivals],
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
    newcomers: Write[Newcomers],
    clock: Read[Clock],
) -> None:
    """Newcomers enter: home, needs, personality, starter money and goods."""
    enter(
        arrivals.pending,
        arrivals.due,
        arrivals.profile,
        arrivals.wallet,
        arrivals.need,
        arrivals.district,
        arrivals.tile,
        rows.row_of,
        towns.seed,
        plan.home,
        plan.district,
        plan.tile,
        city.layout,
        layouts.single,
        identity.alive,
        identity.generation,
        identity.arrived_at,
        identity.origin,
        position.district,
        position.tile,
        occupancy.count,
        home.place,
        needs.level,
        need_rules.initial,
        personality.profile,
        personality.trait,
        profiles.trait,
        profiles.cumulative,
        wallet.money,
        treasury.money,
        treasury.flow,
        economy.starting_wallet,
        inventory.count,
        economy.starting_item,
        episode.context_reset,
        newcomers.slot,
        newcomers.job,
        newcomers.count,
        clock.tick,
    )
