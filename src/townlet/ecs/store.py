"""The store: every component's arrays, allocated once and never moved.

Tables have a town axis flattened to rows: ``row = town * rows_per_town + place``. A batch of towns
is one longer table (docs/design/0001-rows-and-slots.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from townlet.ecs.schema import ColumnSpec, ComponentSpec, Kind, SchemaError, spec_of

T = TypeVar("T")
_ALIGNMENT = 64  # bytes: one cache line, and what non-temporal stores want


@dataclass(frozen=True)
class Sizes:
    """How long each dimension is.

    Attributes:
        towns: number of towns in the batch.
        tables: rows per town of each table, such as ``{"agent": 64}``.
        shared: rows of tables that all towns share, such as the map's.
        axes: labels of the inner dimensions, such as ``{"need": ("hunger", ...)}``.
    """

    towns: int
    tables: Mapping[str, int]
    shared: Mapping[str, int]
    axes: Mapping[str, Sequence[str] | int]

    def length(self, dim: str) -> int:
        """Number of rows or labels of ``dim``; SchemaError for an unknown name."""
        if dim in self.tables:
            return self.tables[dim] * self.towns
        if dim in self.shared:
            return self.shared[dim]
        if dim in self.axes:
            axis = self.axes[dim]
            return axis if isinstance(axis, int) else len(axis)
        known = ", ".join([*self.tables, *self.shared, *self.axes])
        raise SchemaError(f"unknown dimension {dim!r}; known: {known}")

    def labels(self, dim: str) -> tuple[str, ...]:
        """Labels of an axis; numbers when it has none."""
        axis = self.axes[dim]
        return tuple(str(k) for k in range(axis)) if isinstance(axis, int) else tuple(axis)


def _allocate(shape: tuple[int, ...], dtype: np.dtype[Any], fill: Any) -> npt.NDArray[Any]:
    count = int(np.prod(shape, dtype=np.int64))
    raw = np.empty(count * dtype.itemsize + _ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % _ALIGNMENT
    array = raw[start : start + count * dtype.itemsize].view(dtype).reshape(shape)
    array[...] = fill
    return array


class Store:
    """All components of one simulation.

    Args:
        components: component classes.
        sizes: lengths of the dimensions.
    """

    def __init__(self, components: Iterable[type[Any]], sizes: Sizes) -> None:
        self.sizes = sizes
        self.components: dict[str, type[Any]] = {}
        self._write: dict[str, Any] = {}
        self._read: dict[str, Any] = {}
        self._table_of: dict[int, str] = {}
        self._owner_of: dict[int, tuple[ComponentSpec, ColumnSpec]] = {}
        for klass in components:
            self._add(klass)

    def _add(self, klass: type[Any]) -> None:
        spec = spec_of(klass)
        if spec.name in self.components:
            raise SchemaError(f"two components are called {spec.name}")
        arrays, views = {}, {}
        for col in spec.columns:
            shape = tuple(self.sizes.length(dim) for dim in col.dims)
            array = _allocate(shape, col.dtype, col.fill)
            view = array.view()
            view.flags.writeable = False
            arrays[col.name], views[col.name] = array, view
            if array.size:
                self._table_of[array.ctypes.data] = col.dims[0]
                self._owner_of[array.ctypes.data] = (spec, col)
        self.components[spec.name] = klass
        self._write[spec.name] = klass(**arrays)
        self._read[spec.name] = klass(**views)

    def write(self, component_class: type[T]) -> T:
        """The component with writable arrays (set-up code and declared writers)."""
        found: T = self._write[spec_of(component_class).name]
        return found

    def read(self, component_class: type[T]) -> T:
        """The component with read-only views."""
        found: T = self._read[spec_of(component_class).name]
        return found

    def column(self, name: str) -> npt.NDArray[Any]:
        """The live array of ``"Component.column"``; KeyError names what exists."""
        owner, _, attribute = name.partition(".")
        if owner not in self._write:
            raise KeyError(f"no component {owner!r}; there are {', '.join(sorted(self._write))}")
        spec_of(self.components[owner]).column(attribute)
        array: npt.NDArray[Any] = getattr(self._write[owner], attribute)
        return array

    def table_of(self, array: npt.NDArray[Any]) -> str | None:
        """The table an array's rows belong to, or None for an array that is not ours."""
        return self._table_of.get(array.ctypes.data) if array.size else None

    def owner_of(self, array: npt.NDArray[Any]) -> tuple[ComponentSpec, ColumnSpec] | None:
        """The component and column an array was declared as."""
        return self._owner_of.get(array.ctypes.data)

    def specs(self) -> list[ComponentSpec]:
        """All component declarations, in order of addition."""
        return [spec_of(klass) for klass in self.components.values()]

    def left_behind(self, table: str) -> list[tuple[npt.NDArray[Any], Any]]:
        """State columns of a table and their fills, but those declared ``keep``.

        Whoever comes next must find no trace of who was there, in columns of any package.
        """
        return [
            (getattr(self._write[spec.name], col.name), col.fill)
            for spec in self.specs()
            for col in spec.columns
            if spec.kind is Kind.STATE and col.dims[0] == table and not col.keep
        ]

    def nbytes(self, *, static: bool | None = None, cold: bool | None = None) -> int:
        """Bytes allocated: of all components, only static or changing, only hot or cold ones."""
        return sum(
            getattr(self._write[spec.name], col.name).nbytes
            for spec in self.specs()
            if (static is None or spec.static == static) and (cold is None or spec.cold == cold)
            for col in spec.columns
        )
