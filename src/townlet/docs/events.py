"""The reference of events: kinds, fields, reasons, and who emits them."""

from __future__ import annotations

from typing import NamedTuple

from townlet.docs.kernels import kernels_of, names_used
from townlet.docs.markdown import NONE, code, head, table
from townlet.ecs.system import SystemSpec
from townlet.policy import policy_systems
from townlet.simulation import discover_world
from townlet_components import events, lifecycle


class Meaning(NamedTuple):
    """What a kind of event says.

    Attributes:
        constant: its name in ``townlet_components.events``.
        what: what happened.
        agent, other, object, value: what the fields hold; a dash: nothing.
    """

    constant: str
    what: str
    agent: str
    other: str
    object: str
    value: str


#: Every kind; a test compares the keys with ``EVENTS``.
MEANINGS = {
    "queue_conflict": Meaning(
        "CONFLICT", "a holder did not start in time and went to the tail of the queue",
        "the holder that was", "the new holder", "the object", "agents that waited",
    ),
    "blocked": Meaning(
        "BLOCKED",
        "somebody has waited past its patience, told once per wait; or minds a refusal",
        "the holder", "who waits", "the object", "ticks waited",
    ),
    "queue_interaction": Meaning(
        "HANDOVER", "an object passes to the next in line",
        "who has finished", "who is next", "the object", "agents that wait",
    ),
    "chat_success": Meaning(
        "CHAT_SUCCESS", "a conversation ended well",
        "who began it", "who listened", NONE, "quality in thousandths",
    ),
    "chat_failure": Meaning(
        "CHAT_FAILURE", "a conversation ended badly",
        "who began it", "who listened", NONE, NONE,
    ),
    "shared_meal": Meaning(
        "SHARED_MEAL", "an agent sat down to eat where another was eating",
        "who sat down", "who was eating", "the object; -1: from the bag", "affordance",
    ),
    "employment_helped_when_late": Meaning(
        "HELPED", "a coworker who was there made up for one who came late; of a pair once a week",
        "who is late", "who helped", NONE, "ticks since the shift began",
    ),
    "employment_took_my_shift": Meaning(
        "TOOK_SHIFT", "a coworker who was there took the shift of one absent; likewise",
        "who is absent", "who took the shift", NONE, "ticks since the shift began",
    ),
    "agent_removed": Meaning(
        "AGENT_REMOVED", "an agent has left; what it held, was owed and owned is settled",
        "who", NONE, NONE, "cause (below)",
    ),
    "agent_spawned": Meaning(
        "AGENT_SPAWNED", "somebody an operator sent for has entered",
        "who", NONE, NONE, "generation",
    ),
    "agent_respawn": Meaning(
        "AGENT_RESPAWN", "somebody has entered who takes the slot of one who left",
        "who", NONE, NONE, "generation",
    ),
    "agent_killed": Meaning(
        "AGENT_KILLED", "an operator has removed an agent",
        "who", NONE, NONE, NONE,
    ),
    "employment_exit_pending": Meaning(
        "EXIT_PENDING", "an agent has to leave for too many absences, or on request",
        "who", NONE, NONE, "agents in line for it",
    ),
    "employment_exit_queue_overflow": Meaning(
        "EXIT_OVERFLOW", "the same, and the line is longer than `employment.exit_queue_limit`",
        "who", NONE, NONE, "agents in line for it",
    ),
    "employment_exit_manual_request": Meaning(
        "EXIT_REQUEST", "an operator asked for an employment exit",
        "who", NONE, NONE, NONE,
    ),
    "employment_exit_deferred": Meaning(
        "EXIT_DEFERRED", "an operator put an employment exit off",
        "who", NONE, NONE, "agents in line for it",
    ),
    "employment_exit_processed": Meaning(
        "EXIT_PROCESSED", "an employment exit takes place",
        "who", NONE, NONE, "0 an operator decided it, 1 the review window did, 2 its turn came",
    ),
    "employment_warning": Meaning(
        "WARNING", "one absence more and the agent has to leave",
        "who", "job", NONE, "days with an absence, of the last seven",
    ),
    "hired": Meaning(
        "HIRED", "an agent without work got a position",
        "who", "job", NONE, "position within the town",
    ),
    "shift_on_time": Meaning(
        "ON_TIME", "an agent came to work in time",
        "who", "job", NONE, "ticks since the shift began",
    ),
    "shift_late_start": Meaning(
        "LATE_START", "the grace of a shift is over and the agent has not come yet",
        "who", "job", NONE, "ticks since the shift began",
    ),
    "shift_absent": Meaning(
        "ABSENT", "an agent did not come in time to count, or was away too long",
        "who", "job", NONE, "ticks since the shift began",
    ),
    "shift_departed_early": Meaning(
        "DEPARTED_EARLY", "an agent was at work and did not stay to the end",
        "who", "job", NONE, "ticks since the shift began",
    ),
    "shift_ended": Meaning(
        "SHIFT_ENDED", "a shift is over, and its wage is paid",
        "who", "job", NONE, "wage in thousandths",
    ),
    "rent_arrears": Meaning(
        "ARREARS", "an agent begins to owe rent; told once until it has paid",
        "who", NONE, NONE, "rent it owes, thousandths",
    ),
    "perturbation_started": Meaning(
        "STARTED", "something befalls the town",
        NONE, "its spec: number in the config", "n of its id `evt_<n>`", "tick it ends",
    ),
    "perturbation_ended": Meaning(
        "ENDED", "it is over; its effects are undone",
        NONE, "its spec", "n of its id", "tick it was to end",
    ),
    "perturbation_cancelled": Meaning(
        "CANCELLED", "an operator has cancelled it, or too few could meet",
        NONE, "its spec", "n of its id", "tick it was to end",
    ),
    "perturbation_price_spike": Meaning(
        "PRICE_SPIKE", "prices are multiplied",
        NONE, "its spec", "n of its id", "factor in thousandths",
    ),
    "perturbation_blackout": Meaning(
        "BLACKOUT", "the power is off", NONE, "its spec", "n of its id", "tick it ends",
    ),
    "perturbation_outage": Meaning(
        "OUTAGE", "the water is off", NONE, "its spec", "n of its id", "tick it ends",
    ),
    "perturbation_arranged_meet": Meaning(
        "ARRANGED_MEET", "an agent is sent to a meeting, one event each",
        "who is sent", "its spec", "n of its id", "tick it ends",
    ),
    "perturbation_queue_closure": Meaning(
        "QUEUE_CLOSURE", "objects accept no new users",
        NONE, "its spec", "n of its id", "objects closed",
    ),
    "weather_change": Meaning(
        "WEATHER_CHANGE", "the weather of the day differs from yesterday's",
        "-1: the town", NONE, NONE, "weather: 0 sunny, 1 rain, 2 cold",
    ),
    "economy_price_update": Meaning(
        "PRICE_UPDATE", "a price that an operator has set comes into force",
        "-1: the town", NONE, NONE, "kind of price: its number in `PRICE_KEYS`",
    ),
    "avoidance": Meaning(
        "AVOIDANCE", "an agent passed over a better object for a rival's sake",
        "who", "the rival", "the object chosen", "0",
    ),
    "affordance_start": Meaning(
        "START", "an agent began to use something; price and items are taken",
        "who", NONE, "the object; -1: from the bag", "affordance",
    ),
    "affordance_finish": Meaning(
        "FINISH", "it is done; its effects are applied",
        "who", NONE, "the object; -1: from the bag", "affordance",
    ),
    "affordance_fail": Meaning(
        "FAIL", "it did not start, or broke off; no effect is applied",
        "who", "affordance", "the object; -1: from the bag", "reason (below)",
    ),
    "purchase": Meaning(
        "PURCHASE", "an agent bought one item over the counter",
        "who", NONE, "the object", "item: 0 an ingredient, 1 a meal",
    ),
    "stock_replenish": Meaning(
        "REPLENISH", "the truck filled an object up with an item",
        "-1: the town", NONE, "the object", "items delivered",
    ),
    "ghost_step": Meaning(
        "GHOST_STEP", "after failed tries an agent stepped onto an occupied tile",
        "who", NONE, NONE, "tile within the district",
    ),
    "queue_full": Meaning(
        "QUEUE_FULL", "an agent found no room in an object's ring",
        "who", NONE, "the object", "entries of the ring",
    ),
}  # fmt: skip

