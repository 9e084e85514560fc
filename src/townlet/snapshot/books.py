"""Books: what a simulation remembers outside its columns, as sections of a snapshot.

Hourly means and KPIs, windows in which ties ended, what a narrator has said, what hooks have
raised. No world system reads any of it; reports do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from townlet.hooks.runner import HookError

if TYPE_CHECKING:
    from townlet.simulation import Simulation
    from townlet.snapshot.contents import Contents

#: Names of the sections; services choose others.
BOOKS = ("history", "churn", "timeline", "hooks")


def read_books(sim: Simulation, town: int | None) -> dict[str, Mapping[str, Any]]:
    """The books of a batch, or what they say of one town.

    Args:
        sim: the simulation.
        town: the town; None: all.
    """
    towns = slice(None) if town is None else slice(town, town + 1)
    missed = sim.timeline.missed
    if town is not None:
        marks = (f", town {town}: ", ", town 0: ")
        missed = [s.replace(*marks, 1) for s in missed if marks[0] in s]
    return {
        "history": sim.history.pages(towns),
        "churn": sim.churn.pages(towns),
        "timeline": {"told": list(sim.timeline.told), "missed": list(missed)},
        "hooks": {"errors": [dict(vars(error)) for error in sim.hooks.errors.values()]},
    }


def write_books(sim: Simulation, contents: Contents) -> None:
    """Go on with the books of a snapshot."""
    sim.history.turn_to(contents.section("history"))
    sim.churn.turn_to(contents.section("churn"))
    timeline = contents.section("timeline")
    sim.timeline.told = [(int(tick), str(text)) for tick, text in timeline.get("told", ())]
    sim.timeline.missed = list(timeline.get("missed", ()))
    errors = [HookError(**entry) for entry in contents.section("hooks").get("errors", ())]
    sim.hooks.errors = {error.hook: error for error in errors}


def merge_books(sim: Simulation, town: int, contents: Contents) -> None:
    """Let one town of a batch have the books of a snapshot of one town."""
    sim.history.merge(contents.section("history"), town)
    sim.churn.merge(contents.section("churn"), town)
