"""Interruptions: what closes or loses its power or water lets people go, paid back."""

from typing import NamedTuple

from townlet.ecs import (
    I8,
    I16,
    I32,
    I64,
    U8,
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
from townlet_components.affordances import Affordances
from townlet_components.citymap import DistrictPlan
from townlet_components.clock import Clock
from townlet_components.events import CLOSED, FAIL, NO_REASON, Events, EventTotals
from townlet_components.intent import INTERACT, Intent
from townlet_components.last_action import LastAction
from townlet_components.objects import ObjectPlan, Objects
from townlet_components.queueing import QueuePlace, QueueRing
from townlet_components.rows import DistrictRows, Rows
from townlet_components.town_state import Utilities
from townlet_components.wallet import REFUND, Ledger, Till, Wallet
from townlet_systems.doing import Outcome, Running, note, outcome_of, running_of, stop
from townlet_systems.emitting import Channel, channel_of, emit
from townlet_systems.offers import outage, without
from townlet_systems.spotting import BLOCK, below, first_bits

#: Bit of ``Objects.closed`` that lets the user go too; the others let it finish.
SHUT = 1


class Queues(NamedTuple):
    """Objects' and agents' sides of queues, as far as letting go needs them."""

    holder: I32
    using: Bool
    idle: I8
    free_until: I32
    waiting: I8
    start: I32
    ring: I32
    object: I32
    joined: I32
    holding: Bool
    complained: Bool


class Aims(NamedTuple):
    """What agents are after; by row."""

    target: I32
    affordance: I16
    wake: I32


class Stores(NamedTuple):
    """Where goods and money go back to."""

    stock: I16
    pantry: I32
    place: I32
    take: I16
    money: I64
    till: I64
    flow: I64


@device
def dismiss(q: Queues, aims: Aims, row: int, tick: int) -> None:
    """The agent is in no queue, goes for nothing, and decides anew in the next tick."""
    q.object[row], q.joined[row] = -1, 0
    q.holding[row], q.complained[row] = False, False
    aims.target[row], aims.wake[row] = -1, tick + 1


@device
def break_off(
    running: Running, stores: Stores, outcome: Outcome, row: int, d: int, town: int, thing: int
) -> None:
    """A use ends without effect: price and goods go back to where they came from."""
    aff, things = running.affordance[row], stores.place.shape[0]
    places = stores.till.shape[0] // (stores.stock.shape[0] // things)
    stores.till[town * places + stores.place[thing]] -= running.paid[row]
    stores.money[row] += running.paid[row]
    stores.flow[d, REFUND] += running.paid[row]
    for item in range(stores.take.shape[1]):
        stores.stock[town * things + stores.pantry[thing], item] += stores.take[aff, item]
    note(outcome, row, INTERACT + aff, False, 1)
    stop(running, row)


@device
def clear_ring(q: Queues, aims: Aims, row_of: I32, town: int, thing: int, tick: int) -> None:
    """Everyone who waits for the object is let go."""
    things = q.start.shape[0]
    towns = q.holder.shape[0] // things
    first = town * (q.ring.shape[0] // towns) + q.start[thing]
    g, capacity = town * things + thing, row_of.shape[0] // towns
    for k in range(q.waiting[g]):
        dismiss(q, aims, row_of[town * capacity + q.ring[first + k]], tick)
        q.ring[first + k] = -1
    q.waiting[g] = 0


@device
def rouse(q: Queues, aims: Aims, utility: U8, row: int, thing: int, out: int, tick: int) -> None:
    """Who cannot do here what it came for decides anew."""
    aff = aims.affordance[row]
    if aims.target[row] == thing and aff >= 0 and utility[aff] & out:
        aims.wake[row] = min(aims.wake[row], tick + 1)


@device
def any_closed(closed: U8, low: int, high: int) -> bool:
    """Some object of the rows from ``low`` to ``high`` is closed."""
    for block in range(low, high, BLOCK):
        if ~below(closed, block, 1) & first_bits(high - block) != 0:
            return True
    return False


@kernel(over="district", local=True)
def interrupt_all(
    town: I32, number: I32, object_first: I32, row_of: I32, closed: U8, power: I16, water: I16,
    utility: U8, q: Queues, running: Running, aims: Aims, outcome: Outcome, stores: Stores,
    channel: Channel, tick: I64,
) -> None:  # fmt: skip
    """Let go of whatever is closed or out in a district; see :func:`interrupt_uses`."""
    things, now = stores.place.shape[0], tick[0]
    capacity = row_of.shape[0] // (q.holder.shape[0] // things)
    for d in range(town.shape[0]):
        t = town[d]
        out = outage(power, water, t)
        low, high = object_first[number[d]], object_first[number[d] + 1]
        if out == 0 and not any_closed(closed, t * things + low, t * things + high):
            continue
        for thing in range(low, high):
            g = t * things + thing
            if (closed[g] == 0 and out == 0) or (q.holder[g] < 0 and q.waiting[g] == 0):
                continue
            if q.holder[g] >= 0:
                r = row_of[t * capacity + q.holder[g]]
                why = NO_REASON
                if q.using[g]:
                    missing = utility[running.affordance[r]] & out
                    why = without(missing) if missing else NO_REASON
                    why = CLOSED if closed[g] & SHUT else why
                    if why != NO_REASON:
                        aff = running.affordance[r]
                        break_off(running, stores, outcome, r, d, t, thing)
                        emit(channel, d, FAIL, q.holder[g], aff, thing, why)
                elif closed[g]:
                    why = CLOSED
                else:
                    rouse(q, aims, utility, r, thing, out, now)
                if why != NO_REASON:
                    q.holder[g], q.using[g], q.idle[g], q.free_until[g] = -1, False, 0, 0
                    dismiss(q, aims, r, now)
            if closed[g]:
                clear_ring(q, aims, row_of, t, thing, now)
                continue
            first = t * (q.ring.shape[0] // (q.holder.shape[0] // things)) + q.start[thing]
            for k in range(q.waiting[g]):
                waiter = row_of[t * capacity + q.ring[first + k]]
                rouse(q, aims, utility, waiter, thing, out, now)


@system(phase=Phase.USE, after=["finish_affordances"])
def interrupt_uses(
    district_rows: Read[DistrictRows],
    city: Read[DistrictPlan],
    plan: Read[ObjectPlan],
    rows: Read[Rows],
    utilities: Read[Utilities],
    manifest: Read[Affordances],
    objects: Write[Objects],
    ring: Write[QueueRing],
    activity: Write[Activity],
    intent: Write[Intent],
    last: Write[LastAction],
    queue: Write[QueuePlace],
    wallet: Write[Wallet],
    till: Write[Till],
    ledger: Write[Ledger],
    events: Emit[Events],
    totals: Emit[EventTotals],
    clock: Read[Clock],
) -> None:
    """What closed or lost its power or water lets people go: no effect, goods and money back."""
    interrupt_all(
        district_rows.town, district_rows.number, city.object_first, rows.row_of, objects.closed,
        utilities.power, utilities.water, manifest.utility,
        Queues(
            objects.holder, objects.using, objects.idle, objects.free_until, objects.waiting,
            plan.ring_start, ring.slot, queue.object, queue.joined, queue.holding, queue.complained,
        ),
        running_of(activity), Aims(intent.target, intent.affordance, intent.wake),
        outcome_of(last),
        Stores(
            objects.stock, plan.pantry, plan.place, manifest.take, wallet.money, till.money,
            ledger.flow,
        ),
        channel_of(events, totals), clock.tick,
    )  # fmt: skip
