"""The random policy: a keyed draw among the open options."""

from townlet.ecs import (
    I16,
    I32,
    U64,
    Bool,
    Phase,
    Read,
    Write,
    kernel,
    system,
)
from townlet.ecs.rng import POLICY_STREAM, draw_unit
from townlet_components import draws
from townlet_components.activity import Activity
from townlet_components.identity import Identity
from townlet_components.incidents import Errand
from townlet_components.intent import Intent, Orders
from townlet_components.rules import OptionRules
from townlet_components.script import Script
from townlet_components.values import Values
from townlet_systems.acting import bound_of, find_target, is_bound, no_aim, plans_of, take_option
from townlet_systems.bundles import Bound, Plans
from townlet_systems.scene import Scene, Surroundings, scene_of
from townlet_systems.targets import NOTHING


@kernel(over="agent", whole=("at.society",), local=True)
def draw_all(
    at: Scene, alive: Bool,
    plans: Plans, given_option: I16, given_primitive: I16, possessed: Bool, bound: Bound,
    served: I16, commit: I32, seed: U64, generation: I32,
) -> None:  # fmt: skip
    """Draw an open option, all equally likely, for every agent whose decision is open."""
    town, option, wake, running = at.people.town, plans.option, plans.wake, plans.running
    now = at.time.tick[0]
    for r in range(alive.shape[0]):
        if now < wake[r] or not alive[r] or possessed[r]:
            continue
        if given_option[r] >= 0 or given_primitive[r] >= 0 or is_bound(bound, r, now):
            continue
        if running[r] >= 0:
            take_option(plans, r, option[r], no_aim(), now, 1)
            continue
        openings, count, choice = 0, 0, -1
        aim = no_aim()
        # Once around to see what is open, once more to take the chosen one: one call site.
        for turn in range(2 * served.shape[0]):
            o = turn % served.shape[0]
            if turn == served.shape[0]:
                u = draw_unit(
                    seed[town[r]], POLICY_STREAM, now, at.people.slot[r], generation[r],
                    draws.RANDOM_OPTION, 0,
                )  # fmt: skip
                skip, choice = int(u * count), 0
                while not (openings >> choice) & 1 or skip > 0:
                    skip -= (openings >> choice) & 1
                    choice += 1
            if choice >= 0 and o != choice:
                continue
            aim = find_target(at, r, o)
            if choice < 0 and aim.object != NOTHING:
                openings |= 1 << o
                count += 1
        take_option(plans, r, choice, aim, now, commit[town[r]])


@system(phase=Phase.DECIDE, after=["follow_scripts"])
def draw_options(
    at: Read[Surroundings],
    values: Write[Values],
    identity: Read[Identity],
    activity: Read[Activity],
    orders: Read[Orders],
    errand: Read[Errand],
    script: Read[Script],
    intent: Write[Intent],
    rules: Read[OptionRules],
) -> None:
    """Agents with something to decide draw an option (random policy)."""
    draw_all(
        scene_of(at, values),
        identity.alive,
        plans_of(intent, activity),
        orders.option, orders.primitive, orders.possessed,
        bound_of(errand, script, at.talk), at.menu.need, rules.commit, at.towns.seed,
        identity.generation,
    )  # fmt: skip
