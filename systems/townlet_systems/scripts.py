"""Scripts: agents of a scene do what their schedules say, entry by entry, for ever (SPEC §16).

A schedule is a controller of its own: it emits the primitives, and neither policy nor option
controller acts for its agent. An entry is in force for a tick at least and held until it is done
or has failed.
"""

from typing import NamedTuple

from townlet.ecs import (
    I8,
    I16,
    I32,
    I64,
    Bool,
    Emit,
    Phase,
    Read,
    Write,
    device,
    kernel,
    system,
)
from townlet_components.activity import Activity
from townlet_components.citymap import DistrictPlan, Layouts, PlacePlan
from townlet_components.clock import Clock
from townlet_components.events import BLOCKED, Events, EventTotals
from townlet_components.identity import Identity
from townlet_components.intent import IDLE, INTERACT, LEAVE_QUEUE, NORTH, TALK, WAIT, Intent, Orders
from townlet_components.objects import ObjectPlan, Objects
from townlet_components.position import Position
from townlet_components.queueing import QueuePlace, QueueRing
from townlet_components.rows import Rows
from townlet_components.script import (
    ASKED,
    BLOCKED_ENTRY,
    CHAT,
    CHAT_PATIENCE,
    FRESH,
    MOVE,
    RELEASE,
    REQUEST,
    START_ENTRY,
    UNDER_WAY,
    Script,
    ScriptPlan,
)
from townlet_components.ties import Talk
from townlet_systems.bundles import City, Ground
from townlet_systems.emitting import Channel, channel_of, emit
from townlet_systems.pursue import Places, gap, toward
from townlet_systems.rings import place_in_ring
from townlet_systems.scene import city_of
from townlet_systems.walking import ARRIVED, next_step

#: A step of an entry that goes nowhere.
STAY = 5


class Play(NamedTuple):
    """Where each agent is in its schedule; by row."""

    at: I16
    then: I16
    other: I32
    since: I32
    stage: I8
    acts: Bool
    hold: Bool
    refused_at: I32
    refused_by: I32


class Lines(NamedTuple):
    """The schedules; see :class:`townlet_components.script.ScriptPlan`."""

    first: I32
    kind: I8
    object: I32
    affordance: I16
    district: I32
    target: I16
    other: I32
    quality: I32
    duration: I32
    blocked: Bool


class Actor(NamedTuple):
    """What an entry looks at; by row."""

    slot: I32
    town: I32
    district: I32
    tile: I16
    running: I16
    queue: I32
    holding: Bool
    partner: I32


class Others(NamedTuple):
    """Everybody, whole; by row, and slot to row."""

    row_of: I32
    alive: Bool
    district: I32
    tile: I16
    running: I16
    partner: I32


class Streets(NamedTuple):
    """The map."""

    city: City
    ground: Ground
    places: Places
    size: I32


class Stage(NamedTuple):
    """Objects and their queues."""

    district: I32
    target: I16
    queue: I16
    start: I32
    holder: I32
    waiting: I8
    ring: I32


class Moves(NamedTuple):
    """What an entry writes; by row."""

    option: I8
    target: I32
    affordance: I16
    wake: I32
    primitive: I16
    object: I32
    only: I32
    quality: I32


@device
def row_of(others: Others, lines: Lines, town: int, slot: int) -> int:
    """Row of a slot."""
    return int(others.row_of[town * (lines.first.shape[0] - 1) + slot])


@device
def place_in_line(stage: Stage, actor: Actor, row: int, thing: int) -> int:
    """Routing target of the tile where the agent waits for an object."""
    things = stage.district.shape[0]
    entries = stage.ring.shape[0] // (stage.holder.shape[0] // things)
    start = actor.town[row] * entries + stage.start[thing]
    count = stage.waiting[actor.town[row] * things + thing]
    ahead = place_in_ring(stage.ring, start, count, actor.slot[row])
    place = min(max(ahead, 0), stage.queue.shape[1] - 1)
    while place > 0 and stage.queue[thing, place] < 0:
        place -= 1
    return int(stage.queue[thing, place])


