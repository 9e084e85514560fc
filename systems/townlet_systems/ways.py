"""Ways: where each agent would walk next, as its controller has it: hints and paths of maps."""

from townlet.ecs import I8, I16, I32, I64, Bool, Phase, Read, Write, kernel, system
from townlet_components.activity import Activity
from townlet_components.citymap import DistrictPlan, Layouts, PlacePlan
from townlet_components.clock import Clock
from townlet_components.home import Home
from townlet_components.identity import Departures, Identity
from townlet_components.incidents import Errand
from townlet_components.intent import IDLE, NORTH, WAIT, WEST, Intent, Orders
from townlet_components.objects import ObjectPlan, Objects
from townlet_components.observation import Ways
from townlet_components.position import Position
from townlet_components.queueing import QueuePlace, QueueRing
from townlet_components.rows import Rows
from townlet_components.ties import Talk
from townlet_components.work import Employment, JobRules, PositionPlan
from townlet_systems.acting import plans_of
from townlet_systems.bundles import City, Ground, Plans
from townlet_systems.duty import Duty, duty_of
from townlet_systems.pursue import (
    Others,
    Places,
    Spots,
    Walkers,
    destination,
    places_of,
    spots_of,
    walkers_of,
)
from townlet_systems.scene import city_of
from townlet_systems.walking import ARRIVED, next_step


@kernel(over="agent", whole=("others",), local=True)
def find_all(
    toward: I32, target: I16, step: I8, alive: Bool, reason: I8, possessed: Bool, w: Walkers,
    plans: Plans, spots: Spots, size: I32, city: City, ground: Ground, duty: Duty,
    places: Places, others: Others, tick: I64,
) -> None:  # fmt: skip
    """Find where each agent's option or errand leads, and the next step there.

    Who uses something or talks goes nowhere. Near a person there is a step but no route.

    Args:
        toward, target, step: results, of ``Ways``, by row.
        alive, reason, possessed: by row; ``reason`` is not 0 for who leaves in this tick.
        w .. others: what :func:`townlet_systems.pursue.pursue_all` looks at.
        tick: (1,).
    """
    following = tick[0] + 1
    capacity = w.row_of.shape[0] // duty.buffer.shape[0]
    for r in range(alive.shape[0]):
        goal, spot, act = -1, 0, WAIT
        if (alive[r] or reason[r] != 0) and plans.running[r] < 0 and w.partner[r] < 0:
            if w.errand_target[r] >= 0 and following < w.errand_until[r]:
                goal, spot = w.errand_district[r], w.errand_target[r]
            else:
                person = plans.person[r]
                other = w.row_of[w.town[r] * capacity + person] if person >= 0 else -1
                idles = plans.option[r] == IDLE and not possessed[r]
                goal, spot, act = destination(
                    w, plans, spots, size, city, ground, duty, places, others, r, other, idles
                )
        found = act - NORTH if NORTH <= act <= WEST else -1
        if goal >= 0:
            found = next_step(city, w.district[r], w.tile[r], goal, spot)
        toward[r], target[r] = goal, spot
        step[r] = found if found != ARRIVED else -1


@system(phase=Phase.OBSERVE, after=["gather_sights"])
def find_ways(
    ways: Write[Ways],
    identity: Read[Identity],
    departures: Read[Departures],
    rows: Read[Rows],
    position: Read[Position],
    home: Read[Home],
    activity: Read[Activity],
    orders: Read[Orders],
    queue: Read[QueuePlace],
    talk: Read[Talk],
    errand: Read[Errand],
    intent: Read[Intent],
    plan: Read[ObjectPlan],
    objects: Read[Objects],
    ring: Read[QueueRing],
    layouts: Read[Layouts],
    city: Read[DistrictPlan],
    places: Read[PlacePlan],
    positions: Read[PositionPlan],
    employment: Read[Employment],
    rules: Read[JobRules],
    clock: Read[Clock],
) -> None:
    """Each agent's next step toward what it wants, if it wants to be elsewhere."""
    find_all(
        ways.district, ways.target, ways.step, identity.alive, departures.reason,
        orders.possessed,
        walkers_of(rows, position, home, queue, activity, talk, errand),
        plans_of(intent, activity),
        spots_of(plan, ring, objects),
        city.size, city_of(layouts, city), Ground(layouts.walkable, layouts.step),
        duty_of(positions, layouts, employment, rules),
        places_of(places, city, layouts),
        Others(position.district, position.tile), clock.tick,
    )  # fmt: skip
