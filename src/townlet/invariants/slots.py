"""Slots: rows and slots lead to each other, and a vacant slot keeps no trace of who was there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from townlet.ecs.schema import Kind
from townlet.invariants.finding import Finding, found, where, who
from townlet_components.embedding import Embedding, EmbeddingSlots
from townlet_components.identity import Identity
from townlet_components.rows import Rows

if TYPE_CHECKING:
    from townlet.simulation import Simulation

#: Columns that say something about a slot nobody lives in yet.
EXPECTING = frozenset({"Arrivals.due"})


def rows_and_slots_agree(sim: Simulation) -> Iterator[Finding]:
    """Every row has its own slot and is found by it."""
    rows = sim.store.read(Rows)
    at = rows.town.astype(np.int64) * sim.capacity + rows.slot
    lost = np.flatnonzero((at < 0) | (at >= len(rows.row_of)))
    yield from found("agent", lost, lambda r: f"row {r} has slot {rows.slot[r]}, which is none")
    if not len(lost):
        wrong = np.flatnonzero(rows.row_of[at] != np.arange(len(at)))
        yield from found("agent", wrong, lambda r: f"row {r} is not the row of its slot")


def serials_are_sound(sim: Simulation) -> Iterator[Finding]:
    """The living have a generation, and have arrived by now."""
    identity = sim.store.read(Identity)
    bad = where(
        lambda p: (
            identity.alive[p]
            & (
                (identity.generation[p] < 0)
                | (identity.arrived_at[p] < 0)
                | (identity.arrived_at[p] > sim.tick)
            )
        ),
        len(identity.alive),
    )
    yield from found(
        "agent",
        bad,
        lambda r: (
            f"{who(sim, r)} of generation {identity.generation[r]} arrived at tick "
            f"{identity.arrived_at[r]}"
        ),
    )


def vacant_slots_are_clean(sim: Simulation) -> Iterator[Finding]:
    """Every column of a slot nobody lives in is as before anybody came, but those that are kept."""
    alive = sim.store.read(Identity).alive
    vacant = where(lambda part: ~alive[part], len(alive))
    if not len(vacant):
        return
    for spec in sim.store.specs():
        for col in spec.columns:
            name = f"{spec.name}.{col.name}"
            if spec.kind is not Kind.STATE or col.dims[0] != "agent" or col.keep:
                continue
            if name in EXPECTING or col.derived:
                continue
            values = sim.column(name)
            dirty = where(lambda p, v=values, f=col.fill: v[vacant[p]] != f, len(vacant))  # type: ignore[misc]
            yield from found(
                "agent",
                vacant[dirty],
                lambda r, v=values, n=name: (  # type: ignore[misc]
                    f"nobody lives in the slot of {who(sim, r)}, but {n} is {v[r].tolist()}"
                ),
            )


def embeddings_agree(sim: Simulation) -> Iterator[Finding]:
    """Embedding slots and agents agree on who has which."""
    mine, given = sim.store.read(Embedding).slot, sim.store.read(EmbeddingSlots).taken_by
    town, slot = sim.store.read(Rows).town, sim.store.read(Rows).slot
    per_town = len(given) // sim.towns
    have = where(lambda part: mine[part] >= 0, len(mine))
    at = town[have].astype(np.int64) * per_town + mine[have]
    wrong = have[given[at] != slot[have]]
    yield from found(
        "agent",
        wrong,
        lambda r: f"{who(sim, r)} has embedding slot {mine[r]}, which is not its own",
    )
    taken = int((given >= 0).sum())
    if not len(wrong) and taken != len(have):
        theirs = np.setdiff1d(np.flatnonzero(given >= 0), at)
        yield from found(
            "embedding",
            theirs,
            lambda e: (
                f"embedding slot {e % per_town} of town {e // per_town} is taken by agent "
                f"{given[e]}, who does not have it"
            ),
        )