#: Why an affordance failed; a test compares the keys with ``REASONS``.
REASON_MEANINGS = {
    "none": "it can start; no failure has this reason",
    "precondition_failed": "a precondition of the manifest does not hold",
    "insufficient_funds": "the price is above the wallet",
    "insufficient_stock": "an item is missing in the bag, pantry or shop",
    "closed": "the object is closed (a use that ran is paid back), or not for this agent",
    "left": "the agent walked off; nothing is paid back",
    "removed": "the agent left the town; the price is paid back",
    "power_off": "a precondition needs power and there is none (a use that ran is paid back)",
    "water_off": "the same for water",
    "cancelled_by_hook": "a `before` hook has cancelled the start; nothing was paid or taken",
}
#: Why an agent leaves; a test compares the keys with ``CAUSES``.
CAUSE_MEANINGS = {
    "stays": "it does not leave; no removal has this cause",
    "killed": "an operator removed it",
    "collapse": "its hunger was at most 0.03 for `lifecycle.collapse_ticks` in a row",
    "eviction": "it still owed rent at the day boundary after `lifecycle.eviction_days` in arrears",
    "unemployment": "it had no job for `lifecycle.unemployment_days`",
    "neglect": "a need was below 0.1 for `lifecycle.neglect_share` of the day",
    "employment": "it was absent from `employment.max_absent_shifts` shifts in 7 days",
    "age": "it had been in town for `lifecycle.age_out_days`",
}
_INTRODUCTION = (
    "Events of the last tick: `Simulation.events()` gives them ordered by town, kind, agent and "
    "object, with `tick` and `town`. Agents are slots, objects and affordances are numbers within "
    "the town."
)


