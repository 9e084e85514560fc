"""Cells: single values of columns that differ, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from townlet.names import Names
    from townlet.simulation import Simulation
    from townlet.snapshot import Contents

Array = npt.NDArray[Any]
#: Cells of a column that a report names.
SHOWN = 8


@dataclass(frozen=True)
class Cell:
    """A value that differs.

    Attributes:
        column: ``"Component.column"``.
        table: whose value it is: ``"agent"``, ``"object"``, ``"town"`` and others.
        town: number of the town.
        id: slot of the agent, number of the object and so on, within the town.
        labels: names or numbers of the inner dimensions, outermost first.
        agent: name of the agent; empty for other tables and for vacant slots.
        a, b: both values; None: not known.
    """

    column: str
    table: str
    town: int
    id: int
    labels: tuple[str, ...]
    agent: str
    a: Any
    b: Any

    @property
    def component(self) -> str:
        """Name of the component."""
        return self.column.partition(".")[0]

    @property
    def place(self) -> str:
        """Where it is, as a person would say it."""
        inner = f"[{', '.join(self.labels)}]" if self.labels else ""
        who = f" ({self.agent})" if self.agent else ""
        what = "slot" if self.table == "agent" else self.table
        return f"{self.column}{inner} of {what} {self.id}{who}, town {self.town}"

    def as_dict(self) -> dict[str, Any]:
        """Plain data; values that are no numbers as text."""
        return asdict(self) | {"component": self.component, "a": _json(self.a), "b": _json(self.b)}


def _json(value: Any) -> Any:
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value


@dataclass(frozen=True)
class ColumnDifference:
    """A column that differs.

    Attributes:
        column: ``"Component.column"``.
        count: how many values of it differ; 0: it is in one of the two alone, or of another shape.
        cells: the first of them.
        note: why it cannot be compared value by value; empty when it can.
    """

    column: str
    count: int
    cells: list[Cell] = field(default_factory=list)
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        cells = [cell.as_dict() for cell in self.cells]
        return {"column": self.column, "count": self.count, "note": self.note, "cells": cells}


@dataclass(frozen=True)
class State:
    """Columns of a moment, in slot order, and what is needed to say whose a value is.

    Attributes:
        columns: by name.
        dims: dimension names of each.
        labels: labels of the inner dimensions that have some.
        towns: how many.
        names: what agents are called.
    """

    columns: Mapping[str, Array]
    dims: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, tuple[str, ...]]
    towns: int
    names: Names

    def cell(self, column: str, flat: int, a: Any, b: Any) -> Cell:
        """The value number ``flat`` of a column, named."""
        array, dims = self.columns[column], self.dims[column]
        at = np.unravel_index(flat, array.shape)
        row = int(at[0])
        per_town = max(len(array) // self.towns, 1)
        labels = tuple(
            self.labels[dim][int(k)] if dim in self.labels else str(int(k))
            for dim, k in zip(dims[1:], at[1:], strict=True)
        )
        who = self._agent(row) if dims[0] == "agent" else ""
        return Cell(column, dims[0], row // per_town, row % per_town, labels, who, a, b)

    def _agent(self, row: int) -> str:
        if not self.columns["Identity.alive"][row]:
            return ""
        slot = row % (len(self.columns["Identity.alive"]) // self.towns)
        given = int(self.columns["Identity.name"][row])
        return self.names.of(slot, int(self.columns["Identity.generation"][row]), given)


def state_of(sim: Simulation) -> State:
    """The authoritative columns of a simulation now; copies."""
    store = sim.store
    columns, dims = {}, {}
    labels: dict[str, tuple[str, ...]] = {}
    row_of = store.column("Rows.row_of")
    for spec in store.specs():
        for col in spec.hashed():
            name = f"{spec.name}.{col.name}"
            values = store.column(name)
            columns[name] = values[row_of] if col.dims[0] == "agent" else values.copy()
            dims[name] = col.dims
            labels |= {dim: store.sizes.labels(dim) for dim in col.dims[1:]}
    return State(columns, dims, labels, sim.towns, sim.blueprint.names)


def state_in(contents: Contents, names: Names) -> State:
    """The columns of a snapshot."""
    header = contents.header
    labels = {
        dim: tuple(entry) for dim, entry in header.dimensions.items() if isinstance(entry, list)
    }
    dims = {name: tuple(entry) for name, entry in header.columns.items()}
    return State(contents.columns(), dims, labels, header.towns, names)


def differences(a: State, b: State, shown: int = SHOWN) -> list[ColumnDifference]:
    """Columns that differ bit by bit, in order of the first one's; then those of the second alone.

    Args:
        a, b: two moments.
        shown: cells named of each column, at most.
    """
    found = []
    for name, ours in a.columns.items():
        theirs = b.columns.get(name)
        if theirs is None:
            found.append(ColumnDifference(name, 0, note="only the first has it"))
        elif ours.shape != theirs.shape or ours.dtype != theirs.dtype:
            note = f"{ours.dtype} of {ours.shape} and {theirs.dtype} of {theirs.shape}"
            found.append(ColumnDifference(name, 0, note=note))
        else:
            at = np.flatnonzero(bits_of(ours) != bits_of(theirs))
            if len(at):
                x, y = ours.reshape(-1), theirs.reshape(-1)
                cells = [a.cell(name, int(k), x[k].item(), y[k].item()) for k in at[:shown]]
                found.append(ColumnDifference(name, len(at), cells))
    only = (name for name in b.columns if name not in a.columns)
    return found + [ColumnDifference(name, 0, note="only the second has it") for name in only]


def bits_of(array: Array) -> Array:
    """The values as unsigned integers, flat: NaN is itself, and -0 is not 0."""
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.view(np.dtype(f"u{flat.itemsize}"))
