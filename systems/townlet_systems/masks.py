"""Masks: what is open to each agent, written for learners on request."""

from townlet.ecs import (
    I8,
    I16,
    I32,
    Bool,
    Phase,
    Read,
    Write,
    kernel,
    system,
)
from townlet_components.activity import Activity
from townlet_components.identity import Identity
from townlet_components.intent import IDLE, WAIT, Intent
from townlet_components.masks import Masks
from townlet_components.values import Values
from townlet_systems.acting import find_target, open_primitive
from townlet_systems.bundles import Ground
from townlet_systems.scene import Scene, Surroundings, scene_of
from townlet_systems.targets import NOTHING


@kernel(over="agent", whole=("at.society",))
def mask_options(at: Scene, alive: Bool, option: I8, wake: I32, mask: Bool) -> None:
    """Write which options each agent may choose; of a vacant slot only idle is open.

    Args:
        at: what decisions look at.
        alive, option, wake: by row.
        mask: the result, (agent, option).
    """
    following = at.time.tick[0]
    for r in range(alive.shape[0]):
        bound = IDLE
        if alive[r]:
            bound = option[r] if following < wake[r] else -1
        for o in range(mask.shape[1]):
            if bound >= 0:
                mask[r, o] = o == bound
            else:
                mask[r, o] = find_target(at, r, o).object != NOTHING


@kernel(over="agent", whole=("at.society",))
def mask_primitives(at: Scene, ground: Ground, alive: Bool, running: I16, mask: Bool) -> None:
    """Write which primitives each agent may emit; of a vacant slot only wait is open.

    Args:
        at: what decisions look at.
        ground: where one can walk.
        alive, running: by row.
        mask: the result, (agent, primitive).
    """
    for r in range(alive.shape[0]):
        for p in range(mask.shape[1]):
            mask[r, p] = p == WAIT
            if alive[r]:
                mask[r, p], _ = open_primitive(at, ground, running, r, p)


@system(phase=Phase.OBSERVE)
def write_option_masks(
    at: Read[Surroundings],
    values: Write[Values],
    identity: Read[Identity],
    intent: Read[Intent],
    masks: Write[Masks],
) -> None:
    """Options open to each agent in the tick to come."""
    mask_options(
        scene_of(at, values), identity.alive, intent.option, intent.wake, masks.option
    )  # fmt: skip


@system(phase=Phase.OBSERVE)
def write_primitive_masks(
    at: Read[Surroundings],
    values: Write[Values],
    identity: Read[Identity],
    activity: Read[Activity],
    masks: Write[Masks],
) -> None:
    """Primitives open to each agent in the tick to come."""
    mask_primitives(
        scene_of(at, values),
        Ground(at.layouts.walkable, at.layouts.step),
        identity.alive, activity.affordance, masks.primitive,
    )  # fmt: skip
