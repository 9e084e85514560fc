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
    "queue_conflict": Meaning(
        "CONFLICT", "a holder did not start in time and went to the tail of the queue",
        "the holder that was", "the new holder", "the object", "agents that waited",
    ),
    "queue_interaction": Meaning(
        "HANDOVER", "an object passes to the next in line",
        "who has finished", "who is next", "the object", "agents that wait",
    ),
    "blocked": Meaning(
        "BLOCKED", "somebody has waited past its patience, told once per wait",
        "the holder", "who waits", "the object", "ticks waited",
    ),
    "ghost_step": Meaning(
        "GHOST_STEP", "after failed tries an agent stepped onto an occupied tile",
        "who", NONE, NONE, "tile within the district",
    ),
    "queue_full": Meaning(
        "QUEUE_FULL", "an agent found no room in an object's ring",
        "who", NONE, "the object", "entries of the ring",
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
