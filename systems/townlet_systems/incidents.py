"""Perturbations: what befalls a town starts and ends here (SPEC §10)."""

from typing import NamedTuple

import numpy as np

from townlet.ecs import I64, Emit, Phase, Read, Write, device, kernel, rare, system
from townlet.ecs.rng import EVENTS_STREAM, draw_unit, philox
from townlet_components import draws
from townlet_components.activity import Activity
from townlet_components.citymap import PlacePlan
from townlet_components.clock import Clock
from townlet_components.events import (
    ARRANGED_MEET,
    BLACKOUT,
    CANCELLED,
    ENDED,
    OUTAGE,
    PRICE_SPIKE,
    QUEUE_CLOSURE,
    STARTED,
    Events,
    EventTotals,
)
from townlet_components.identity import Identity
from townlet_components.incidents import (
    ACTIVE,
    BLACKOUT_KIND,
    CLOSURE_KIND,
    MEET_KIND,
    NO_INCIDENT,
    OUTAGE_KIND,
    PENDING,
    SPIKE_KIND,
    Errand,
    IncidentLog,
    IncidentPlan,
    IncidentRules,
    Incidents,
)
from townlet_components.intent import Intent
from townlet_components.objects import ObjectPlan, Objects
from townlet_components.personality import Personality
from townlet_components.rows import Rows, Towns
from townlet_components.ties import Talk, TieRules, Ties
from townlet_components.town_state import PricePlan, Prices, Utilities
from townlet_systems.bonds import Bonds, bonds_of
from townlet_systems.emitting import Channel, channel_of, emit
from townlet_systems.incident_bundles import (
    Crowd,
    Doors,
    Limits,
    Log,
    Slate,
    Specs,
    Supply,
    crowd_of,
    doors_of,
    limits_of,
    log_of,
    slate_of,
    specs_of,
    supply_of,
)
from townlet_systems.incident_effects import close_objects, set_prices
from townlet_systems.meetings import gather_people, release_people, send_people

Words = tuple[np.uint64, np.uint64, np.uint64, np.uint64]
_MINUTES = 1440.0
#: A keyed draw has four words of 32 bits; spec s takes word s % 4 of draw s // 4.
_WORDS = 4
_LOW, _32 = np.uint64(0xFFFFFFFF), np.uint64(32)
_PURPOSE = (np.uint64(EVENTS_STREAM) << np.uint64(30)) | (
    np.uint64(draws.INCIDENT) << np.uint64(16)
)


class Stage(NamedTuple):
    """All that perturbations read and change."""

    slate: Slate
    log: Log
    specs: Specs
    limits: Limits
    supply: Supply
    doors: Doors
    crowd: Crowd
    bonds: Bonds
    channel: Channel


@device
def draft(
    slate: Slate, log: Log, specs: Specs, limits: Limits, i: int, town: int, spec: int, start: int
) -> None:
    """Write an incident of a spec into the free place ``i``, to begin at tick ``start``.

    Duration and magnitude are drawn, keyed by the incident's number.
    """
    log.number[town] += 1
    number, seed = log.number[town], limits.seed[town]
    u = draw_unit(seed, EVENTS_STREAM, start, number, 0, draws.INCIDENT_DURATION, 0)
    least, most = limits.shortest[town, spec], limits.longest[town, spec]
    length = least + int(u * (most - least + 1))
    u = draw_unit(seed, EVENTS_STREAM, start, number, 0, draws.INCIDENT_MAGNITUDE, 0)
    weak, strong = limits.weakest[town, spec], limits.strongest[town, spec]
    slate.state[i] = PENDING
    slate.spec[i] = spec
    slate.number[i] = number
    slate.starts[i] = start
    slate.ends[i] = start + max(length, 1)
    slate.magnitude[i] = weak + int(u * (strong - weak + 1))
    slate.district[i], slate.target[i] = specs.district[spec], specs.target[spec]
    for k in range(slate.aim.shape[1]):
        slate.aim[i, k], slate.which[i, k] = specs.aim[spec, k], specs.which[spec, k]
    for k in range(slate.people.shape[1]):
        slate.people[i, k] = specs.named[spec, k]
        slate.generation[i, k] = specs.generation[spec, k]


@device
def vacate(slate: Slate, i: int) -> None:
    """Nothing is left of the incident."""
    slate.state[i] = NO_INCIDENT
    slate.spec[i] = -1
    slate.number[i] = slate.starts[i] = slate.ends[i] = 0
    slate.magnitude[i] = 1000
    slate.cancel[i] = False
    slate.district[i], slate.target[i] = 0, -1
    for k in range(slate.aim.shape[1]):
        slate.aim[i, k] = slate.which[i, k] = -1
    for k in range(slate.people.shape[1]):
        slate.people[i, k] = slate.generation[i, k] = -1


