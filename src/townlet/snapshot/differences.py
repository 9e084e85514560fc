"""Differences: what two snapshots have not in common, down to the first value of each column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from townlet.snapshot.contents import Contents
from townlet.snapshot.header import Header

#: What headers are compared by.
COMPARED = (
    "format", "townlet", "config_id", "config_hash", "towns", "agents", "capacity", "seed", "tick",
    "policy", "state_hash",
)  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """One column that differs.

    Attributes:
        column: ``"Component.column"``, or the array of a section.
        authoritative: it counts for the state hash.
        count: values that differ, None where shapes or element types do.
        town, entity: of the first one: its town, and its number within the town's table.
        label: of the first one within the row, such as ``hunger``; empty without inner dimensions.
        first, second: both values; or both shapes.
    """

    column: str
    authoritative: bool
    count: int | None
    town: int
    entity: int
    label: str
    first: Any
    second: Any


def header_differences(first: Header, second: Header) -> dict[str, tuple[Any, Any]]:
    """Both values of what headers say differently, by name."""
    pairs = {key: (getattr(first, key), getattr(second, key)) for key in COMPARED}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def differences(first: Contents, second: Contents, every: bool = False) -> list[Difference]:
    """Columns that differ, bit for bit; authoritative ones first, then by name.

    Args:
        first, second: the snapshots.
        every: compare statistics, rewards, rules and books too, not just what is hashed.
    """
    hashed = set(first.header.hashes) | set(second.header.hashes)
    known = {*first.arrays, *second.arrays}
    names = known if every or not hashed else known & hashed
    found = []
    for name in sorted(names, key=lambda name: (name not in hashed, name)):
        a, b = (_rows(contents.arrays.get(name)) for contents in (first, second))
        if a is None or b is None or a.shape != b.shape or a.dtype != b.dtype:
            found.append(_unlike(name, name in hashed, a, b))
        else:
            bits = np.dtype(f"u{a.dtype.itemsize}")
            where = np.flatnonzero(_flat(a, bits) != _flat(b, bits))
            if len(where):
                found.append(_difference(first.header, name, name in hashed, a, b, where))
    return found


def _rows(array: npt.NDArray[Any] | None) -> npt.NDArray[Any] | None:
    """An array that has rows; a single number of a section is one."""
    return None if array is None else np.atleast_1d(array)


def _flat(array: npt.NDArray[Any], bits: np.dtype[Any]) -> npt.NDArray[Any]:
    return np.ascontiguousarray(array).reshape(-1).view(bits)


def _unlike(
    name: str, hashed: bool, a: npt.NDArray[Any] | None, b: npt.NDArray[Any] | None
) -> Difference:
    shapes = ["absent" if x is None else f"{x.dtype} {x.shape}" for x in (a, b)]
    return Difference(name, hashed, None, -1, -1, "", *shapes)


def _difference(
    header: Header,
    name: str,
    hashed: bool,
    a: npt.NDArray[Any],
    b: npt.NDArray[Any],
    where: npt.NDArray[np.int64],
) -> Difference:
    at = np.unravel_index(int(where[0]), a.shape)
    row = int(at[0])
    dims = header.columns.get(name, [])
    rows = table_rows(header, dims)
    town, entity = divmod(row, rows) if rows else (-1, row)
    label = ".".join(_label(header, dim, int(k)) for dim, k in zip(dims[1:], at[1:], strict=False))
    return Difference(name, hashed, len(where), town, entity, label, a[at].item(), b[at].item())


def table_rows(header: Header, dims: Sequence[str]) -> int:
    """Rows per town of a column's table; 0 where towns share the table."""
    if not dims or dims[0] not in header.tables:
        return 0
    length = header.dimensions.get(dims[0])
    return length if isinstance(length, int) else 0


def _label(header: Header, dim: str, number: int) -> str:
    labels = header.dimensions.get(dim)
    return labels[number] if isinstance(labels, list) else str(number)
