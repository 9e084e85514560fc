"""Personality: five traits and a named profile."""

from townlet.ecs import F32, I8, column, component

#: Traits in [-1, 1] (SPEC §4).
TRAITS = ("extroversion", "forgiveness", "ambition", "patience", "frugality")
EXTROVERSION, FORGIVENESS, AMBITION, PATIENCE, FRUGALITY = range(len(TRAITS))


@component
class Personality:
    """Who the agent is; drawn once, at arrival."""

    profile: I8 = column("agent", doc="index of the profile")
    trait: F32 = column("agent", "trait", doc="value of each trait in [-1, 1]")


@component(static=True)
class ProfileRules:
    """Named profiles; a trait that is NaN is drawn per agent."""

    trait: F32 = column("profile", "trait", doc="trait values of the profile")
    cumulative: F32 = column("town", "profile", doc="cumulative share of arrivals, 1 at the end")
