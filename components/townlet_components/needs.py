"""Needs: how content each agent is, from 1 (content) to 0 (desperate)."""

from townlet.ecs import F32, I16, column, component

#: A need is critical when its deficit is above 0.85 (SPEC §1).
CRITICAL = 0.15
#: The three needs every town has; a config may add more.
BASE_NEEDS = ("hunger", "hygiene", "energy")


@component
class Needs:
    """Satisfaction per need."""

    level: F32 = column(
        "agent", "need", fill=1.0, telemetry="mean", doc="1 is content, 0 desperate"
    )
    starving: I16 = column("agent", unit="ticks", doc="ticks in a row with hunger at most 0.03")
    content: I16 = column("agent", unit="ticks", doc="ticks of this day with every need above 0.3")
    neglected: I16 = column("agent", unit="ticks", doc="ticks of this day with a need below 0.1")


@component(static=True)
class NeedRules:
    """How needs behave in each town."""

    decay: F32 = column("town", "profile", "need", unit="per tick", doc="loss per tick")
    threshold: F32 = column("town", "profile", "need", doc="level below which a need is pursued")
    weight: F32 = column("town", "need", doc="weight of the need's deficit")
    initial: F32 = column("town", "need", fill=-1.0, doc="level at arrival; below 0: drawn")
