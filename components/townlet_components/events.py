"""Events: what happened in this tick, written where it happens."""

from townlet.ecs import I8, I32, column, component

#: Kinds of events and their meaning; names of *world §17* where it has one.
EVENTS = (
    "affordance_start",
    "affordance_finish",
    "affordance_fail",
    "queue_conflict",
    "queue_interaction",
    "blocked",
    "ghost_step",
    "queue_full",
)
(START, FINISH, FAIL, CONFLICT, HANDOVER, BLOCKED, GHOST_STEP, QUEUE_FULL) = range(len(EVENTS))
#: Why an affordance failed.
REASONS = (
    "none",
    "precondition_failed",
    "insufficient_funds",
    "insufficient_stock",
    "closed",
    "left",
    "removed",
)
(NO_REASON, PRECONDITION, FUNDS, STOCK, CLOSED, LEFT, REMOVED) = range(len(REASONS))
#: Room per district and tick; what does not fit is counted in ``dropped``.
EVENT_ROOM = 48


@component(scratch=True)
class Events:
    """One segment per district; read in the order of (town, kind, agent, object)."""

    count: I32 = column("district", doc="events of this tick")
    dropped: I32 = column("district", doc="events that found no room, since the start")
    kind: I8 = column("district", "event", doc="what happened")
    agent: I32 = column("district", "event", doc="slot it happened to")
    other: I32 = column("district", "event", doc="slot of the other one; -1 none")
    object: I32 = column("district", "event", doc="object; -1 none")
    value: I32 = column("district", "event", doc="affordance, reason, queue length or ticks waited")


@component(scratch=True)
class EventTotals:
    """How often each kind happened since the start."""

    total: I32 = column("district", "event_kind", doc="events per kind, dropped ones too")
