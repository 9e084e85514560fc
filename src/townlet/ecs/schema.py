"""Components: structs of arrays, declared once.

A declaration drives allocation, read-only views, the state hash, frames and the generated
reference. Dimensions are names; the first one names the table whose rows the array has.
"""

from __future__ import annotations

import enum
import inspect
from dataclasses import dataclass
from typing import Any, TypeVar, dataclass_transform, get_args, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt

Bool = npt.NDArray[np.bool_]
I8 = npt.NDArray[np.int8]
I16 = npt.NDArray[np.int16]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
U16 = npt.NDArray[np.uint16]
U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]
F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

T = TypeVar("T")


class SchemaError(TypeError):
    """A component is declared wrongly; the sentence names it and the column."""


class Kind(enum.Enum):
    """What a component is for.

    STATE is what the town remembers: hashed and saved. STATIC is the map and the rules: set once,
    read-only for systems. SCRATCH holds nothing between ticks that could not be rebuilt from state;
    it may depend on row order and is neither hashed nor saved.
    """

    STATE = "state"
    STATIC = "static"
    SCRATCH = "scratch"


@dataclass(frozen=True)
class ColumnSpec:
    """One array of a component.

    Attributes:
        name: attribute name.
        dims: dimension names; the first is the table.
        dtype: element type.
        fill: value of a fresh row.
        doc: what it means, one line.
        unit: physical or counting unit.
        derived: computed from other state; not hashed, and no world system may read it.
        telemetry: how frames and reports summarise it ("mean", "min", "sum"), or None.
        keep: survives when its row becomes vacant; all others go back to ``fill``.
    """

    name: str
    dims: tuple[str, ...]
    dtype: np.dtype[Any]
    fill: Any
    doc: str
    unit: str
    derived: bool
    telemetry: str | None
    keep: bool


@dataclass(frozen=True)
class ComponentSpec:
    """What :func:`component` recorded about a class.

    Attributes:
        name: class name.
        columns: in order of declaration.
        kind: state, static or scratch.
        doc: first line of the class docstring.
        cold: touched when something happens, not in every tick of everybody.
    """

    name: str
    columns: tuple[ColumnSpec, ...]
    kind: Kind
    doc: str
    cold: bool = False

    @property
    def static(self) -> bool:
        """True for maps and rules, which systems only read."""
        return self.kind is Kind.STATIC

    def hashed(self) -> tuple[ColumnSpec, ...]:
        """The authoritative columns, which the state hash covers."""
        return tuple(c for c in self.columns if self.kind is Kind.STATE and not c.derived)

    def column(self, name: str) -> ColumnSpec:
        """The column called ``name``; KeyError if there is none."""
        for spec in self.columns:
            if spec.name == name:
                return spec
        raise KeyError(f"{self.name} has no column {name!r}")


@dataclass(frozen=True)
class _Column:
    dims: tuple[str, ...]
    fill: Any
    doc: str
    unit: str
    derived: bool
    telemetry: str | None
    keep: bool


def column(
    *dims: str,
    doc: str,
    fill: Any = 0,
    unit: str = "",
    derived: bool = False,
    telemetry: str | None = None,
    keep: bool = False,
) -> Any:
    """Declare a column of a component; the annotation gives the element type.

    Args:
        dims: dimension names, table first, for example ``"agent", "need"``.
        doc: what the value means.
        fill: value of a fresh row.
        unit: unit of the value.
        derived: True for caches, statistics, rewards and observations.
        telemetry: summary used in reports.
        keep: the value outlives the row's owner, as a count of owners does.
    """
    return _Column(dims, fill, doc, unit, derived, telemetry, keep)


def _element_type(owner: str, name: str, hint: Any) -> np.dtype[Any]:
    args = get_args(hint)
    if get_origin(hint) is not np.ndarray or len(args) != 2:
        raise SchemaError(f"{owner}.{name}: annotate a column with an array type such as F32")
    element: np.dtype[Any] = np.dtype(get_args(args[1])[0])
    return element


def _column_spec(owner: str, name: str, hint: Any, declared: Any) -> ColumnSpec:
    if not isinstance(declared, _Column):
        raise SchemaError(f"{owner}.{name}: write '= column(...)' after the annotation")
    if not declared.dims:
        raise SchemaError(f"{owner}.{name}: a column needs at least one dimension name")
    dtype = _element_type(owner, name, hint)
    d = declared
    return ColumnSpec(name, d.dims, dtype, d.fill, d.doc, d.unit, d.derived, d.telemetry, d.keep)


def _init(self: Any, **arrays: npt.NDArray[Any]) -> None:
    for name, array in arrays.items():
        object.__setattr__(self, name, array)


def _refuse(self: Any, name: str, value: Any) -> None:
    raise AttributeError(f"{type(self).__name__}.{name} is an array that never moves; fill it")


@dataclass_transform(field_specifiers=(column,), kw_only_default=True)
def component(
    cls: type[T] | None = None,
    /,
    *,
    static: bool = False,
    scratch: bool = False,
    cold: bool = False,
) -> Any:
    """Class decorator: turn annotated :func:`column` lines into a struct of arrays.

    Args:
        cls: the class.
        static: maps and rules, which systems only read.
        scratch: what could be rebuilt; neither hashed nor saved.
        cold: touched when something happens, not in every tick; it does not count as hot state.
    """
    kind = Kind.STATIC if static else Kind.SCRATCH if scratch else Kind.STATE

    def decorate(klass: type[T]) -> type[T]:
        hints = {k: v for k, v in get_type_hints(klass).items() if not k.startswith("_")}
        specs = tuple(
            _column_spec(klass.__name__, name, hint, vars(klass).get(name))
            for name, hint in hints.items()
        )
        doc = inspect.cleandoc(klass.__doc__ or "").split("\n")[0]
        body: dict[str, Any] = {
            "__slots__": tuple(hints),
            "__doc__": klass.__doc__,
            "__module__": klass.__module__,
            "__qualname__": klass.__qualname__,
            "__annotations__": dict(klass.__annotations__),
            "__init__": _init,
            "__setattr__": _refuse,
            "__component__": ComponentSpec(klass.__name__, specs, kind, doc, cold),
        }
        return type(klass.__name__, (), body)

    return decorate if cls is None else decorate(cls)


def spec_of(component_class: type[Any]) -> ComponentSpec:
    """What was declared; TypeError if ``component_class`` is no component."""
    spec = getattr(component_class, "__component__", None)
    if not isinstance(spec, ComponentSpec):
        raise SchemaError(f"{component_class!r} is not a component; decorate it with @component")
    return spec
