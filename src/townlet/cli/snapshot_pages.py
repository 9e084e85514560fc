"""What ``townlet snapshot`` shows of a header: a table for people, an object for programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from townlet.snapshot import Header

#: What of a header is shown; the rest is long.
_SHOWN = (
    "format", "townlet", "config_id", "config_hash", "source", "towns", "agents", "capacity",
    "seed", "tick", "clock", "complete", "policy", "learner", "identity", "state_hash",
    "migrations",
)  # fmt: skip


def page_of(path: Path, header: Header) -> dict[str, Any]:
    """The header in short, with the file's size, as JSON can hold it."""
    values = header.as_dict()
    return {
        "path": str(path),
        "bytes": path.stat().st_size,
        **{key: values[key] for key in _SHOWN},
        "components": len(header.components),
        "columns": len(header.columns),
        "sections": sorted(header.sections),
    }


def header_table(path: Path, header: Header) -> Table:
    """The same as a table."""
    page = page_of(path, header)
    day, hour, minute = header.clock
    page["clock"] = f"day {day}, {hour:02d}:{minute:02d}"
    page["bytes"] = f"{page['bytes']:,}"
    page["identity"] = _pairs({k: v for k, v in header.identity.items() if v is not None})
    page["learner"] = "none" if header.learner is None else _pairs(header.learner)
    page["migrations"] = ", ".join(header.migrations) or "none"
    page["sections"] = ", ".join(page["sections"])
    if not header.complete:
        page["complete"] = "no: the tick failed half-way"
    table = Table(show_header=False, title=escape(str(page.pop("path"))), title_justify="left")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for key, value in page.items():
        table.add_row(key.replace("_", " "), escape(str(value)))
    return table


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items())
