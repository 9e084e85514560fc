"""Columns: what the rows of a capture hold, and how wide they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.observe.shape import ObservationShape
from townlet_components.rewards import TERMS

Arrays = dict[str, npt.NDArray[Any]]
#: Tables of a capture, and what a row of each is.
TABLES = {
    "steps": "an agent and a tick: observation and mask before the action, and what came of it",
    "finals": "the end of a trajectory: the observation after its last action",
}
#: What says whose row it is: an agent is a slot of a town and a generation, how many lived there
#: before.
OWNER = ("town", "slot", "generation", "tick")
#: What only some policies know of their actions.
EXTRAS = ("old_log_probs", "value_preds")


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        name: its name, here and in the files.
        dtype: numpy's name of its element type.
        shape: of a row's value; empty: one number.
    """

    name: str
    dtype: str
    shape: tuple[int, ...] = ()

    @property
    def row_bytes(self) -> int:
        """Bytes of a row's value in memory."""
        return int(np.dtype(self.dtype).itemsize * np.prod(self.shape, dtype=np.int64))


def reward_column(term: str) -> str:
    """Name of the column of a term of rewards."""
    return f"reward_{term}"


def step_columns(shape: ObservationShape, actions: int, extras: Iterable[str]) -> list[Column]:
    """Columns of a step.

    Args:
        shape: of observations.
        actions: how many there are to choose from.
        extras: names out of ``EXTRAS``.
    """
    return [
        *final_columns(shape),
        Column("mask", "bool", (actions,)),
        Column("actions", "int64"),
        Column("chosen", "bool"),
        Column("rewards", "float32"),
        *(Column(reward_column(term), "float32") for term in TERMS),
        Column("terminated", "bool"),
        Column("truncated", "bool"),
        Column("cause", "int8"),
        *(Column(name, "float32") for name in extras),
    ]


def final_columns(shape: ObservationShape) -> list[Column]:
    """Columns of the end of a trajectory; a step begins with the same ones."""
    side = shape.side
    return [
        Column("town", "int32"),
        Column("slot", "int32"),
        Column("generation", "int32"),
        Column("tick", "int64"),
        Column("map", "float32", (len(shape.channels), side, side)),
        Column("features", "float32", (len(shape.features),)),
    ]


def row_bytes(columns: Iterable[Column]) -> int:
    """Bytes of a row in memory."""
    return sum(column.row_bytes for column in columns)


def empty(columns: Iterable[Column], rows: int = 0) -> Arrays:
    """Arrays of a number of rows; what is in them is not said."""
    return {c.name: np.empty((rows, *c.shape), c.dtype) for c in columns}
