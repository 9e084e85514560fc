"""Queues: who waits for what. One agent is in one queue at most."""

from townlet.ecs import F32, I32, Bool, column, component


@component
class QueuePlace:
    """An agent's side of a queue."""

    object: I32 = column("agent", fill=-1, doc="object waited for or held; -1 none")
    joined: I32 = column("agent", unit="ticks", doc="tick of joining")
    holding: Bool = column("agent", fill=False, doc="holds the reservation")
    complained: Bool = column("agent", fill=False, doc="waited past its patience, told once")
    cool_object: I32 = column("agent", fill=-1, doc="object used last")
    cool_until: I32 = column("agent", unit="ticks", doc="yields to others there before this tick")


@component
class QueueRing:
    """An object's side: waiting slots in order of joining, -1 behind the last."""

    slot: I32 = column("entry", fill=-1, doc="waiting slot")


@component(static=True)
class QueueRules:
    """Fairness per town (SPEC §6)."""

    cooldown: I32 = column("town", unit="ticks", doc="how long the last user yields to others")
    ghost_step_after: I32 = column(
        "town", unit="ticks", doc="idle ticks before a holder is rotated"
    )
    age_weight: F32 = column("town", doc="places gained per tick waited")
    patience: I32 = column("town", unit="ticks", doc="wait after which one complains")
    timeout: I32 = column("town", unit="ticks", doc="idle ticks before a lone holder lapses")


@component(scratch=True, cold=True)
class QueueStats:
    """Waits granted since the day began, for the day's KPIs."""

    histogram: I32 = column("district", "wait", derived=True, doc="grants per ticks waited")
    longest: I32 = column("district", derived=True, unit="ticks", doc="longest wait granted")
    full: I32 = column("district", derived=True, doc="joins refused because the ring was full")


#: Waits are counted exactly up to this many ticks; longer ones share the last bin.
WAIT_BINS = 256
