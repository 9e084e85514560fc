"""Embedding slots: small numbers that tell agents apart, reused only after a rest."""

from townlet.ecs import I32, column, component


@component
class Embedding:
    """The slot an agent has."""

    slot: I32 = column("agent", fill=-1, doc="embedding slot; -1 none")


@component(cold=True)
class EmbeddingSlots:
    """All slots of a town."""

    taken_by: I32 = column("embedding", fill=-1, doc="agent slot that has it; -1 free")
    released_at: I32 = column(
        "embedding", fill=-1_000_000_000, unit="ticks", doc="when it was freed"
    )
    forced: I32 = column("town", doc="slots given out before their rest was over")
    given: I32 = column("town", doc="slots given out")
