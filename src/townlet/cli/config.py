"""``townlet config``: check, show and explain configuration files."""

from __future__ import annotations

import json
import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from townlet.cli.console import people, print_json
from townlet.cli.options import ConfigPath, Json
from townlet.errors import UserError

if TYPE_CHECKING:
    from townlet.config import SimulationConfig
    from townlet.config.budget import DayBudget

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def register(app: typer.Typer) -> None:
    """Add ``config`` and its commands to the program."""
    config = typer.Typer(no_args_is_help=True, help="Check, show and explain configuration files.")
    config.command("check")(check)
    config.command("show")(show)
    config.command("schema")(schema)
    config.command("reference")(reference)
    app.add_typer(config, name="config")


def check(
    config: ConfigPath,
    as_json: Json = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings are errors.")] = False,
) -> None:
    """Check a file: mistakes, warnings, keys not used yet, and what a day needs."""
    from townlet.config import load_config  # noqa: PLC0415 - keeps the command list quick

    cfg = load_config(config)
    day = _day(cfg)
    warnings = [*cfg.warnings, *(f"{config}: {text}" for text in day.warnings)]
    if strict and warnings:
        raise UserError("\n".join(warnings))
    if as_json:
        print_json(
            {
                "ok": True,
                "path": str(config),
                "config_id": cfg.config_id,
                "config_hash": cfg.config_hash(),
                "warnings": warnings,
                "unused": cfg.unused,
                "day": day.as_dict(),
            }
        )
    else:
        _tell(config, cfg, day, warnings)


def show(config: ConfigPath, as_json: Json = False) -> None:
    """Print every key with its value: the file, what it extends, and the defaults."""
    import yaml  # noqa: PLC0415

    from townlet.config import load_config  # noqa: PLC0415

    resolved = load_config(config).resolved()
    if as_json:
        print_json(resolved)
    else:
        yaml.safe_dump(resolved, sys.stdout, sort_keys=False, allow_unicode=True)


def schema() -> None:
    """Print the JSON schema of a file, for editors."""
    from townlet.config import SimulationConfig  # noqa: PLC0415

    described = SimulationConfig.model_json_schema(by_alias=False)
    described["properties"]["extends"] = {
        "type": "string",
        "description": "Another file to build on, relative to this one.",
    }
    described["properties"]["observations"] = described["properties"]["observations_config"]
    typer.echo(json.dumps({"$schema": SCHEMA_DIALECT, **described}, indent=2))


def reference(
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write here, not to stdout.")
    ] = None,
) -> None:
    """Print the reference of all keys as Markdown."""
    from townlet.config.reference import reference as generate  # noqa: PLC0415

    if out is None:
        typer.echo(generate(), nl=False)
        return
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(generate(), encoding="utf-8")
    except OSError as error:
        raise UserError(f"{out}: the file cannot be written ({error.strerror}).") from None
    people().print(f"wrote {out}")


def _day(cfg: SimulationConfig) -> DayBudget:
    """Add up a day with the affordances this file would use."""
    from townlet.affordances import load_manifest  # noqa: PLC0415
    from townlet.config.budget import day_budget  # noqa: PLC0415

    file = cfg.affordances.affordances_file
    manifest = load_manifest(cfg.resolve_path(file) if file else None, cfg.need_names())
    rows = []
    for entry in manifest.affordances:
        price = getattr(cfg.economy, entry.price) if entry.price else 0.0
        price -= min(0.0, entry.effects.get("money", 0.0))
        rows.append((entry.id, entry.object_type, entry.duration, entry.effects, price))
    return day_budget(cfg, rows)


def _tell(path: Path, cfg: SimulationConfig, day: DayBudget, warnings: list[str]) -> None:
    """Say on stderr what was found."""
    from rich.markup import escape  # noqa: PLC0415

    console = people()
    console.print(f"[green]OK[/green] {escape(str(path))}: {escape(cfg.config_id)}")
    for warning in warnings:
        console.print(f"[yellow]warning[/yellow] {escape(warning)}")
    console.print(_table(day))
    if cfg.unused:
        console.print("accepted, not used yet:")
    for section, keys in groupby(cfg.unused, key=lambda key: key.partition(".")[0]):
        names = ", ".join(key.partition(".")[2] or key for key in keys)
        console.print(escape(f"  {section}: {names}"))


def _table(day: DayBudget) -> Any:
    """Make the table of what a day needs."""
    from rich.table import Table  # noqa: PLC0415

    table = Table(title="a day of one agent, without walking and waiting", title_justify="left")
    for name in ("for", "by", "at"):
        table.add_column(name)
    for name in ("times", "minutes", "money"):
        table.add_column(name, justify="right")
    for line in day.lines:
        figures = (line.times, line.minutes, line.money)
        table.add_row(
            line.serves, line.affordance, line.object_type, *(f"{x:.2f}" for x in figures)
        )
    table.add_section()
    minutes = f"{day.minutes:.0f} ({day.share:.0%})"
    table.add_row("all", "", "", "", minutes, f"{day.money:.2f} of {day.income:.2f}")
    return table
