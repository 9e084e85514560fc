"""The scripted policy: critical needs, then needs below their threshold, then leisure."""

import numpy as np

from townlet.ecs import (
    F32,
    I16,
    I32,
    U64,
    Bool,
    Phase,
    Read,
    Write,
    device,
    kernel,
    system,
)
from townlet.ecs.rng import POLICY_STREAM, draw_unit
from townlet_components import draws
from townlet_components.activity import Activity
from townlet_components.identity import Identity
from townlet_components.intent import IDLE, RELAX, SLEEP, Intent, Orders
from townlet_components.needs import CRITICAL, NeedRules
from townlet_components.personality import EXTROVERSION
from townlet_components.rows import Towns
from townlet_components.rules import OptionRules
from townlet_components.values import Values
from townlet_systems.acting import find_target, take_option
from townlet_systems.bundles import Plans, Scene
from townlet_systems.scene import Surroundings, scene_of
from townlet_systems.targets import NOTHING, NOWHERE

#: Sleep goes on until energy is this high (SPEC §4) ...
RESTED = np.float32(0.95)
#: ... and at night, from 22:00 to 06:00, begins below this level.
TIRED_AT_NIGHT = np.float32(0.8)
_NIGHT_BEGINS, _NIGHT_ENDS = 22 * 60, 6 * 60
#: An agent with nothing to do seeks leisure with this probability, more or less by extroversion.
LEISURE_BASE, LEISURE_SPREAD = 0.4, 0.3
_NONE = np.float32(0)
_CRITICAL_BONUS = np.float32(100)
_CRITICAL = np.float32(CRITICAL)


@device
def urgency(
    level: np.float32,
    threshold: np.float32,
    weight: np.float32,
    option: int,
    current: int,
    minute: int,
) -> np.float32:
    """How much a need calls for its option, above 0 when it does.

    Args:
        level: satisfaction.
        threshold: level below which the need is pursued.
        weight: weight of the deficit.
        option: the option that serves the need.
        current: the option so far.
        minute: minute of the day.
    """
    deficit = np.float32(1) - level
    if level < _CRITICAL:
        return _CRITICAL_BONUS + weight * deficit
    if level < threshold:
        return weight * deficit
    if option == SLEEP:
        night = minute >= _NIGHT_BEGINS or minute < _NIGHT_ENDS
        if (night and level < TIRED_AT_NIGHT) or (current == SLEEP and level < RESTED):
            return weight * deficit * np.float32(0.1)
    return _NONE


@device
def leisure(
    seed: np.uint64, tick: int, slot: int, generation: int, extroversion: float, tried: int
) -> int:
    """RELAX or IDLE for an agent no need calls; the sociable relax more often."""
    if (tried >> RELAX) & 1:
        return IDLE
    u = draw_unit(seed, POLICY_STREAM, tick, slot, generation, draws.LEISURE, 0)
    return RELAX if u < LEISURE_BASE + LEISURE_SPREAD * extroversion else IDLE


@kernel(over="agent", local=True)
def select_all(
    at: Scene, alive: Bool,
    plans: Plans, given_option: I16, given_primitive: I16, possessed: Bool,
    served: I16, threshold: F32, weight: F32, commit: I32, seed: U64, generation: I32,
) -> None:  # fmt: skip
    """Choose an option for every agent whose decision is open; see :func:`choose_options`."""
    town, option, wake, running = at.people.town, plans.option, plans.wake, plans.running
    now = at.time.tick[0]
    options = served.shape[0]
    for r in range(alive.shape[0]):
        if now < wake[r] or not alive[r] or possessed[r]:
            continue
        if given_option[r] >= 0 or given_primitive[r] >= 0:
            continue
        t, tried = town[r], 0
        choice, thing, aff = IDLE, NOWHERE, -1
        # Needs by urgency, then leisure: one call of find_target keeps the kernel small.
        for _ in range(options + 1):
            best, best_urgency = -1, _NONE
            for o in range(options):
                n = served[o]
                if n < 0 or (tried >> o) & 1:
                    continue
                u = urgency(
                    at.people.level[r, n],
                    threshold[t, at.people.profile[r], n],
                    weight[t, n],
                    o,
                    option[r],
                    at.time.minute[0],
                )
                if u > best_urgency:
                    best, best_urgency = o, u
            if best < 0:
                if running[r] >= 0:
                    choice, thing, aff = option[r], NOWHERE, -1
                    break
                best = leisure(
                    seed[t],
                    now,
                    at.people.slot[r],
                    generation[r],
                    at.people.trait[r, EXTROVERSION],
                    tried,
                )
                if best == IDLE:
                    choice, thing, aff = IDLE, NOWHERE, -1
                    break
            tried |= 1 << best
            choice = best
            thing, aff = find_target(at, r, best)
            if thing != NOTHING:
                break
        take_option(plans, r, choice, thing, aff, now, commit[t])


@system(phase=Phase.DECIDE, after=["follow_scripts"])
def choose_options(
    at: Read[Surroundings],
    values: Write[Values],
    identity: Read[Identity],
    activity: Read[Activity],
    orders: Read[Orders],
    intent: Write[Intent],
    need_rules: Read[NeedRules],
    rules: Read[OptionRules],
    towns: Read[Towns],
) -> None:
    """Agents with something to decide choose an option (scripted policy)."""
    select_all(
        scene_of(at, values),
        identity.alive,
        Plans(
            intent.option, intent.target, intent.affordance, intent.wake, activity.affordance,
            activity.until,
        ),
        orders.option, orders.primitive, orders.possessed, at.menu.need,
        need_rules.threshold, need_rules.weight, rules.commit, towns.seed, identity.generation,
    )  # fmt: skip
