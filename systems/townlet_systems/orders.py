"""Orders: actions given from outside, checked against the masks before they count."""

from townlet.ecs import (
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
from townlet_components.intent import INTERACT, LEAVE_QUEUE, WAIT, Intent, Orders
from townlet_components.rules import OptionRules
from townlet_components.values import Values
from townlet_systems.acting import find_target, open_primitive, plans_of, take_option
from townlet_systems.bundles import Ground, Plans
from townlet_systems.scene import Scene, Surroundings, scene_of
from townlet_systems.targets import NOTHING


@kernel(over="agent", whole=("at.society",), local=True)
def obey_all(
    at: Scene, alive: Bool,
    plans: Plans, ground: Ground, given_option: I16, given_primitive: I16, masked: I32,
    primitive: I16, wish: I32, commit: I32,
) -> None:  # fmt: skip
    """Apply the option or primitive given to each agent; a masked one is counted, no more."""
    town, option, wake, running = at.people.town, plans.option, plans.wake, plans.running
    now = at.time.tick[0]
    for r in range(alive.shape[0]):
        choice, act = given_option[r], given_primitive[r]
        if not alive[r] or (choice < 0 and act < 0):  # a vacant slot keeps no count for the next
            continue
        if act >= 0:
            primitive[r] = WAIT
            allowed, thing = open_primitive(at, ground, running, r, act)
            if not allowed:
                masked[r] += 1
                continue
            primitive[r] = act
            if act == LEAVE_QUEUE and running[r] >= 0:
                wake[r] = now + 1
            if act >= INTERACT:
                wish[r] = thing
            continue
        if now < wake[r]:
            if choice != option[r]:
                masked[r] += 1
            continue
        aim = find_target(at, r, choice)
        if aim.object == NOTHING:
            masked[r] += 1
            continue
        take_option(plans, r, choice, aim, now, commit[town[r]])


@system(phase=Phase.DECIDE, after=["gather_company"])
def obey_orders(
    at: Read[Surroundings],
    values: Write[Values],
    identity: Read[Identity],
    activity: Read[Activity],
    orders: Write[Orders],
    intent: Write[Intent],
    rules: Read[OptionRules],
) -> None:
    """Given actions are taken when their mask is open, and counted when it is not."""
    obey_all(
        scene_of(at, values),
        identity.alive,
        plans_of(intent, activity),
        Ground(at.layouts.walkable, at.layouts.step),
        orders.option, orders.primitive, orders.masked, intent.primitive, intent.object,
        rules.commit,
    )  # fmt: skip