@device
def wide(number: int) -> int:
    """A number as int64, however it was stored."""
    return int(np.int64(number))


@rare
def _emit(
    channel: Channel, d: int, kind: int, agent: int, spec: int, number: int, value: int
) -> None:
    """Emit; the numbers come in one width, so this is compiled once."""
    emit(channel, d, kind, agent, spec, number, value)


@device
def tell(channel: Channel, slate: Slate, i: int, d: int, kind: int, agent: int, value: int) -> None:
    """Emit an event of incident ``i`` in district row ``d``, the first of its town."""
    _emit(
        channel, wide(d), wide(kind), wide(agent), wide(slate.spec[i]), wide(slate.number[i]),
        wide(value),
    )  # fmt: skip


@device
def record(log: Log, limits: Limits, town: int, spec: int, ends: int, tick: int) -> None:
    """A start counts for the cooldowns and the window, ordered or not."""
    log.cooled_until[town, spec] = max(
        log.cooled_until[town, spec], ends + limits.cooldown[town, spec]
    )
    log.quiet_until[town] = max(log.quiet_until[town], tick + limits.global_cooldown[town])
    for k in range(log.recent.shape[2] - 1, 0, -1):
        log.recent[town, spec, k] = log.recent[town, spec, k - 1]
    log.recent[town, spec, 0] = tick