@device
def step_of(
    streets: Streets, lines: Lines, stage: Stage, actor: Actor, row: int, entry: int
) -> int:  # fmt: skip
    """Next step of an entry: to its tile or object, or to the own place in a line.

    Returns:
        0..3, ARRIVED, -1 without a way, or STAY where there is nowhere to go.
    """
    kind, thing = lines.kind[entry], lines.object[entry]
    goal, target, step = lines.district[entry], lines.target[entry], STAY
    if kind != MOVE:
        if kind not in (REQUEST, START_ENTRY):
            thing = actor.queue[row]
        if thing < 0:
            return step
        goal, target = stage.district[thing], stage.target[thing]
        if actor.queue[row] == thing and not actor.holding[row] and stage.queue[thing, 0] >= 0:
            target = place_in_line(stage, actor, row, thing)
    return int(next_step(streets.city, actor.district[row], actor.tile[row], goal, target))


@device
def is_over(  # noqa: PLR0911  (one return per kind of entry)
    lines: Lines, stage: Stage, play: Play, actor: Actor, others: Others, row: int, entry: int,
    step: int, now: int,
) -> bool:  # fmt: skip
    """The entry, in force for a tick at least, is done or has failed."""
    kind, asked = lines.kind[entry], play.stage[row] >= ASKED
    waited = now - play.since[row]
    queues = actor.queue[row] >= 0 and actor.queue[row] == lines.object[entry]
    if kind == MOVE:
        return bool(step == ARRIVED or step < 0)
    if kind == REQUEST:
        return bool(queues or asked or step < 0)
    if kind == START_ENTRY:
        return bool(not queues and (asked or step < 0))
    if kind == RELEASE:
        return bool(actor.queue[row] < 0 and actor.running[row] < 0)
    if kind == CHAT:
        other = companion(lines, play, row, entry)
        if other >= 0 and not others.alive[row_of(others, lines, actor.town[row], other)]:
            return True
        return bool(asked or waited > CHAT_PATIENCE)
    met = asked and is_interlude(lines, entry)
    return bool(met or kind == BLOCKED_ENTRY or waited >= lines.duration[entry])


@device
def speak(
    streets: Streets, lines: Lines, actor: Actor, others: Others, row: int, other: int, now: int
) -> int:
    """Primitive of a chat: toward the other, wait while it is busy, then talk.

    Two who walk to each other could step past each other for ever, so of two who are two steps
    apart one stands still every second tick.
    """
    if other < 0:
        return TALK
    r = row_of(others, lines, actor.town[row], other)
    here, tile = actor.district[row], actor.tile[row]
    goal, target, act = toward(
        streets.places, streets.city, streets.ground, streets.size, here, tile,
        others.district[r], others.tile[r],
    )  # fmt: skip
    if goal >= 0:
        step = next_step(streets.city, here, tile, goal, target)
        return NORTH + step if 0 <= step < ARRIVED else WAIT
    dx, dy = gap(streets.size, tile, others.tile[r])
    if abs(dx) + abs(dy) == 2 and actor.slot[row] > other and now & 1:
        return WAIT
    busy = others.running[r] >= 0 or others.partner[r] >= 0
    return WAIT if act == TALK and busy else act


@device
def perform(
    streets: Streets, lines: Lines, stage: Stage, play: Play, actor: Actor, others: Others,
    row: int, entry: int, step: int, now: int,
) -> int:  # fmt: skip
    """Primitive of an entry in this tick."""
    kind, thing, queue = lines.kind[entry], lines.object[entry], actor.queue[row]
    asks = kind in (REQUEST, START_ENTRY)
    if kind == RELEASE:
        return LEAVE_QUEUE if queue >= 0 or actor.running[row] >= 0 else WAIT
    if asks and queue >= 0 and queue != thing:
        return LEAVE_QUEUE
    if kind == CHAT:
        return speak(streets, lines, actor, others, row, companion(lines, play, row, entry), now)
    if step == ARRIVED:
        in_line = queue == thing and not actor.holding[row] and stage.queue[thing, 0] >= 0
        return INTERACT + lines.affordance[entry] if asks and not in_line else WAIT
    return NORTH + step if 0 <= step < ARRIVED else WAIT


