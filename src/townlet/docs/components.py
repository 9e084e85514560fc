"""The reference of components: every column that a town has."""

from __future__ import annotations

from typing import Any

import townlet_components
from townlet.docs.markdown import code, head, plain_code, table
from townlet.docs.town import default_sizes
from townlet.ecs.schema import ColumnSpec, Kind, spec_of
from townlet.systems import OPTIONAL_COMPONENTS, discover_components

_KINDS = {
    Kind.STATE: "state: what the town remembers. Hashed, except for derived columns.",
    Kind.STATIC: "static: the map and the rules. Set once; systems only read it.",
    Kind.SCRATCH: "scratch: can be rebuilt from state. Not hashed; may depend on row order.",
}
_INTRODUCTION = (
    "A component is a struct of arrays, declared once in `components/townlet_components/`. The "
    "first dimension of a column names its table. Tables of a town hold all towns of a batch one "
    "after the other, so a column over `agent` has (towns * slots) rows "
    "([0001](../design/0001-rows-and-slots.md))."
)


def components_reference() -> str:
    """The page, as Markdown."""
    lines = head("Components", "the declarations", _INTRODUCTION)
    lines += [f"- **{kind.value}**{text[len(kind.value) :]}" for kind, text in _KINDS.items()]
    lines += ["", "## Dimensions", ""]
    lines += _dimensions()
    for klass in (*discover_components(townlet_components), *OPTIONAL_COMPONENTS):
        lines += _component(klass)
    return "\n".join(lines).rstrip() + "\n"


def _dimensions() -> list[str]:
    """Names of the dimensions, and the default town's labels where they have some."""
    sizes = default_sizes()
    labelled = {name: axis for name, axis in sizes.axes.items() if not isinstance(axis, int)}
    plain = sizes.axes.keys() - labelled.keys()
    lines = [
        f"- rows of a town: {code(sorted(sizes.tables))}",
        f"- rows that all towns share: {code(sorted(sizes.shared))}",
        f"- inner, numbered: {code(sorted(plain))}",
        "- inner, with labels (those of the default town; needs and affordances are data):",
        "",
    ]
    rows = [(code([name]), code(labelled[name])) for name in sorted(labelled)]
    return lines + table(("dimension", "labels"), rows)


def _component(klass: type[Any]) -> list[str]:
    """A heading, what it is for, and its columns."""
    spec = spec_of(klass)
    module = klass.__module__.replace(".", "/")
    lines = [f"## {spec.name}", "", plain_code(spec.doc), ""]
    lines += [f"*{spec.kind.value}*, declared in `components/{module}.py`.", ""]
    names = ("column", "type", "dimensions", "unit", "fresh", "derived", "meaning")
    return lines + table(names, (_column(col) for col in spec.columns))


def _column(col: ColumnSpec) -> tuple[str, ...]:
    """One row of a component's table."""
    fill = str(col.fill).lower() if isinstance(col.fill, bool) else f"{col.fill:g}"
    if isinstance(col.fill, int) and not isinstance(col.fill, bool):
        fill = f"{col.fill}"
    derived = "yes" if col.derived else ""
    meaning = plain_code(col.doc)
    if col.telemetry is not None:
        meaning += f" (reported as {col.telemetry})"
    kind = str(col.dtype)
    return (code([col.name]), kind, code(col.dims), col.unit, fill, derived, meaning)