@device
def begin(stage: Stage, i: int, town: int, ordered: bool, tick: int) -> bool:
    """Start incident ``i``; False where it cannot: fewer than two are there to meet."""
    slate, specs, supply, crowd = stage.slate, stage.specs, stage.supply, stage.crowd
    spec, channel = slate.spec, stage.channel
    d = town * (channel.used.shape[0] // stage.limits.seed.shape[0])
    kind, ends, told, value = specs.kind[spec[i]], slate.ends[i], STARTED, slate.ends[i]
    if kind == MEET_KIND:
        count = gather_people(
            slate, specs, stage.limits, crowd, stage.bonds, i, town, ordered, tick
        )
        if count < 2:
            if ordered:
                tell(channel, slate, i, d, CANCELLED, -1, ends)
            vacate(slate, i)
            return False
        send_people(slate, stage.limits, crowd, i, town, tick)
        for k in range(count):
            tell(channel, slate, i, d, ARRANGED_MEET, slate.people[i, k], ends)
    elif kind == SPIKE_KIND:
        told, value = PRICE_SPIKE, slate.magnitude[i]
    elif kind == BLACKOUT_KIND:
        supply.power[town] += 1
        told = BLACKOUT
    elif kind == OUTAGE_KIND:
        supply.water[town] += 1
        told = OUTAGE
    else:
        told = QUEUE_CLOSURE
        value = close_objects(slate, stage.doors, i, town, 2)
    slate.state[i] = ACTIVE
    record(stage.log, stage.limits, town, spec[i], ends, tick)
    tell(channel, slate, i, d, STARTED, -1, ends)
    if told != STARTED:
        tell(channel, slate, i, d, told, -1, value)
    return True


@device
def finish(stage: Stage, i: int, town: int, tick: int) -> None:
    """End incident ``i`` or take it off the list; a spike's prices are set by the caller."""
    slate, supply, log, channel = stage.slate, stage.supply, stage.log, stage.channel
    d = town * (channel.used.shape[0] // stage.limits.seed.shape[0])
    if slate.cancel[i]:
        tell(channel, slate, i, d, CANCELLED, -1, slate.ends[i])
    if slate.state[i] == ACTIVE:
        kind = stage.specs.kind[slate.spec[i]]
        if kind == BLACKOUT_KIND:
            supply.power[town] -= 1
        elif kind == OUTAGE_KIND:
            supply.water[town] -= 1
        elif kind == CLOSURE_KIND:
            close_objects(slate, stage.doors, i, town, -2)
        elif kind == MEET_KIND:
            release_people(slate, stage.limits, stage.crowd, i, town, tick)
        quiet = tick + stage.limits.global_cooldown[town]
        log.quiet_until[town] = max(log.quiet_until[town], quiet)
        tell(channel, slate, i, d, ENDED, -1, slate.ends[i])
    vacate(slate, i)


@device
def is_barred(log: Log, limits: Limits, town: int, spec: int, tick: int) -> bool:
    """The spec has not rested, or its window is full."""
    limit = limits.limit[town]
    full = limit > 0 and log.recent[town, spec, limit - 1] > tick - limits.window[town]
    return bool(full or log.cooled_until[town, spec] > tick)


@device
def luck_of(seed: np.uint64, tick: int, group: int) -> Words:
    """The draws of this minute for the specs ``4 * group`` to ``4 * group + 3``."""
    return philox(
        np.uint64(tick) & _LOW, np.uint64(0), np.uint64(0), _PURPOSE | np.uint64(group),
        seed & _LOW, seed >> _32,
    )  # fmt: skip


@device
def enter(
    slate: Slate, log: Log, specs: Specs, limits: Limits, town: int, spec: int, tick: int
) -> int:
    """Draft an incident that starts now; returns its place, or -1 when all are taken."""
    room = slate.state.shape[0] // limits.seed.shape[0]
    for i in range(town * room, (town + 1) * room):
        if slate.state[i] == NO_INCIDENT:
            draft(slate, log, specs, limits, i, town, spec, tick)
            return i
    log.refused[town] += 1
    return -1


@device
def end_due(stage: Stage, town: int, tick: int) -> tuple[int, bool, bool]:
    """End what is over or cancelled.

    Returns:
        How many are active, whether a pending one is due, whether a price spike has ended.
    """
    slate, active, due, moved = stage.slate, 0, False, False
    room = slate.state.shape[0] // stage.limits.seed.shape[0]
    for i in range(town * room, (town + 1) * room):
        if slate.state[i] == NO_INCIDENT:
            continue
        is_active = slate.state[i] == ACTIVE
        if slate.cancel[i] or (is_active and tick >= slate.ends[i]):
            moved |= is_active and stage.specs.kind[slate.spec[i]] == SPIKE_KIND
            finish(stage, i, town, tick)
        elif is_active:
            active += 1
        else:
            due |= slate.starts[i] <= tick
    return active, due, moved


@kernel
def run_all(stage: Stage, tick: I64) -> None:
    """End, start and schedule the incidents of every town; see :func:`run_incidents`."""
    slate, log, specs, limits = stage.slate, stage.log, stage.specs, stage.limits
    now, towns = tick[0], limits.seed.shape[0]
    room = slate.state.shape[0] // towns
    for t in range(towns):
        active, due, moved = end_due(stage, t, now)
        words = (_LOW, _LOW, _LOW, _LOW)
        # What is ordered comes first, then each spec has its chance.
        for step in range(0 if due else room, room + specs.kind.shape[0]):
            i, s = t * room + step, step - room
            if s < 0:
                if slate.state[i] != PENDING or slate.starts[i] > now:
                    continue
            else:
                if active >= limits.concurrent[t] or now < log.quiet_until[t]:
                    break
                if s % _WORDS == 0:
                    words = luck_of(limits.seed[t], now, s // _WORDS)
                odds = limits.probability[t, s] / _MINUTES
                if float(words[s % _WORDS] * 2.0**-32) >= odds or is_barred(log, limits, t, s, now):
                    continue
                i = enter(slate, log, specs, limits, t, s, now)
                if i < 0:
                    continue
            spike = specs.kind[slate.spec[i]] == SPIKE_KIND
            if begin(stage, i, t, s < 0, now):
                active, moved = active + 1, moved or spike
            elif s >= 0:
                log.number[t] -= 1
        if moved:
            set_prices(slate, specs, stage.supply, t)


@system(phase=Phase.ORDERS, after=["draw_weather"])
def run_incidents(
    incidents: Write[Incidents],
    log: Write[IncidentLog],
    plan: Read[IncidentPlan],
    rules: Read[IncidentRules],
    towns: Read[Towns],
    utilities: Write[Utilities],
    prices: Write[Prices],
    price_plan: Read[PricePlan],
    places: Read[PlacePlan],
    objects: Write[Objects],
    object_plan: Read[ObjectPlan],
    rows: Read[Rows],
    identity: Read[Identity],
    personality: Read[Personality],
    activity: Read[Activity],
    talk: Read[Talk],
    intent: Write[Intent],
    errand: Write[Errand],
    ties: Read[Ties],
    tie_rules: Read[TieRules],
    events: Emit[Events],
    totals: Emit[EventTotals],
    clock: Read[Clock],
) -> None:
    """Perturbations end, start as ordered, and befall towns by chance."""
    run_all(
        Stage(
            slate_of(incidents),
            log_of(log),
            specs_of(plan),
            limits_of(rules, towns),
            supply_of(utilities, prices, price_plan, places),
            doors_of(objects, object_plan, places),
            crowd_of(rows, identity, activity, talk, intent, errand),
            bonds_of(ties, tie_rules, personality),
            channel_of(events, totals),
        ),
        clock.tick,
    )  # fmt: skip
