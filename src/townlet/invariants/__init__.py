"""Invariants: what is true of every town between two ticks, whatever has happened to it.

One piece of code for the checks of :mod:`townlet.testing`, for soaks and for the tests of the
engine. A check looks at the live columns with NumPy, changes nothing, and yields what it finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from townlet.errors import UserError
from townlet.invariants.books import (
    goods_are_not_negative,
    money_adds_up,
    money_is_booked,
    wallets_are_not_negative,
)
from townlet.invariants.counts import (
    population_adds_up,
    replacements_come_to_vacant_slots,
    towns_count_right,
)
from townlet.invariants.finding import Finding
from townlet.invariants.masks import masks_are_true
from townlet.invariants.needs import counters_in_range, needs_in_range
from townlet.invariants.numbers import floats_are_finite, traits_in_range
from townlet.invariants.places import everybody_stands_on_ground
from townlet.invariants.queues import queues_agree
from townlet.invariants.slots import (
    embeddings_agree,
    rows_and_slots_agree,
    serials_are_sound,
    vacant_slots_are_clean,
)
from townlet.invariants.society import talks_are_mutual, ties_are_sound
from townlet.invariants.town_state import incidents_end, outages_are_counted
from townlet.invariants.uses import nothing_is_used_from_afar, uses_are_sound
from townlet.invariants.work import positions_agree, vacancies_are_counted
from townlet.suggest import nearest

if TYPE_CHECKING:
    from townlet.simulation import Simulation

__all__ = ["INVARIANTS", "Check", "Finding", "broken"]

Check = Callable[["Simulation"], Iterator[Finding]]

#: Every invariant by name, those that others build on first.
INVARIANTS: dict[str, Check] = {
    check.__name__: check
    for check in (
        rows_and_slots_agree,
        floats_are_finite,
        needs_in_range,
        counters_in_range,
        traits_in_range,
        money_adds_up,
        money_is_booked,
        wallets_are_not_negative,
        goods_are_not_negative,
        queues_agree,
        uses_are_sound,
        nothing_is_used_from_afar,
        ties_are_sound,
        talks_are_mutual,
        positions_agree,
        vacancies_are_counted,
        serials_are_sound,
        vacant_slots_are_clean,
        embeddings_agree,
        towns_count_right,
        population_adds_up,
        replacements_come_to_vacant_slots,
        everybody_stands_on_ground,
        outages_are_counted,
        incidents_end,
        masks_are_true,
    )
}


def broken(sim: Simulation, names: Iterable[str] | None = None) -> dict[str, list[Finding]]:
    """Invariants that a simulation breaks, with what was found.

    Args:
        sim: looked at between two ticks.
        names: which invariants; None: all.

    Returns:
        Findings by name of the invariant; empty when all is well.

    Raises:
        UserError: there is no invariant of a name.
    """
    found = {}
    for name in INVARIANTS if names is None else names:
        if name not in INVARIANTS:
            raise UserError(f"no invariant is called {name!r}{nearest(name, INVARIANTS)}")
        findings = list(INVARIANTS[name](sim))
        if findings:
            found[name] = findings
    return found
