"""Events: what happened in this tick, written where it happens."""

from townlet.ecs import I8, I32, column, component

#: Kinds of events and their meaning; names of *world §17* where it has one. Those that change ties
#: come first: where a district has more events than room, the lowest numbers are kept.
EVENTS = (
    "queue_conflict",
    "blocked",
    "queue_interaction",
    "chat_success",
    "chat_failure",
    "shared_meal",
    "employment_helped_when_late",
    "employment_took_my_shift",
    "agent_removed",
    "agent_spawned",
    "agent_respawn",
    "agent_killed",
    "employment_exit_pending",
    "employment_exit_queue_overflow",
    "employment_exit_manual_request",
    "employment_exit_deferred",
    "employment_exit_processed",
    "employment_warning",
    "hired",
    "shift_on_time",
    "shift_late_start",
    "shift_absent",
    "shift_departed_early",
    "shift_ended",
    "rent_arrears",
    "perturbation_started",
    "perturbation_ended",
    "perturbation_cancelled",
    "perturbation_price_spike",
    "perturbation_blackout",
    "perturbation_outage",
    "perturbation_arranged_meet",
    "perturbation_queue_closure",
    "weather_change",
    "economy_price_update",
    "avoidance",
    "affordance_start",
    "affordance_finish",
    "affordance_fail",
    "purchase",
    "stock_replenish",
    "ghost_step",
    "queue_full",
)
(
    CONFLICT, BLOCKED, HANDOVER, CHAT_SUCCESS, CHAT_FAILURE, SHARED_MEAL, HELPED, TOOK_SHIFT,
    AGENT_REMOVED, AGENT_SPAWNED, AGENT_RESPAWN, AGENT_KILLED, EXIT_PENDING, EXIT_OVERFLOW,
    EXIT_REQUEST, EXIT_DEFERRED, EXIT_PROCESSED, WARNING, HIRED, ON_TIME, LATE_START, ABSENT,
    DEPARTED_EARLY, SHIFT_ENDED, ARREARS, STARTED, ENDED, CANCELLED, PRICE_SPIKE, BLACKOUT, OUTAGE,
    ARRANGED_MEET, QUEUE_CLOSURE, WEATHER_CHANGE, PRICE_UPDATE, AVOIDANCE, START, FINISH, FAIL,
    PURCHASE, REPLENISH, GHOST_STEP, QUEUE_FULL,
) = range(len(EVENTS))  # fmt: skip
#: The kinds that change ties: all below this number.
TIE_EVENTS = AGENT_REMOVED
#: Why an affordance failed.
REASONS = (
    "none",
    "precondition_failed",
    "insufficient_funds",
    "insufficient_stock",
    "closed",
    "left",
    "removed",
    "power_off",
    "water_off",
    "cancelled_by_hook",
)
(
    NO_REASON, PRECONDITION, FUNDS, STOCK, CLOSED, LEFT, REMOVED, POWER_OFF, WATER_OFF,
    CANCELLED_BY_HOOK,
) = range(len(REASONS))  # fmt: skip
#: Room per district and tick; what does not fit is counted in ``dropped``.
EVENT_ROOM = 64


@component(scratch=True)
class Events:
    """One segment per district; read in the order of (town, kind, agent, object)."""

    count: I32 = column("district", doc="events of this tick")
    dropped: I32 = column("district", doc="events that found no room, since the start")
    kind: I8 = column("district", "event", doc="what happened")
    agent: I32 = column("district", "event", doc="slot it happened to; -1: the town")
    other: I32 = column("district", "event", doc="slot of the other one; -1 none")
    object: I32 = column("district", "event", doc="object; -1 none")
    value: I32 = column("district", "event", doc="affordance, reason, queue length or ticks waited")


@component(scratch=True)
class EventTotals:
    """How often each kind happened since the start."""

    total: I32 = column("district", "event_kind", doc="events per kind, dropped ones too")
