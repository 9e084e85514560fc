"""Utilities, weather and prices: what is the same for everybody in a town."""

from townlet.ecs import F32, F64, I8, I16, I32, I64, U64, Bool, column, component

WEATHERS = ("sunny", "rain", "cold")
SUNNY, RAIN, COLD = range(len(WEATHERS))
#: Bits of ``Affordances.utility``: what a use breaks off without.
NEEDS_POWER, NEEDS_WATER = 1, 2


@component
class Utilities:
    """Outages at the moment; on while 0 (reference-counted)."""

    power: I16 = column("town", doc="blackouts in force")
    water: I16 = column("town", doc="water outages in force")


@component
class Weather:
    """The weather of the day."""

    kind: I8 = column("town", doc="0 sunny, 1 rain, 2 cold")


@component(static=True)
class WeatherRules:
    """How often each weather comes, and what it does."""

    on: Bool = column("town", fill=False, doc="weather is drawn each day")
    seed: U64 = column("town", doc="seed of the weather's draws")
    cumulative: F64 = column("town", "weather", doc="cumulative share of days, 1 at the end")
    slow: Bool = column("town", "weather", fill=False, doc="outdoor steps cost two ticks")
    chill: F32 = column("town", "weather", unit="per tick", doc="loss of warmth outdoors")
    warmth: I16 = column("world", fill=-1, doc="number of the need called warmth; -1 none")


@component
class Prices:
    """Prices of the day and the factors on them; a factor of 1000 leaves a price as it is."""

    base: I32 = column(
        "town", "price_key", unit="thousandths", doc="the config's price, or an operator's"
    )
    asked: I32 = column(
        "town", "price_key", fill=-1, unit="thousandths", doc="price an operator sets; -1 none"
    )
    factor: I32 = column("place", fill=1000, unit="thousandths", doc="place factor times spikes")
    spike: I32 = column(
        "town", "price_key", fill=1000, unit="thousandths", doc="spikes on a kind of price"
    )


@component(static=True)
class PricePlan:
    """Prices of the config, place factors without spikes, and what places keep for goods."""

    base: I32 = column("town", "price_key", unit="thousandths", doc="the config's prices")
    factor: I32 = column("town", "place_kind", fill=1000, unit="thousandths", doc="by place kind")
    keep: I64 = column("place", unit="thousandths", doc="cost of a full delivery of goods")
