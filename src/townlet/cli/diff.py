"""``townlet diff``: where two runs, snapshots or logs of hashes differ, and whose value it is."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from townlet.cli import options
from townlet.cli.console import people, print_json

if TYPE_CHECKING:
    from townlet.diff.cells import Cell
    from townlet.diff.files import StateDifference
    from townlet.diff.sides import Desync

DIFFERENT = 1
SHOWN = 12
"""Values a table names."""

_PATH_HELP = "Folder of a recorded run, a snapshot, or a log of hashes."


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("diff")(diff_command)


def diff_command(
    a: Annotated[Path, typer.Argument(metavar="A", help=_PATH_HELP)],
    b: Annotated[Path, typer.Argument(metavar="B", help="Another one.")],
    patience: Annotated[
        float,
        typer.Option(
            min=0, metavar="S", help="Seconds to spend on trying which changed value explains it."
        ),
    ] = 60.0,
    json: options.Json = False,
) -> None:
    """Find the first tick in which two runs differ; name system, column, slot and both values.

    Of two snapshots all columns that differ are listed. Exit code 1: they differ.
    """
    from townlet.diff.files import diff_paths  # noqa: PLC0415
    from townlet.diff.sides import Desync  # noqa: PLC0415  (quick `--help`)

    found = diff_paths(a, b, patience)
    console = people()
    if isinstance(found, Desync):
        same, result = found.verdict == "same", found.as_dict()
        if not json:
            tell_desync(found, console)
    else:
        same, result = not found.columns, found.as_dict()
        if not json:
            tell_states(found, console)
    if json:
        print_json({"a": str(a), "b": str(b), "same": same, **result})
    if not same:
        raise typer.Exit(DIFFERENT)


def tell_desync(found: "Desync", console: Console) -> None:
    """Say where two runs part."""
    if found.verdict == "same":
        console.print(
            f"[green]The same[/green] in all {found.compared:,} hashes that both have, to tick "
            f"{found.same_tick:,}."
        )
    else:
        console.print(_headline(found))
    for sentence in found.sentences:
        console.print(escape(sentence))
    if found.cells:
        console.print(_cells(found.cells))
    if len(found.columns) > 1 and found.verdict != "same":
        shown = ", ".join(found.columns[:SHOWN])
        more = f" and {len(found.columns) - SHOWN} more" if len(found.columns) > SHOWN else ""
        console.print(escape(f"Columns that differ: {shown}{more}."))


def _headline(found: "Desync") -> str:
    """The tick, the system and the value in a line."""
    tick = f"tick {found.tick:,}" if found.tick is not None else "the start"
    exact = found.same_tick is not None and found.tick == found.same_tick + 1
    where = f"in {tick}" if exact else f"by {tick}"
    parts = [f"[red]Different[/red] {where}"]
    if found.system is not None:
        parts.append(f"system {escape(found.system)}")
    if found.cells:
        cell = found.cells[0]
        parts.append(escape(f"{cell.place}: {cell.a!r} in A, {cell.b!r} in B"))
    return ", ".join(parts) + "."


def _cells(cells: "list[Cell]") -> Table:
    """Values that differ."""
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("component", "column", "town", "whose", "agent"):
        table.add_column(name)
    for name in ("A", "B"):
        table.add_column(name, justify="right")
    for cell in cells[:SHOWN]:
        table.add_row(*(escape(str(value)) for value in _row(cell)))
    if len(cells) > SHOWN:
        table.add_row(f"and {len(cells) - SHOWN} more")
    return table


def _row(cell: "Cell") -> tuple[Any, ...]:
    name = cell.column.partition(".")[2]
    inner = f"[{', '.join(cell.labels)}]" if cell.labels else ""
    what = "slot" if cell.table == "agent" else cell.table
    return (
        cell.component, name + inner, cell.town, f"{what} {cell.id}", cell.agent, cell.a, cell.b,
    )  # fmt: skip


def tell_states(found: "StateDifference", console: Console) -> None:
    """Say in which values two states differ."""
    for sentence in found.sentences:
        console.print(escape(sentence))
    if not found.columns:
        console.print(f"[green]The same[/green] in every column, at tick {found.ticks[0]:,}.")
        return
    values = sum(column.count for column in found.columns)
    console.print(
        f"[red]Different[/red] in {values:,} values of {len(found.columns)} columns, at tick "
        + (
            f"{found.ticks[0]:,}."
            if len(set(found.ticks)) == 1
            else f"{found.ticks[0]:,} and {found.ticks[1]:,}."
        )
    )
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("column", "differ", "first", "agent"):
        table.add_column(name, justify="right" if name == "differ" else "left")
    for name in ("A", "B"):
        table.add_column(name, justify="right")
    for column in found.columns:
        if not column.cells:
            table.add_row(escape(column.column), "", escape(column.note))
            continue
        cell = column.cells[0]
        _, inner, town, whose, agent, a, b = _row(cell)
        place = f"{whose}, town {town}" + (
            f" {inner.partition('[')[1]}{inner.partition('[')[2]}" if cell.labels else ""
        )
        table.add_row(
            *(escape(str(v)) for v in (column.column, f"{column.count:,}", place, agent, a, b))
        )
    console.print(table)