@device
def companion(lines: Lines, play: Play, row: int, entry: int) -> int:
    """Slot of who a chat is with; -1 whoever is there."""
    return int(lines.other[entry] if play.other[row] < 0 else play.other[row])


@device
def is_interlude(lines: Lines, entry: int) -> bool:
    """The entry is none of a schedule: a timeline sends an agent through it once."""
    return bool(entry >= lines.first[lines.first.shape[0] - 1])


@device
def go_on(lines: Lines, play: Play, slot: int, row: int, now: int) -> int:
    """Put the next entry in force: the first after the last; -1 after an interlude."""
    entry = play.at[row] + 1
    if is_interlude(lines, play.at[row]):
        entry = play.then[row]
    elif entry == lines.first[slot + 1]:
        entry = lines.first[slot]
    play.at[row], play.then[row], play.other[row] = entry, -1, -1
    play.since[row], play.stage[row] = now, FRESH
    return int(entry)


@device
def refusal_of(lines: Lines, stage: Stage, play: Play, actor: Actor, row: int, entry: int) -> None:
    """Note who holds the object of an entry for which a refusal counts as being blocked."""
    thing = lines.object[entry]
    refusable = lines.kind[entry] == BLOCKED_ENTRY
    if lines.kind[entry] == REQUEST and lines.blocked[entry]:
        refusable = actor.queue[row] == thing and not actor.holding[row]
    if not refusable:
        return
    holder = stage.holder[actor.town[row] * stage.district.shape[0] + thing]
    if holder >= 0 and holder != actor.slot[row]:
        play.refused_at[row], play.refused_by[row] = thing, holder


# Not local: whom an agent may talk with (``Talk.only``) is what all others look at next.
@kernel(
    over="agent",
    whole=(
        "others.alive", "others.district", "others.tile", "others.running", "others.partner",
    ),
)  # fmt: skip
def follow_all(
    alive: Bool, given_option: I16, given_primitive: I16, possessed: Bool, play: Play,
    lines: Lines, actor: Actor, others: Others, stage: Stage, streets: Streets, moves: Moves,
    tick: I64,
) -> None:  # fmt: skip
    """Act for every agent that has a schedule; see :func:`follow_scripts`."""
    now = tick[0]
    for r in range(alive.shape[0]):
        entry = play.at[r]
        if entry < 0 or not alive[r]:
            continue
        play.refused_at[r], play.refused_by[r], play.hold[r] = -1, -1, False
        play.acts[r] = not possessed[r] and given_option[r] < 0 and given_primitive[r] < 0
        if not play.acts[r]:
            continue
        moves.option[r], moves.target[r], moves.affordance[r] = IDLE, -1, -1
        moves.wake[r], moves.primitive[r], moves.object[r] = now + 1, WAIT, -1
        if actor.partner[r] >= 0 or (actor.running[r] >= 0 and lines.kind[entry] != RELEASE):
            # It talks, or uses something: whatever is next comes after it.
            if actor.partner[r] >= 0 and is_interlude(lines, entry):
                play.stage[r] = ASKED
            continue
        step = step_of(streets, lines, stage, actor, r, entry)
        if play.stage[r] == FRESH:
            play.since[r] = now
        elif is_over(lines, stage, play, actor, others, r, entry, step, now):
            refusal_of(lines, stage, play, actor, r, entry)
            moves.only[r], moves.quality[r] = -1, -1
            entry = go_on(lines, play, actor.slot[r], r, now)
            if entry < 0:
                play.acts[r], moves.wake[r] = False, now
                continue
            step = step_of(streets, lines, stage, actor, r, entry)
        act = perform(streets, lines, stage, play, actor, others, r, entry, step, now)
        if act == TALK and play.stage[r] == FRESH:
            act = WAIT  # who is sent to talk is free from the next tick on
        moves.primitive[r] = act
        play.stage[r] = max(play.stage[r], ASKED if act >= INTERACT or act == TALK else UNDER_WAY)
        kind = lines.kind[entry]
        if kind in (REQUEST, START_ENTRY):
            moves.target[r], moves.object[r] = lines.object[entry], lines.object[entry]
            moves.affordance[r] = lines.affordance[entry]
            play.hold[r] = kind == REQUEST
        elif kind == CHAT or play.other[r] >= 0:
            moves.only[r] = companion(lines, play, r, entry)
            moves.quality[r] = lines.quality[entry]


