"""Striking: one tick of a town with whatever the calendar has for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from townlet.invariants import Finding
from townlet.soak.fault import Calendar

if TYPE_CHECKING:
    from townlet.simulation import Simulation


def tick_with_faults(
    sim: Simulation, calendar: Calendar
) -> tuple[list[tuple[str, str]], dict[str, list[Finding]]]:
    """Run the next tick with its faults.

    Returns:
        Which faults struck, as (name, what was done), and what was found wrong, by fault.
    """
    due = calendar.at(sim.tick + 1)
    told = [(fault.name, fault.strike(sim, when)) for fault, when in due if when.age == 0]
    orders = None
    for fault, when in due:
        orders = fault.orders(sim, when) or orders
    if orders is None:
        sim.run(1)
    else:
        sim.step(orders.actions, level=orders.level)
    found = {fault.name: list(fault.after(sim, when)) for fault, when in due}
    return told, {name: findings for name, findings in found.items() if findings}
