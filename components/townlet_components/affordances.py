"""Affordances: what can be done with objects. All of it is data from the manifest."""

from townlet.ecs import F32, F64, I16, I32, U8, column, component


@component(static=True)
class Affordances:
    """The manifest, compiled; the same in all towns."""

    object_type: I16 = column("affordance", doc="type of object it is offered by")
    duration: I32 = column("affordance", unit="ticks", doc="how long it takes")
    need: F32 = column("affordance", "need", doc="change of each need at the end")
    item: I16 = column("affordance", "item", doc="change of each item, from start to end")
    take: I16 = column("affordance", "item", doc="items a start takes from bag, pantry or shop")
    price: I32 = column(
        "affordance", unit="thousandths", doc="own price, paid to the place at the start"
    )
    price_key: I16 = column("affordance", fill=-1, doc="kind of price it follows; -1 its own")
    units: I32 = column("affordance", fill=1, doc="how many times that price is paid")
    utility: U8 = column("affordance", doc="bits: breaks off without power (1), water (2)")
    program: I32 = column("program", doc="preconditions, as one flat program")
    constant: F64 = column("program_constant", doc="constants of the programs")
    program_first: I32 = column("affordance_end", doc="first instruction of each affordance")


@component(static=True)
class OptionPlan:
    """Which affordances serve which option."""

    first: I32 = column("option_end", doc="first of an option's affordances in affordance")
    affordance: I16 = column("option_affordance", doc="affordances by option")
    producer: I16 = column("option", fill=-1, doc="affordance that makes what the option uses up")
    need: I16 = column("option", fill=-1, doc="need the option serves; -1 none")