@system(phase=Phase.DECIDE, after=["obey_orders"])
def follow_scripts(
    identity: Read[Identity],
    rows: Read[Rows],
    position: Read[Position],
    activity: Read[Activity],
    queue: Read[QueuePlace],
    orders: Read[Orders],
    script: Write[Script],
    lines: Read[ScriptPlan],
    talk: Write[Talk],
    intent: Write[Intent],
    plan: Read[ObjectPlan],
    objects: Read[Objects],
    ring: Read[QueueRing],
    layouts: Read[Layouts],
    city: Read[DistrictPlan],
    places: Read[PlacePlan],
    clock: Read[Clock],
) -> None:
    """Agents of a scene follow their schedules, entry by entry; nobody else decides for them."""
    follow_all(
        identity.alive, orders.option, orders.primitive, orders.possessed,
        Play(
            script.at, script.then, script.other, script.since, script.stage, script.acts,
            script.hold, script.refused_at, script.refused_by,
        ),
        Lines(
            lines.first, lines.kind, lines.object, lines.affordance, lines.district, lines.target,
            lines.other, lines.quality, lines.duration, lines.blocked,
        ),
        Actor(
            rows.slot, rows.town, position.district, position.tile, activity.affordance,
            queue.object, queue.holding, talk.partner,
        ),
        Others(
            rows.row_of, identity.alive, position.district, position.tile, activity.affordance,
            talk.partner,
        ),
        Stage(
            plan.district, plan.target, plan.queue, plan.ring_start, objects.holder,
            objects.waiting, ring.slot,
        ),
        Streets(
            city_of(layouts, city),
            Ground(layouts.walkable, layouts.step),
            Places(
                places.district, places.target, city.place_first, layouts.place, layouts.single
            ),
            city.size,
        ),
        Moves(
            intent.option, intent.target, intent.affordance, intent.wake, intent.primitive,
            intent.object, talk.only, talk.quality,
        ),
        clock.tick,
    )  # fmt: skip


@kernel
def blame(
    refused_at: I32, refused_by: I32, joined: I32, queue: I32, first: I32, row_of: I32,
    thing_district: I32, layout: I16, channel: Channel, tick: I64,
) -> None:  # fmt: skip
    """Record what the schedules have noted; see :func:`blame_holders`."""
    capacity = first.shape[0] - 1
    towns = row_of.shape[0] // capacity
    for s in range(capacity):
        if first[s] == first[capacity]:
            return
        for t in range(towns):
            r = row_of[t * capacity + s]
            thing = refused_at[r]
            if thing < 0:
                continue
            waited = tick[0] - joined[r] if queue[r] == thing else 0
            d = t * layout.shape[0] + thing_district[thing]
            emit(channel, d, BLOCKED, refused_by[r], s, thing, waited)


@system(phase=Phase.ACT, after=["guard_primitives"], before=["gather_actors"])
def blame_holders(
    script: Read[Script],
    lines: Read[ScriptPlan],
    queue: Read[QueuePlace],
    rows: Read[Rows],
    plan: Read[ObjectPlan],
    city: Read[DistrictPlan],
    events: Emit[Events],
    totals: Emit[EventTotals],
    clock: Read[Clock],
) -> None:
    """Whose schedule takes a refusal amiss is blocked by whoever holds the object."""
    blame(
        script.refused_at, script.refused_by, queue.joined, queue.object, lines.first, rows.row_of,
        plan.district, city.layout, channel_of(events, totals), clock.tick,
    )  # fmt: skip
