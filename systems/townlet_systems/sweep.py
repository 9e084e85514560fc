"""The sweep: places keep three days of payroll and the day's delivery, the town gets the rest."""

from townlet.ecs import I16, I32, I64, Phase, Read, Write, device, kernel, system
from townlet_components.clock import Clock
from townlet_components.objects import ObjectIndex, ObjectPlan, Objects
from townlet_components.rules import EconomyRules
from townlet_components.town_state import Prices
from townlet_components.wallet import SWEEP, Till, Treasury
from townlet_components.work import JobRules, PositionPlan
from townlet_systems.deliveries import Truck, cost_of

#: Days of payroll a place keeps (SPEC §8).
FLOAT_DAYS = 3


@device
def payroll(wage: I32, job: I16, length: I16, first: int, last: int, town: int) -> int:
    """What a day's shifts of the positions ``first`` to ``last`` cost; thousandths."""
    total = 0
    for position in range(first, last):
        total += wage[town, job[position]] * length[position]
    return total


@kernel
def sweep(
    till: I64, treasury: I64, flow: I64, truck: Truck, object_first: I32, objects: I32, wage: I32,
    job: I16, length: I16, position_first: I32, minute: I64,
) -> None:  # fmt: skip
    """At midnight move what places do not need to the treasury; see :func:`sweep_tills`."""
    if minute[0] != 0:
        return
    towns = treasury.shape[0]
    places = till.shape[0] // towns
    for t in range(towns):
        for place in range(places):
            shop = t * places + place
            if till[shop] <= 0:
                continue
            first, last = position_first[place], position_first[place + 1]
            keep = FLOAT_DAYS * payroll(wage, job, length, first, last, t)
            for k in range(object_first[place], object_first[place + 1]):
                keep += cost_of(truck, t, objects[k])
            spare = till[shop] - keep
            if spare > 0:
                till[shop] -= spare
                treasury[t] += spare
                flow[t, SWEEP] += spare


@system(phase=Phase.LIVE, after=["collect_rent"])
def sweep_tills(
    till: Write[Till],
    treasury: Write[Treasury],
    objects: Read[Objects],
    plan: Read[ObjectPlan],
    index: Read[ObjectIndex],
    prices: Read[Prices],
    rules: Read[EconomyRules],
    positions: Read[PositionPlan],
    jobs: Read[JobRules],
    clock: Read[Clock],
) -> None:
    """At midnight places keep three days of payroll and what the truck will cost, no more."""
    sweep(
        till.money, treasury.money, treasury.flow,
        Truck(objects.stock, plan.restock, plan.place, prices.base, rules.wholesale),
        index.place_first, index.place_object, jobs.wage, positions.job, positions.length,
        positions.place_first, clock.minute,
    )  # fmt: skip
