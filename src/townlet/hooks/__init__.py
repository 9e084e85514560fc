"""Hooks: Python functions of one's own, called with whole batches (SPEC §5).

A hook module has a function ``register_hooks(hooks)``, and components where it keeps state::

    def register_hooks(hooks: HookRegistry) -> None:
        hooks.on("on_conflict", hold_a_grudge)

    def hold_a_grudge(batch: Conflicts, world: World) -> None:
        world.add_need(batch.town, batch.other, "hygiene", -0.01)

``docs/tutorial-hooks.md`` leads through it.
"""

from townlet.hooks.batches import (
    POWER,
    QUEUE_CONFLICT,
    UTILITIES,
    WAITED_TOO_LONG,
    WATER,
    Batch,
    Conflicts,
    Exits,
    Failures,
    Needs,
    Outages,
    Prices,
    Spawns,
    Starts,
    Towns,
    Uses,
    Weathers,
)
from townlet.hooks.loading import ENVIRONMENT, HookSet, Rejection, load_hooks
from townlet.hooks.registry import EVENTS, STAGES, HookRegistry
from townlet.hooks.runner import HookError, HookRunner
from townlet.hooks.world import World

__all__ = [
    "ENVIRONMENT",
    "EVENTS",
    "POWER",
    "QUEUE_CONFLICT",
    "STAGES",
    "UTILITIES",
    "WAITED_TOO_LONG",
    "WATER",
    "Batch",
    "Conflicts",
    "Exits",
    "Failures",
    "HookError",
    "HookRegistry",
    "HookRunner",
    "HookSet",
    "Needs",
    "Outages",
    "Prices",
    "Rejection",
    "Spawns",
    "Starts",
    "Towns",
    "Uses",
    "Weathers",
    "World",
    "load_hooks",
]