def events_reference() -> str:
    """The page, as Markdown."""
    room = (
        f"A district has room for {events.EVENT_ROOM} events in a tick. What finds no room is "
        "counted, in `Simulation.dropped()` and, by kind, in `EventTotals`."
    )
    lines = head("Events", "src/townlet/docs/events.py", _INTRODUCTION, room)
    lines += ["## Kinds", ""]
    names = ("number", "kind", "what happened", "agent", "other", "object", "value", "emitted by")
    rows = []
    for number, kind in enumerate(events.EVENTS):
        meaning = MEANINGS[kind]
        emitters = code(emitters_of(meaning.constant))
        rows.append((str(number), code([kind]), *meaning[1:], emitters))
    lines += table(names, rows)
    lines += ["## Reasons", "", "The `value` of `affordance_fail`.", ""]
    reasons = (
        (str(k), code([name]), REASON_MEANINGS[name]) for k, name in enumerate(events.REASONS)
    )
    lines += table(("number", "reason", "meaning"), reasons)
    lines += ["", "## Causes", "", "The `value` of `agent_removed`.", ""]
    causes = (
        (str(k), code([name]), CAUSE_MEANINGS[name]) for k, name in enumerate(lifecycle.CAUSES)
    )
    lines += table(("number", "cause", "meaning"), causes)
    return "\n".join(lines).rstrip() + "\n"


def emitters_of(constant: str) -> list[str]:
    """Systems whose kernels name an event's constant, in order of phase and name."""
    every: list[SystemSpec] = [*discover_world(), *policy_systems("scripted")]
    found = [
        spec
        for spec in every
        if "Events" in spec.names("emit")
        and any(constant in names_used(kernel) for kernel in kernels_of(spec))
    ]
    return [spec.name for spec in sorted(found, key=lambda spec: (spec.phase, spec.name))]
