"""Inventory: what an agent carries."""

from townlet.ecs import I16, column, component

#: Things that can be carried, stored and used up.
ITEMS = ("ingredients", "meals", "clean_clothes")
INGREDIENTS, MEALS, CLEAN_CLOTHES = range(len(ITEMS))


@component
class Inventory:
    """Counts per item."""

    count: I16 = column("agent", "item", doc="how many of each item the agent carries")
