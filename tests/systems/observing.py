"""Observations beside their slow twin: what differs, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from tests.oracle.observe import Watcher

from townlet import Simulation

#: Features that are 0 or 1, by how their names begin, and those that are not although they do.
FLAGS = ("last_action_", "shift_", "path_hint_", "on_shift", "reservation_", "in_queue", "ctx_")
NO_FLAGS = ("last_action_duration",)
#: How far a feature may be off: by the element type's rounding of numbers up to 1.
TOLERANCE = {"float32": 1e-6, "float16": 5e-4}


def unpacked(sim: Simulation) -> np.ndarray[Any, Any]:
    """All maps as numbers, (slots, channels, side, side)."""
    view, schema = sim.observation(), sim.features()
    form = (len(view.live), len(schema.channels), schema.side, schema.side)
    if view.map.dtype != np.uint8:
        return view.map.astype(np.float64)
    cells = int(np.prod(form[1:]))
    bits = np.unpackbits(view.map, axis=1, count=cells, bitorder="little")
    return bits.reshape(form).astype(np.float64)


def differences(sim: Simulation, slots: range | None = None, leavers: bool = False) -> list[str]:
    """Where observations differ from the twin's: of some slots, or of all; no more than 20.

    Args:
        sim: what is looked at.
        slots: of each town; None: all of them.
        leavers: look at those who leave in this tick, not at the living.
    """
    found: list[str] = []
    for town in range(sim.towns):
        watcher = Watcher(sim, town)
        for slot in slots or range(sim.capacity):
            row = watcher.rows[slot]
            alive = watcher.of("Identity.alive", row)
            at = town * sim.capacity + slot
            if bool(sim.observation().live[at]) != alive:
                found.append(f"town {town} slot {slot}: live")
            gone = watcher.of("Departures.reason", row) != 0
            if gone if leavers else alive:
                found += _of_agent(sim, watcher, row, at)
            if len(found) > 20:
                return found
    return found


def _of_agent(sim: Simulation, watcher: Watcher, row: int, at: int) -> Iterator[str]:
    schema, view = sim.features(), sim.observation()
    compact = schema.variant == "compact"
    counts = compact and not sim.config.observations_config.compact.normalize_counts
    wanted = watcher.map(row, schema.channels, schema.side, counts)
    where = f"tick {sim.tick} slot {at}"
    for c, channel in enumerate(schema.channels):
        for y, x in np.argwhere(unpacked(sim)[at, c] != wanted[c]):
            yield f"{where}: {channel} at {x}, {y} is not {wanted[c, y, x]}"
    features = watcher.features(row, schema.side, compact)
    if tuple(features) != schema.names:
        yield f"{where}: other names"
    assert sim.learner is not None
    near = TOLERANCE[sim.learner.precision]
    for feature, (name, value) in zip(schema.features, features.items(), strict=True):
        got = float(view.features[at, feature.index])
        flag = name.startswith(FLAGS) and name not in NO_FLAGS
        if abs(got - float(value)) > (0 if flag else near):
            yield f"{where}: {name} is {got}, not {float(value)}"
        if not feature.low - near <= got <= feature.high + near:
            yield f"{where}: {name} is {got}, outside {feature.low} to {feature.high}"
