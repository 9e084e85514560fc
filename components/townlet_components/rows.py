"""Rows: where each agent's row lies. Ids are slots; rows are an internal matter."""

from townlet.ecs import I32, U64, column, component


@component(static=True)
class Rows:
    """Slot and town of every row, and back (docs/design/0001-rows-and-slots.md)."""

    slot: I32 = column("agent", doc="slot of the row within its town: the agent's stable number")
    town: I32 = column("agent", doc="town of the row")
    index: I32 = column("agent", doc="number of the row")
    row_of: I32 = column("slot", doc="row of town * capacity + slot")


@component(static=True)
class DistrictRows:
    """Town and number of every district row."""

    town: I32 = column("district", doc="town of the row")
    number: I32 = column("district", doc="number of the district within its town")


@component(static=True)
class Towns:
    """What makes one town of a batch different from the next."""

    seed: U64 = column("town", doc="seed of all the town's draws")
    number: I32 = column("town", doc="number of the town in the batch")
