"""Metrics of embedding slots (*learning §1.7*): how often one was given out before its rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from townlet_components.embedding import EmbeddingSlots

if TYPE_CHECKING:
    from townlet.looking import Looking


@dataclass(frozen=True)
class EmbeddingMetrics:
    """Counters of a town since the start.

    Attributes:
        allocations_total: embedding slots given out.
        forced_reuse_count: those of them that had not rested for ``cooldown_ticks``.
        forced_reuse_rate: their share, 0 before the first.
        reuse_warning: the share is above ``reuse_warning_threshold``, and that is not 0.
    """

    allocations_total: int
    forced_reuse_count: int
    forced_reuse_rate: float
    reuse_warning: bool


def embedding_metrics(sim: Looking, town: int = 0) -> EmbeddingMetrics:
    """The metrics of a town."""
    slots = sim.store.read(EmbeddingSlots)
    given, forced = int(slots.given[town]), int(slots.forced[town])
    rate = forced / max(given, 1)
    limit = sim.blueprint.town_configs[town].embedding_allocator.reuse_warning_threshold
    return EmbeddingMetrics(given, forced, rate, 0 < limit < rate)
