"""``townlet snapshot``: save, inspect, validate, diff, migrate and export snapshot files."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.markup import escape
from rich.table import Column, Table

from townlet.cli import options
from townlet.cli.console import people, print_json
from townlet.cli.drive import Stop, ctrl_c_stops, drive
from townlet.cli.run import INTERRUPTED, build, load
from townlet.cli.saves import refuse_nowhere
from townlet.cli.snapshot_pages import header_table, page_of
from townlet.errors import UserError

if TYPE_CHECKING:
    from townlet.config import SimulationConfig
    from townlet.snapshot import Difference

DIFFERENT = 1
File = Annotated[Path, typer.Argument(metavar="FILE", help="A snapshot.")]
Files = Annotated[list[Path], typer.Argument(metavar="FILE…", help="Snapshots.")]


def register(app: typer.Typer) -> None:
    """Add ``snapshot`` and its commands to the program."""
    group = typer.Typer(
        no_args_is_help=True, help="Save, inspect, compare, migrate and export snapshots."
    )
    for name, command in (
        ("save", save),
        ("inspect", inspect),
        ("validate", validate),
        ("diff", diff),
        ("migrate", migrate),
        ("export", export),
    ):
        group.command(name)(command)
    app.add_typer(group, name="snapshot")


def save(
    config: options.ConfigPath,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The file to write.")],
    ticks: options.TicksOrNone = 0,
    agents: options.Agents = None,
    towns: options.Towns = 1,
    seed: options.Seed = None,
    threads: options.Threads = None,
    policy: options.Policy = None,
    json: options.Json = False,
) -> None:
    """Run a while and write a snapshot, from which `townlet run FILE` goes on.

    Ctrl-C writes it as soon as the tick is done.
    """
    from townlet.snapshot import inspect as look  # noqa: PLC0415  (quick `--help`)
    from townlet.snapshot.guards import check_path  # noqa: PLC0415

    model = load(config, False, people())
    check_path(out, model)
    refuse_nowhere(out, "--out")
    sim = build(model, towns, seed, agents, threads, policy)
    stop = Stop()
    with ctrl_c_stops(stop, people().print):
        if ticks:
            drive(sim, ticks, time.perf_counter(), stop)
        written = sim.save(out)
    page = page_of(written, look(written))
    if json:
        print_json(page)
    else:
        people().print(f"Wrote {escape(str(written))}: tick {page['tick']}, {page['state_hash']}")
    if sim.tick < ticks:
        people().print(f"Stopped at tick {sim.tick:,} of {ticks:,}.")
        raise typer.Exit(INTERRUPTED)


def inspect(files: Files, json: options.Json = False) -> None:
    """Show what files say about themselves; their columns are not read (see `validate`)."""
    from townlet.snapshot import inspect as look  # noqa: PLC0415

    headers = [(file, look(file)) for file in files]
    if json:
        _print_pages([page_of(file, header) for file, header in headers])
        return
    for file, header in headers:
        people().print(header_table(file, header))


def validate(
    files: Files,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Also restore each one here and compare its state hash."),
    ] = False,
    config: Annotated[
        Path | None,
        typer.Option(metavar="CONFIG", help="Whose guards hold; without, the file's own config."),
    ] = None,
    json: options.Json = False,
) -> None:
    """Check every byte of files, and whether one could go on from them."""
    from townlet.snapshot import validate as check  # noqa: PLC0415

    model = _model(config)
    pages, wrong = [], []
    for file in files:
        try:
            header, problems = check(file, strict, model)
            pages.append({**page_of(file, header), "problems": problems})
        except UserError as error:
            problems = [str(error)]
            pages.append({"path": str(file), "problems": problems})
        wrong += problems
        if not json and not problems:
            how = "restored, and its hash compared" if strict else "every byte compared"
            people().print(f"{escape(str(file))}: good ({how})")
    if json:
        _print_pages(pages)
    if wrong:
        raise UserError("\n".join(wrong))


def _model(config: Path | None) -> SimulationConfig | None:
    from townlet.config import load_config  # noqa: PLC0415

    return None if config is None else load_config(config)


def _print_pages(pages: list[dict[str, Any]]) -> None:
    """One object: that of the one file, or all of them."""
    print_json(pages[0] if len(pages) == 1 else {"snapshots": pages})


def diff(
    first: Annotated[Path, typer.Argument(metavar="FILE", help="A snapshot.")],
    second: Annotated[Path, typer.Argument(metavar="OTHER", help="Another one.")],
    every: Annotated[
        bool,
        typer.Option("--all", help="Compare statistics, rewards and rules too, not just state."),
    ] = False,
    json: options.Json = False,
) -> None:
    """Compare two snapshots value by value; leaves with 1 when they differ."""
    from townlet.snapshot import differences, read  # noqa: PLC0415
    from townlet.snapshot.differences import header_differences  # noqa: PLC0415

    one, two = read(first), read(second)
    headers = header_differences(one.header, two.header)
    columns = differences(one, two, every)
    if json:
        print_json(
            {
                "same": not columns,
                "header": {key: list(pair) for key, pair in headers.items()},
                "columns": [_plain(column) for column in columns],
            }
        )
    else:
        _show_differences(headers, columns)
    if columns:
        raise typer.Exit(DIFFERENT)


def _plain(column: Difference) -> dict[str, Any]:
    values = vars(column)
    return {k: repr(v) if isinstance(v, float) and v - v != 0 else v for k, v in values.items()}


def _show_differences(headers: Mapping[str, Any], columns: list[Difference]) -> None:
    console = people()
    for key, (one, two) in headers.items():
        console.print(f"{key}: {escape(str(one))} and {escape(str(two))}")
    if not columns:
        console.print("No value of the columns differs.")
        return
    first = Column("column", no_wrap=True)
    table = Table(first, "values", "first: town", "row", "", "here", "there")
    for found in columns:
        count = "shape" if found.count is None else str(found.count)
        place = ["" if n < 0 else str(n) for n in (found.town, found.entity)]
        values = [escape(str(value)) for value in (found.first, found.second)]
        table.add_row(found.column, count, *place, found.label, *values)
    console.print(table)


def migrate(
    file: File,
    config: Annotated[Path, typer.Option(metavar="CONFIG", help="What to make it fit.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The file to write.")],
    json: options.Json = False,
) -> None:
    """Make a snapshot fit a config by registered migrations, restore it, and write it anew."""
    from townlet.snapshot import inspect as look  # noqa: PLC0415
    from townlet.snapshot import load as restored  # noqa: PLC0415

    refuse_nowhere(out, "--out")
    sim = restored(file, config=config, migrate=True)
    written = sim.save(out)
    page = page_of(written, look(written))
    if json:
        print_json(page)
        return
    steps = ", ".join(page["migrations"]) or "none was needed"
    people().print(f"Wrote {escape(str(written))}; migrations: {escape(steps)}")


def export(
    file: File,
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder to write into.")],
    form: Annotated[
        Literal["parquet", "json"], typer.Option("--format", help="Parquet, or JSON rows.")
    ] = "parquet",
    table: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A table, such as agent; again for more. [default: all]"),
    ] = None,
    json: options.Json = False,
) -> None:
    """Write a snapshot's tables for people and notebooks; nothing reads them back."""
    from townlet.snapshot import read  # noqa: PLC0415
    from townlet.snapshot.export import export as write  # noqa: PLC0415

    written = write(read(file), out, form, table)
    if json:
        print_json({"path": str(file), "files": [str(path) for path in written]})
        return
    names = ", ".join(path.name for path in written)
    people().print(f"Wrote {escape(str(out))}: {escape(names)}")
