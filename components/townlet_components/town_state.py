"""Utilities, weather and prices: what is the same for everybody in a town."""

from townlet.ecs import F64, I8, I16, I32, Bool, column, component

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
    cumulative: F64 = column("town", "weather", doc="cumulative share of days, 1 at the end")
    slow: Bool = column("town", "weather", fill=False, doc="outdoor steps cost two ticks")
    chill: F64 = column("town", "weather", unit="per tick", doc="loss of warmth outdoors")
    warmth: I16 = column("world", fill=-1, doc="number of the need called warmth; -1 none")


@component
class Prices:
    """Factors on prices, in thousandths: 1000 is the config's price."""

    factor: I32 = column("place", fill=1000, unit="thousandths", doc="place factor times spikes")
    spike: I32 = column(
        "town", "price_key", fill=1000, unit="thousandths", doc="spikes on a kind of price"
    )


@component(static=True)
class PricePlan:
    """Place factors without spikes."""

    factor: I32 = column("town", "place_kind", fill=1000, unit="thousandths", doc="by place kind")
