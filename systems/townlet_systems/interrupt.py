"""Interruptions: an object that closes while it is used lets its user go, unpaid and unserved."""

from townlet.ecs import I8, I32, I64, U8, Bool, Emit, Phase, Read, Write, kernel, system
from townlet_components.activity import Activity
from townlet_components.citymap import DistrictPlan
from townlet_components.clock import Clock
from townlet_components.events import CLOSED, FAIL, Events, EventTotals
from townlet_components.intent import INTERACT, Intent
from townlet_components.last_action import LastAction
from townlet_components.objects import ObjectPlan, Objects
from townlet_components.queueing import QueuePlace
from townlet_components.rows import DistrictRows, Rows
from townlet_components.wallet import REFUND, Ledger, Till, Wallet
from townlet_systems.doing import Outcome, Running, note, outcome_of, running_of, stop
from townlet_systems.emitting import Channel, channel_of, emit


@kernel(over="district", local=True)
def interrupt_all(
    town: I32, number: I32, object_first: I32, place: I32, row_of: I32, closed: U8, holder: I32,
    using: Bool, idle: I8, free_until: I32, running: Running, target: I32, wake: I32,
    outcome: Outcome, q_object: I32, joined: I32, holding: Bool, complained: Bool, money: I64,
    till: I64, flow: I64, channel: Channel, tick: I64,
) -> None:  # fmt: skip
    """Free every closed object of a district; see :func:`interrupt_uses`.

    Bit 0 of ``closed`` is an operator's: it breaks off a use. Higher ones let a use finish.
    """
    things = place.shape[0]
    towns = holder.shape[0] // things
    capacity, places = row_of.shape[0] // towns, till.shape[0] // towns
    for d in range(town.shape[0]):
        t = town[d]
        for thing in range(object_first[number[d]], object_first[number[d] + 1]):
            g = t * things + thing
            if not closed[g] or holder[g] < 0:
                continue
            if using[g] and not closed[g] & 1:
                continue  # closed by a perturbation: who is served is served
            r = row_of[t * capacity + holder[g]]
            if using[g]:
                shop = t * places + place[thing]
                till[shop] -= running.paid[r]
                money[r] += running.paid[r]
                flow[d, REFUND] += running.paid[r]
                emit(channel, d, FAIL, holder[g], running.affordance[r], thing, CLOSED)
                note(outcome, r, INTERACT + running.affordance[r], False, 1)
                stop(running, r)
            holder[g], using[g], idle[g], free_until[g] = -1, False, 0, 0
            q_object[r], joined[r], holding[r], complained[r] = -1, 0, False, False
            target[r], wake[r] = -1, tick[0] + 1


@system(phase=Phase.USE, after=["finish_affordances"])
def interrupt_uses(
    district_rows: Read[DistrictRows],
    city: Read[DistrictPlan],
    plan: Read[ObjectPlan],
    rows: Read[Rows],
    objects: Write[Objects],
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
    """Objects that have closed let their users go: no effect, money back, a new decision."""
    interrupt_all(
        district_rows.town, district_rows.number, city.object_first, plan.place, rows.row_of,
        objects.closed, objects.holder, objects.using, objects.idle, objects.free_until,
        running_of(activity), intent.target, intent.wake, outcome_of(last), queue.object,
        queue.joined, queue.holding, queue.complained, wallet.money, till.money, ledger.flow,
        channel_of(events, totals), clock.tick,
    )  # fmt: skip
