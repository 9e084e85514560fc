"""Frames: tables as polars, for people and notebooks. Copies; nothing here is on the tick path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from townlet.errors import UserError
from townlet.suggest import nearest
from townlet_components.events import EVENTS, Events
from townlet_components.identity import Identity
from townlet_components.position import Position
from townlet_components.rows import DistrictRows, Rows

if TYPE_CHECKING:
    from townlet.ecs.runtime import Runtime
    from townlet.looking import Looking

TABLES = ("agent", "object", "place", "district", "town", "entry", "embedding")


def frame(sim: Looking, table: str = "agent") -> pl.DataFrame:
    """Every column of a table; inner dimensions become ``column.label``.

    Args:
        sim: the simulation.
        table: one of ``TABLES``. Agents come in slot order with names and x, y; vacant slots too.

    Raises:
        UserError: no such table.
    """
    if table not in TABLES:
        raise UserError(f"unknown table {table!r}{nearest(table, TABLES)}")
    rows = sim.store.read(Rows)
    length = sim.store.sizes.length(table)
    order = rows.row_of if table == "agent" else np.arange(length, dtype=np.int32)
    columns: dict[str, npt.NDArray[Any] | list[str]] = {}
    columns["town"] = order_town = np.arange(length) // (length // sim.towns)
    columns["id"] = np.arange(length) - order_town * (length // sim.towns)
    if table == "agent":
        columns |= _agent_columns(sim, order)
    for spec in sim.store.specs():
        if spec.kind.value != "state":
            continue
        for col in spec.columns:
            if col.dims[0] == table:
                values = sim.store.column(f"{spec.name}.{col.name}")[order]
                columns |= _flatten(sim, f"{spec.name}.{col.name}", col.dims[1:], values)
    return pl.DataFrame(columns)


def _flatten(
    sim: Looking, name: str, dims: tuple[str, ...], values: npt.NDArray[Any]
) -> dict[str, npt.NDArray[Any]]:
    if not dims:
        return {name: values}
    columns: dict[str, npt.NDArray[Any]] = {}
    for k, label in enumerate(sim.store.sizes.labels(dims[0])):
        columns |= _flatten(sim, f"{name}.{label}", dims[1:], values[:, k])
    return columns


def _agent_columns(sim: Looking, order: npt.NDArray[np.int32]) -> dict[str, Any]:
    position = sim.store.read(Position)
    district, tile = position.district[order], position.tile[order].astype(np.int32)
    width, height = sim.plan.width, sim.plan.height
    names = agent_names(sim, order)
    return {
        "name": names,
        "x": district % sim.plan.grid_w * width + tile % width,
        "y": district // sim.plan.grid_w * height + tile // width,
    }


def agent_names(sim: Looking, order: npt.NDArray[np.int32]) -> list[str]:
    """Name of the agent in each of some rows; empty where nobody lives."""
    identity, rows, names = sim.store.read(Identity), sim.store.read(Rows), sim.blueprint.names
    columns = (rows.slot, identity.generation, identity.name, identity.alive)
    people = zip(*(column[order].tolist() for column in columns), strict=True)
    return [names.of(s, g, given) if lives else "" for s, g, given, lives in people]


def events_frame(sim: Looking) -> pl.DataFrame:
    """Events of the last tick: tick, town, kind, agent, other, object, value; in a fixed order."""
    events, districts = sim.store.read(Events), sim.store.read(DistrictRows)
    counts = events.count
    taken = np.arange(events.kind.shape[1])[None, :] < counts[:, None]
    town = np.repeat(districts.town, counts)
    data = pl.DataFrame(
        {
            "tick": np.full(len(town), sim.tick, np.int64),
            "town": town,
            "number": events.kind[taken],
            "agent": events.agent[taken],
            "other": events.other[taken],
            "object": events.object[taken],
            "value": events.value[taken],
        }
    )
    kinds = pl.Series("kind", [EVENTS[k] for k in data["number"]], dtype=pl.String)
    ordered = data.with_columns(kinds).sort(["town", "number", "agent", "object", "other", "value"])
    return ordered.select("tick", "town", "kind", "agent", "other", "object", "value")


def timings_frame(runtime: Runtime, agents: int) -> pl.DataFrame:
    """Nanoseconds per system since the last reset, in running order."""
    phases = {spec.name: spec.phase.name for spec in runtime.schedule.systems}
    phases |= {step.name: step.phase.name for step in runtime.steps.values()}
    ticks = max(runtime.ticks, 1)
    total = runtime.elapsed_ns
    return pl.DataFrame(
        {
            "system": list(total),
            "phase": [phases[name] for name in total],
            "calls": [runtime.ticks] * len(total),
            "ns_total": list(total.values()),
            "ns_per_tick": [ns / ticks for ns in total.values()],
            "ns_per_agent": [ns / ticks / agents for ns in total.values()],
        }
    )
