"""``embedding_allocator``: numbers by which a learner knows agents."""

from __future__ import annotations

from pydantic import Field

from townlet.config.base import Flag, Section


class EmbeddingAllocator(Section):
    """Numbers by which a learner knows agents."""

    cooldown_ticks: int = Field(
        2000, ge=0, le=10_000, description="Ticks before a freed number is given again."
    )
    reuse_warning_threshold: float = Field(
        0.05, ge=0.0, le=0.5, description="Share of forced reuses that raises a warning."
    )
    log_forced_reuse: Flag = Field(True, description="Log a number reused before its time.")
    max_slots: int | None = Field(
        None, ge=1, description="How many numbers; unset: as many as the town's capacity."
    )
