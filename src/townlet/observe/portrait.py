"""A portrait: what one agent observes and may do, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from townlet.errors import UserError
from townlet_components.identity import Identity
from townlet_components.observation import BITS
from townlet_components.rows import Rows

if TYPE_CHECKING:
    from townlet.simulation import Simulation


def portrait(sim: Simulation, agent: int | str, town: int = 0) -> dict[str, Any]:
    """What an agent observes now, and its masks of the tick to come.

    Args:
        sim: a simulation whose learner observes.
        agent: name or slot.
        town: the town.

    Returns:
        ``agent, slot, town, tick, day, time``; ``variant, schema_version, schema_hash``; ``map``
        with ``channels``, ``side`` and ``cells`` (channel, row, column); ``features`` by name;
        ``options`` and ``primitives``: open or not, by name.

    Raises:
        UserError: nobody is called so, or the slot is vacant, or nothing is observed.
    """
    view, schema = sim.observation(), sim.features()
    row = sim.desk.row(agent, town)
    slot = int(sim.store.read(Rows).slot[row])
    at = town * sim.capacity + slot
    if not view.live[at]:
        raise UserError(f"agent {agent!r} does not live in the town at tick {sim.tick}")
    identity = sim.store.read(Identity)
    day, hour, minute = sim.clock
    masks, names = sim.masks(), sim.blueprint
    cells = len(schema.channels) * schema.side**2
    drawn = view.map[at]
    if sim.observation_shape.elements == BITS:
        drawn = np.unpackbits(drawn, count=cells, bitorder="little")
        drawn = drawn.reshape(len(schema.channels), schema.side, schema.side)
    return {
        "agent": names.names.of(slot, int(identity.generation[row]), int(identity.name[row])),
        "slot": slot,
        "town": town,
        "tick": sim.tick,
        "day": day,
        "time": f"{hour:02d}:{minute:02d}",
        "variant": schema.variant,
        "schema_version": schema.version,
        "schema_hash": schema.schema_hash,
        "map": {
            "channels": list(schema.channels),
            "side": schema.side,
            "cells": drawn.astype(float).tolist(),
        },
        "features": dict(zip(schema.names, view.features[at].astype(float).tolist(), strict=True)),
        "options": _open(names.option_names, masks.option[row]),
        "primitives": _open(names.primitive_names, masks.primitive[row]),
    }


def _open(names: tuple[str, ...], mask: Any) -> dict[str, bool]:
    return {name: bool(value) for name, value in zip(names, mask, strict=True)}
