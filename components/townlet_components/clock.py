"""Clock: which minute it is."""

from townlet.ecs import I64, column, component


@component(scratch=True)
class Clock:
    """The tick being executed; one for the whole batch, and one tick is one minute."""

    tick: I64 = column("world", unit="ticks", doc="the tick being executed, the first is 1")
    minute: I64 = column("world", unit="minutes", doc="minute of the day, 0 at midnight")
    day: I64 = column("world", unit="days", doc="days since the start of day 0")
