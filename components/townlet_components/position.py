"""Position: where an agent stands."""

from townlet.ecs import I8, I16, I32, U16, U32, column, component


@component
class Position:
    """District and tile; x and y follow from the map."""

    district: I32 = column("agent", doc="district within the town")
    tile: I16 = column("agent", doc="tile within the district, y * width + x")
    tries: I8 = column("agent", unit="ticks", doc="failed tries to step, in a row")
    ghost_steps: U32 = column("agent", telemetry="sum", doc="steps onto an occupied tile")


@component(scratch=True)
class Occupancy:
    """How many stand on each tile that holds one; rebuilt from positions."""

    count: U16 = column("district", "tile", doc="agents on a tile that holds one")
