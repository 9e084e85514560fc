"""The reference of events: kinds, fields, reasons, and who emits them."""

from __future__ import annotations

from typing import NamedTuple

from townlet.docs.kernels import kernels_of, names_used
from townlet.docs.markdown import NONE, code, head, table
from townlet.ecs.system import SystemSpec
from townlet.policy import policy_systems
from townlet.simulation import discover_world
from townlet_components import events


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
