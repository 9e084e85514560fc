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
from townlet_components.intent import Intent
from townlet_components.masks import Masks
from townlet_components.values import Values
from townlet_systems.acting import find_target, open_primitive
from townlet_systems.bundles import Ground
from townlet_systems.scene import Scene, Surroundings, scene_of
from townlet_systems.targets import NOTHING


@kernel(over="agent", whole=("at.society",))
def mask_all(
    at: Scene, alive: Bool,
    ground: Ground, running: I16, option: I8, wake: I32,
    option_mask: Bool, primitive_mask: Bool,
) -> None:  # fmt: skip
    """Write both masks of every agent; of a vacant slot only idle and wait are open."""
    following = at.time.tick[0]
    for r in range(alive.shape[0]):
        for o in range(option_mask.shape[1]):
            if not alive[r]:
                option_mask[r, o] = o == 0
            elif following < wake[r]:
                option_mask[r, o] = o == option[r]
            else:
                option_mask[r, o] = find_target(at, r, o).object != NOTHING
        for p in range(primitive_mask.shape[1]):
            if not alive[r]:
                primitive_mask[r, p] = p == 0
                continue
            allowed, _ = open_primitive(at, ground, running, r, p)
            primitive_mask[r, p] = allowed


@system(phase=Phase.OBSERVE)
def write_masks(
    at: Read[Surroundings],
    values: Write[Values],
    identity: Read[Identity],
    activity: Read[Activity],
    intent: Read[Intent],
    masks: Write[Masks],
) -> None:
    """Options and primitives open to each agent in the tick to come."""
    mask_all(
        scene_of(at, values),
        identity.alive,
        Ground(at.layouts.walkable, at.layouts.step),
        activity.affordance, intent.option, intent.wake,
        masks.option, masks.primitive,
    )  # fmt: skip
