"""Running a scenario file and writing down what happened, by names."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from townlet import Simulation
from townlet.docs.events import MEANINGS
from townlet.learner import Learner, Variant
from townlet_components.events import REASONS

#: Kinds whose value is an affordance.
_USES = ("affordance_start", "affordance_finish")
DAY = 1440


def play(path: Path, ticks: int | None = None) -> dict[str, Any]:
    """Events and KPIs of a scenario.

    Args:
        path: the file.
        ticks: how long; None: as the scenario says.

    Returns:
        ``events``: lists of tick, kind, agent, other, object, value, by names and in order;
        ``kpis`` of the day the run ends in.
    """
    sim = Simulation.from_config(path)
    scene = sim.config.scenario or {}
    events = []
    for _ in range(ticks or scene["ticks"] or DAY):
        sim.run(1)
        events += [readable(sim, event) for event in sim.events().to_dicts()]
    day = sim.kpis_today().to_dicts()[0]
    kpis = {
        key: value
        for key, value in day.items()
        if isinstance(value, float) and not math.isnan(value)
    }
    return {"ticks": sim.tick, "events": events, "kpis": kpis}


def look(path: Path) -> dict[str, Any]:
    """What the agent in slot 0 of a scenario observes at its end, in every variant.

    Returns:
        ``observations``: by variant ``map``, by channel a string per row (1, 0, - for -1), and
        ``features`` by name.
    """
    found: dict[str, Any] = {}
    ticks = 0
    variants: tuple[Variant, ...] = ("full", "hybrid", "compact")
    for variant in variants:
        learner = Learner(rewards=False, observations=variant)
        sim = Simulation.from_config(path, learner=learner)
        ticks = (sim.config.scenario or {})["ticks"]
        sim.run(ticks)
        view, schema = sim.observation(), sim.features()
        rows = view.map[0].astype(int).tolist()
        drawn = {
            channel: ["".join("-01"[value + 1] for value in row) for row in rows[c]]
            for c, channel in enumerate(schema.channels)
        }
        values = [round(value, 6) for value in view.features[0].astype(float).tolist()]
        found[variant] = {"map": drawn, "features": dict(zip(schema.names, values, strict=True))}
    return {"ticks": ticks, "observations": found}


def readable(sim: Simulation, event: dict[str, Any]) -> list[Any]:
    """One event by names; agents that have left are still called what they were."""
    kind, value, other = event["kind"], event["value"], event["other"]
    uses = sim.blueprint.table.ids
    if kind in _USES:
        value = uses[value]
    if kind == "affordance_fail":
        value, companion = REASONS[value], uses[other]
    elif kind in MEANINGS and MEANINGS[kind].other == "job":
        companion = sim.blueprint.jobs.names[other]
    elif kind.startswith("perturbation_"):
        companion = sim.blueprint.incidents.names[other]
    else:
        companion = name_of(sim, event["town"], other)
    thing, what = event["object"], None
    if kind.startswith("perturbation_"):
        what = f"evt_{thing}"
    elif thing >= 0:
        what = sim.plan.object_id(thing)
    return [
        event["tick"],
        kind,
        name_of(sim, event["town"], event["agent"]),
        companion,
        what,
        value,
    ]


def name_of(sim: Simulation, town: int, slot: int) -> str | None:
    """Name of the agent in a slot; None for nobody."""
    if slot < 0:
        return None
    row = int(sim.column("Rows.row_of")[town * sim.capacity + slot])
    generation = max(int(sim.column("Identity.generation")[row]), 0)
    return sim.blueprint.names.of(slot, generation, int(sim.column("Identity.name")[row]))
