"""Vetoes: what hooks are asked before it starts, and what they have to be told."""

from townlet.ecs import I8, I16, I32, Bool, column, component


@component(scratch=True)
class Vetoes:
    """Why a use must not start in this tick; read when uses start."""

    reason: I8 = column("agent", doc="reason of events; 0: it may start")


@component(scratch=True)
class Asked:
    """Uses about to start that hooks are asked about. Only towns with such hooks have it."""

    hooked: Bool = column("affordance", fill=False, doc="a loaded hook is asked before it starts")
    count: I32 = column("world", doc="uses listed in this tick")
    town: I32 = column("agent", doc="town of each listed use")
    agent: I32 = column("agent", doc="slot that is about to start")
    object: I32 = column("agent", doc="object; -1 what it carries")
    affordance: I16 = column("agent", doc="affordance")


@component
class NeedsTold:
    """Which needs hooks know to be low. Only towns with such hooks have it."""

    low: I8 = column("agent", "need", doc="1 below its threshold, 2 critical, 3 both")


@component(scratch=True)
class NeedsFallen:
    """Needs that hooks are told of in this tick. Only towns with such hooks have it."""

    fallen: I8 = column("agent", "need", doc="1 fell below its threshold, 2 became critical")


@component
class TownTold:
    """What hooks know of weather, prices and utilities. Only towns with such hooks have it."""

    weather: I8 = column("town", doc="weather they were told of")
    dark: Bool = column("town", fill=False, doc="they know of a blackout")
    dry: Bool = column("town", fill=False, doc="they know of a water outage")
    factor: I32 = column("place", fill=1000, unit="thousandths", doc="price factor they know")
    base: I32 = column("town", "price_key", unit="thousandths", doc="price they know")
    spike: I32 = column("town", "price_key", unit="thousandths", doc="spike on it they know")
