"""Rules: numbers from the config, one row per town, so that a sweep is one batch."""

from townlet.ecs import I16, I32, I64, column, component


@component(static=True)
class MoveRules:
    """Walking."""

    ghost_step_after: I32 = column(
        "town", unit="ticks", doc="failed tries before a ghost step; 0 off"
    )


@component(static=True)
class OptionRules:
    """Commitment."""

    commit: I32 = column("town", unit="ticks", doc="how long an option is kept")


@component(static=True)
class EconomyRules:
    """Money and goods (SPEC §8); prices are in ``PricePlan``."""

    allowance: I64 = column("town", unit="thousandths", doc="paid to each agent each day")
    basket: I64 = column("town", unit="thousandths", doc="what a day costs")
    starting_wallet: I64 = column("town", unit="thousandths", doc="starter money")
    starting_item: I16 = column("town", "item", doc="goods of a newcomer")
    wholesale: I64 = column(
        "town", unit="thousandths", doc="share of the price a shop pays for goods"
    )
    daily_ingredients: I32 = column("town", doc="ingredients a resident needs in a day")


@component(static=True)
class EmbeddingRules:
    """Embedding slots."""

    cooldown: I32 = column("town", unit="ticks", doc="rest of a slot before another agent gets it")
