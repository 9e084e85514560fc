"""Masks: what is open to each agent. Derived."""

from townlet.ecs import Bool, column, component


@component(scratch=True)
class Masks:
    """Exact masks of the tick to come (SPEC §12)."""

    option: Bool = column("agent", "option", fill=False, derived=True, doc="open options")
    primitive: Bool = column("agent", "primitive", fill=False, derived=True, doc="open primitives")
